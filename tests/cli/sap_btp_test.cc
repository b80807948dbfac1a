// The command line as somebody meets it who comes from SAP BTP: its commands, rules and texts, one by one, against the real server.
// That the 12 hours and 90 days end is in tests/e2e/time_jump_test.cc.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/signet_fixture.h"
#include "tests/cli/signet_program.h"
#include "tests/e2e/dev_server.h"
#include "tests/testing/await.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kDone[] = "\n\nOK\n";

// SapBtpTest has a server with the subaccount `shop`, a target, whose ring has the preset SAP_BTP.
class SapBtpTest : public SignetFixture {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(SignetFixture::SetUp());
    Succeed({"create", "accounts/subaccount", "--id", "shop"});
    Succeed({"target", "--subaccount", "shop"});
    Succeed({"update", "security/key-ring", "--name", "access-token", "--preset", "SAP_BTP"});
  }

  // Creates a key, enables it at once if asked for, and returns its id.
  std::string Create() { return Json({"create", "security/token-key"}).value("kid", ""); }
  std::string CreateEnabled() {
    const std::string id = Create();
    Succeed({"enable", "security/token-key", "--key", id, "--force"});
    return id;
  }
  // What happens to `key`: "ENABLED", "DISABLED".
  std::string StateOf(const std::string& key) { return Json({"get", "security/token-key", "--key", key}).value("state", ""); }
  std::string Sign() { return Json({"sign", "security/token", "--claims", R"({"sub":"alice"})"}).value("token", ""); }
  int Verify(const std::string& token) { return Signet({"verify", "security/token", token}).exit_code; }
  // Whose signature a token has.
  std::string KidOf(const std::string& token) {
    const std::string name = Json({"verify", "security/token", token}).value("key", "");
    return name.substr(name.rfind('/') + 1);
  }

  // The subaccount's JWKS, as verifiers get it.
  std::string Jwks() const {
    return RunShell(absl::StrCat("curl --silent --max-time 20 --cacert ", server_.data_dir(), "/ca.pem ",
                                 server_.announcement().value("https_url", ""), "/t/shop/.well-known/jwks.json"))
        .out;
  }
};

// Signing keys: the commands and their texts.

TEST_F(SapBtpTest, CreateSaysThatADefaultKeyWasCreatedAndGeneratesItsId) {
  EXPECT_EQ(Succeed({"create", "security/token-key"}), "Created default signing key\n\nOK\n");
  EXPECT_THAT(Create(), MatchesRegex("default-jwt-key-[0-9a-f]{10}"));
}

TEST_F(SapBtpTest, CreateTakesAnId) {
  Succeed({"create", "security/token-key", "--key", "my-key"});
  EXPECT_THAT(Succeed({"list", "security/token-key"}), HasSubstr("\nmy-key "));
}

TEST_F(SapBtpTest, ListPadsItsColumnsAndCounts) {
  CreateEnabled();
  Create();
  const Words lines = absl::StrSplit(Succeed({"list", "security/token-key"}), '\n');
  const std::string date = "[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9:]{8} UTC [0-9]{4}";
  EXPECT_THAT(lines, ElementsAre("Key ID                     Enabled   Created                      Fips Compliant ",
                                 MatchesRegex("default-jwt-key-[0-9a-f]{10} yes       " + date + " (yes|no)"),
                                 MatchesRegex("default-jwt-key-[0-9a-f]{10}           " + date + " (yes|no)"), "", "2 entries", "",
                                 "OK", ""));
}

TEST_F(SapBtpTest, EnableSaysWhichKeyItEnabled) {
  const std::string id = Create();
  EXPECT_EQ(Succeed({"enable", "security/token-key", "--key", id, "--force"}), "Enabled signing key '" + id + "'" + kDone);
}

TEST_F(SapBtpTest, DeleteSaysWhichKeyItDeletedAndNeedsAYes) {
  const std::string id = Create();
  const SignetProgram::Result unasked = Signet({"delete", "security/token-key", "--key", id});
  EXPECT_EQ(unasked.exit_code, 2);
  EXPECT_EQ(Succeed({"delete", "security/token-key", "--key", id, "--confirm"}), "Deleted signing key '" + id + "'" + kDone);
}

TEST_F(SapBtpTest, RotateDoesNotWaitForTheNextRegularRotation) {
  const std::string id = CreateEnabled();
  EXPECT_THAT(Succeed({"rotate", "security/token-key", "--key", id, "--confirm"}), StartsWith("Started the rotation; key '"));
  EXPECT_EQ(Json({"list", "security/token-key"})["keys"].size(), 2u);
}

