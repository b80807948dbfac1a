#include "clients/cli/suggestion.h"

#include "gtest/gtest.h"

namespace signet::cli {
namespace {

const std::vector<std::string> kNames = {"security/token-key", "security/token", "create", "delete", "--subaccount"};

TEST(DidYouMean, FindsWhatIsAlmostRight) {
  EXPECT_EQ(DidYouMean("--subacount", kNames), ": did you mean '--subaccount'?");
  EXPECT_EQ(DidYouMean("CREATE", kNames), ": did you mean 'create'?");
  EXPECT_EQ(DidYouMean("security/tokenkey", kNames), ": did you mean 'security/token-key'?");
}

TEST(DidYouMean, KnowsAnObjectWithoutItsGroup) {
  EXPECT_EQ(DidYouMean("token-key", kNames), ": did you mean 'security/token-key'?");
}

TEST(DidYouMean, PrefersWhatTheWordBegins) {
  const std::vector<std::string> algorithms = {"ES256", "RS256_2048", "RS256_3072"};
  EXPECT_EQ(DidYouMean("rs256", algorithms), ": did you mean 'RS256_2048'?");
  EXPECT_EQ(DidYouMean("token", kNames), ": did you mean 'security/token'?");
  EXPECT_EQ(DidYouMean("--sub", kNames), ": did you mean '--subaccount'?");
  EXPECT_EQ(DidYouMean("--", kNames), "");
}

TEST(DidYouMeanToGoOn, KnowsNothingThatOnlyResembles) {
  EXPECT_EQ(DidYouMeanToGoOn("ES", {"ES256"}), ": did you mean 'ES256'?");
  EXPECT_EQ(DidYouMeanToGoOn("HS256", {"ES256"}), "");
}

TEST(DidYouMean, SaysNothingAboutWhatResemblesNothing) {
  EXPECT_EQ(DidYouMean("", kNames), "");
  EXPECT_EQ(DidYouMean("x", kNames), "");
  EXPECT_EQ(DidYouMean("frobnicate", kNames), "");
  EXPECT_EQ(DidYouMean(std::string(100'000, 'a'), kNames), "");
}

}  // namespace
}  // namespace signet::cli
