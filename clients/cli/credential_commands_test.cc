#include "clients/cli/credential_commands.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/client_credential.h"
#include "clients/cli/content.h"
#include "clients/cli/program_runner.h"
#include "gmock/gmock.h"
#include "google/protobuf/empty.pb.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "signet/v1/credential_service.pb.h"

namespace signet::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kPem[] = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
constexpr char kKeyPem[] = "-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----\n";

v1::IssuedCredential Issued() {
  v1::IssuedCredential reply;
  v1::Credential& credential = *reply.mutable_credential();
  credential.set_name("tenants/dev/credentials/ci");
  credential.set_kind(v1::Credential::CLIENT_SECRET);
  credential.set_client_id("sb-1");
  credential.set_token_url("https://h/t/dev/oauth/token");
  credential.add_scopes("read:audit");
  credential.add_scopes("sign:tokens");
  reply.set_client_secret("s3cret");
  return reply;
}

v1::IssuedCredential IssuedCertificate() {
  v1::IssuedCredential reply = Issued();
  reply.clear_client_secret();
  reply.mutable_credential()->set_kind(v1::Credential::CERTIFICATE);
  reply.mutable_credential()->mutable_certificate()->set_pem(kPem);
  reply.mutable_credential()->mutable_certificate()->set_subject("CN=sb-1");
  reply.set_private_key(kKeyPem);
  return reply;
}

class CredentialCommandsTest : public testing::Test {
 protected:
  ProgramRunner::Result Run(const std::vector<std::string>& words, const std::vector<std::string>& more = {}) {
    std::vector<std::string> line = words;
    line.insert(line.end(), {"--subaccount", "dev"});
    line.insert(line.end(), more.begin(), more.end());
    return runner_.Run(line);
  }
  ProgramRunner::Result Create(const std::vector<std::string>& more = {}) {
    return Run({"create", "security/api-credential"}, more);
  }
  // The request that `create` sends with these parameters.
  v1::CreateCredentialRequest RequestOf(const std::vector<std::string>& more) {
    runner_.server().Reply("CreateCredential", Issued());
    const ProgramRunner::Result result = Create(more);
    EXPECT_EQ(result.exit_code, kExitOk) << result.err;
    const auto requests = runner_.server().Received<v1::CreateCredentialRequest>("CreateCredential");
    return requests.empty() ? v1::CreateCredentialRequest() : requests.back();
  }

  ProgramRunner runner_;
};

TEST_F(CredentialCommandsTest, CreateShowsTheSecretOnce) {
  runner_.server().Reply("CreateCredential", Issued());
  const ProgramRunner::Result result = Create({"--name", "ci"});
  EXPECT_EQ(result.out,
            "Name:            ci\n"
            "Credential Type: binding-secret\n"
            "Read-only:       false\n"
            "Client Secret:   s3cret\n"
            "Certificate:\n"
            "Client ID:       sb-1\n"
            "Token URL:       https://h/t/dev/oauth/token\n"
            "Scopes:          read:audit sign:tokens\n"
            "\n"
            "OK\n");
  EXPECT_EQ(result.err, "");
  const auto request = runner_.server().Received<v1::CreateCredentialRequest>("CreateCredential").at(0);
  EXPECT_EQ(request.parent(), "tenants/dev");
  EXPECT_EQ(request.credential_id(), "ci");
  EXPECT_EQ(request.credential().kind(), v1::Credential::KIND_UNSPECIFIED);
}

TEST_F(CredentialCommandsTest, CreatePassesEverythingOn) {
  const v1::CreateCredentialRequest request = RequestOf(
      {"--kind", "binding-secret", "--read-only", "--scopes", "read:audit,read:tenants", "--scopes", "read:credentials", "--grant",
       "https://orders read write", "--grant", "https://other", "--token-ttl", "10m", "--expires", "2030-01-01T00:00:00Z",
       "--signing-profile", R"({"keyRings":["r1"],"maxTtl":"600s"})", "--seal-to", R"({"kty":"EC"})"});
  const v1::Credential& credential = request.credential();
  EXPECT_EQ(credential.kind(), v1::Credential::CLIENT_SECRET);
  EXPECT_TRUE(credential.read_only());
  EXPECT_THAT(credential.scopes(), ElementsAre("read:audit", "read:tenants", "read:credentials"));
  ASSERT_EQ(credential.grants_size(), 2);
  EXPECT_EQ(credential.grants(0).audience(), "https://orders");
  EXPECT_THAT(credential.grants(0).scopes(), ElementsAre("read", "write"));
  EXPECT_EQ(credential.grants(1).audience(), "https://other");
  EXPECT_EQ(credential.access_token_ttl().seconds(), 600);
  EXPECT_EQ(credential.expire_time().seconds(), 1893456000);
  EXPECT_THAT(credential.signing_profile().key_rings(), ElementsAre("r1"));
  EXPECT_EQ(credential.signing_profile().max_ttl().seconds(), 600);
  EXPECT_EQ(request.seal_to_jwk(), R"({"kty":"EC"})");
}