TEST_F(SapBtpTest, UpdateSettingsSwitchesAutomaticRotationOnAndTheFirstOneStartsAtOnce) {
  CreateEnabled();
  EXPECT_EQ(Json({"list", "security/settings"})["rotateSigningKeyAutomatically"], false);
  EXPECT_EQ(Json({"update", "security/settings", "--rotate-signing-key-automatically"})["rotateSigningKeyAutomatically"], true);
  EXPECT_TRUE(Await([&] { return Json({"list", "security/token-key"})["keys"].size() == 2; }));
  EXPECT_EQ(Json({"update", "security/settings", "--rotate-signing-key-automatically", "false"})["rotateSigningKeyAutomatically"],
            false);
}

TEST_F(SapBtpTest, EveryCommandTakesTheScopeInEachOfItsForms) {
  Succeed({"create", "accounts/global-account", "--id", "group"});
  Succeed({"create", "accounts/directory", "--id", "unit", "--parent", "group"});
  const std::vector<Words> commands = {{"list", "security/token-key"},
                                       {"create", "security/token-key"},
                                       {"list", "security/settings"},
                                       {"create", "security/api-credential", "--name", "a"},
                                       {"list", "security/api-credential"},
                                       {"get", "security/api-credential", "a"},
                                       {"delete", "security/api-credential", "a", "--confirm"}};
  for (const Words& scope :
       {Words{"--subaccount", "shop"}, Words{"--subaccount"}, Words{"--directory", "unit"}, Words{"--global-account", "group"}}) {
    for (Words command : commands) {
      command.insert(command.end(), scope.begin(), scope.end());
      Succeed(command);
    }
  }
  EXPECT_EQ(Json({"list", "security/token-key", "--directory", "unit"})["keys"].size(), 1u);
  EXPECT_EQ(Json({"list", "security/token-key"})["keys"].size(), 2u);
}

TEST_F(SapBtpTest, KeysAndSettingsOfADirectoryAreChangedFromAnotherTarget) {
  Succeed({"create", "accounts/global-account", "--id", "group"});
  Succeed({"create", "accounts/directory", "--id", "unit", "--parent", "group"});
  Succeed({"update", "security/key-ring", "--name", "access-token", "--preset", "SAP_BTP", "--directory", "unit"});
  for (const char* id : {"one", "two"}) {
    Succeed({"create", "security/token-key", "--key", id, "--directory", "unit"});
    Succeed({"enable", "security/token-key", "--key", id, "--force", "--directory", "unit"});
  }
  Succeed({"delete", "security/token-key", "--key", "one", "--force", "--confirm", "--directory", "unit"});
  const auto settings = [&] { return Json({"list", "security/settings", "--directory", "unit"}); };
  EXPECT_THAT(settings()["tokenPolicySettings"]["keyIds"], ElementsAre("two"));
  EXPECT_EQ(settings()["tokenPolicySettings"]["activeKeyId"], "two");
  EXPECT_THAT(Succeed({"rotate", "security/token-key", "--key", "two", "--confirm", "--directory", "unit"}),
              StartsWith("Started the rotation; key '"));
  EXPECT_EQ(settings()["tokenPolicySettings"]["keyIds"].size(), 2u);
  Succeed({"update", "security/settings", "--rotate-signing-key-automatically", "--directory", "unit"});
  EXPECT_EQ(settings()["rotateSigningKeyAutomatically"], true);
  const auto targets = Json({"list", "security/settings"});
  EXPECT_TRUE(targets["tokenPolicySettings"]["keyIds"].empty());
  EXPECT_EQ(targets["rotateSigningKeyAutomatically"], false);
}

// Signing keys: the rules.

TEST_F(SapBtpTest, Rule1AThirdKeyIsRefused) {
  Create();
  Create();
  const SignetProgram::Result third = Signet({"create", "security/token-key"});
  EXPECT_EQ(third.exit_code, 5);
  EXPECT_THAT(third.err, AllOf(StartsWith("FAILED: "), HasSubstr("holds its 2 keys; delete or revoke one first"),
                               HasSubstr("\nReason: KEY_LIMIT_REACHED\n")));
}

TEST_F(SapBtpTest, Rule2ACreatedKeySignsOnlyOnceItIsEnabled) {
  const std::string id = Create();
  EXPECT_EQ(StateOf(id), "DISABLED");
  EXPECT_EQ(Signet({"sign", "security/token", "--claims", "{}"}).exit_code, 5);
  Succeed({"enable", "security/token-key", "--key", id, "--force"});
  EXPECT_EQ(KidOf(Sign()), id);
}

