#include "server/core/signing_ledger.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/error_reason.h"

namespace signet::core {
namespace {

using std::chrono::steady_clock;

// From a write that failed to the next one.
constexpr absl::Duration kRetryInterval = absl::Milliseconds(250);

absl::Status NotEnabled() {
  return Error(absl::StatusCode::kAborted, reason::kConcurrentChange, "the key ceased to sign while it was asked for; try again");
}

absl::Status NotTaken() {
  return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable,
               "the store does not take until when the token lives; nothing is signed that it does not know of");
}

}  // namespace

SigningLedger::SigningLedger(const Options& options, keystore::KeyStore& store)
    : options_(options), store_(store), thread_([this] { Work(); }) {}

SigningLedger::~SigningLedger() { Stop(); }

absl::Status SigningLedger::Admit(const std::shared_ptr<KeyMeter>& meter, absl::Time expiry) {
  const absl::Time bound = meter->bound();
  if (expiry + kBoundStep / 2 <= bound) return absl::OkStatus();
  MutexLock lock(mutex_);
  const std::shared_ptr<Extension> extension = Extend(meter, expiry);
  if (expiry <= bound) return absl::OkStatus();
  is_awaited_ = true;
  work_.NotifyOne();
  // The thread goes on trying; nobody waits for a store that has just failed.
  if (failing_) return NotTaken();

  const auto start = steady_clock::now();
  while (!extension->done) {
    const absl::Duration left = LeftOf(options_.patience, start);
    if (left <= absl::ZeroDuration() || stopping_) return NotTaken();
    written_.WaitFor(mutex_, left);
  }
  return extension->outcome;
}

absl::Duration SigningLedger::LeftOf(absl::Duration patience, steady_clock::time_point start) const {
  // A write that hangs must not hold up each caller anew.
  const auto since = writing_since_ ? std::min(start, *writing_since_) : start;
  return patience - absl::FromChrono(steady_clock::now() - since);
}

std::shared_ptr<SigningLedger::Extension> SigningLedger::Extend(const std::shared_ptr<KeyMeter>& meter, absl::Time expiry) {
  std::shared_ptr<Extension>& extension = wanted_[meter->uid()];
  if (extension == nullptr) {
    extension = std::make_shared<Extension>();
    extension->meter = meter;
    extension->bound = absl::InfinitePast();
  }
  extension->bound = std::max(extension->bound, expiry + kBoundStep);
  return extension;
}

void SigningLedger::Count(const std::shared_ptr<KeyMeter>& meter, absl::Time now, absl::Time expiry) {
  if (!meter->Count(now, expiry)) return;
  MutexLock lock(mutex_);
  dirty_.push_back(meter);
}

absl::Status SigningLedger::Flush() {
  {
    MutexLock lock(mutex_);
    if (failing_) return NotTaken();
  }
  return Write(options_.patience);
}

absl::Duration SigningLedger::UnwrittenFor() const {
  MutexLock lock(mutex_);
  return unwritten_since_ ? absl::FromChrono(steady_clock::now() - *unwritten_since_) : absl::ZeroDuration();
}

void SigningLedger::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  work_.NotifyAll();
  written_.NotifyAll();
  if (!thread_.joinable()) return;
  thread_.join();
  // A store that fails now has failed the thread before; there is nobody left to tell.
  (void)Write(absl::InfiniteDuration());
}

void SigningLedger::Work() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!is_awaited_ && !stopping_) work_.WaitFor(mutex_, options_.flush_interval);
      if (stopping_) return;
    }
    // What fails is told to those who wait for it; counts are kept for the next time.
    if (Write(absl::InfiniteDuration()).ok()) continue;
    MutexLock lock(mutex_);
    if (!stopping_) work_.WaitFor(mutex_, kRetryInterval);
  }
}

absl::Status SigningLedger::Write(absl::Duration patience) {
  const auto start = steady_clock::now();
  std::vector<std::shared_ptr<KeyMeter>> dirty;
  std::vector<std::shared_ptr<Extension>> extensions;
  {
    MutexLock lock(mutex_);
    while (writing_since_) {
      const absl::Duration left = LeftOf(patience, start);
      if (left <= absl::ZeroDuration()) return NotTaken();
      written_.WaitFor(mutex_, left);
    }
    is_awaited_ = false;
    if (wanted_.empty() && dirty_.empty()) {
      // What failed before was told to those who waited for it. Whoever comes next finds out anew.
      failing_ = false;
      unwritten_since_.reset();
      return absl::OkStatus();
    }
    writing_since_ = steady_clock::now();
    if (!unwritten_since_) unwritten_since_ = writing_since_;
    dirty.swap(dirty_);
    for (auto& [uid, extension] : wanted_) extensions.push_back(std::move(extension));
    wanted_.clear();
  }
  std::vector<keystore::UsageUpdate> updates;
  updates.reserve(dirty.size() + extensions.size());
  for (const auto& meter : dirty) updates.push_back(meter->Take());
  for (const auto& extension : extensions) {
    keystore::UsageUpdate update;
    update.uid = extension->meter->uid();
    update.token_expiry_bound = extension->bound;
    updates.push_back(std::move(update));
  }
  const absl::StatusOr<std::vector<keystore::KeyUid>> refused = store_.RecordUsage(updates);

  MutexLock lock(mutex_);
  if (!refused.ok()) {
    // A write of unknown outcome may be counted twice: that errs towards a key that is used more.
    for (size_t i = 0; i < dirty.size(); ++i) {
      if (dirty[i]->PutBack(updates[i])) dirty_.push_back(dirty[i]);
    }
  }
  for (const auto& extension : extensions) {
    extension->outcome = refused.ok() ? absl::OkStatus() : NotTaken();
    if (refused.ok() && std::find(refused->begin(), refused->end(), extension->meter->uid()) != refused->end()) {
      extension->outcome = NotEnabled();
    }
    if (extension->outcome.ok()) extension->meter->RaiseBound(extension->bound);
    extension->done = true;
  }
  failing_ = !refused.ok();
  if (!failing_) unwritten_since_.reset();
  writing_since_.reset();
  written_.NotifyAll();
  return refused.status();
}

}  // namespace signet::core
