#include "server/http/sap_body.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace signet::http {
namespace {

using Mode = SapKeyChange::Mode;

absl::StatusOr<SapSettingsChange> Patch(const std::string& policy) {
  return ReadSettingsPatch(absl::StrCat(R"({"tokenPolicySettings":)", policy, "}"));
}

TEST(SettingsPatchTest, EachChangeModeIsRead) {
  const std::pair<const char*, Mode> modes[] = {{"ADD", Mode::kAdd},
                                                {"UPDATE", Mode::kUpdate},
                                                {"DELETE", Mode::kDelete},
                                                {"FORCE_UPDATE", Mode::kForceUpdate},
                                                {"FORCE_DELETE", Mode::kForceDelete}};
  for (const auto& [name, mode] : modes) {
    const auto change = Patch(absl::StrCat(R"({"keyId":"k","changeMode":")", name, R"("})"));
    ASSERT_TRUE(change.ok()) << change.status();
    EXPECT_EQ(change->key->mode, mode);
    EXPECT_EQ(change->key->key_id, "k");
    EXPECT_FALSE(change->access_token_validity || change->rotate_automatically);
  }
}

TEST(SettingsPatchTest, OnlyAKeyThatIsAddedNeedsNoId) {
  EXPECT_EQ(Patch(R"({"changeMode":"ADD"})")->key->key_id, "");
  for (const char* mode : {"UPDATE", "DELETE", "FORCE_UPDATE", "FORCE_DELETE"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Patch(absl::StrCat(R"({"changeMode":")", mode, R"("})")).status())) << mode;
  }
}

TEST(SettingsPatchTest, AccessTokensLiveFrom1800To86400SecondsOrByDefault) {
  EXPECT_EQ(*Patch(R"({"accessTokenValidity":-1})")->access_token_validity, std::nullopt);
  EXPECT_EQ(**Patch(R"({"accessTokenValidity":1800})")->access_token_validity, absl::Seconds(1800));
  EXPECT_EQ(**Patch(R"({"accessTokenValidity":86400})")->access_token_validity, absl::Seconds(86400));
  for (const char* value : {"0", "-2", "1799", "86401", "9223372036854775808", "1e3", "1800.5", "\"1800\"", "true", "[]"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Patch(absl::StrCat(R"({"accessTokenValidity":)", value, "}")).status())) << value;
  }
}

TEST(SettingsPatchTest, RefreshTokensHaveNoSettingsButTheDefault) {
  EXPECT_TRUE(Patch(R"({"refreshTokenValidity":-1,"refreshTokenUnique":false,"accessTokenValidity":-1})").ok());
  for (const char* policy :
       {R"({"refreshTokenValidity":1799})", R"({"refreshTokenValidity":31536001})", R"({"refreshTokenUnique":true})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Patch(policy).status())) << policy;
  }
}

TEST(SettingsPatchTest, AutomaticRotationStandsBesideTheTokenPolicy) {
  EXPECT_EQ(ReadSettingsPatch(R"({"rotateSigningKeyAutomatically":true})")->rotate_automatically, true);
  EXPECT_EQ(ReadSettingsPatch(R"({"rotateSigningKeyAutomatically":false,"tokenPolicySettings":null})")->rotate_automatically,
            false);
}

TEST(SettingsPatchTest, WhatIsNoChangeIsRefused) {
  for (const char* body :
       {"", "[]", "1", "{", "{}", R"({"tokenPolicySettings":{}})", R"({"tokenPolicySettings":[]})", R"({"x":1})",
        R"({"rotateSigningKeyAutomatically":"true"})", R"({"tokenPolicySettings":{"keyId":"k"}})",
        R"({"tokenPolicySettings":{"keyId":"k","changeMode":"add"}})", R"({"tokenPolicySettings":{"keyId":1,"changeMode":"ADD"}})",
        R"({"tokenPolicySettings":{"keyIds":["k"]}})", R"({"tokenPolicySettings":{"refreshTokenUnique":false}})",
        R"({"rotateSigningKeyAutomatically":true,"rotateSigningKeyAutomatically":true})",
        R"({"rotateSigningKeyAutomatically":true,"tokenPolicySettings":{"keyId":"k","changeMode":"ADD"}})",
        R"({"tokenPolicySettings":{"keyId":"k","changeMode":"ADD","accessTokenValidity":1800}})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadSettingsPatch(body).status())) << body;
  }
}

TEST(SapLoginTest, AllMembersAreRead) {
  const auto login = ReadSapLogin(R"({"customIdp":"i","subdomain":"s","userName":"u","password":"p"})");
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_EQ(login->custom_idp, "i");
  EXPECT_EQ(login->subdomain, "s");
  EXPECT_EQ(login->user_name, "u");
  EXPECT_EQ(login->password.Expose(), "p");
  EXPECT_TRUE(ReadSapLogin(R"({"userName":"u","password":"p","jwt":null})").ok());
}

TEST(SapLoginTest, WhatIsNoLoginIsRefused) {
  for (const char* body : {"", "[]", "{}", R"({"userName":"u"})", R"({"password":"p"})", R"({"userName":"","password":"p"})",
                           R"({"userName":"u","password":1})", R"({"userName":"u","password":"p","x":1})",
                           R"({"userName":"u","password":"p","jwt":"j"})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadSapLogin(body).status())) << body;
  }
}

TEST(SapParametersTest, AreTextByName) {
  const auto parameters = SapParameters::Read(R"({"paramValues":{"name":"n","readOnly":"true","empty":"","number":"-1"}})");
  ASSERT_TRUE(parameters.ok()) << parameters.status();
  EXPECT_EQ(parameters->Find("name"), "n");
  EXPECT_EQ(parameters->Find("empty"), "");
  EXPECT_EQ(parameters->Find("absent"), "");
  EXPECT_EQ(*parameters->FindBool("readOnly"), true);
  EXPECT_EQ(*parameters->FindBool("absent"), std::nullopt);
  EXPECT_EQ(*parameters->FindBool("empty"), std::nullopt);
  EXPECT_EQ(*parameters->FindInteger("number"), -1);
  EXPECT_FALSE(parameters->FindBool("name").ok());
  EXPECT_FALSE(parameters->FindInteger("name").ok());
}

TEST(SapParametersTest, OnlyKnownNamesAreTakenAndAlwaysThoseOfAccounts) {
  const auto parameters =
      SapParameters::Read(R"({"paramValues":{"name":"n","subaccount":"a","directory":"","globalAccount":"g"}})");
  ASSERT_TRUE(parameters.ok()) << parameters.status();
  EXPECT_TRUE(parameters->CheckNames({"name", "key"}).ok());
  EXPECT_FALSE(parameters->CheckNames({"key"}).ok());
}

TEST(SapParametersTest, WhatIsNotTextIsRefused) {
  for (const char* body : {"", "[]", "{}", R"({"paramValues":[]})", R"({"paramValues":null})", R"({"paramValues":{"a":1}})",
                           R"({"paramValues":{"a":true}})", R"({"paramValues":{"a":null}})", R"({"paramValues":{},"x":1})",
                           R"({"paramValues":{"a":"1","a":"2"}})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(SapParameters::Read(body).status())) << body;
  }
}

}  // namespace
}  // namespace signet::http