TEST_F(SapBtpTest, Rule3EnablingAKeyDisablesTheFormerOne) {
  const std::string first = CreateEnabled();
  const std::string second = CreateEnabled();
  EXPECT_EQ(StateOf(first), "DISABLED");
  EXPECT_EQ(StateOf(second), "ENABLED");
  EXPECT_EQ(KidOf(Sign()), second);
}

TEST_F(SapBtpTest, Rule4ADisabledKeyVerifiesAndIsPublishedUntilItIsDeleted) {
  const std::string first = CreateEnabled();
  const std::string token = Sign();
  CreateEnabled();
  EXPECT_EQ(Verify(token), 0);
  EXPECT_THAT(Jwks(), HasSubstr(first));
  Succeed({"delete", "security/token-key", "--key", first, "--confirm", "--force"});
  EXPECT_EQ(Verify(token), 3);
  EXPECT_THAT(Jwks(), Not(HasSubstr(first)));
}

TEST_F(SapBtpTest, Rule5OnlyADisabledKeyCanBeDeleted) {
  const std::string id = CreateEnabled();
  const SignetProgram::Result refused = Signet({"delete", "security/token-key", "--key", id, "--confirm", "--force"});
  EXPECT_EQ(refused.exit_code, 5);
  EXPECT_THAT(refused.err, HasSubstr("\nReason: KEY_ENABLED\n"));
}

TEST_F(SapBtpTest, Rule6TwelveHoursPassBeforeEnablingUnlessForcedWithAWarning) {
  const std::string id = Create();
  const SignetProgram::Result early = Signet({"enable", "security/token-key", "--key", id});
  EXPECT_EQ(early.exit_code, 5);
  EXPECT_THAT(early.err, HasSubstr("\nReason: KEY_NOT_YET_ACTIVATABLE\nHint: try again in 1"));
  const SignetProgram::Result forced = Signet({"enable", "security/token-key", "--key", id, "--force", "true"});
  EXPECT_EQ(forced.exit_code, 0);
  EXPECT_THAT(forced.err, StartsWith("Warning: "));
}

TEST_F(SapBtpTest, Rule6TwelveHoursPassBeforeDeletionUnlessForcedWithAWarning) {
  const std::string id = CreateEnabled();
  Sign();
  CreateEnabled();
  const SignetProgram::Result early = Signet({"delete", "security/token-key", "--key", id, "--confirm"});
  EXPECT_EQ(early.exit_code, 5);
  EXPECT_THAT(early.err, HasSubstr("\nReason: KEY_IN_RETENTION\n"));
  const SignetProgram::Result forced = Signet({"delete", "security/token-key", "--key", id, "--confirm", "--force"});
  EXPECT_EQ(forced.exit_code, 0);
  EXPECT_THAT(forced.err, StartsWith("Warning: "));
}

// API credentials.

TEST_F(SapBtpTest, ASecretIsShownByCreateAndNeverAgain) {
  const auto created = Json({"create", "security/api-credential", "--name", "ci"});
  const std::string secret = created.value("clientsecret", "");
  ASSERT_NE(secret, "");
  EXPECT_EQ(created["credential-type"], "secret");
  EXPECT_EQ(created["subaccountid"], "shop");
  EXPECT_EQ(created["read-only"], false);
  for (const Words& words : {Words{"get", "security/api-credential", "ci"}, Words{"list", "security/api-credential"}}) {
    EXPECT_THAT(Json(words).dump(), AllOf(HasSubstr("\"name\":\"ci\""), Not(HasSubstr(secret))));
  }
}

TEST_F(SapBtpTest, AClientIdAndItsAddressesHaveTheFormOfSap) {
  const auto created = Json({"create", "security/api-credential", "--name", "ci"});
  EXPECT_THAT(created.value("clientid", ""), MatchesRegex("sb-full-access!a[0-9]+"));
  EXPECT_EQ(created["clientid"], absl::StrCat("sb-", created.value("xsappname", "")));
  const std::string url = absl::StrCat(server_.announcement().value("https_url", ""), "/t/shop");
  EXPECT_EQ(created["url"], url);
  EXPECT_EQ(created["apiurl"], url);
  EXPECT_EQ(created["tokenurl"], url + "/oauth/token");
  EXPECT_EQ(absl::StrCat("https://", created.value("uaadomain", "")), url);
  // As SAP's libraries ask for keys.
  const std::string keys =
      RunShell(absl::StrCat("curl --silent --max-time 20 --cacert ", server_.data_dir(), "/ca.pem 'https://",
                            created.value("uaadomain", ""), "/token_keys?zid=", created.value("zoneid", ""), "'"))
          .out;
  EXPECT_EQ(keys, R"({"keys":[]})");
  EXPECT_THAT(Json({"create", "security/api-credential", "--read-only"}).value("clientid", ""),
              MatchesRegex("sb-read-only!a[0-9]+"));
}

