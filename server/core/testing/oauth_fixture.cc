#include "server/core/testing/oauth_fixture.h"

#include <optional>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/base64url.h"
#include "hsm/algorithm.h"
#include "hsm/digest.h"
#include "hsm/software_hsm.h"
#include "server/core/client_secret.h"
#include "server/core/tenant_snapshot.h"

namespace signet::core {
namespace {

using keystore::CredentialRecord;
using keystore::TenantId;

// Signs as JWS does, around the rules of who may have what signed.
std::string SignJws(hsm::Signer& signer, const hsm::KeySpec& spec, const std::string& header, const std::string& payload) {
  const std::string input = absl::StrCat(Base64UrlEncode(header), ".", Base64UrlEncode(payload));
  const hsm::Hash hash = hsm::GetAlgorithmInfo(spec.algorithm).hash;
  const auto signature = signer.Sign(spec, hash == hsm::Hash::kNone ? input : hsm::ComputeDigest(hash, input));
  EXPECT_TRUE(signature.ok()) << signature.status();
  return absl::StrCat(input, ".", Base64UrlEncode(signature.value_or("")));
}

}  // namespace

ClientKey::ClientKey(hsm::Algorithm algorithm) : hsm_(hsm::CreateSoftwareHsm()), spec_{std::string(16, 'k'), "client", algorithm} {
  public_key_ = std::make_unique<hsm::PublicKey>(hsm_->GenerateKey(spec_).value());
}

keystore::ClientPublicKey ClientKey::Record(const std::string& id) const {
  keystore::ClientPublicKey record;
  record.id = id;
  record.algorithm = std::string(hsm::GetAlgorithmInfo(spec_.algorithm).name);
  record.public_key_der = public_key_->spki_der();
  return record;
}

std::string ClientKey::Sign(const std::string& header, const std::string& payload) const {
  return SignJws(*hsm_->CreateSigner(), spec_, header, payload);
}

OAuthProcess::OAuthProcess(keystore::KeyStore& store, hsm::Hsm& hsm, const Clock& clock, Random& random,
                           AuthenticationObserver& observer)
    : directory({.public_url = kApi, .instance_id = store.InstanceId().value(), .credentials = &credentials}, store),
      ledger({}, store),
      services{store, hsm, directory, ledger, clock, random, steps, log, store.InstanceId().value(), kApi},
      tokens(directory, ledger, clock, random, &credentials),
      clients({.observer = &observer}, services, credentials, trusted),
      oauth({.audiences = {kApi, kOtherApi}}, services, credentials, tokens, clients) {
  const absl::Status status = directory.Refresh();
  EXPECT_TRUE(status.ok()) << status;
}

OAuthTest::OAuthTest() : signer_(seeded_.hsm().CreateSigner()) {
  for (const char* tenant : {"acme", "other", "system"}) {
    seeded_.AddKey(seeded_.AddTenant(tenant), hsm::Algorithm::kEs256, keystore::KeyState::kEnabled);
  }
  keystore::TenantRecord acme = seeded_.store().GetTenant(acme_.tenant).value().value();
  acme.host_aliases = {"login.acme.example"};
  seeded_.Put({acme});
  process_ = NewProcess();
}

std::unique_ptr<OAuthProcess> OAuthTest::NewProcess() {
  return std::make_unique<OAuthProcess>(store_, seeded_.hsm(), clock_, random_, observer_);
}

void OAuthTest::Refresh() {
  const absl::Status status = process().directory.Refresh();
  EXPECT_TRUE(status.ok()) << status;
}

void OAuthTest::LoseStore() {
  crash_.AtStep("lost");
  crash_.Reached("lost");
}

CredentialRecord OAuthTest::Credential(const std::string& id, keystore::CredentialKind kind, const std::string& tenant) {
  CredentialRecord credential;
  credential.tenant = TenantId(tenant);
  credential.id = keystore::CredentialId(id);
  credential.client_id = absl::StrCat("client-", id);
  credential.kind = kind;
  credential.scopes = {"read:audit", "sign:tokens"};
  return credential;
}

void OAuthTest::Put(const CredentialRecord& credential) {
  seeded_.Put({credential});
  Refresh();
}

CredentialRecord OAuthTest::Stored(const CredentialRecord& credential) {
  return seeded_.store().GetCredential(credential.tenant, credential.id).value().value();
}

ClientEvidence OAuthTest::NewSecretClient(const std::string& id, const std::string& tenant) {
  return NewSecretClient(Credential(id, keystore::CredentialKind::kClientSecret, tenant));
}

ClientEvidence OAuthTest::NewSecretClient(CredentialRecord credential) {
  const MadeClientSecret secret = MakeClientSecret(random_);
  credential.secrets.push_back(secret.record);
  Put(credential);
  return {.client_id = credential.client_id, .secret = secret.text};
}

OAuthResult<AccessToken> OAuthTest::Issue(const TokenRequest& request, const std::string& tenant) {
  return process().oauth.IssueToken(TenantId(tenant), request, *signer_);
}

std::string OAuthTest::NewToken(const TokenRequest& request, const std::string& tenant) {
  const OAuthResult<AccessToken> result = Issue(request, tenant);
  const auto* token = std::get_if<AccessToken>(&result);
  EXPECT_NE(token, nullptr) << std::get<OAuthError>(result).error << std::get<OAuthError>(result).cause;
  return token == nullptr ? "" : token->token;
}

std::string OAuthTest::SignAnything(const RingName& ring, const std::string& header, const std::string& payload) {
  const auto tenant = process().directory.FindTenant(ring.tenant);
  return SignJws(*signer_, tenant->rings.at(ring.ring).current->signing_form().spec, header, payload);
}

std::string OAuthTest::KidOf(const RingName& ring) {
  return process().directory.FindTenant(ring.tenant)->rings.at(ring.ring).current->name.kid.value();
}

nlohmann::ordered_json PartOf(const std::string& token, int part) {
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  const std::optional<std::string> json = parts.size() == 3 ? Base64UrlDecode(parts[part]) : std::nullopt;
  EXPECT_TRUE(json) << token;
  return nlohmann::ordered_json::parse(json.value_or("{}"));
}

}  // namespace signet::core
