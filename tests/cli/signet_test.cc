// The command line against the real server: what each layer's own tests cannot see.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/signet_fixture.h"
#include "tests/cli/signet_program.h"

namespace signet::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SignetTest : public SignetFixture {
 protected:
  // Expects that `words` fail with `exit_code`, for the reason `reason`.
  void ExpectFailure(std::vector<std::string> words, int exit_code, const std::string& reason, const std::string& input = "") {
    words.insert(words.begin(), {"--format", "json"});
    const SignetProgram::Result result = Signet(words, input);
    const std::string line = ::testing::PrintToString(words);
    EXPECT_EQ(result.exit_code, exit_code) << line << result.err;
    EXPECT_EQ(result.out, "") << line;
    const auto document = nlohmann::json::parse(result.err, nullptr, /*allow_exceptions=*/false);
    EXPECT_EQ(document.value("/error/reason"_json_pointer, ""), reason) << line << result.err;
  }
  // Creates a key, enables it with force, and returns its id.
  std::string EnabledKey(const std::vector<std::string>& scope) {
    std::vector<std::string> create = {"create", "security/token-key"};
    create.insert(create.end(), scope.begin(), scope.end());
    std::string kid = Json(create).value("kid", "");
    std::vector<std::string> enable = {"enable", "security/token-key", "--key", kid, "--force"};
    enable.insert(enable.end(), scope.begin(), scope.end());
    EXPECT_EQ(Signet(enable).exit_code, 0);
    return kid;
  }
};