TEST_F(CredentialCommandsTest, TheKindFollowsFromWhereTheCertificateOrKeyComesFrom) {
  const v1::CreateCredentialRequest pem =
      RequestOf({"--certificate", "@" + runner_.Write("c.pem", kPem), "--certificate-pinning", "false"});
  EXPECT_EQ(pem.credential().kind(), v1::Credential::CERTIFICATE);
  EXPECT_EQ(pem.certificate().pem(), kPem);
  EXPECT_TRUE(pem.certificate().has_pinned());
  EXPECT_FALSE(pem.certificate().pinned());
  EXPECT_FALSE(pem.certificate().unique() || pem.certificate().hidden());

  const v1::CreateCredentialRequest own = RequestOf({"--certificate", kPem, "--ensure-uniqueness", "--hide-certificate"});
  EXPECT_TRUE(own.certificate().unique() && own.certificate().hidden());

  const v1::CreateCredentialRequest csr = RequestOf({"--csr", "request", "--validity", "30d"});
  EXPECT_EQ(csr.certificate().csr(), "request");
  EXPECT_EQ(csr.certificate().validity().seconds(), 30 * 86400);
  EXPECT_FALSE(csr.certificate().has_pinned());

  EXPECT_TRUE(RequestOf({"--generate-key"}).certificate().has_generate());
  EXPECT_EQ(RequestOf({"--generate-key", "rsa_4096"}).certificate().generate().type(), v1::GeneratedKey::RSA_4096);

  const v1::CreateCredentialRequest key = RequestOf({"--public-key", "{}", "--key", "k1", "--algorithm", "es256"});
  EXPECT_EQ(key.credential().kind(), v1::Credential::PUBLIC_KEY);
  EXPECT_EQ(key.public_key().public_key(), "{}");
  EXPECT_EQ(key.public_key().id(), "k1");
  EXPECT_EQ(key.public_key().algorithm(), v1::ES256);
  EXPECT_FALSE(key.has_certificate());
}

TEST_F(CredentialCommandsTest, AMistakeIsAUsageErrorBeforeAnyCall) {
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{{"--kind", "password"},
                                                                                    {"--kind", "x509", "--public-key", "{}"},
                                                                                    {"--certificate", kPem, "--generate-key"},
                                                                                    {"--grant", " "},
                                                                                    {"--generate-key", "dsa"},
                                                                                    {"--signing-profile", "{"},
                                                                                    {"--signing-profile", R"({"unknown":1})"},
                                                                                    {"--token-ttl", "soon"},
                                                                                    {"--expires", "soon"},
                                                                                    {"--key", "k1"},
                                                                                    {"--certificate", "@/nowhere/c.pem"},
                                                                                    {"--output", "/nowhere/secret.json"},
                                                                                    {"--certificate", std::string(kPem) + kKeyPem},
                                                                                    {"--public-key", kKeyPem},
                                                                                    {"--client-secret", "mine"}}) {
    EXPECT_EQ(Create(more).exit_code, kExitUsage) << more[0] << more[1];
  }
  EXPECT_TRUE(runner_.server().Received<v1::CreateCredentialRequest>("CreateCredential").empty());
}

