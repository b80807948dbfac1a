// The command line as the operator of SAP Edge's local authentication meets it, against the real server and a ring of the preset
// SAP_EDGE. The rules themselves, with their times, are in server/core/sap_edge_rules_test.cc.

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/signet_fixture.h"
#include "tests/cli/signet_program.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// SapEdgeTest has a server with the target `edge`, whose ring has rotated once: it has an active and a deprecated key.
class SapEdgeTest : public SignetFixture {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(SignetFixture::SetUp());
    Succeed({"create", "accounts/subaccount", "--id", "edge"});
    Succeed({"target", "--subaccount", "edge"});
    Succeed({"update", "security/key-ring", "--name", "access-token", "--preset", "SAP_EDGE", "--idempotency-window", "0s"});
    Succeed({"rotate", "security/token-key", "--confirm"});
    old_token_ = Sign();
    Succeed({"rotate", "security/token-key", "--confirm"});
    Succeed({"update", "security/key-ring", "--name", "access-token", "--idempotency-window", "default"});
  }

  std::string Sign() { return Json({"sign", "security/token", "--claims", "{}"}).value("token", ""); }
  int Verify(const std::string& token) { return Signet({"verify", "security/token", token}).exit_code; }

  // Signed by the key that is deprecated now.
  std::string old_token_;
};

TEST_F(SapEdgeTest, OneCallShowsTheActiveAndTheDeprecatedKeyWithTheirDates) {
  const auto keys = Json({"list", "security/token-key"})["keys"];
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0]["role"], "PREVIOUS");
  EXPECT_EQ(keys[1]["role"], "CURRENT");
  for (const auto& key : keys) {
    for (const char* date : {"createTime", "enableTime"}) EXPECT_TRUE(key.contains(date)) << date;
  }
  // Until when the deprecated one verifies, and when it goes.
  for (const char* date : {"disableTime", "tokenExpiryBound", "retireTime"}) EXPECT_TRUE(keys[0].contains(date)) << date;
}

TEST_F(SapEdgeTest, ASecondRotateWithinTenMinutesReportsTheFirstOnesResult) {
  const auto first = Json({"get", "security/key-ring", "--name", "access-token"})["rotation"];
  const auto again = Json({"rotate", "security/token-key", "--confirm"});
  EXPECT_EQ(again["replayed"], true);
  EXPECT_EQ(again["rotation"], first);
  EXPECT_THAT(Succeed({"rotate", "security/token-key", "--confirm"}), StartsWith("Already rotated at "));
}

TEST_F(SapEdgeTest, TheDeprecatedKeyVerifiesTheTokensAlreadyIssued) { EXPECT_EQ(Verify(old_token_), 0); }

TEST_F(SapEdgeTest, APurgeUsesTheNewKeyAtOnceAndTokensOfTheOldOnesFail) {
  const std::string token = Sign();
  EXPECT_THAT(Succeed({"rotate", "security/token-key", "--purge", "--confirm"}), StartsWith("Rotated signing keys\n"));
  EXPECT_EQ(Verify(old_token_), 3);
  EXPECT_EQ(Verify(token), 3);
  EXPECT_EQ(Verify(Sign()), 0);
}

TEST_F(SapEdgeTest, AFailureCarriesAnIdUnderWhichTheLogHasIt) {
  const SignetProgram::Result text = Signet({"get", "security/token-key", "--key", "nobody"});
  EXPECT_EQ(text.exit_code, 4);
  const std::string mark = "\nRequest id: ";
  const size_t begin = text.err.find(mark);
  ASSERT_NE(begin, std::string::npos) << text.err;
  const std::string id = text.err.substr(begin + mark.size(), text.err.find('\n', begin + 1) - begin - mark.size());
  // What went wrong for the caller alone is written a moment later.
  EXPECT_EQ(server_.Stop(), 0);
  bool found = false;
  for (absl::string_view line : absl::StrSplit(server_.log(), '\n')) {
    if (line.find(id) == absl::string_view::npos) continue;
    found = true;
    EXPECT_THAT(std::string(line), AllOf(HasSubstr("KeyService/GetKey"), HasSubstr("KEY_NOT_FOUND")));
  }
  EXPECT_TRUE(found) << id;
}

TEST_F(SapEdgeTest, AFailureInJsonCarriesTheIdThatWasChosen) {
  const SignetProgram::Result json =
      Signet({"--format", "json", "create", "security/token-key", "--key", "a/b", "--request-id", "chosen-by-the-caller"});
  EXPECT_NE(json.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(json.err, nullptr, false)["error"].value("requestId", ""), "chosen-by-the-caller") << json.err;
}

}  // namespace
}  // namespace signet::testing
