#ifndef SIGNET_SERVER_CORE_TESTING_OAUTH_FIXTURE_H_
#define SIGNET_SERVER_CORE_TESTING_OAUTH_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "base/recording_logger.h"
#include "base/secret.h"
#include "gtest/gtest.h"
#include "hsm/hsm.h"
#include "hsm/public_key.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "nlohmann/json.hpp"
#include "server/core/authentication_observer.h"
#include "server/core/client_authentication.h"
#include "server/core/credential_directory.h"
#include "server/core/key_directory.h"
#include "server/core/oauth.h"
#include "server/core/seeded_store.h"
#include "server/core/services.h"
#include "server/core/signing_ledger.h"
#include "server/core/testing/crash.h"
#include "server/core/testing/faulty_key_store.h"
#include "server/core/tokens.h"
#include "server/core/trusted_certificates.h"

namespace signet::core {

// RecordingObserver remembers failures to authenticate.
class RecordingObserver : public AuthenticationObserver {
 public:
  void OnFailure(const AuthenticationFailure& failure) override { failures.push_back(failure); }
  std::vector<AuthenticationFailure> failures;
};

// ClientKey is a pair that a client holds and signs its assertions with.
class ClientKey {
 public:
  explicit ClientKey(hsm::Algorithm algorithm);

  const hsm::PublicKey& public_key() const { return *public_key_; }
  // As a credential keeps it.
  keystore::ClientPublicKey Record(const std::string& id) const;
  // A compact JWS of any header and payload.
  std::string Sign(const std::string& header, const std::string& payload) const;

 private:
  std::unique_ptr<hsm::Hsm> hsm_;
  hsm::KeySpec spec_;
  std::unique_ptr<hsm::PublicKey> public_key_;
};

// OAuthProcess is what one process has over a store: make another one to simulate a restart, or a replica.
struct OAuthProcess {
  OAuthProcess(keystore::KeyStore& store, hsm::Hsm& hsm, const Clock& clock, Random& random, AuthenticationObserver& observer);

  StepObserver steps;
  RecordingLogger log;
  CredentialDirectory credentials;
  KeyDirectory directory;
  SigningLedger ledger;
  Services services;
  Tokens tokens;
  TrustedCertificates trusted;
  ClientAuthentication clients;
  OAuth oauth;
};

// The `aud` of Signet's own API in tests: the default, and another one.
inline constexpr char kApi[] = "https://signet.example";
inline constexpr char kOtherApi[] = "https://api.example";

// OAuthTest has the tenants acme (host alias login.acme.example), other and system, each with an enabled key in access-token, and a
// process that serves them.
class OAuthTest : public testing::Test {
 protected:
  OAuthTest();

  OAuthProcess& process() { return *process_; }
  // A process that starts now over the same store.
  std::unique_ptr<OAuthProcess> NewProcess();
  void Refresh();
  // Lets nothing reach the store any more.
  void LoseStore();

  // A credential of `kind`, with id "ci" and client_id "client-ci" and so on, and with the scopes read:audit and sign:tokens.
  static keystore::CredentialRecord Credential(const std::string& id, keystore::CredentialKind kind,
                                               const std::string& tenant = "acme");
  void Put(const keystore::CredentialRecord& credential);
  keystore::CredentialRecord Stored(const keystore::CredentialRecord& credential);
  // Puts a credential with a secret, and returns by what it authenticates.
  ClientEvidence NewSecretClient(const std::string& id, const std::string& tenant = "acme");
  ClientEvidence NewSecretClient(keystore::CredentialRecord credential);

  OAuthResult<AccessToken> Issue(const TokenRequest& request, const std::string& tenant = "acme");
  // A token that must be issued.
  std::string NewToken(const TokenRequest& request, const std::string& tenant = "acme");
  // A token of any header and payload, with a good signature by `ring`'s enabled key.
  std::string SignAnything(const RingName& ring, const std::string& header, const std::string& payload);
  // The `kid` of that key.
  std::string KidOf(const RingName& ring);

  SeededStore seeded_;
  Crash crash_;
  FaultyKeyStore store_{seeded_.store(), crash_};
  FakeClock clock_;
  SystemRandom random_;
  RecordingObserver observer_;
  std::unique_ptr<hsm::Signer> signer_;
  std::unique_ptr<OAuthProcess> process_;
  const RingName acme_ = {keystore::TenantId("acme"), keystore::RingId("access-token")};
  const RingName system_ = {keystore::TenantId("system"), keystore::RingId("access-token")};
};

// A part of a compact JWS as JSON: 0 is the header, 1 the payload.
nlohmann::ordered_json PartOf(const std::string& token, int part);

// The `error` of a result; empty if it is none.
template <typename T>
std::string ErrorOf(const OAuthResult<T>& result) {
  const auto* error = std::get_if<OAuthError>(&result);
  return error == nullptr ? "" : error->error;
}

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TESTING_OAUTH_FIXTURE_H_