TEST_F(CredentialCommandsTest, OutputKeepsTheSecretFromTheScreenAndMakesACredentialFile) {
  const std::string file = runner_.folder() + "/ci.json";
  runner_.server().Reply("CreateCredential", Issued());
  const ProgramRunner::Result text = Create({"--output", file});
  EXPECT_EQ(text.exit_code, kExitOk) << text.err;
  EXPECT_THAT(text.out + text.err, Not(HasSubstr("s3cret")));
  EXPECT_THAT(text.out, HasSubstr("Client Secret:   in " + file + "\n"));
  EXPECT_EQ(text.err, "Wrote " + file + "\n");
  struct stat status = {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  const absl::StatusOr<ClientCredential> credential = ReadCredentialFile(file);
  EXPECT_EQ(credential->client_id, "sb-1");
  EXPECT_EQ(credential->client_secret.Expose(), "s3cret");
  EXPECT_EQ(credential->token_url, "https://h/t/dev/oauth/token");

  runner_.server().Reply("CreateCredential", Issued());
  const ProgramRunner::Result json =
      runner_.Run({"--format", "json", "create", "security/api-credential", "--subaccount", "dev", "--output", file});
  EXPECT_FALSE(nlohmann::json::parse(json.out, nullptr, false).contains("clientsecret"));
  EXPECT_THAT(json.out, Not(HasSubstr("s3cret")));
}

TEST_F(CredentialCommandsTest, AFailureLeavesNoFileAndTheOldOneAlone) {
  const std::string file = runner_.Write("old.json", "old");
  runner_.server().Fail("CreateCredential", Error(absl::StatusCode::kAlreadyExists, reason::kCredentialExists, "there is one"));
  EXPECT_EQ(Create({"--output", file}).exit_code, kExitConflict);
  EXPECT_EQ(*ReadFile(file), "old");
  v1::IssuedCredential nothing = Issued();
  nothing.clear_client_secret();
  runner_.server().Reply("CreateCredential", nothing);
  EXPECT_EQ(Create({"--output", file, "--validate-only"}).err, "Checked only: nothing was changed\n");
  EXPECT_EQ(*ReadFile(file), "old");
}

TEST_F(CredentialCommandsTest, ACertificateIsShownWithItsPrivateKeyOrWrittenWithIt) {
  runner_.server().Reply("CreateCredential", IssuedCertificate());
  const ProgramRunner::Result shown = Create({"--generate-key"});
  EXPECT_THAT(shown.out, StartsWith("Name:            ci\nCredential Type: x509\n"));
  EXPECT_THAT(shown.out, HasSubstr("Certificate:     CN=sb-1\n"));
  EXPECT_THAT(shown.out, HasSubstr(std::string("\n\n") + kPem + kKeyPem + "\nOK\n"));

  const std::string file = runner_.folder() + "/ci.pem";
  runner_.server().Reply("CreateCredential", IssuedCertificate());
  const ProgramRunner::Result written = Create({"--generate-key", "--output", file});
  EXPECT_THAT(written.out, Not(HasSubstr("PRIVATE KEY")));
  EXPECT_EQ(*ReadFile(file), std::string(kPem) + kKeyPem);
}

TEST_F(CredentialCommandsTest, WhatIsSealedIsShownOrWrittenAsItIs) {
  v1::IssuedCredential reply = Issued();
  reply.clear_client_secret();
  reply.set_sealed_secret("a.b.c.d.e");
  runner_.server().Reply("CreateCredential", reply);
  EXPECT_THAT(Create({"--seal-to", "{}"}).out, HasSubstr("Sealed secret:   a.b.c.d.e\n"));
  runner_.server().Reply("CreateCredential", reply);
  const std::string file = runner_.folder() + "/ci.jwe";
  EXPECT_EQ(Create({"--seal-to", "{}", "--output", file}).exit_code, kExitOk);
  EXPECT_EQ(*ReadFile(file), "a.b.c.d.e\n");
}

TEST_F(CredentialCommandsTest, ARepetitionSaysThatTheSecretWasShownBefore) {
  v1::IssuedCredential reply = Issued();
  reply.clear_client_secret();
  reply.set_secret_withheld(true);
  runner_.server().Reply("CreateCredential", reply);
  const ProgramRunner::Result result = Create({"--request-id", "r1"});
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.err, HasSubstr("Warning: this is a repetition"));
}

TEST_F(CredentialCommandsTest, ListIsATable) {
  v1::ListCredentialsResponse reply;
  *reply.add_credentials() = Issued().credential();
  runner_.server().Reply("ListCredentials", reply);
  EXPECT_EQ(Run({"list", "security/api-credential"}).out,
            "Name Credential Type Read-only Client ID Created Expires Last Used\n"
            "ci   binding-secret  false     sb-1\n"
            "\n"
            "1 entry\n"
            "\n"
            "OK\n");
  EXPECT_EQ(runner_.server().Received<v1::ListCredentialsRequest>("ListCredentials").at(0).parent(), "tenants/dev");
}

// The JSON of SAP's program is an array, an object and an empty object; credential_json_test has the members.
TEST_F(CredentialCommandsTest, JsonHasTheShapesOfSapsProgram) {
  const auto json = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"--format", "json"});
    return nlohmann::json::parse(Run(words).out, nullptr, false);
  };
  runner_.server().Reply("CreateCredential", Issued());
  EXPECT_EQ(json({"create", "security/api-credential"})["clientsecret"], "s3cret");
  runner_.server().Reply("GetCredential", Issued().credential());
  EXPECT_EQ(json({"get", "security/api-credential", "ci"})["clientId"], "sb-1");
  v1::ListCredentialsResponse list;
  *list.add_credentials() = Issued().credential();
  runner_.server().Reply("ListCredentials", list);
  const auto listed = json({"list", "security/api-credential"});
  ASSERT_TRUE(listed.is_array());
  EXPECT_EQ(listed[0]["name"], "ci");
  runner_.server().Reply("DeleteCredential", google::protobuf::Empty());
  EXPECT_EQ(json({"delete", "security/api-credential", "ci", "--confirm"}), nlohmann::json::object());
}

