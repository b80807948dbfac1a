// Every method of signet.v1.KeyService, as its proto describes it when all goes well.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/base64url.h"
#include "base/crc32c.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/time_util.h"
#include "gtest/gtest.h"
#include "hsm/digest.h"
#include "hsm/ecdsa_signature.h"
#include "hsm/public_key.h"
#include "nlohmann/json.hpp"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class KeyServiceTest : public BackendTest {
 protected:
  // The key as OpenSSL sees it, which had no part in its making.
  hsm::PublicKey ExportedKey(const std::string& name) {
    v1::GetPublicKeyRequest request;
    request.set_name(name);
    const auto reply = Call(&KeyStub::GetPublicKey, request);
    EXPECT_EQ(reply.outcome(), "OK");
    return *hsm::PublicKey::FromSpki(static_cast<hsm::Algorithm>(reply->algorithm()), reply->der());
  }
  std::string Jwks(const std::string& tenant = kTenant) {
    v1::GetJwksRequest request;
    request.set_parent(tenant);
    const auto reply = Call(&KeyStub::GetJwks, request);
    EXPECT_EQ(reply.outcome(), "OK");
    return reply->json();
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, KeyServiceTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite), BackendName);

TEST_P(KeyServiceTest, AKeyRingIsCreatedReadListedChangedAndDeleted) {
  const auto created = Call(&KeyStub::CreateKeyRing, FromText<v1::CreateKeyRingRequest>(R"pb(
    parent: "tenants/acme"
    key_ring_id: "saml"
    key_ring {
      algorithm: RS256_2048
      policy {
        preset: SAP_BTP
        min_retention { seconds: 60 }
      }
    })pb"));
  ASSERT_EQ(created.outcome(), "OK");
  EXPECT_EQ(created->name(), "tenants/acme/keyRings/saml");
  EXPECT_EQ(created->algorithm(), v1::RS256_2048);
  EXPECT_EQ(created->policy().preset(), v1::KeyPolicy::SAP_BTP);
  EXPECT_EQ(created->policy().min_retention().seconds(), 60);
  EXPECT_EQ(created->policy().max_keys(), 0);
  EXPECT_NE(created->etag(), "");
  EXPECT_EQ(created->create_time().seconds(), absl::ToUnixSeconds(server_.clock().Now()));

  const auto got = Call(&KeyStub::GetKeyRing, FromText<v1::GetKeyRingRequest>(R"pb(name: "tenants/acme/keyRings/saml")pb"));
  EXPECT_EQ(got->SerializeAsString(), created->SerializeAsString());

  const auto list = Call(&KeyStub::ListKeyRings, FromText<v1::ListKeyRingsRequest>(R"pb(parent: "tenants/acme")pb"));
  ASSERT_EQ(list.outcome(), "OK");
  ASSERT_THAT(list->key_rings(), SizeIs(2));
  EXPECT_EQ(list->key_rings(0).name(), "tenants/acme/keyRings/access-token");
  EXPECT_EQ(list->key_rings(1).name(), "tenants/acme/keyRings/saml");
  EXPECT_EQ(list->next_page_token(), "");

  const auto updated = Call(&KeyStub::UpdateKeyRing, FromText<v1::UpdateKeyRingRequest>(R"pb(
    key_ring {
      name: "tenants/acme/keyRings/saml"
      algorithm: ES384
      policy { max_keys: 5 }
    }
    update_mask { paths: "policy.max_keys" paths: "policy.min_retention" })pb"));
  ASSERT_EQ(updated.outcome(), "OK");
  EXPECT_EQ(updated->algorithm(), v1::RS256_2048);
  EXPECT_EQ(updated->policy().preset(), v1::KeyPolicy::SAP_BTP);
  EXPECT_EQ(updated->policy().max_keys(), 5);
  EXPECT_FALSE(updated->policy().has_min_retention());
  EXPECT_NE(updated->etag(), created->etag());

  EXPECT_EQ(
      Call(&KeyStub::DeleteKeyRing, FromText<v1::DeleteKeyRingRequest>(R"pb(name: "tenants/acme/keyRings/saml")pb")).outcome(),
      "OK");
  EXPECT_EQ(Call(&KeyStub::GetKeyRing, FromText<v1::GetKeyRingRequest>(R"pb(name: "tenants/acme/keyRings/saml")pb")).outcome(),
            "NOT_FOUND KEY_RING_NOT_FOUND");
}

TEST_P(KeyServiceTest, AKeyLivesFromItsCreationToItsTombstone) {
  const v1::SigningKey first = MakeKey();
  EXPECT_EQ(first.name(), absl::StrCat(kRing, "/keys/", first.kid()));
  EXPECT_EQ(first.kid(), ExportedKey(first.name()).thumbprint());
  EXPECT_EQ(first.state(), v1::SigningKey::DISABLED);
  EXPECT_EQ(first.role(), v1::SigningKey::NEXT);
  EXPECT_EQ(first.activatable_time().seconds() - first.publish_time().seconds(), 300);
  EXPECT_THAT(Jwks(), HasSubstr(first.kid()));

  server_.clock().Advance(absl::Minutes(5));
  const auto enabled = Call(&KeyStub::EnableKey, FromText<v1::EnableKeyRequest>(absl::StrCat("name: '", first.name(), "'")));
  ASSERT_EQ(enabled.outcome(), "OK");
  EXPECT_EQ(enabled->state(), v1::SigningKey::ENABLED);
  EXPECT_EQ(enabled->role(), v1::SigningKey::CURRENT);
  EXPECT_EQ(enabled->effective_time().seconds(), absl::ToUnixSeconds(server_.clock().Now()));

  const v1::SigningKey second = MakeEnabledKey();
  EXPECT_EQ(second.role(), v1::SigningKey::CURRENT);
  const v1::SigningKey previous = GetKey(first.name());
  EXPECT_EQ(previous.state(), v1::SigningKey::DISABLED);
  EXPECT_EQ(previous.role(), v1::SigningKey::PREVIOUS);
  EXPECT_TRUE(previous.has_deletable_time());

  const auto list = Call(&KeyStub::ListKeys, FromText<v1::ListKeysRequest>(absl::StrCat("parent: '", kRing, "'")));
  ASSERT_THAT(list->keys(), SizeIs(2));
  EXPECT_EQ(list->keys(0).SerializeAsString(), previous.SerializeAsString());
  EXPECT_EQ(list->keys(1).name(), second.name());

  server_.clock().Advance(absl::Hours(25));
  const auto deleted = Call(&KeyStub::DeleteKey, FromText<v1::DeleteKeyRequest>(absl::StrCat("name: '", first.name(), "'")));
  ASSERT_EQ(deleted.outcome(), "OK");
  EXPECT_EQ(deleted->state(), v1::SigningKey::DESTROYED);
  EXPECT_TRUE(deleted->has_destroy_time());
  EXPECT_THAT(Jwks(), Not(HasSubstr(first.kid())));
  EXPECT_THAT(Call(&KeyStub::ListKeys, FromText<v1::ListKeysRequest>(absl::StrCat("parent: '", kRing, "'")))->keys(), SizeIs(1));
  EXPECT_THAT(
      Call(&KeyStub::ListKeys, FromText<v1::ListKeysRequest>(absl::StrCat("parent: '", kRing, "' show_destroyed: true")))->keys(),
      SizeIs(2));
}

TEST_P(KeyServiceTest, AKeyIsDisabledAndRevokedOnlyWithForceIfItSigns) {
  const std::string name = absl::StrCat("name: '", MakeEnabledKey().name(), "'");
  const auto disabled = Call(&KeyStub::DisableKey, FromText<v1::DisableKeyRequest>(name + " force: true"));
  ASSERT_EQ(disabled.outcome(), "OK");
  EXPECT_EQ(disabled->state(), v1::SigningKey::DISABLED);

  const auto revoked = Call(&KeyStub::RevokeKey, FromText<v1::RevokeKeyRequest>(name));
  ASSERT_EQ(revoked.outcome(), "OK");
  EXPECT_EQ(revoked->state(), v1::SigningKey::REVOKED);
  EXPECT_EQ(revoked->role(), v1::SigningKey::ROLE_UNSPECIFIED);
  EXPECT_TRUE(revoked->has_revoke_time());
  EXPECT_THAT(Jwks(), Not(HasSubstr(revoked->kid())));
}

TEST_P(KeyServiceTest, AKidMayBeChosen) {
  const auto key =
      Call(&KeyStub::CreateKey, FromText<v1::CreateKeyRequest>(absl::StrCat("parent: '", kRing, "' key_id: 'my-key.1'")));
  ASSERT_EQ(key.outcome(), "OK");
  EXPECT_EQ(key->kid(), "my-key.1");
  EXPECT_EQ(GetKey(std::string(kRing) + "/keys/my-key.1").kid(), "my-key.1");
}

TEST_P(KeyServiceTest, APublicKeyComesInThreeFormsThatAgree) {
  const v1::SigningKey key = MakeKey();
  const auto reply = Call(&KeyStub::GetPublicKey, FromText<v1::GetPublicKeyRequest>(absl::StrCat("name: '", key.name(), "'")));
  ASSERT_EQ(reply.outcome(), "OK");
  EXPECT_EQ(reply->name(), key.name());
  EXPECT_EQ(reply->algorithm(), v1::ES256);
  const hsm::PublicKey exported = ExportedKey(key.name());
  EXPECT_EQ(reply->pem(), exported.ToPem());
  const auto jwk = nlohmann::json::parse(reply->jwk(), nullptr, /*allow_exceptions=*/false);
  EXPECT_EQ(jwk.value("kid", ""), key.kid());
  EXPECT_EQ(jwk.value("use", ""), "sig");
  EXPECT_EQ(jwk.value("alg", ""), "ES256");
  EXPECT_EQ(jwk.value("x", ""), exported.jwk_members().at("x"));
}

TEST_P(KeyServiceTest, TheJwksHoldsWhatMayVerifyAndSaysHowLongItMayBeCached) {
  const auto empty = Call(&KeyStub::GetJwks, FromText<v1::GetJwksRequest>(R"pb(parent: "tenants/acme")pb"));
  ASSERT_EQ(empty.outcome(), "OK");
  EXPECT_EQ(empty->max_age().seconds(), 300);
  const v1::SigningKey key = MakeKey();
  const auto one = Call(&KeyStub::GetJwks, FromText<v1::GetJwksRequest>(R"pb(parent: "tenants/acme")pb"));
  EXPECT_NE(one->etag(), empty->etag());
  const auto jwks = nlohmann::json::parse(one->json(), nullptr, /*allow_exceptions=*/false);
  ASSERT_EQ(jwks["keys"].size(), 1u);
  EXPECT_EQ(jwks["keys"][0].value("kid", ""), key.kid());
}

TEST_P(KeyServiceTest, SignSignsADigestAndOpenSslAgrees) {
  const v1::SigningKey key = MakeEnabledKey();
  const std::string digest = hsm::ComputeDigest(hsm::Hash::kSha256, "message");
  v1::SignRequest request;
  request.set_key_ring(kRing);
  request.set_digest(digest);
  request.set_input_crc32c(Crc32c(digest));
  const auto reply = Call(&KeyStub::Sign, request);
  ASSERT_EQ(reply.outcome(), "OK");
  EXPECT_EQ(reply->key(), key.name());
  EXPECT_EQ(reply->algorithm(), v1::ES256);
  EXPECT_EQ(reply->signature_crc32c(), Crc32c(reply->signature()));
  EXPECT_TRUE(reply->input_crc32c_verified());
  EXPECT_TRUE(ExportedKey(key.name()).VerifyDigest(digest, reply->signature()).ok());
}

TEST_P(KeyServiceTest, SignHashesDataAndWritesDerIfAsked) {
  const v1::SigningKey key = MakeEnabledKey();
  v1::SignRequest request;
  request.set_key_ring(kRing);
  request.set_data("message");
  request.set_signature_format(v1::SignRequest::DER);
  const auto reply = Call(&KeyStub::Sign, request);
  ASSERT_EQ(reply.outcome(), "OK");
  EXPECT_FALSE(reply->input_crc32c_verified());
  const auto raw = hsm::DerToRawSignature(hsm::Algorithm::kEs256, reply->signature());
  ASSERT_TRUE(raw.ok());
  EXPECT_TRUE(ExportedKey(key.name()).VerifyMessage("message", *raw).ok());
}

TEST_P(KeyServiceTest, Ed25519SignsData) {
  MakeRing("eddsa", v1::ED25519);
  const v1::SigningKey key = MakeEnabledKey("tenants/acme/keyRings/eddsa");
  v1::SignRequest request;
  request.set_key_ring("tenants/acme/keyRings/eddsa");
  request.set_data("message");
  const auto reply = Call(&KeyStub::Sign, request);
  ASSERT_EQ(reply.outcome(), "OK");
  EXPECT_TRUE(ExportedKey(key.name()).VerifyMessage("message", reply->signature()).ok());
}

TEST_P(KeyServiceTest, ATokenIsSignedAndVerifies) {
  const v1::SigningKey key = MakeEnabledKey();
  const auto token =
      Call(&KeyStub::SignToken, FromText<v1::SignTokenRequest>(absl::StrCat(
                                    "key_ring: '", kRing, R"(' claims_json: '{"sub":"alice","aud":"api"}' ttl { seconds: 600 })")));
  ASSERT_EQ(token.outcome(), "OK");
  EXPECT_EQ(token->key(), key.name());
  EXPECT_EQ(token->issue_time().seconds(), absl::ToUnixSeconds(server_.clock().Now()));
  EXPECT_EQ(token->expire_time().seconds() - token->issue_time().seconds(), 600);

  const std::vector<std::string> parts = absl::StrSplit(token->token(), '.');
  ASSERT_THAT(parts, SizeIs(3));
  EXPECT_TRUE(ExportedKey(key.name()).VerifyMessage(absl::StrCat(parts[0], ".", parts[1]), *Base64UrlDecode(parts[2])).ok());

  const auto verified = Verify(token->token());
  ASSERT_EQ(verified.outcome(), "OK");
  EXPECT_EQ(verified->key(), key.name());
  EXPECT_EQ(verified->claims_json(), *Base64UrlDecode(parts[1]));
  EXPECT_EQ(verified->expire_time().seconds(), token->expire_time().seconds());
  const auto claims = nlohmann::json::parse(verified->claims_json(), nullptr, /*allow_exceptions=*/false);
  EXPECT_EQ(claims.value("iss", ""), "https://signet.test/t/acme");
  EXPECT_EQ(claims.value("sub", ""), "alice");
  EXPECT_EQ(claims.value("jti", ""), token->token_id());
  const auto header = nlohmann::json::parse(verified->header_json(), nullptr, /*allow_exceptions=*/false);
  EXPECT_EQ(header.value("kid", ""), key.kid());
  EXPECT_EQ(header.value("alg", ""), "ES256");
}

TEST_P(KeyServiceTest, OldTokensVerifyUntilTheirKeyIsDeleted) {
  const v1::SigningKey first = MakeEnabledKey();
  const std::string old_token = MakeToken();
  MakeEnabledKey();
  EXPECT_EQ(Verify(old_token).outcome(), "OK");
  EXPECT_EQ(Verify(MakeToken()).outcome(), "OK");
  ASSERT_EQ(
      Call(&KeyStub::DeleteKey, FromText<v1::DeleteKeyRequest>(absl::StrCat("name: '", first.name(), "' force: true"))).outcome(),
      "OK");
  EXPECT_EQ(Verify(old_token).outcome(), "INVALID_ARGUMENT TOKEN_KEY_UNKNOWN");
}

}  // namespace
}  // namespace signet::testing
