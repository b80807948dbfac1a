// The methods of signet.v1.KeyService on rotation and certificates, as its proto describes them.
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/certificate.h"
#include "hsm/digest.h"
#include "nlohmann/json.hpp"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Step = v1::PreviewRotationResponse::Step;

class RotationServiceTest : public BackendTest {
 protected:
  Reply<v1::RotateKeysResponse> Rotate(const std::string& fields = "", const std::string& ring = kRing) {
    return Call(&KeyStub::RotateKeys, FromText<v1::RotateKeysRequest>(absl::StrCat("name: '", ring, "' ", fields)));
  }
  v1::KeyRing Ring(const std::string& name = kRing) {
    return Call(&KeyStub::GetKeyRing, FromText<v1::GetKeyRingRequest>(absl::StrCat("name: '", name, "'"))).response;
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, RotationServiceTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite),
                         BackendName);

TEST_P(RotationServiceTest, ARotationSaysWhatItDidAndTheRingRemembersIt) {
  const auto first = Rotate("force: true reason: 'the first keys' request_id: 'r1'");
  ASSERT_EQ(first.outcome(), "OK");
  EXPECT_EQ(first->rotation().number(), 1);
  EXPECT_TRUE(first->rotation().force());
  EXPECT_FALSE(first->rotation().automatic());
  EXPECT_EQ(first->rotation().reason(), "the first keys");
  ASSERT_THAT(first->keys(), SizeIs(2));
  EXPECT_EQ(first->keys(0).role(), v1::SigningKey::CURRENT);
  EXPECT_EQ(first->keys(0).name(), first->rotation().current());
  EXPECT_EQ(first->keys(1).role(), v1::SigningKey::NEXT);
  EXPECT_EQ(first->keys(1).name(), first->rotation().next());
  EXPECT_EQ(first->effective_time().seconds(), first->rotation().activation_time().seconds());
  EXPECT_THAT(first->warnings(), ElementsAre(HasSubstr("verifiers that cached the JWKS")));
  EXPECT_EQ(Ring().rotation().SerializeAsString(), first->rotation().SerializeAsString());

  const auto repeated = Rotate("force: true reason: 'the first keys' request_id: 'r1'");
  ASSERT_EQ(repeated.outcome(), "OK");
  EXPECT_TRUE(repeated->replayed());
  EXPECT_EQ(repeated->rotation().SerializeAsString(), first->rotation().SerializeAsString());
}

TEST_P(RotationServiceTest, ARotationWithoutForceIsUnderWayAndSaysWhenItWillBeDone) {
  const auto started = Rotate();
  ASSERT_EQ(started.outcome(), "OK");
  EXPECT_FALSE(started->rotation().has_activation_time());
  EXPECT_EQ(started->effective_time().seconds(), started->rotation().start_time().seconds() + 300);
  EXPECT_EQ(Call(&KeyStub::SignToken, FromText<v1::SignTokenRequest>(absl::StrCat("key_ring: '", kRing, "'"))).outcome(),
            "FAILED_PRECONDITION NO_ENABLED_KEY");
  server_.clock().Advance(absl::Minutes(5));
  ASSERT_TRUE(server_.scheduler().RunPass().ok());
  EXPECT_EQ(GetKey(started->rotation().current()).role(), v1::SigningKey::CURRENT);
  EXPECT_NE(MakeToken(), "");
}

TEST_P(RotationServiceTest, ARotationBesideOneWhoseKeyIsBeingMadeIsLockedAndSaysUnderWhichIdTheLogHasIt) {
  server_.hsm().gate().Close();
  Reply<v1::RotateKeysResponse> first;
  std::thread rotating([&] { first = Rotate("force: true"); });
  server_.hsm().gate().AwaitWaiting(1);
  const auto second = Rotate("force: true");
  server_.hsm().gate().Open();
  rotating.join();
  EXPECT_EQ(second.outcome(), "ABORTED ROTATION_LOCKED");
  EXPECT_NE(second.request_id, "");
  EXPECT_EQ(RequestInfoOf(second.status).request_id(), second.request_id);
  EXPECT_EQ(server_.log().Await("reason", "ROTATION_LOCKED").Text("request_id"), second.request_id);

  EXPECT_EQ(first.outcome(), "OK");
  const auto again = Rotate("force: true");
  ASSERT_EQ(again.outcome(), "OK");
  EXPECT_TRUE(again->replayed());
  EXPECT_EQ(again->rotation().number(), 1);
}

TEST_P(RotationServiceTest, APurgeLeavesOnlyTheNewKeyAndItsNext) {
  ASSERT_EQ(Rotate("force: true").outcome(), "OK");
  const std::string token = MakeToken();
  const auto purged = Rotate("purge: true");
  ASSERT_EQ(purged.outcome(), "OK");
  EXPECT_FALSE(purged->replayed());
  EXPECT_TRUE(purged->rotation().purge());
  EXPECT_THAT(purged->rotation().revoked(), SizeIs(1));
  EXPECT_EQ(Verify(token).outcome(), "INVALID_ARGUMENT TOKEN_KEY_UNKNOWN");
  EXPECT_EQ(Verify(MakeToken()).outcome(), "OK");
}

