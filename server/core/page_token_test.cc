#include "server/core/page_token.h"

#include <string>
#include <vector>

#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

const ListScope kScope{"ListKeys", {"tenants/t/keyRings/r", "hide"}};

std::string ReasonFor(const ListScope& scope, const std::string& token) {
  const absl::StatusOr<keystore::Page> page = ToPage(scope, {0, token});
  EXPECT_EQ(page.status().code(), absl::StatusCode::kInvalidArgument);
  return GetReason(page.status());
}

TEST(PageToken, BringsItsPositionBack) {
  const absl::StatusOr<keystore::Page> page = ToPage(kScope, {7, MakePageToken(kScope, "42")});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->after, "42");
  EXPECT_EQ(page->limit, 7);
}

TEST(PageToken, OfAnotherListIsRefused) {
  const std::string token = MakePageToken(kScope, "42");
  for (const ListScope& other :
       {ListScope{"ListKeyRings", kScope.parameters}, ListScope{"ListKeys", {"tenants/t/keyRings/r", "show"}},
        ListScope{"ListKeys", {"tenants/t/keyRings/s", "hide"}}, ListScope{"ListKeys", {}}}) {
    EXPECT_EQ(ReasonFor(other, token), reason::kPageTokenInvalid);
  }
}

TEST(PageToken, ThatIsGarbageIsRefused) {
  const std::string token = MakePageToken(kScope, "42");
  for (const std::string& garbage :
       {std::string("x"), std::string("!!!!"), token + "A", token.substr(0, token.size() - 1), token.substr(1),
        "A" + token.substr(1), Base64UrlEncode(std::string(16, '\0')), std::string(10'000, 'A'), std::string(100'000, '\xff')}) {
    EXPECT_EQ(ReasonFor(kScope, garbage), reason::kPageTokenInvalid);
  }
}

TEST(PageToken, WithAMadeUpPositionIsRefusedWhereItMustBeANumber) {
  for (const char* position : {"x", "-1", "1; --", "99999999999999999999"}) {
    const absl::Status status = ToNumberedPage(kScope, {0, MakePageToken(kScope, position)}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << position;
    EXPECT_EQ(GetReason(status), reason::kPageTokenInvalid) << position;
  }
  EXPECT_EQ(ToNumberedPage(kScope, {0, MakePageToken(kScope, "42")})->after, "42");
  EXPECT_EQ(ToNumberedPage(kScope, {0, ""})->after, "");
}

TEST(PageSize, HasADefaultAndALimit) {
  EXPECT_EQ(ToPage(kScope, {0, ""})->limit, 100);
  EXPECT_EQ(ToPage(kScope, {1000, ""})->limit, 1000);
  EXPECT_EQ(ToPage(kScope, {1001, ""})->limit, 1000);
  EXPECT_EQ(ToPage(kScope, {0, ""})->after, "");
}

TEST(PageSize, BelowZeroIsRefused) {
  const absl::Status status = ToPage(kScope, {-1, ""}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetReason(status), reason::kInvalidField);
}

TEST(EndPage, KnowsByOneRecordMoreWhetherAPageFollows) {
  const keystore::Page page{"", 2};
  EXPECT_EQ(WithLookAhead(page).limit, 3);
  const auto position = [](const std::string& record) { return record; };
  std::vector<std::string> three = {"a", "b", "c"};
  EXPECT_EQ(EndPage(kScope, page, three, position), MakePageToken(kScope, "b"));
  EXPECT_EQ(three.size(), 2u);
  std::vector<std::string> two = {"a", "b"};
  EXPECT_EQ(EndPage(kScope, page, two, position), "");
  EXPECT_EQ(two.size(), 2u);
}

}  // namespace
}  // namespace signet::core
