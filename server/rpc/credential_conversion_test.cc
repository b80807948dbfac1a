#include "server/rpc/credential_conversion.h"

#include "base/error.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

template <typename Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

absl::StatusOr<core::NewCredential> Read(const std::string& text) {
  return FromProto(FromText<v1::CreateCredentialRequest>("parent: 'tenants/acme' " + text));
}

std::string FieldOf(const absl::Status& status) {
  const std::optional<ErrorDetail> detail = GetErrorDetail(status);
  return detail ? detail->reason + " " + detail->metadata.at("field") : status.ToString();
}

TEST(CredentialConversionTest, ARequestWithoutACredentialAsksForASecret) {
  const absl::StatusOr<core::NewCredential> read = Read("");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->tenant.value(), "acme");
  EXPECT_EQ(read->id, "");
  EXPECT_EQ(read->kind, keystore::CredentialKind::kClientSecret);
  EXPECT_FALSE(read->scopes.has_value());
  EXPECT_FALSE(read->certificate.has_value());
}

TEST(CredentialConversionTest, AllThatIsAskedForIsRead) {
  const absl::StatusOr<core::NewCredential> read = Read(R"pb(
    credential_id: "ci"
    credential {
      kind: PUBLIC_KEY
      scopes: "sign:tokens"
      read_only: true
      grants { audience: "https://a.example" scopes: "x" scopes: "y" }
      signing_profile {
        key_rings: "saml"
        fixed_claims_json: "{}"
        allowed_claims: "a"
        required_claims: "b"
        audiences: "c"
        max_ttl { seconds: 60 }
      }
      access_token_ttl { seconds: 300 }
      expire_time { seconds: 2000000000 }
    }
    public_key {
      id: "k"
      algorithm: ES256
      public_key: "{}"
      expire_time { seconds: 1900000000 }
    }
    seal_to_jwk: "{}")pb");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->id, "ci");
  EXPECT_EQ(read->kind, keystore::CredentialKind::kPublicKey);
  EXPECT_THAT(*read->scopes, ElementsAre("sign:tokens"));
  EXPECT_TRUE(read->read_only);
  ASSERT_EQ(read->grants.size(), 1u);
  EXPECT_EQ(read->grants[0].audience, "https://a.example");
  EXPECT_THAT(read->grants[0].scopes, ElementsAre("x", "y"));
  EXPECT_THAT(read->signing_profile.key_rings, ElementsAre(keystore::RingId("saml")));
  EXPECT_EQ(read->signing_profile.max_ttl, absl::Minutes(1));
  EXPECT_EQ(read->access_token_ttl, absl::Minutes(5));
  EXPECT_EQ(read->expire_time, absl::FromUnixSeconds(2000000000));
  EXPECT_EQ(read->public_key->id, "k");
  EXPECT_EQ(read->public_key->algorithm, hsm::Algorithm::kEs256);
  EXPECT_EQ(read->public_key->expire_time, absl::FromUnixSeconds(1900000000));
  EXPECT_EQ(read->seal_to_jwk, "{}");
}

TEST(CredentialConversionTest, ACertificateComesFromOneOfThreeSources) {
  const auto given = std::get<core::GivenCertificate>(*Read(R"pb(certificate { pem: "p" })pb")->certificate);
  EXPECT_EQ(given.pem, "p");
  EXPECT_TRUE(given.pinned);
  EXPECT_FALSE(given.unique || given.hidden);
  EXPECT_FALSE(std::get<core::GivenCertificate>(*Read(R"pb(certificate { pem: "p" pinned: false })pb")->certificate).pinned);
  const auto own =
      std::get<core::GivenCertificate>(*Read(R"pb(certificate { pem: "p" unique: true hidden: true })pb")->certificate);
  EXPECT_TRUE(own.pinned && own.unique && own.hidden);
  const auto requested = std::get<core::RequestedCertificate>(*Read(R"pb(certificate {
                                                                           csr: "c"
                                                                           validity { seconds: 86400 }
                                                                         })pb")
                                                                   ->certificate);
  EXPECT_EQ(requested.csr_pem, "c");
  EXPECT_EQ(requested.validity, absl::Hours(24));
  const auto made = std::get<core::GeneratedCertificate>(*Read(R"pb(certificate { generate { type: RSA_4096 } })pb")->certificate);
  EXPECT_EQ(made.key_type, hsm::SoftwareKeyType::kRsa4096);
}