TEST_P(RotationServiceTest, APreviewShowsTheTimelineAndChangesNothing) {
  ASSERT_EQ(Rotate("force: true").outcome(), "OK");
  const auto preview = Call(&KeyStub::PreviewRotation, FromText<v1::PreviewRotationRequest>(absl::StrCat("name: '", kRing, "'")));
  ASSERT_EQ(preview.outcome(), "OK");
  EXPECT_EQ(preview->start_time().seconds(), Ring().next_rotation_time().seconds());
  std::vector<Step::Action> actions;
  for (const Step& step : preview->steps()) actions.push_back(step.action());
  EXPECT_THAT(actions, ElementsAre(Step::ACTIVATE, Step::PUBLISH, Step::LAST_TOKEN_EXPIRES, Step::RETIRE));
  EXPECT_EQ(preview->steps(1).key(), "") << "a key that is yet to be made";
  EXPECT_EQ(Ring().rotation().number(), 1);

  const auto past = Call(&KeyStub::PreviewRotation,
                         FromText<v1::PreviewRotationRequest>(absl::StrCat("name: '", kRing, "' start_time { seconds: 1 }")));
  EXPECT_EQ(past.outcome(), "INVALID_ARGUMENT INVALID_FIELD");
}

TEST_P(RotationServiceTest, TheQuotaOfAuth0RefusesTheSixthRotationOfADay) {
  ASSERT_EQ(Call(&KeyStub::CreateKeyRing, FromText<v1::CreateKeyRingRequest>(R"pb(
              parent: "tenants/acme"
              key_ring_id: "auth0"
              key_ring {
                policy {
                  preset: AUTH0
                  idempotency_window {}
                }
              }
            )pb"))
                .outcome(),
            "OK");
  const std::string ring = "tenants/acme/keyRings/auth0";
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Rotate("", ring).outcome(), "OK") << i;
  }
  const auto refused = Rotate("", ring);
  EXPECT_EQ(refused.outcome(), "RESOURCE_EXHAUSTED ROTATION_QUOTA");
  EXPECT_EQ(RetryInfoOf(refused.status).retry_delay().seconds(), 24 * 3600 / 5);
  EXPECT_EQ(Rotate("purge: true", ring).outcome(), "OK") << "a compromised key is never too much";
}

TEST_P(RotationServiceTest, UsageIsShownOfTheKeyThatSigned) {
  ASSERT_EQ(Rotate("force: true").outcome(), "OK");
  for (int i = 0; i < 3; ++i) MakeToken();
  const v1::SigningKey key = GetKey(Ring().rotation().current());
  const int64_t now = absl::ToUnixSeconds(server_.clock().Now());
  EXPECT_EQ(key.signature_count(), 3);
  EXPECT_EQ(key.last_signed_time().seconds(), now);
  EXPECT_EQ(key.latest_token_expiry().seconds(), now + 3600);
  EXPECT_GE(key.token_expiry_bound().seconds(), key.latest_token_expiry().seconds());
  EXPECT_TRUE(key.fips_compliant());
}

TEST_P(RotationServiceTest, ACertificateIsTheSameInAllItsForms) {
  const v1::SigningKey key = MakeKey();
  const auto certificate =
      Call(&KeyStub::GetCertificate, FromText<v1::GetCertificateRequest>(absl::StrCat("name: '", key.name(), "'")));
  ASSERT_EQ(certificate.outcome(), "OK");
  EXPECT_EQ(certificate->name(), key.name());
  EXPECT_THAT(certificate->chain(), ElementsAre(certificate->der()));
  EXPECT_EQ(certificate->subject(), "CN=acme");
  EXPECT_EQ(certificate->x5t_s256(), Base64UrlEncode(hsm::ComputeDigest(hsm::Hash::kSha256, certificate->der())));
  EXPECT_THAT(certificate->pem(), ::testing::StartsWith("-----BEGIN CERTIFICATE-----\n"));
  EXPECT_THAT(certificate->pkcs7(), HasSubstr(certificate->der()));
  EXPECT_TRUE(hsm::ReadCertificate(certificate->der()).ok());

  const auto jwks = Call(&KeyStub::GetJwks, FromText<v1::GetJwksRequest>("parent: 'tenants/acme'"));
  EXPECT_EQ(nlohmann::json::parse(jwks->json())["keys"][0]["x5t#S256"], certificate->x5t_s256());
}

TEST_P(RotationServiceTest, ARequestForACertificateIsPemAndDer) {
  const v1::SigningKey key = MakeKey();
  const auto csr =
      Call(&KeyStub::GenerateCsr,
           FromText<v1::GenerateCsrRequest>(absl::StrCat("name: '", key.name(), "' subject { common_name: 'login.example' }")));
  ASSERT_EQ(csr.outcome(), "OK");
  EXPECT_THAT(csr->pem(), ::testing::StartsWith("-----BEGIN CERTIFICATE REQUEST-----\n"));
  EXPECT_THAT(csr->der(), HasSubstr("login.example"));
}

TEST_P(RotationServiceTest, ACertificateChainMustBeGivenAndBeOfTheKey) {
  const v1::SigningKey key = MakeKey();
  const std::string name = absl::StrCat("name: '", key.name(), "' ");
  EXPECT_EQ(Call(&KeyStub::SetCertificateChain, FromText<v1::SetCertificateChainRequest>(name)).outcome(),
            "INVALID_ARGUMENT MISSING_FIELD");
  const auto own = Call(&KeyStub::GetCertificate, FromText<v1::GetCertificateRequest>(name));
  v1::SetCertificateChainRequest request;
  request.set_name(MakeKey().name());
  request.set_pem_chain(own->pem());
  EXPECT_EQ(Call(&KeyStub::SetCertificateChain, request).outcome(), "INVALID_ARGUMENT INVALID_FIELD");
  request.set_name(key.name());
  EXPECT_EQ(Call(&KeyStub::SetCertificateChain, request).outcome(), "OK");
}

}  // namespace
}  // namespace signet::testing
