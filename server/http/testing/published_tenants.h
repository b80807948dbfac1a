#ifndef SIGNET_SERVER_HTTP_TESTING_PUBLISHED_TENANTS_H_
#define SIGNET_SERVER_HTTP_TESTING_PUBLISHED_TENANTS_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "keystore/key_store.h"
#include "server/core/key_directory.h"

namespace signet::http {

inline constexpr char kPublicUrl[] = "https://signet.example:8444";

// PublishedTenants is a KeyDirectory over a store in memory, with these tenants:
//   acme   answers for the hosts acme.example and localhost; a ring with one ES256 key, "acme-key"; jwks_max_age 5 minutes
//   other  has an issuer of its own, https://login.other.example, and neither keys nor hosts
class PublishedTenants {
 public:
  PublishedTenants();

  core::KeyDirectory& directory() { return directory_; }
  // Gives acme another key.
  void AddKey(const std::string& kid);
  // Has acme's key "acme-key" sign since `enable_time`, and its ring rotate automatically, at `period` from then. Returns when the
  // next rotation starts.
  absl::Time RotateAutomatically(absl::Time enable_time, absl::Duration period);

 private:
  void Commit(keystore::Record record);

  std::unique_ptr<keystore::KeyStore> store_;
  core::KeyDirectory directory_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_TESTING_PUBLISHED_TENANTS_H_