TEST_F(SignetTest, TheFirstCommandWorksAtOnce) {
  const SignetProgram::Result result = Signet({"list", "security/token-key", "--subaccount", "dev"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, EndsWith("\nOK\n"));
}

TEST_F(SignetTest, AccountsFormATree) {
  EXPECT_THAT(Signet({"create", "accounts/global-account", "--id", "ga", "--display-name", "Group"}).out,
              StartsWith("Created global account 'ga'\n"));
  EXPECT_EQ(Json({"create", "accounts/directory", "--id", "eu", "--parent", "ga"})["parent"], "tenants/ga");
  const auto subaccount = Json({"create", "accounts/subaccount", "--id", "shop", "--parent", "eu", "--host-alias", "shop.example"});
  EXPECT_EQ(subaccount["kind"], "SUBACCOUNT");
  EXPECT_EQ(Json({"list", "accounts/subaccount", "--parent", "eu"})["tenants"].size(), 1u);
  EXPECT_EQ(Json({"list", "accounts/global-account"})["tenants"][0]["displayName"], "Group");

  EXPECT_EQ(Json({"update", "accounts/subaccount", "shop", "--parent=", "--host-alias=", "--display-name", "Shop"})["parent"], "");
  const auto shop = Json({"get", "accounts/subaccount", "shop"});
  EXPECT_EQ(shop["displayName"], "Shop");
  EXPECT_TRUE(shop["hostAliases"].empty());

  ExpectFailure({"create", "accounts/subaccount", "--id", "shop"}, 6, "TENANT_EXISTS");
  ExpectFailure({"create", "accounts/subaccount", "--id", "Not Valid"}, 2, "INVALID_NAME");
  ExpectFailure({"create", "accounts/directory", "--parent", "nobody"}, 4, "TENANT_NOT_FOUND");
  ExpectFailure({"create", "accounts/directory", "--parent", "shop"}, 5, "TENANT_PARENT");
  ExpectFailure({"delete", "accounts/global-account", "ga", "--confirm"}, 5, "TENANT_NOT_EMPTY");
  ExpectFailure({"delete", "accounts/directory", "ga", "--confirm"}, 4, "TENANT_NOT_FOUND");
  ExpectFailure({"delete", "accounts/directory", "eu"}, 2, "USAGE");
  EXPECT_EQ(Signet({"delete", "accounts/directory", "eu", "--confirm"}).out, "Deleted directory 'eu'\n\nOK\n");
  ExpectFailure({"get", "accounts/directory", "eu"}, 4, "TENANT_NOT_FOUND");
}

TEST_F(SignetTest, HelpExplainsEveryScopeThatThereIs) {
  const std::string help = Signet({"help", "create", "security/api-credential"}).out;
  const auto all = Json({"create", "security/api-credential", "--subaccount", "dev"});
  const auto scopes = all["signet"]["credential"]["scopes"];
  ASSERT_FALSE(scopes.empty());
  for (const auto& scope : scopes) EXPECT_THAT(help, HasSubstr("\n  " + scope.get<std::string>() + " "));
}

TEST_F(SignetTest, AKeyLivesAndItsTokensWithIt) {
  const std::vector<std::string> scope = {"--subaccount", "shop"};
  Json({"create", "accounts/subaccount", "--id", "shop"});
  // So that the server adds none to the keys of this test by itself.
  Json({"update", "security/key-ring", "--name", "access-token", "--keep-next=false", "--subaccount", "shop"});
  const std::string first = Json({"create", "security/token-key", "--subaccount", "shop"}).value("kid", "");

  ExpectFailure({"sign", "security/token", "--claims", "{}", "--subaccount", "shop"}, 5, "NO_ENABLED_KEY");
  const SignetProgram::Result early = Signet({"enable", "security/token-key", "--key", first, "--subaccount", "shop"});
  EXPECT_EQ(early.exit_code, 5);
  EXPECT_THAT(early.err, HasSubstr("\nReason: KEY_NOT_YET_ACTIVATABLE\nHint: try again in "));
  const SignetProgram::Result enabled = Signet({"enable", "security/token-key", "--key", first, "--force", "--subaccount", "shop"});
  EXPECT_THAT(enabled.out, StartsWith("Enabled signing key '" + first + "'\n"));
  EXPECT_THAT(enabled.err, StartsWith("Warning: "));

  const std::string token =
      Json({"sign", "security/token", "--claims", "-", "--ttl", "10m", "--subaccount", "shop"}, R"({"sub":"alice","aud":"orders"})")
          .value("token", "");
  const SignetProgram::Result valid =
      Signet({"verify", "security/token", "-", "--audience", "orders", "--subaccount", "shop"}, token + "\n");
  EXPECT_EQ(valid.exit_code, 0) << valid.err;
  EXPECT_THAT(valid.out, HasSubstr("\"sub\":\"alice\""));
  ExpectFailure({"verify", "security/token", token, "--audience", "others", "--subaccount", "shop"}, 3, "TOKEN_AUDIENCE");
  ExpectFailure({"verify", "security/token", token, "--subaccount", "dev"}, 3, "TOKEN_KEY_UNKNOWN");
  ExpectFailure({"sign", "security/token", "--claims", R"({"iss":"me"})", "--subaccount", "shop"}, 2, "CLAIM_RESERVED");
  ExpectFailure({"sign", "security/token", "--claims", "{}", "--ttl", "400d", "--subaccount", "shop"}, 2, "TTL_TOO_LONG");

  const std::string second = EnabledKey(scope);
  const SignetProgram::Result list = Signet({"list", "security/token-key", "--wide", "--subaccount", "shop"});
  EXPECT_THAT(list.out, StartsWith("Key ID "));
  EXPECT_THAT(list.out, HasSubstr(first + " PREVIOUS DISABLED ES256 "));
  EXPECT_THAT(list.out, HasSubstr(second + " CURRENT  ENABLED  ES256 "));
  EXPECT_THAT(list.out, EndsWith("\n\n2 entries\n\nOK\n"));

  ExpectFailure({"delete", "security/token-key", "--key", first, "--confirm", "--subaccount", "shop"}, 5, "KEY_IN_RETENTION");
  ExpectFailure({"delete", "security/token-key", "--key", second, "--confirm", "--subaccount", "shop"}, 5, "KEY_ENABLED");
  EXPECT_EQ(Signet({"delete", "security/token-key", "--key", first, "--confirm", "--force", "--subaccount", "shop"}).exit_code, 0);
  ExpectFailure({"verify", "security/token", token, "--subaccount", "shop"}, 3, "TOKEN_KEY_UNKNOWN");
  EXPECT_EQ(Json({"list", "security/token-key", "--show-destroyed", "--subaccount", "shop"})["keys"][0]["state"], "DESTROYED");
  ExpectFailure({"create", "security/token-key", "--key", first, "--subaccount", "shop"}, 6, "KEY_EXISTS");
  EXPECT_EQ(Json({"revoke", "security/token-key", "--key", second, "--confirm", "--force", "--subaccount", "shop"})["state"],
            "REVOKED");
  ExpectFailure({"get", "security/token-key", "--key", "nobody", "--subaccount", "shop"}, 4, "KEY_NOT_FOUND");
}

TEST_F(SignetTest, ATokenGoesThroughAPipe) {
  EnabledKey({"--subaccount", "dev"});
  const SignetProgram::Result token = Signet({"sign", "security/token", "--claims", "{}", "--subaccount", "dev"});
  EXPECT_THAT(token.out, ::testing::MatchesRegex("[A-Za-z0-9_.-]+\n"));
  const SignetProgram::Result valid = Signet({"verify", "security/token", "-", "--subaccount", "dev"}, token.out);
  EXPECT_EQ(valid.exit_code, 0) << valid.err;
}

TEST_F(SignetTest, WhatIsNotUtf8IsAUsageErrorAndNothingElseIsSaid) {
  const SignetProgram::Result result = Signet({"create", "accounts/subaccount", "--display-name", "Z\xFCrich"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "FAILED: --display-name is not valid UTF-8\nHint: signet help create accounts/subaccount\n");
}

TEST_F(SignetTest, AKeyRingHasAPolicyOfItsOwn) {
  const auto ring = Json({"create", "security/key-ring", "--name", "saml", "--algorithm", "RS256_2048", "--preset", "SAP_BTP",
                          "--activation-delay", "0s", "--subaccount", "dev"});
  EXPECT_EQ(ring["algorithm"], "RS256_2048");
  EXPECT_EQ(ring["policy"]["activationDelay"], "0s");
  Json(
      {"update", "security/key-ring", "--name", "saml", "--max-keys", "3", "--activation-delay", "default", "--subaccount", "dev"});
  const std::string shown = Signet({"get", "security/key-ring", "--name", "saml", "--subaccount", "dev"}).out;
  EXPECT_THAT(shown, HasSubstr("Max keys:             3\n"));
  EXPECT_THAT(shown, HasSubstr("Activation delay:     12h (as the preset)\n"));
  const auto updated = Json({"get", "security/key-ring", "--name", "saml", "--subaccount", "dev"});
  EXPECT_EQ(updated["policy"]["maxKeys"], 3);
  EXPECT_NE(updated["policy"].value("activationDelay", ""), "0s");
  EXPECT_EQ(Json({"list", "security/key-ring", "--subaccount", "dev"})["keyRings"].size(), 2u);

  ExpectFailure({"update", "security/key-ring", "--name", "saml", "--max-keys", "11", "--subaccount", "dev"}, 2, "INVALID_FIELD");
  ExpectFailure({"delete", "security/key-ring", "--name", "access-token", "--confirm", "--subaccount", "dev"}, 5,
                "KEY_RING_PERMANENT");
  EXPECT_EQ(Signet({"delete", "security/key-ring", "--name", "saml", "--confirm", "--subaccount", "dev"}).exit_code, 0);
  ExpectFailure({"get", "security/key-ring", "--name", "saml", "--subaccount", "dev"}, 4, "KEY_RING_NOT_FOUND");
}

TEST_F(SignetTest, ARepeatedRequestMakesOneKeyAndACheckMakesNone) {
  const std::vector<std::string> create = {"create", "security/token-key", "--request-id", "r1", "--subaccount", "dev"};
  EXPECT_EQ(Json(create)["kid"], Json(create)["kid"]);
  EXPECT_THAT(Signet({"create", "security/token-key", "--validate-only", "--subaccount", "dev"}).out,
              StartsWith("Checked only: nothing was changed\n"));
  EXPECT_EQ(Json({"list", "security/token-key", "--subaccount", "dev"})["keys"].size(), 1u);
  ExpectFailure({"create", "security/token-key", "--key", "other", "--request-id", "r1", "--subaccount", "dev"}, 2,
                "REQUEST_ID_REUSED");
}

TEST_F(SignetTest, TheTargetStandsInForTheSubaccount) {
  ExpectFailure({"list", "security/key-ring"}, 2, "USAGE");
  const SignetProgram::Result result =
      program_.Run({"list", "security/key-ring", "--subaccount"}, "",
                   {{"SIGNET_SUBACCOUNT", "dev"}, {"SIGNET_CONFIG", server_.data_dir() + "/signet.json"}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("access-token"));
}

TEST_F(SignetTest, WithoutTheServerItSaysSo) {
  EXPECT_EQ(server_.Stop(), 0);
  const SignetProgram::Result result = Signet({"list", "accounts/subaccount"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, StartsWith("FAILED: "));
  EXPECT_THAT(result.err, HasSubstr("see that signetd runs"));
}

}  // namespace
}  // namespace signet::testing
