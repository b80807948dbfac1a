#include "server/core/authentication_failures.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "keystore/records.h"
#include "nlohmann/json.hpp"
#include "server/core/names.h"

namespace signet::core {
namespace {

constexpr absl::Duration kMinute = absl::Minutes(1);
constexpr size_t kMaxClientLength = 128;
constexpr size_t kMaxReasonLength = 64;
constexpr char kTooManyDifferent[] = "TOO_MANY_DIFFERENT";

std::string Printable(absl::string_view text, size_t limit) {
  std::string printable(text.substr(0, limit));
  for (char& c : printable) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = '?';
  }
  return printable;
}

keystore::Event MakeEvent(absl::Time now, const std::string& reason, const std::string& client, const keystore::TenantId& tenant,
                          int64_t count, absl::Time first_time, absl::Time last_time) {
  keystore::Event event;
  event.time = now;
  event.actor = client;
  event.action = "AuthenticationFailed";
  if (!tenant.empty()) event.resource = FormatTenantName(tenant);
  event.tenant = tenant;
  const nlohmann::ordered_json after = {{"reason", reason},
                                        {"client", client},
                                        {"count", count},
                                        {"first_time", absl::ToUnixMicros(first_time)},
                                        {"last_time", absl::ToUnixMicros(last_time)}};
  event.after = after.dump();
  return event;
}

// Whether a minute has passed since `time`; a clock that was set back since voids it.
bool IsOver(absl::Time time, absl::Time now) { return now - time >= kMinute || now < time; }

}  // namespace

AuthenticationFailures::~AuthenticationFailures() { Stop(); }

void AuthenticationFailures::OnFailure(const AuthenticationFailure& failure) {
  // A tenant is known to exist, but for what a defect of the caller lets through.
  Key key = {Printable(failure.reason, kMaxReasonLength), Printable(failure.client, kMaxClientLength),
             keystore::TenantId(Printable(failure.tenant.value(), kMaxClientLength))};
  const absl::Time now = clock_.Now();
  MutexLock lock(mutex_);
  Tally& tally = TallyOf(std::move(key));
  if (tally.count++ == 0) tally.first_time = now;
  tally.last_time = now;
}

AuthenticationFailures::Tally& AuthenticationFailures::TallyOf(Key key) {
  const auto found = tallies_.find(key);
  if (found != tallies_.end()) return found->second;
  if (tallies_.size() < options_.max_kept) return tallies_[std::move(key)];
  return tallies_[{kTooManyDifferent, "", keystore::TenantId()}];
}

std::vector<AuthenticationFailures::Tallies::value_type> AuthenticationFailures::TakeDue(absl::Time now) {
  MutexLock lock(mutex_);
  if (IsOver(minute_, now)) {
    minute_ = now;
    written_ = 0;
  }
  std::erase_if(tallies_, [&](const auto& entry) { return entry.second.count == 0 && IsOver(entry.second.write_time, now); });
  std::vector<Tallies::value_type*> due;
  for (auto& entry : tallies_) {
    if (entry.second.count > 0 && IsOver(entry.second.write_time, now)) due.push_back(&entry);
  }
  std::ranges::stable_sort(due, {}, [](const Tallies::value_type* entry) { return entry->second.first_time; });
  due.resize(std::min(due.size(), static_cast<size_t>(std::max(options_.events_per_minute - written_, 0))));
  std::vector<Tallies::value_type> taken;
  taken.reserve(due.size());
  for (Tallies::value_type* entry : due) {
    taken.push_back(*entry);
    entry->second = Tally{.write_time = now};
  }
  written_ += static_cast<int>(taken.size());
  return taken;
}

void AuthenticationFailures::PutBack(const std::vector<Tallies::value_type>& taken) {
  MutexLock lock(mutex_);
  written_ = std::max(0, written_ - static_cast<int>(taken.size()));
  for (const auto& [key, tally] : taken) {
    Tally& present = TallyOf(key);
    present.last_time = present.count == 0 ? tally.last_time : std::max(present.last_time, tally.last_time);
    present.first_time = present.count == 0 ? tally.first_time : std::min(present.first_time, tally.first_time);
    present.count += tally.count;
    present.write_time = tally.write_time;
  }
}

absl::Status AuthenticationFailures::Flush() {
  const absl::Time now = clock_.Now();
  const std::vector<Tallies::value_type> taken = TakeDue(now);
  if (taken.empty()) return absl::OkStatus();
  keystore::Change change;
  for (const auto& [key, tally] : taken) {
    change.events.push_back(MakeEvent(now, key.reason, key.client, key.tenant, tally.count, tally.first_time, tally.last_time));
  }
  const absl::Status status = store_.Commit(change).status();
  if (!status.ok()) PutBack(taken);
  return status;
}

void AuthenticationFailures::Start() {
  thread_ = std::thread([this] { Work(); });
}

void AuthenticationFailures::Stop() {
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.NotifyAll();
  if (thread_.joinable()) thread_.join();
  const absl::Status status = Flush();
  int64_t lost = 0;
  MutexLock lock(mutex_);
  for (const auto& [key, tally] : tallies_) lost += tally.count;
  if (lost == 0) return;
  logger_.Log(LogLevel::kWarning, "failures to authenticate were not written into the audit trail before the end",
              {{"failures", lost}, {"reason", GetReason(status)}});
}

void AuthenticationFailures::Work() {
  bool failing = false;
  while (true) {
    const absl::Status status = Flush();
    if (!status.ok() && !failing) {
      logger_.Log(LogLevel::kError, "failures to authenticate cannot be written into the audit trail; it is tried again",
                  {{"reason", GetReason(status)}, {"error", std::string(status.message())}});
    }
    failing = !status.ok();
    MutexLock lock(mutex_);
    if (!stopping_) wake_.WaitFor(mutex_, options_.interval);
    if (stopping_) return;
  }
}

}  // namespace signet::core