TEST_F(CredentialCommandsTest, GetShowsAllButSecrets) {
  v1::Credential credential = Issued().credential();
  credential.mutable_access_token_ttl()->set_seconds(3600);
  v1::ClientSecret& secret = *credential.add_secrets();
  secret.set_id("s1");
  secret.mutable_create_time()->set_seconds(1706885331);
  v1::AudienceGrant& grant = *credential.add_grants();
  grant.set_audience("https://orders");
  grant.add_scopes("read");
  credential.mutable_signing_profile()->add_key_rings("r1");
  runner_.server().Reply("GetCredential", credential);
  EXPECT_EQ(Run({"get", "security/api-credential", "ci"}).out,
            "Name:            ci\n"
            "Credential Type: binding-secret\n"
            "Read-only:       false\n"
            "Client ID:       sb-1\n"
            "Token URL:       https://h/t/dev/oauth/token\n"
            "Scopes:          read:audit sign:tokens\n"
            "Signing profile: {\"keyRings\":[\"r1\"]}\n"
            "Token TTL:       1h\n"
            "Grant:           https://orders: read\n"
            "Secret:          s1, made Fri Feb 02 14:48:51 UTC 2024\n"
            "\n"
            "OK\n");
  EXPECT_EQ(runner_.server().Received<v1::GetCredentialRequest>("GetCredential").at(0).name(), "tenants/dev/credentials/ci");
}

TEST_F(CredentialCommandsTest, DeleteAsksFirst) {
  EXPECT_EQ(Run({"delete", "security/api-credential", "ci"}).exit_code, kExitUsage);
  runner_.in_is_terminal = true;
  runner_.in = "no\n";
  const ProgramRunner::Result declined = Run({"delete", "security/api-credential", "ci"});
  EXPECT_EQ(declined.exit_code, kExitCancelled);
  EXPECT_THAT(declined.err, StartsWith("Do you really want to delete API credential 'ci'? [no]> "));
  runner_.server().Reply("DeleteCredential", google::protobuf::Empty());
  EXPECT_EQ(Run({"delete", "security/api-credential", "ci", "--confirm"}).out, "Deleted API credential 'ci'\n\nOK\n");
  EXPECT_EQ(runner_.server().Received<v1::DeleteCredentialRequest>("DeleteCredential").at(0).name(), "tenants/dev/credentials/ci");
}

TEST_F(CredentialCommandsTest, RotateShowsOrWritesTheNewSecret) {
  runner_.server().Reply("RotateSecret", Issued());
  const ProgramRunner::Result result =
      Run({"rotate", "security/api-credential", "ci", "--overlap", "1d", "--expires", "2030-01-01T00:00:00Z"});
  EXPECT_THAT(result.out, HasSubstr("Client Secret:   s3cret\n"));
  const auto request = runner_.server().Received<v1::RotateSecretRequest>("RotateSecret").at(0);
  EXPECT_EQ(request.name(), "tenants/dev/credentials/ci");
  EXPECT_EQ(request.overlap().seconds(), 86400);
  EXPECT_EQ(request.expire_time().seconds(), 1893456000);

  runner_.server().Reply("RotateSecret", Issued());
  const std::string file = runner_.folder() + "/ci.json";
  EXPECT_THAT(Run({"rotate", "security/api-credential", "ci", "--output", file}).out, Not(HasSubstr("s3cret")));
  EXPECT_EQ(ReadCredentialFile(file)->client_secret.Expose(), "s3cret");
}

TEST_F(CredentialCommandsTest, RevokeEndsOneSecret) {
  EXPECT_EQ(Run({"revoke", "security/api-credential", "ci", "--confirm"}).exit_code, kExitUsage);
  EXPECT_EQ(Run({"revoke", "security/api-credential", "ci", "--secret", "s1"}).exit_code, kExitUsage);
  runner_.server().Reply("RevokeSecret", Issued().credential());
  const ProgramRunner::Result result = Run({"revoke", "security/api-credential", "ci", "--secret", "s1", "--confirm"});
  EXPECT_THAT(result.out, StartsWith("Revoked secret 's1' of API credential 'ci'\n\nName:"));
  const auto request = runner_.server().Received<v1::RevokeSecretRequest>("RevokeSecret").at(0);
  EXPECT_EQ(request.name(), "tenants/dev/credentials/ci");
  EXPECT_EQ(request.secret_id(), "s1");
}

TEST_F(CredentialCommandsTest, AGrantThatIsTooMuchIsExplained) {
  runner_.server().Fail("CreateCredential",
                        Error(absl::StatusCode::kPermissionDenied, reason::kGrantExceeded, "you lack sign:tokens"));
  const ProgramRunner::Result result = Create();
  EXPECT_EQ(result.exit_code, kExitAuth);
  EXPECT_THAT(result.err, HasSubstr("Hint: nobody can give more than they have"));
}

}  // namespace
}  // namespace signet::cli
