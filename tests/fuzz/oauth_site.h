#ifndef SIGNET_TESTS_FUZZ_OAUTH_SITE_H_
#define SIGNET_TESTS_FUZZ_OAUTH_SITE_H_

#include <memory>
#include <string>

#include "base/fake_clock.h"
#include "base/random.h"
#include "hsm/hsm.h"
#include "server/core/authentication_observer.h"
#include "server/core/oauth_types.h"
#include "server/core/seeded_store.h"
#include "server/core/testing/oauth_fixture.h"

namespace signet::fuzz {

// OAuthSite is a process over a store in memory, with the tenants acme, other and system, each with an ES256 key in access-token,
// and two clients of acme: "client-ci" with a secret, and "client-node" with a certificate that is pinned. Both have the scope
// read:audit and a grant of https://orders.example.
class OAuthSite {
 public:
  OAuthSite();

  core::OAuthProcess& process() { return *process_; }
  // Has the store confirm which keys are enabled, as a process does all the time: nothing is signed when that was long ago.
  void Refresh();
  const FakeClock& clock() const { return clock_; }
  const std::string& secret() const { return secret_; }
  const std::string& peer_chain_pem() const { return peer_chain_pem_; }

  // By what the clients authenticate.
  core::ClientEvidence SecretClient() const;
  core::ClientEvidence CertificateClient() const;
  // A token that must be issued; for Signet's own API if `audience` is empty.
  std::string NewToken(const core::ClientEvidence& client, const std::string& audience);

 private:
  // Nobody reads what a fuzzer would fill the memory with.
  class Silence final : public core::AuthenticationObserver {
   public:
    void OnFailure(const core::AuthenticationFailure&) override {}
  };

  void AddClient(keystore::CredentialRecord credential);

  core::SeededStore seeded_;
  FakeClock clock_;
  SystemRandom random_;
  Silence silence_;
  std::string secret_;
  std::string peer_chain_pem_;
  std::unique_ptr<hsm::Signer> signer_;
  std::unique_ptr<core::OAuthProcess> process_;
};

}  // namespace signet::fuzz

#endif  // SIGNET_TESTS_FUZZ_OAUTH_SITE_H_
