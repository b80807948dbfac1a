#include "server/http/path_template.h"

#include <gtest/gtest.h>

namespace signet::http {
namespace {

using Variables = std::vector<absl::string_view>;

TEST(PathTemplateTest, AVariableStandsForOneSegmentThatIsNotEmpty) {
  EXPECT_EQ(MatchPath("/keys/a/revoke", "/keys/{kid}/revoke"), Variables{"a"});
  EXPECT_EQ(MatchPath("/clients/a/b", "/clients/{id}/{credential}"), (Variables{"a", "b"}));
  for (const char* path :
       {"/keys//revoke", "/keys/a", "/keys/a/b/revoke", "/keys/a/revoke/", "/keys/a/revoked", "keys/a/revoke", ""}) {
    EXPECT_EQ(MatchPath(path, "/keys/{kid}/revoke"), std::nullopt) << path;
  }
}

TEST(PathTemplateTest, APathWithoutVariablesIsItself) {
  EXPECT_EQ(MatchPath("/keys", "/keys"), Variables());
  for (const char* path : {"/key", "/keys/", "/KEYS", "/%6beys", "/keys/a"})
    EXPECT_EQ(MatchPath(path, "/keys"), std::nullopt) << path;
}

TEST(PathTemplateTest, ATenantIsTakenOffTheFront) {
  absl::string_view path = "/t/acme/keys";
  EXPECT_EQ(TakeTenant(path), "acme");
  EXPECT_EQ(path, "/keys");
  path = "/t/";
  EXPECT_EQ(TakeTenant(path), "");
  EXPECT_EQ(path, "");
  path = "/token/x";
  EXPECT_EQ(TakeTenant(path), std::nullopt);
  EXPECT_EQ(path, "/token/x");
}

}  // namespace
}  // namespace signet::http
