#include "clients/cli/session.h"

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "clients/cli/failure.h"
#include "clients/cli/grammar.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

class SessionTest : public testing::Test {
 protected:
  SessionTest() { configuration_.grpc_address = "unix:/nowhere"; }

  Session NewSession() {
    environment_.emplace(Environment{[](absl::string_view) { return ""; }, in_, in_is_terminal_, out_, out_is_terminal_, err_,
                                     false, random_, clock_, [](absl::Duration) {},
                                     [] { return [](absl::Duration) { return true; }; }});
    return Session(*SignetGrammar().Find("delete", "security/token-key"), values_, configuration_, {}, *environment_);
  }

  // What Tenant() returns, or the reason why it does not.
  std::string Tenant() {
    const absl::StatusOr<std::string> tenant = NewSession().Tenant();
    return tenant.ok() ? *tenant : GetReason(tenant.status());
  }

  // The reason why `answer` does not confirm, or "".
  std::string Ask(const std::string& answer) {
    in_ = std::istringstream(answer);
    in_is_terminal_ = true;
    err_.str("");
    return GetReason(NewSession().Confirm("Really?"));
  }

  Values values_;
  Configuration configuration_;
  std::istringstream in_;
  bool in_is_terminal_ = false;
  std::ostringstream out_;
  bool out_is_terminal_ = false;
  std::ostringstream err_;
  SystemRandom random_;
  FakeClock clock_;
  std::optional<Environment> environment_;
};

TEST_F(SessionTest, EachScopeNamesATenant) {
  for (const char* scope : {"subaccount", "directory", "global-account"}) {
    values_ = Values();
    values_.Add(scope, "t1");
    EXPECT_EQ(Tenant(), "tenants/t1") << scope;
  }
}

TEST_F(SessionTest, WithoutAValueTheScopeIsTheTarget) {
  configuration_.target.id = "dev";
  EXPECT_EQ(Tenant(), "tenants/dev");
  values_.Add("subaccount", "");
  EXPECT_EQ(Tenant(), "tenants/dev");
}

TEST_F(SessionTest, ATenantMustBeKnown) {
  EXPECT_EQ(Tenant(), kUsageReason);
  values_.Add("subaccount", "");
  EXPECT_EQ(Tenant(), kUsageReason);
}

TEST_F(SessionTest, ATargetOfAnyKindIsMeantWhereNoneIsNamed) {
  for (const char* scope : {"directory", "global-account"}) {
    SCOPED_TRACE(scope);
    configuration_.target = {scope, "t1"};
    values_ = Values();
    EXPECT_EQ(Tenant(), "tenants/t1");
    values_.Add(scope, "");
    EXPECT_EQ(Tenant(), "tenants/t1");
    values_ = Values();
    values_.Add("subaccount", "");
    EXPECT_EQ(Tenant(), kUsageReason);
  }
}

TEST_F(SessionTest, AnotherKindThanTheTargetsNeedsAnId) {
  configuration_.target.id = "dev";
  values_.Add("directory", "");
  EXPECT_EQ(Tenant(), kUsageReason);
}

TEST_F(SessionTest, ScopesExcludeEachOther) {
  values_.Add("subaccount", "a");
  values_.Add("global-account", "b");
  EXPECT_EQ(Tenant(), kUsageReason);
}

TEST_F(SessionTest, ATenantIsNamedByAScopeOrTargeted) {
  EXPECT_FALSE(NewSession().NamesTenant());
  configuration_.target.id = "dev";
  EXPECT_TRUE(NewSession().NamesTenant());
  configuration_.target = {};
  values_.Add("directory", "");
  EXPECT_TRUE(NewSession().NamesTenant());
}

TEST_F(SessionTest, TheKeyRingIsAccessTokenUnlessNamed) {
  values_.Add("subaccount", "a");
  EXPECT_EQ(*NewSession().Ring(), "tenants/a/keyRings/access-token");
  values_.Add("ring", "saml");
  EXPECT_EQ(*NewSession().Ring(), "tenants/a/keyRings/saml");
}

TEST_F(SessionTest, OnlyAYesConfirms) {
  for (const char* answer : {"yes\n", "YES\n", " y \n", "yes"}) EXPECT_EQ(Ask(answer), "") << answer;
  for (const char* answer : {"", "\n", "no\n", "yess\n", "true\n"}) EXPECT_EQ(Ask(answer), kDeclinedReason) << answer;
  EXPECT_EQ(err_.str(), "Really? [no]> ");
}

TEST_F(SessionTest, TheParameterAnswersTheQuestion) {
  values_.Add("confirm", "true");
  EXPECT_EQ(Ask("no\n"), "");
  EXPECT_EQ(err_.str(), "");
  values_ = Values();
  values_.Add("confirm", "false");
  EXPECT_EQ(Ask("yes\n"), kDeclinedReason);
}

TEST_F(SessionTest, AsksOnlyWhereTheAnswerIsNotKnownAndATerminalIsThere) {
  EXPECT_FALSE(NewSession().AsksForConfirmation());
  in_is_terminal_ = true;
  EXPECT_TRUE(NewSession().AsksForConfirmation());
  for (const char* parameter : {"confirm", "validate-only"}) {
    values_ = Values();
    values_.Add(parameter, "true");
    EXPECT_FALSE(NewSession().AsksForConfirmation()) << parameter;
  }
}

TEST_F(SessionTest, WithoutATerminalNobodyCanConfirm) {
  in_.str("yes\n");
  EXPECT_EQ(GetReason(NewSession().Confirm("Really?")), kUsageReason);
}

TEST_F(SessionTest, WhatChangesNothingNeedsNoConfirmation) {
  values_.Add("validate-only", "true");
  EXPECT_EQ(Ask("no\n"), "");
  EXPECT_EQ(NewSession().Headline("Deleted"), "Checked only: nothing was changed");
}

}  // namespace
}  // namespace signet::cli