TEST_F(SapBtpTest, AddressesAreTheHostAliasAndForACertificateItsOtherName) {
  Succeed({"update", "accounts/subaccount", "shop", "--host-alias", "sub.authentication.localhost"});
  const std::string https_url = server_.announcement().value("https_url", "");
  const std::string port = https_url.substr(https_url.rfind(':'));
  const std::string url = "https://sub.authentication.localhost" + port;
  const std::string cert_url = "https://sub.authentication.cert.localhost" + port;
  const auto secret = Json({"create", "security/api-credential", "--name", "ci"});
  EXPECT_EQ(secret["url"], url);
  EXPECT_EQ(secret["tokenurl"], url + "/oauth/token");
  EXPECT_EQ(secret["identityzone"], "sub");
  EXPECT_EQ(secret["zoneid"], "shop");

  const Words openssl = {"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=ci -keyout",
                         folder_ / "key.pem", "-out", folder_ / "certificate.pem"};
  ASSERT_EQ(RunShell(absl::StrJoin(openssl, " ")).exit_code, 0);
  const auto tls =
      Json({"create", "security/api-credential", "--name", "tls", "--certificate", "@" + (folder_ / "certificate.pem")});
  EXPECT_EQ(tls["certurl"], cert_url);
  EXPECT_EQ(tls["tokenurl"], cert_url + "/oauth/token");
  EXPECT_EQ(tls["url"], url);
  EXPECT_EQ(tls["apiurl"], url);
  EXPECT_EQ("https://" + tls.value("uaadomain", ""), url);
  const auto shown = Json({"get", "security/api-credential", "tls"});
  EXPECT_EQ(shown["tokenurl"], cert_url + "/oauth/token");
  EXPECT_EQ(shown["apiurl"], url);

  // Both are served: the resolver alone is told where, and the certificate of the server has neither name.
  const auto token = [&](const nlohmann::ordered_json& credential, const std::string& authentication) {
    const Words curl = {"curl --silent --insecure --max-time 20 --connect-to", absl::StrCat("::localhost", port),
                        "--data grant_type=client_credentials", authentication, credential.value("tokenurl", "")};
    return RunShell(absl::StrJoin(curl, " ")).out;
  };
  EXPECT_THAT(token(secret, absl::StrCat("--user '", secret.value("clientid", ""), ":", secret.value("clientsecret", ""), "'")),
              HasSubstr("\"access_token\""));
  EXPECT_THAT(token(tls, absl::StrCat("--data 'client_id=", tls.value("clientid", ""), "' --cert ", folder_ / "certificate.pem",
                                      " --key ", folder_ / "key.pem")),
              HasSubstr("\"access_token\""));
}

TEST_F(SapBtpTest, ACertificateMayComeWithItsChainAndTextButNotWithItsKey) {
  const std::string key = folder_ / "key.pem";
  const std::string certificate = folder_ / "certificate.pem";
  const std::string bag = folder_ / "bag.pem";
  ASSERT_EQ(RunShell(absl::StrCat("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj / -keyout ",
                                  key, " -out ", certificate, " && { echo subject=; cat ", certificate, "; echo issuer=; cat ",
                                  certificate, "; } > ", bag))
                .exit_code,
            0);
  const auto created = Json({"create", "security/api-credential", "--name", "tls", "--certificate", "@" + bag});
  EXPECT_EQ(created["credential-type"], "client certificate");
  EXPECT_EQ(created["certificate"], ReadTextFile(certificate));
  EXPECT_EQ(created["certificate-pinning"], true);
  ASSERT_EQ(RunShell(absl::StrCat("cat ", key, " >> ", bag)).exit_code, 0);
  const SignetProgram::Result refused = Signet({"create", "security/api-credential", "--certificate", "@" + bag});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("private key"), Not(HasSubstr(ReadTextFile(key).substr(30, 20)))));
}

