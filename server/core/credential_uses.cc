#include "server/core/credential_uses.h"

#include <algorithm>
#include <vector>

#include "keystore/records.h"

namespace signet::core {

CredentialUses::CredentialUses(const Options& options, keystore::KeyStore& store)
    : options_(options), store_(store), thread_([this] { Work(); }) {}

CredentialUses::~CredentialUses() { Stop(); }

void CredentialUses::Note(const keystore::TenantId& tenant, const keystore::CredentialId& id, absl::Time time) {
  MutexLock lock(mutex_);
  NoteLocked({tenant, id}, time);
}

void CredentialUses::NoteLocked(const Name& name, absl::Time time) {
  absl::Time& latest = noted_.try_emplace(name, time).first->second;
  latest = std::max(latest, time);
}

absl::Status CredentialUses::Flush() {
  std::map<Name, absl::Time> noted;
  {
    MutexLock lock(mutex_);
    noted.swap(noted_);
  }
  if (noted.empty()) return absl::OkStatus();
  std::vector<keystore::CredentialUse> uses;
  uses.reserve(noted.size());
  for (const auto& [name, time] : noted) uses.push_back({name.first, name.second, time});
  const absl::Status status = store_.RecordCredentialUse(uses);
  if (status.ok()) return status;
  // Written again even if it was written after all: the store moves no time back.
  MutexLock lock(mutex_);
  for (const auto& [name, time] : noted) NoteLocked(name, time);
  return status;
}

void CredentialUses::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  work_.NotifyAll();
  if (!thread_.joinable()) return;
  thread_.join();
  // A store that fails now has failed the thread before; there is nobody left to tell.
  (void)Flush();
}

void CredentialUses::Work() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!stopping_) work_.WaitFor(mutex_, options_.flush_interval);
      if (stopping_) return;
    }
    // What fails is kept for the next time.
    (void)Flush();
  }
}

}  // namespace signet::core
