#include "server/core/json_members.h"

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/core/json_object.h"

namespace signet::core {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

absl::Status AcceptAll(absl::string_view, JsonKind) { return absl::OkStatus(); }

absl::StatusOr<std::string> Members(absl::string_view text) {
  std::string members;
  SIGNET_RETURN_IF_ERROR(AppendMembers(text, AcceptAll, members));
  return members;
}

std::string Repeat(absl::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) absl::StrAppend(&all, text);
  return all;
}

TEST(AppendMembers, AppendsEachMemberAfterACommaWithoutTheSpaceBetween) {
  std::string to = R"({"iss":"x")";
  ASSERT_TRUE(AppendMembers(" { \"a\" : [ 1 , {} , [ ] ] ,\n\"b\":{ \"c\" : null , \"d\" : true } } ", AcceptAll, to).ok());
  EXPECT_EQ(to, R"({"iss":"x","a":[1,{},[]],"b":{"c":null,"d":true})");
}

TEST(AppendMembers, AppendsNothingForAnEmptyObject) { EXPECT_EQ(*Members("{}"), ""); }

TEST(AppendMembers, WritesWhatParseJsonObjectWouldDump) {
  for (const char* text :
       {R"({"i":-9223372036854775808,"u":18446744073709551615,"o":9007199254740993,"z":0,"n":-0})",
        R"({"d":1.5,"big":18446744073709551616,"small":1e-999,"e":1e14,"f":1E5,"half":0.50,"m":-0.0})",
        R"({"s":"\"\\\/\b\f\n\r\t\u0000\u001f\u007f\u00e9\ud83d\ude00 é/"})", R"({"":"","\"":{"\u0041":[[],[[]],{}]}})",
        R"({"a":[{"a":1,"b":2},{"a":1}],"b":[[1,2],[3]],"c":[null,false,true,"x",1.25]})"}) {
    const auto object = ParseJsonObject(text);
    ASSERT_TRUE(object.ok()) << text;
    EXPECT_EQ(absl::StrCat("{", Members(text)->substr(1), "}"), object->dump());
  }
}

TEST(AppendMembers, RefusesWhatParseJsonObjectRefuses) {
  for (const absl::string_view text :
       {"", " ", "{", "[]", "1", "\"a\"", "null", "{}{}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}", "{\"a\":[{\"b\":1},{\"c\":1,\"c\":2}]}", "{\"a\":1e999}", "{\"a\":\"\xff\"}",
        "\xef\xbb\xbf{}"}) {
    const absl::Status refusal = ParseJsonObject(text).status();
    EXPECT_FALSE(refusal.ok()) << text;
    EXPECT_EQ(Members(text).status(), refusal) << text;
  }
  EXPECT_TRUE(Members(absl::StrCat("{\"a\":", Repeat("[", 31), Repeat("]", 31), "}")).ok());
  EXPECT_FALSE(Members(absl::StrCat("{\"a\":", Repeat("[", 32), Repeat("]", 32), "}")).ok());
  EXPECT_FALSE(Members(Repeat("[", 1'000'000)).ok());
}

TEST(AppendMembers, AcceptsTheSameMemberInDifferentObjects) {
  EXPECT_TRUE(Members(R"({"a":{"a":[{"a":1},{"a":2}]},"b":{"a":1}})").ok());
}

TEST(AppendMembers, TellsTheMembersOfTheObjectItselfAndTheirKinds) {
  std::map<std::string, JsonKind> told;
  std::string to;
  ASSERT_TRUE(
      AppendMembers(R"({"\u0073":"x","n":1,"d":-1.5,"l":["a","b"],"e":[],"m":["a",1],"w":[["a"]],"o":{"in":1},"t":true,"z":null,
                                "v":["a",{"in":["b"]}]})",
                    [&](absl::string_view name, JsonKind kind) {
                      told.emplace(name, kind);
                      return absl::OkStatus();
                    },
                    to)
          .ok());
  EXPECT_THAT(told, ElementsAre(Pair("d", JsonKind::kNumber), Pair("e", JsonKind::kStrings), Pair("l", JsonKind::kStrings),
                                Pair("m", JsonKind::kOther), Pair("n", JsonKind::kNumber), Pair("o", JsonKind::kOther),
                                Pair("s", JsonKind::kString), Pair("t", JsonKind::kOther), Pair("v", JsonKind::kOther),
                                Pair("w", JsonKind::kOther), Pair("z", JsonKind::kOther)));
}

TEST(AppendMembers, ReturnsTheErrorOfTheCheck) {
  std::string to;
  const absl::Status refusal = Error(absl::StatusCode::kInvalidArgument, "NO", "not this one");
  const absl::Status status = AppendMembers(
      R"({"a":1,"b":2})", [&](absl::string_view name, JsonKind) { return name == "b" ? refusal : absl::OkStatus(); }, to);
  EXPECT_EQ(status, refusal);
}

}  // namespace
}  // namespace signet::core
