#include "server/core/credential_directory.h"

#include "absl/strings/str_cat.h"

namespace signet::core {

std::string RevocationId(absl::string_view client_id, absl::string_view token_id) { return absl::StrCat(client_id, "/", token_id); }

void CredentialDirectory::Take(const keystore::CredentialRecord& record) {
  auto shared = record.delete_time ? nullptr : std::make_shared<const keystore::CredentialRecord>(record);
  {
    MutexLock lock(mutex_);
    const Name name(record.tenant, record.id);
    // One that was deleted and made anew has another client_id.
    if (const auto former = client_ids_.find(name); former != client_ids_.end()) {
      credentials_.erase(former->second);
      client_ids_.erase(former);
    }
    if (shared != nullptr) {
      client_ids_[name] = record.client_id;
      credentials_[record.client_id] = std::move(shared);
    }
  }
  generation_.fetch_add(1, std::memory_order_release);
}

void CredentialDirectory::Take(const keystore::RevokedToken& record) {
  {
    MutexLock lock(mutex_);
    revoked_[record.token_id] = record.expire_time;
  }
  generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const keystore::CredentialRecord> CredentialDirectory::FindByClientId(const std::string& client_id) const {
  MutexLock lock(mutex_);
  const auto found = credentials_.find(client_id);
  return found == credentials_.end() ? nullptr : found->second;
}

bool CredentialDirectory::IsRevoked(absl::string_view client_id, absl::string_view token_id) const {
  const std::string id = RevocationId(client_id, token_id);
  MutexLock lock(mutex_);
  return revoked_.find(id) != revoked_.end();
}

void CredentialDirectory::ForgetExpired(absl::Time now, std::chrono::steady_clock::time_point monotonic_now) {
  const absl::Time settled = forget_time_.Observe(now, monotonic_now);
  MutexLock lock(mutex_);
  for (auto token = revoked_.begin(); token != revoked_.end();) {
    token = token->second <= settled ? revoked_.erase(token) : std::next(token);
  }
}

}  // namespace signet::core
