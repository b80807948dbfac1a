#include "tests/fuzz/oauth_site.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "base/secret.h"
#include "hsm/algorithm.h"
#include "hsm/certificate_chain.h"
#include "hsm/testing/test_authority.h"
#include "keystore/records.h"
#include "server/core/client_secret.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {

OAuthSite::OAuthSite() : signer_(seeded_.hsm().CreateSigner()) {
  for (const char* tenant : {"acme", "other", "system"}) {
    seeded_.AddKey(seeded_.AddTenant(tenant), hsm::Algorithm::kEs256, keystore::KeyState::kEnabled);
  }
  const core::MadeClientSecret secret = core::MakeClientSecret(random_);
  secret_ = std::string(secret.text.Expose());
  keystore::CredentialRecord ci;
  ci.id = keystore::CredentialId("ci");
  ci.kind = keystore::CredentialKind::kClientSecret;
  ci.secrets = {secret.record};
  AddClient(ci);

  const hsm::TestAuthority self{.name = "node"};
  keystore::ClientCertificate certificate;
  certificate.der = hsm::Issue(self, "node", self.key.get());
  peer_chain_pem_ = hsm::ChainToPem({certificate.der});
  keystore::CredentialRecord node;
  node.id = keystore::CredentialId("node");
  node.kind = keystore::CredentialKind::kCertificate;
  node.certificates = {certificate};
  AddClient(node);
  process_ = std::make_unique<core::OAuthProcess>(seeded_.store(), seeded_.hsm(), clock_, random_, silence_);
}

void OAuthSite::Refresh() { Require(process_->directory.Refresh().ok(), "the directory follows the store"); }

core::ClientEvidence OAuthSite::SecretClient() const { return {.client_id = "client-ci", .secret = Secret(secret_)}; }

core::ClientEvidence OAuthSite::CertificateClient() const {
  return {.client_id = "client-node", .peer_chain_pem = peer_chain_pem_};
}

std::string OAuthSite::NewToken(const core::ClientEvidence& client, const std::string& audience) {
  const core::OAuthResult<core::AccessToken> result =
      process_->oauth.IssueToken(keystore::TenantId("acme"), {.client = client, .audience = audience}, *signer_);
  const auto* token = std::get_if<core::AccessToken>(&result);
  Require(token != nullptr, "a client that authenticates gets a token");
  return token->token;
}

void OAuthSite::AddClient(keystore::CredentialRecord credential) {
  credential.tenant = keystore::TenantId("acme");
  credential.client_id = absl::StrCat("client-", credential.id.value());
  credential.scopes = {"read:audit"};
  credential.grants = {{"https://orders.example", {"read"}}};
  seeded_.Put({credential});
}

}  // namespace signet::fuzz