TEST_F(SapBtpTest, ACertificateMayBeOneCredentialsAloneAndHidden) {
  const std::string certificate = folder_ / "certificate.pem";
  ASSERT_EQ(
      RunShell(absl::StrCat("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=ci -keyout ",
                            folder_ / "key.pem", " -out ", certificate))
          .exit_code,
      0);
  const std::string pem = "@" + certificate;
  const auto created = Json(
      {"create", "security/api-credential", "--name", "first", "--certificate", pem, "--ensure-uniqueness", "--hide-certificate"});
  EXPECT_EQ(created["credential-type"], "client certificate");
  EXPECT_FALSE(created.contains("certificate"));
  EXPECT_FALSE(Json({"get", "security/api-credential", "first"}).contains("certificate"));
  EXPECT_THAT(Succeed({"get", "security/api-credential", "first"}),
              AllOf(ContainsRegex("Certificate: +CN=ci"), ContainsRegex("Certificate hidden: +true")));
  const Words again = {"create", "security/api-credential", "--name", "second", "--certificate", pem};
  EXPECT_THAT(Signet(again).err, HasSubstr("tenants/shop/credentials/first has this certificate"));
  Succeed({"delete", "security/api-credential", "first", "--confirm"});
  EXPECT_EQ(Json(again)["certificate"], ReadTextFile(certificate));
}

TEST_F(SapBtpTest, CreateShowsTheLinesOfACredentialInTheirOrder) {
  const Words lines = absl::StrSplit(Succeed({"create", "security/api-credential", "--name", "ci", "--read-only"}), '\n');
  ASSERT_GE(lines.size(), 6u);
  EXPECT_THAT(Words(lines.begin(), lines.begin() + 6),
              ElementsAre(MatchesRegex("Name: +ci"), "Credential Type: binding-secret", MatchesRegex("Read-only: +true"),
                          MatchesRegex("Client Secret: +[^ ]+"), "Certificate:", MatchesRegex("Client ID: +[^ ]+")));
}

TEST_F(SapBtpTest, ACredentialIsListedGottenAndDeleted) {
  Succeed({"create", "security/api-credential", "--name", "ci"});
  const auto listed = Json({"list", "security/api-credential"});
  ASSERT_TRUE(listed.is_array());
  EXPECT_EQ(listed[0]["name"], "ci");
  EXPECT_EQ(Json({"get", "security/api-credential", "ci"})["credential-type"], "secret");
  EXPECT_EQ(Json({"delete", "security/api-credential", "ci", "--confirm"}), nlohmann::ordered_json::object());
  EXPECT_EQ(Signet({"get", "security/api-credential", "ci"}).exit_code, 4);
}

TEST_F(SapBtpTest, ANameIsGeneratedWhenItIsLeftOutAndChecked) {
  EXPECT_THAT(Json({"create", "security/api-credential"}).value("name", ""), MatchesRegex("[a-zA-Z0-9-]+"));
  for (const char* name : {"a_b", "a.b", "a b", "\xC3\xA4"}) {
    EXPECT_EQ(Signet({"create", "security/api-credential", "--name", name}).exit_code, 2) << name;
  }
  Succeed({"create", "security/api-credential", "--name", "Ab-9"});
}

TEST_F(SapBtpTest, WhatIsNoPemIsRefused) {
  const SignetProgram::Result result = Signet({"create", "security/api-credential", "--certificate", "not PEM"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, AllOf(StartsWith("FAILED: "), HasSubstr("PEM")));
}

TEST_F(SapBtpTest, TextEndsWithABlankLineAndOkAndJsonDoesNot) {
  EXPECT_THAT(Succeed({"list", "security/api-credential"}), ::testing::EndsWith(kDone));
  EXPECT_THAT(Succeed({"--format", "json", "list", "security/api-credential"}), Not(HasSubstr("OK")));
}

// Help, at every level and at either end.

TEST_F(SapBtpTest, HelpWorksAtEveryLevelAndAtEitherEnd) {
  EXPECT_EQ(Succeed({"help"}), Succeed({"--help"}));
  EXPECT_THAT(Succeed({"help", "all"}), HasSubstr("rotate security/token-key"));
  EXPECT_THAT(Succeed({"help", "rotate"}), HasSubstr("rotate security/token-key"));
  EXPECT_THAT(Succeed({"help", "security/token-key"}), HasSubstr("delete security/token-key"));
  const std::string command = Succeed({"help", "delete", "security/token-key"});
  EXPECT_THAT(command, HasSubstr("--confirm [BOOL]"));
  EXPECT_EQ(Succeed({"delete", "security/token-key", "--help"}), command);
  EXPECT_EQ(Succeed({"--help", "delete", "security/token-key"}), command);
}

}  // namespace
}  // namespace signet::testing
