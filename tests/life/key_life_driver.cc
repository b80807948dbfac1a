#include "tests/life/key_life_driver.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "hsm/software_hsm.h"
#include "keystore/sqlite_key_store.h"
#include "server/core/digest_signing.h"
#include "server/core/reconciler.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::testing {
namespace {

using core::RingName;

constexpr absl::string_view kSteps[] = {core::kStepCreateIntended,   core::kStepCreateGenerated, core::kStepCreateCommitted,
                                        core::kStepDestroyCommitted, core::kStepDestroyDone,     core::kStepDestroyConfirmed};

// What a call may answer while nothing is broken and nobody else is at work.
bool IsExpected(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

std::string Outcome(const absl::Status& status) { return status.ok() ? "ok" : GetReason(status); }

}  // namespace

KeyLifeDriver::KeyLifeDriver(uint32_t seed, const std::string& path)
    : random_(seed),
      temper_(NewTemper(random_)),
      path_(path),
      hsm_(hsm::CreateSoftwareHsm()),
      rings_({{tenant_, keystore::RingId("access-token")}, {tenant_, keystore::RingId("other")}}),
      model_(tenant_) {
  OpenStore();
  history_.emplace_back("setup");
  Restart();
  core::ChangeRequest request;
  request.principal = "alice";
  core::NewTenant tenant;
  tenant.id = tenant_.value();
  core::NewRing other;
  other.policy.preset = static_cast<keystore::Preset>(random_.Draw(1, 4));
  const absl::Status tenant_made = process_->tenants.Create(tenant, request).status();
  const absl::Status ring_made = process_->rings.Create(rings_[1], other, request).status();
  model_.Expect(tenant_made.ok() && ring_made.ok(), "a tenant can be made", absl::StrCat(Outcome(tenant_made), Outcome(ring_made)));
  core::RotateCommand at_once;
  at_once.force = keystore::Force::kYes;
  for (const RingName& ring : rings_) {
    model_.Begin({.ring = ring, .force = true}, clock_.Now(), elapsed_);
    const absl::Status rotated = process_->keys.Rotate(ring, at_once, request).status();
    model_.Expect(rotated.ok(), "a new ring can be rotated", rotated.ToString());
    model_.CheckStore(*store_, rings_, KeyLifeModel::Settled::kYes);
  }
}

// Before the store and the HSM.
KeyLifeDriver::~KeyLifeDriver() { process_.reset(); }

void KeyLifeDriver::OpenStore() {
  store_.reset();
  absl::StatusOr<std::unique_ptr<keystore::KeyStore>> store = keystore::CreateSqliteKeyStore(path_);
  if (!store.ok()) std::abort();  // Nothing can be tested then.
  store_ = *std::move(store);
}

void KeyLifeDriver::Restart() {
  process_ = std::make_unique<LifeProcess>(*store_, *hsm_, clock_, random_, steps_);
  model_.Restarted();
  const absl::StatusOr<core::Reconciliation> done = core::Reconcile(process_->services);
  model_.Expect(done.ok() && done->missing == 0 && done->orphans == 0, "a restart repairs everything", done.status().ToString());
  const absl::StatusOr<core::Reconciliation> again = core::Reconcile(process_->services);
  model_.Expect(again.ok() && *again == core::Reconciliation(), "a second reconciliation has nothing to do",
                again.status().ToString());
}

void KeyLifeDriver::MoveClock() {
  const int kind = random_.Draw(0, 99);
  absl::Duration step;
  if (kind < 5) {
    step = -absl::Minutes(10);
  } else if (kind < 7) {
    step = absl::Hours(400 * 24);
  } else if (kind < 7 + temper_.haste) {
    step = absl::Minutes(random_.Draw(60, 30 * 60));
  } else if (kind < 7 + 3 * temper_.haste) {
    step = absl::Seconds(random_.Draw(60, 1800));
  } else {
    step = absl::Milliseconds(random_.Draw(0, 60'000));
  }
  clock_.Advance(step);
  elapsed_ += std::max(step, absl::ZeroDuration());
  Tell(absl::StrCat(absl::FormatTime("%m-%d %H:%M:%E3S ", clock_.Now(), absl::UTCTimeZone())));
}

void KeyLifeDriver::Step() {
  history_.emplace_back();
  MoveClock();
  const int kind = random_.Draw(0, 99);
  const bool crashes = random_.Percent(15);
  const RingName ring = random_.Pick(rings_);
  Permission permission;
  std::function<void(LifeProcess&)> act;
  if (kind < 45) {
    const bool repeats = !repeatable_.empty() && random_.Percent(15);
    if (!repeats) repeatable_.push_back(NewCall());
    const size_t index = repeats ? random_.Draw(0, static_cast<int>(repeatable_.size()) - 1) : repeatable_.size() - 1;
    permission = repeatable_[index].permission;
    act = [this, index](LifeProcess& process) { Make(repeatable_[index], process); };
  } else if (kind < 75) {
    act = [this, ring](LifeProcess& process) { Sign(process, ring); };
  } else if (kind < 96) {
    act = [this](LifeProcess& process) { RunPass(process); };
  } else {
    act = [this](LifeProcess&) {
      Tell("restart");
      process_.reset();
      OpenStore();
      Restart();
    };
  }
  model_.Begin(permission, clock_.Now(), elapsed_);
  model_.Served(process_->directory.FindTenant(tenant_)->jwks_life.MaxAge(clock_.Now()));
  if (crashes && kind < 96) {
    CrashWhile(act);
  } else {
    act(*process_);
  }
  model_.CheckStore(*store_, rings_, KeyLifeModel::Settled::kYes);
  model_.CheckHsm(*hsm_, KeyLifeModel::Settled::kYes);
  model_.CheckDirectory(*process_);
  if (passed_) model_.CheckNothingDue(*store_, rings_, clock_.Now());
  passed_ = false;
  std::erase_if(repeatable_,
                [](const Call& call) { return call.request.request_id.empty() || call.request.mode == core::Mode::kValidateOnly; });
}

void KeyLifeDriver::CrashWhile(const std::function<void(LifeProcess&)>& act) {
  process_.reset();
  core::Crash crash;
  const int kind = random_.Draw(0, 9);
  if (kind < 4) {
    crash.AtStep(random_.Pick(std::vector<absl::string_view>(std::begin(kSteps), std::end(kSteps))));
  } else if (kind < 7) {
    crash.BeforeCall(random_.Draw(2, 16));
  } else {
    crash.AfterCall(random_.Draw(2, 16));
  }
  core::FaultyKeyStore store(*store_, crash);
  core::FaultyHsm hsm(*hsm_, crash);
  crash_ = &crash;
  {
    LifeProcess dying(store, hsm, clock_, random_, crash);
    dying.directory.Refresh().IgnoreError();
    act(dying);
  }
  crash_ = nullptr;
  Tell(crash.happened() ? "; crash" : "; end");
  model_.CheckStore(*store_, rings_, KeyLifeModel::Settled::kNo);
  model_.CheckHsm(*hsm_, KeyLifeModel::Settled::kNo);
  Restart();
}

void KeyLifeDriver::Make(Call& call, LifeProcess& process) {
  Tell(call.text);
  const keystore::RingId& ring = call.permission.ring.ring;
  const int64_t number = model_.RotationNumber({tenant_, ring});
  const bool validates = call.request.mode == core::Mode::kValidateOnly;
  const int64_t events = Events();
  rotation_replayed_ = true;
  const absl::StatusOr<std::string> result = call.run(process, call.request);
  Tell(absl::StrCat(": ", result.ok() ? *result : Outcome(result.status())));
  const bool dead = IsDying() && crash_->happened();
  model_.Expect(dead || IsExpected(result.status()), "calls fail as documented", result.status().ToString());
  if (validates) return model_.Expect(Events() == events, "a validation changes nothing", call.text);
  if (call.result && !dead) {
    model_.Expect(result.ok() && *result == *call.result && rotation_replayed_, "a request_id names one result for ever",
                  absl::StrCat(call.text, ": ", *call.result, ", then ", result.ok() ? *result : result.status().ToString()));
    const auto stored = store_->GetRing(tenant_, ring);
    model_.Expect((*stored)->rotation.value_or(keystore::Rotation()).number == number, "a repetition rotates nothing", call.text);
  }
  if (result.ok() && !call.request.request_id.empty()) call.result = *result;
}

int64_t KeyLifeDriver::Events() {
  keystore::KeyStore::EventFilter filter;
  filter.order = keystore::KeyStore::EventFilter::Order::kNewestFirst;
  const auto last = store_->ListEvents(filter, {"", 1});
  return last.ok() && !last->empty() ? last->front().sequence : 0;
}

void KeyLifeDriver::RunPass(LifeProcess& process) {
  const absl::Status done = process.scheduler.RunPass();
  Tell(absl::StrCat("pass: ", Outcome(done)));
  if (IsDying()) return;
  model_.Expect(done.ok(), "the scheduler can always pass", done.ToString());
  // A lease that a former process held must have ended.
  passed_ = absl::StrContains(process.metrics.Expose(), "\nsignet_scheduler_leads 1\n");
}

void KeyLifeDriver::Sign(LifeProcess& process, const RingName& ring) {
  // As often as a server does it: what is not confirmed lately is not signed with.
  process.directory.Refresh().IgnoreError();
  const auto tenant = process.directory.FindTenant(tenant_);
  const core::PublishedKey* current = tenant == nullptr ? nullptr : tenant->rings.at(ring.ring).current.get();
  Tell(absl::StrCat("sign in ", ring.ring.value()));
  const absl::StatusOr<IssuedToken> token = SignAny(process, ring);
  Tell(absl::StrCat(": ", Outcome(token.status())));
  if (!IsDying()) {
    model_.Expect(IsExpected(token.status()), "signatures fail as documented", token.status().ToString());
    model_.Expect(token.ok() == (current != nullptr) || absl::IsInvalidArgument(token.status()), "an enabled key signs",
                  token.status().ToString());
  }
  if (!token.ok()) return;
  Tell(
      absl::StrCat(" ", token->key.kid.value(), " until ", absl::FormatTime("%m-%d %H:%M:%S", token->expiry, absl::UTCTimeZone())));
  model_.Signed(*token);
  process.ledger.Flush().IgnoreError();
}

absl::StatusOr<IssuedToken> KeyLifeDriver::SignAny(LifeProcess& process, const RingName& ring) {
  if (random_.Percent(20)) {
    const auto tenant = process.directory.FindTenant(tenant_);
    core::DigestSigning signing = process.tokens.SigningWith(ring, nullptr);
    const core::SigningInput input = {core::DataInput{"data"}, std::nullopt, core::SignatureFormat::kRaw};
    SIGNET_ASSIGN_OR_RETURN(const std::string signature, signing.Sign(input, *process.signer));
    const core::KeyName& name = signing.key().name;
    const auto key = tenant->published.Find(name.kid);
    model_.Expect(key != nullptr && key->public_key.VerifyMessage("data", signature).ok(), "what was just signed verifies",
                  name.kid.value());
    return IssuedToken{name, "", clock_.Now(), clock_.Now() + tenant->rings.at(ring.ring).policy.max_token_ttl};
  }
  core::SignTokenCommand command;
  command.ring = ring;
  if (random_.Percent(70)) {
    command.ttl = absl::Seconds(random_.Pick(std::vector<int>{1, 60, 3600, 7200, 86'400, 10 * 86'400}));
  }
  SIGNET_ASSIGN_OR_RETURN(core::SignedToken token, process.tokens.SignToken(command, *process.signer));
  const auto verified = process.tokens.VerifyToken({.tenant = tenant_, .token = token.token, .audience = ""});
  model_.Expect(verified.ok() && verified->key == token.key && verified->expire_time == token.expire_time,
                "a token just signed verifies", verified.status().ToString());
  return IssuedToken{token.key, std::move(token.token), token.issue_time, token.expire_time};
}

}  // namespace signet::testing