TEST(CredentialConversionTest, WhatCannotBeReadIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"credential_id: 'a_b'", "INVALID_NAME credential_id"},
      {"credential { kind: 9 }", "INVALID_FIELD credential.kind"},
      {"credential { expire_time { nanos: -1 } }", "INVALID_FIELD credential.expire_time"},
      {"credential { access_token_ttl { nanos: 1000000000 } }", "INVALID_FIELD credential.access_token_ttl"},
      {"credential { signing_profile { key_rings: 'A' } }", "INVALID_NAME credential.signing_profile.key_rings"},
      {"credential { signing_profile { max_ttl { nanos: 1000000000 } } }", "INVALID_FIELD credential.signing_profile.max_ttl"},
      {"public_key { }", "MISSING_FIELD public_key.public_key"},
      {"public_key { algorithm: 99 public_key: 'k' }", "INVALID_FIELD public_key.algorithm"},
      {"certificate { }", "MISSING_FIELD certificate.source"},
      {"certificate { pem: 'p' validity { seconds: 1 } }", "INVALID_FIELD certificate.validity"},
      {"certificate { csr: 'c' pinned: true }", "INVALID_FIELD certificate.pinned"},
      {"certificate { csr: 'c' unique: true }", "INVALID_FIELD certificate.unique"},
      {"certificate { generate {} hidden: true }", "INVALID_FIELD certificate.hidden"},
      {"certificate { generate { type: 9 } }", "INVALID_FIELD certificate.generate.type"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(FieldOf(Read(text).status()), expected) << text;
}

TEST(CredentialConversionTest, AReplyShowsOfSecretsOnlyThatThereAreAny) {
  core::CredentialView view;
  view.record.tenant = keystore::TenantId("acme");
  view.record.id = keystore::CredentialId("ci");
  view.record.secrets.push_back({.id = "s1", .salt = "SALT", .hash = "HASH", .create_time = absl::FromUnixSeconds(1)});
  view.token_url = "https://signet.test/t/acme/oauth/token";
  const v1::Credential proto = ToProto(view);
  EXPECT_EQ(proto.name(), "tenants/acme/credentials/ci");
  EXPECT_EQ(proto.kind(), v1::Credential::CLIENT_SECRET);
  ASSERT_EQ(proto.secrets_size(), 1);
  EXPECT_EQ(proto.secrets(0).id(), "s1");
  EXPECT_FALSE(proto.secrets(0).has_expire_time());
  EXPECT_FALSE(proto.has_signing_profile());
  EXPECT_THAT(proto.SerializeAsString(), Not(HasSubstr("SALT")));
  EXPECT_THAT(proto.SerializeAsString(), Not(HasSubstr("HASH")));
}

TEST(CredentialConversionTest, AHiddenCertificateIsDescribedAndLeftOut) {
  core::CredentialView view;
  view.record.certificates.push_back(
      {.der = "x", .subject = "CN=a", .issuer = "CN=b", .unique = true, .hidden = true, .create_time = absl::FromUnixSeconds(1)});
  const v1::ClientCertificate hidden = ToProto(view).certificate();
  EXPECT_EQ(hidden.pem(), "");
  EXPECT_EQ(hidden.subject(), "CN=a");
  EXPECT_EQ(hidden.issuer(), "CN=b");
  EXPECT_FALSE(hidden.thumbprint().empty());
  EXPECT_TRUE(hidden.unique() && hidden.hidden());
  view.record.certificates.front().hidden = false;
  EXPECT_THAT(ToProto(view).certificate().pem(), HasSubstr("BEGIN CERTIFICATE"));
}

TEST(CredentialConversionTest, ARecordThatThisReleaseCannotReadIsShownWithoutIt) {
  core::CredentialView view;
  view.record.public_keys.push_back(
      {.id = "k", .algorithm = "ES999", .public_key_der = "x", .create_time = absl::FromUnixSeconds(1)});
  view.record.certificates.push_back({.der = "x", .subject = "CN=a", .issuer = "CN=b", .create_time = absl::FromUnixSeconds(1)});
  const v1::Credential proto = ToProto(view);
  EXPECT_EQ(proto.public_keys(0).id(), "k");
  EXPECT_EQ(proto.public_keys(0).public_key(), "");
  EXPECT_EQ(proto.certificate().subject(), "CN=a");
  EXPECT_FALSE(proto.certificate().has_not_after_time());
}

}  // namespace
}  // namespace signet::rpc
