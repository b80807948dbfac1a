// What the clients of a KeyLifeDriver ask for.

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "keystore/lifecycle.h"
#include "keystore/rotation_plan.h"
#include "tests/life/key_life_driver.h"

namespace signet::testing {
namespace {

using absl::Hours;
using absl::Minutes;
using absl::Seconds;
using core::ChangeRequest;
using core::RingName;
using keystore::Force;
using keystore::Kid;

constexpr absl::Duration kDay = absl::Hours(24);

Force AsForce(bool force) { return force ? Force::kYes : Force::kNo; }

// Nothing, or one of `values`.
template <typename T>
std::optional<T> Maybe(SeededRandom& random, std::vector<T> values) {
  if (random.Percent(30)) return std::nullopt;
  return random.Pick(values);
}

constexpr int kFields = 13;

// Sets a field to a random value.
std::string SetField(SeededRandom& random, int field, core::RingUpdate& update) {
  switch (field) {
    case 0:
      update.preset = static_cast<keystore::Preset>(random.Draw(1, 4));
      break;
    case 1:
      update.max_keys = Maybe<int>(random, {2, 3, 4, 6});
      break;
    case 2:
      update.activation_delay = Maybe<absl::Duration>(random, {absl::ZeroDuration(), Minutes(20), Hours(12)});
      break;
    case 3:
      update.min_retention = Maybe<absl::Duration>(random, {absl::ZeroDuration(), Hours(2), Hours(30)});
      break;
    case 4:
      update.retain_until_revoked = Maybe<bool>(random, {true, false});
      break;
    case 5:
      update.max_token_ttl = Maybe<absl::Duration>(random, {Minutes(1), Hours(1), Hours(5), 30 * kDay});
      break;
    case 6:
      update.jwks_max_age = Maybe<absl::Duration>(random, {Seconds(1), Minutes(1), Minutes(30), kDay});
      break;
    case 7:
      update.keep_next = Maybe<bool>(random, {true, false});
      break;
    case 8:
      update.automatic = Maybe<bool>(random, {true, false});
      break;
    case 9:
      update.period = Maybe<absl::Duration>(random, {Hours(2), kDay, 30 * kDay});
      break;
    case 10:
      update.retirement_delay = Maybe<absl::Duration>(random, {absl::ZeroDuration(), Hours(3), 7 * kDay});
      break;
    case 11:
      update.idempotency_window = Maybe<absl::Duration>(random, {absl::ZeroDuration(), Minutes(1), Hours(1)});
      break;
    default:
      update.rotations_per_day = Maybe<int>(random, {0, 2, 10});
      update.revoked_history = Maybe<int>(random, {0, 1, 3});
      break;
  }
  return absl::StrCat(" ", field);
}

}  // namespace

KeyLifeDriver::Temper KeyLifeDriver::NewTemper(SeededRandom& random) {
  Temper temper;
  temper.force = random.Pick(std::vector<int>{0, 10, 30});
  temper.updates = random.Pick(std::vector<int>{5, 15, 35});
  temper.haste = random.Pick(std::vector<int>{2, 8, 15});
  for (int field = 0; field < kFields; ++field) {
    if (random.Percent(35)) temper.fields.push_back(field);
  }
  if (temper.fields.empty()) temper.fields.push_back(random.Draw(0, kFields - 1));
  return temper;
}

ChangeRequest KeyLifeDriver::NewRequest() {
  ChangeRequest request;
  request.principal = "alice";
  if (random_.Percent(40)) request.request_id = absl::StrCat("request-", ++requests_);
  request.fingerprint = request.request_id;
  if (random_.Percent(8)) request.mode = core::Mode::kValidateOnly;
  return request;
}

KeyLifeDriver::Call KeyLifeDriver::NewCall() {
  if (busy_.ring.empty() || random_.Percent(40)) busy_ = random_.Pick(rings_);
  const RingName ring = busy_;
  const int kind = random_.Draw(0, 99);
  Call call = random_.Percent(temper_.updates) ? NewUpdate(ring)
              : kind < 23                      ? NewCreation(ring)
              : kind < 65                      ? NewKeyVerb(ring)
                                               : NewRotation(ring);
  call.request = NewRequest();
  absl::StrAppend(&call.text, " in ", ring.ring.value(), call.request.request_id.empty() ? "" : " as ", call.request.request_id);
  if (call.request.mode == core::Mode::kValidateOnly) absl::StrAppend(&call.text, ", validated only");
  return call;
}

Kid KeyLifeDriver::AnyKid(const RingName& ring) {
  const auto tombstones = random_.Percent(10) ? keystore::KeyStore::Tombstones::kShow : keystore::KeyStore::Tombstones::kHide;
  const auto keys = store_->ListKeys(ring.tenant, ring.ring, tombstones, {"", 1000});
  if (!keys.ok() || keys->empty()) return Kid("nobody");
  return random_.Pick(*keys).kid;
}

Kid KeyLifeDriver::YoungestKid(const RingName& ring) {
  const auto keys = store_->ListKeys(ring.tenant, ring.ring, keystore::KeyStore::Tombstones::kHide, {"", 1000});
  return !keys.ok() || keys->empty() ? Kid("nobody") : keys->back().kid;
}

KeyLifeDriver::Call KeyLifeDriver::NewCreation(const RingName& ring) {
  // Few names, so that one comes again.
  const Kid kid(random_.Percent(50) ? absl::StrCat("k", random_.Draw(1, 20)) : "");
  return {.text = absl::StrCat("create ", kid.value()),
          .permission = {.ring = ring, .kid = kid},
          .request = {},
          .run = [ring, kid](LifeProcess& process, const ChangeRequest& request) -> absl::StatusOr<std::string> {
            const absl::StatusOr<core::KeyView> view = process.keys.Create(ring, kid, request);
            if (!view.ok()) return view.status();
            return view->record.uid.value();
          }};
}

KeyLifeDriver::Call KeyLifeDriver::NewKeyVerb(const RingName& ring) {
  static constexpr struct {
    const char* name;
    absl::StatusOr<core::KeyView> (core::Keys::*verb)(const core::KeyName&, Force, const ChangeRequest&);
    bool revokes;
  } kVerbs[] = {{"enable", &core::Keys::Enable, false},   {"enable", &core::Keys::Enable, false},
                {"disable", &core::Keys::Disable, false}, {"revoke", &core::Keys::Revoke, true},
                {"delete", &core::Keys::Delete, false},   {"delete", &core::Keys::Delete, false}};
  const auto& chosen = kVerbs[random_.Draw(0, static_cast<int>(std::size(kVerbs)) - 1)];
  // A key that is enabled soon after it was made is what verifiers suffer from.
  const Kid kid = absl::string_view(chosen.name) == "enable" && random_.Percent(50) ? YoungestKid(ring) : AnyKid(ring);
  const bool force = random_.Percent(temper_.force);
  return {.text = absl::StrCat(chosen.name, force ? " by force " : " ", kid.value()),
          .permission = {.ring = ring, .kid = kid, .force = force, .revoke = chosen.revokes},
          .request = {},
          .run = [ring, kid, force, verb = chosen.verb](LifeProcess& process,
                                                        const ChangeRequest& request) -> absl::StatusOr<std::string> {
            const absl::StatusOr<core::KeyView> view = (process.keys.*verb)({ring, kid}, AsForce(force), request);
            if (!view.ok()) return view.status();
            return view->record.uid.value();
          }};
}

KeyLifeDriver::Call KeyLifeDriver::NewRotation(const RingName& ring) {
  core::RotateCommand command;
  const bool force = random_.Percent(temper_.force);
  const bool purge = random_.Percent(8);
  command.force = AsForce(force);
  command.purge = purge ? keystore::Purge::kYes : keystore::Purge::kNo;
  return {.text = absl::StrCat("rotate", force ? " by force" : "", purge ? " and purge" : ""),
          .permission = {.ring = ring, .force = force, .purge = purge},
          .request = {},
          .run = [this, ring, command](LifeProcess& process, const ChangeRequest& request) -> absl::StatusOr<std::string> {
            const absl::StatusOr<core::RotationResult> result = process.keys.Rotate(ring, command, request);
            if (!result.ok()) return result.status();
            rotation_replayed_ = result->replayed;
            return absl::StrCat(result->rotation.record.number);
          }};
}

KeyLifeDriver::Call KeyLifeDriver::NewUpdate(const RingName& ring) {
  core::RingUpdate update;
  std::string fields;
  for (int i = random_.Draw(1, 3); i > 0; --i) fields += SetField(random_, random_.Pick(temper_.fields), update);
  return {.text = absl::StrCat("update fields", fields),
          .permission = {.ring = ring},
          .request = {},
          .run = [ring, update](LifeProcess& process, const ChangeRequest& request) -> absl::StatusOr<std::string> {
            const absl::StatusOr<core::RingView> view = process.rings.Update(ring, update, request);
            if (!view.ok()) return view.status();
            return view->record.id.value();
          }};
}

}  // namespace signet::testing
