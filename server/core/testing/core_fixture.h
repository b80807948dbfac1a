#ifndef SIGNET_SERVER_CORE_TESTING_CORE_FIXTURE_H_
#define SIGNET_SERVER_CORE_TESTING_CORE_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "base/recording_logger.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keystore/records.h"
#include "server/core/credential_directory.h"
#include "server/core/credentials.h"
#include "server/core/key_rings.h"
#include "server/core/keys.h"
#include "server/core/principal.h"
#include "server/core/reconciler.h"
#include "server/core/signing_ledger.h"
#include "server/core/tenants.h"

namespace signet::core {

inline const absl::Status& AsStatus(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& AsStatus(const absl::StatusOr<T>& result) {
  return result.status();
}

// Matches an absl::Status or absl::StatusOr.
MATCHER(IsOk, "is OK") {
  *result_listener << AsStatus(arg);
  return AsStatus(arg).ok();
}
MATCHER_P2(IsError, code, reason, "") {
  *result_listener << AsStatus(arg) << " with reason " << GetReason(AsStatus(arg));
  return AsStatus(arg).code() == code && GetReason(AsStatus(arg)) == reason;
}

// Core is what one process has over a store and an HSM, which outlive it: make another one to simulate a restart.
struct Core {
  Core(keystore::KeyStore& store, hsm::Hsm& hsm, const Clock& clock, Random& random, StepObserver& steps);

  CredentialDirectory live_credentials;
  KeyDirectory directory;
  SigningLedger ledger;
  RecordingLogger log;
  Services services;
  Keys keys;
  KeyRings rings;
  Tenants tenants;
  Credentials credentials;
};

// A call by "alice" without request_id, with one, with an etag, and one that only validates. The fingerprint of a call with a
// request_id is `body`.
ChangeRequest Call();
ChangeRequest CallWithId(const std::string& request_id, const std::string& body = "body");
ChangeRequest CallWithEtag(const std::string& etag);
ChangeRequest ValidateOnly();

// CoreTest has one Core over a store and an HSM in memory, and the tenant "acme", whose ring access-token lets keys be enabled at
// once.
class CoreTest : public testing::Test {
 protected:
  CoreTest();

  Keys& keys() { return core_->keys; }
  KeyRings& rings() { return core_->rings; }
  Tenants& tenants() { return core_->tenants; }
  Credentials& credentials() { return core_->credentials; }
  // What authenticates: what the directory has read of the above.
  CredentialDirectory& live_credentials() { return core_->live_credentials; }
  KeyDirectory& directory() { return core_->directory; }
  RecordingLogger& log() { return core_->log; }
  const Services& services() { return core_->services; }

  // Each makes what must succeed.
  TenantView NewTenantNamed(const std::string& id);
  RingName NewRing(const std::string& id, const keystore::KeyPolicy& policy = {});
  // A DISABLED key of `ring`, by default of access-token; its name.
  KeyName NewKey(const std::string& kid = "");
  KeyName NewKeyIn(const RingName& ring, const std::string& kid = "");
  KeyName NewEnabledKey(const std::string& kid = "");

  // Signet's own tenant, with its keys.
  void MakeSystemTenant();
  // A secret of acme's with these scopes, or all.
  IssuedCredential NewCredentialNamed(const std::string& id, std::optional<std::vector<std::string>> scopes = std::nullopt);

  // The credential `id` of acme, as the store has it.
  CredentialName Named(const std::string& id) const { return {acme_, keystore::CredentialId(id)}; }
  keystore::CredentialRecord StoredCredential(const CredentialName& name);
  keystore::KeyRecord StoredKey(const KeyName& name);
  std::vector<keystore::Event> Events();
  // The actions of the events after the first `skipped` ones.
  std::vector<std::string> Actions(size_t skipped);
  size_t KeysInHsm();
  // Whether the JWKS holds the kid.
  bool IsPublished(const KeyName& name);
  // Changes with every commit.
  int64_t StoreRevision();

  std::unique_ptr<keystore::KeyStore> store_;
  std::unique_ptr<hsm::Hsm> hsm_;
  FakeClock clock_;
  SystemRandom random_;
  StepObserver steps_;
  std::unique_ptr<Core> core_;
  const keystore::TenantId acme_ = keystore::TenantId("acme");
  const RingName ring_ = {acme_, keystore::RingId("access-token")};
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TESTING_CORE_FIXTURE_H_
