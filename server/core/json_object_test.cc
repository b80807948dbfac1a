#include "server/core/json_object.h"

#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

std::string Repeat(absl::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) absl::StrAppend(&result, text);
  return result;
}

void ExpectRefused(absl::string_view text) {
  const auto object = ParseJsonObject(text);
  EXPECT_EQ(object.status().code(), absl::StatusCode::kInvalidArgument) << text.substr(0, 100);
  EXPECT_NE(object.status().message(), "");
}

TEST(ParseJsonObject, KeepsMembersInTheirOrderAndValuesAsTheyAre) {
  const auto object = ParseJsonObject(R"( {"z":1,"a":[true,null,{"y":"é\n"}],"m":-1.5,"":{}} )");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->dump(), R"({"z":1,"a":[true,null,{"y":"é\n"}],"m":-1.5,"":{}})");
}

TEST(ParseJsonObject, AcceptsAnEmptyObject) {
  const auto object = ParseJsonObject("{}");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->dump(), "{}");
}

TEST(ParseJsonObject, KeepsIntegersOf64BitsExact) {
  const auto object = ParseJsonObject(R"({"min":-9223372036854775808,"max":18446744073709551615,"odd":9007199254740993})");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ((*object)["min"].get<int64_t>(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ((*object)["max"].get<uint64_t>(), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ((*object)["odd"].get<int64_t>(), 9007199254740993);
}

TEST(ParseJsonObject, TurnsOtherNumbersIntoDoubles) {
  const auto object = ParseJsonObject(R"({"big":18446744073709551616,"small":1e-999,"half":0.5})");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ((*object)["big"].get<double>(), 18446744073709551616.0);
  EXPECT_EQ((*object)["small"].get<double>(), 0.0);
  EXPECT_EQ((*object)["half"].get<double>(), 0.5);
}

TEST(ParseJsonObject, RefusesWhatIsNotOneObject) {
  for (const char* text : {"",
                           " ",
                           "null",
                           "true",
                           "1",
                           "\"a\"",
                           "[]",
                           "[{}]",
                           "{} {}",
                           "{}x",
                           "{},",
                           "{",
                           "}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{'a':1}",
                           "{1:1}",
                           "{\"a\":01}",
                           "{\"a\":+1}",
                           "{\"a\":.5}",
                           "{\"a\":1.}",
                           "{\"a\":0x10}",
                           "{\"a\":nan}",
                           "{\"a\":NaN}",
                           "{\"a\":Infinity}",
                           "{\"a\":tru}",
                           "{/**/}",
                           "{}//",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12\"}",
                           "{\"a\":\"",
                           "{\"a\":[1,2}",
                           "{\"a\" 1}"}) {
    ExpectRefused(text);
  }
}

TEST(ParseJsonObject, RefusesAMemberThatOccursTwiceAtAnyLevel) {
  ExpectRefused(R"({"a":1,"a":1})");
  ExpectRefused(R"({"a":1,"b":2,"a":{}})");
  ExpectRefused(R"({"x":[{"a":1,"a":2}]})");
  ExpectRefused(R"({"":1,"":1})");
}

TEST(ParseJsonObject, ComparesMemberNamesAfterResolvingEscapes) { ExpectRefused(R"({"iss":1,"\u0069ss":2})"); }

TEST(ParseJsonObject, AcceptsTheSameMemberInDifferentObjects) {
  EXPECT_TRUE(ParseJsonObject(R"({"a":{"a":[{"a":1},{"a":2}]}})").ok());
}

TEST(ParseJsonObject, AcceptsExactlyTheDepthThatItDocuments) {
  const int inner = kMaxJsonDepth - 1;
  EXPECT_TRUE(ParseJsonObject(absl::StrCat("{\"a\":", Repeat("[", inner), Repeat("]", inner), "}")).ok());
  ExpectRefused(absl::StrCat("{\"a\":", Repeat("[", inner + 1), Repeat("]", inner + 1), "}"));
  EXPECT_TRUE(ParseJsonObject(absl::StrCat(Repeat("{\"a\":", inner), "{}", Repeat("}", inner))).ok());
  ExpectRefused(absl::StrCat(Repeat("{\"a\":", inner + 1), "{}", Repeat("}", inner + 1)));
}

TEST(ParseJsonObject, SurvivesAMillionOpenBrackets) {
  ExpectRefused(absl::StrCat("{\"a\":", Repeat("[", 1'000'000)));
  ExpectRefused(Repeat("{\"a\":", 1'000'000));
  ExpectRefused(Repeat("[", 1'000'000));
}

TEST(ParseJsonObject, CostsAboutAsMuchPerMemberInAnObjectOfManyMembers) {
  // Quadratic search would make this 5 billion comparisons.
  std::string text = "{\"x\":0";
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&text, ",\"", i, "\":0");
  text += "}";
  const auto object = ParseJsonObject(text);
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->size(), 100'001u);
}

TEST(ParseJsonObject, RefusesNumbersThatADoubleCannotHold) {
  ExpectRefused("{\"a\":1e999}");
  ExpectRefused("{\"a\":-1e999}");
  ExpectRefused(absl::StrCat("{\"a\":", Repeat("9", 400), "}"));
}

TEST(ParseJsonObject, RefusesInvalidUtf8) {
  for (const char* bytes : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xfe"}) {
    ExpectRefused(absl::StrCat("{\"a\":\"", bytes, "\"}"));
    ExpectRefused(absl::StrCat("{\"", bytes, "\":1}"));
  }
  ExpectRefused(R"({"a":"\ud800"})");
  ExpectRefused(R"({"a":"\udc00\ud800"})");
}

TEST(ParseJsonObject, AcceptsASurrogatePairAndAnEscapedNul) {
  const auto object = ParseJsonObject(R"({"a":"\ud83d\ude00\u0000"})");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->dump(), "{\"a\":\"\xf0\x9f\x98\x80\\u0000\"}");
}

TEST(ParseJsonObject, RefusesAByteOrderMarkAndNulBytes) {
  ExpectRefused("\xef\xbb\xbf{}");
  ExpectRefused(absl::string_view("{}\0", 3));
  ExpectRefused(absl::string_view("{}\0{\"iss\":1}", 12));
  ExpectRefused(absl::string_view("{\"a\":\"\0\"}", 9));
}

TEST(ParseJsonObject, NeverQuotesTheTextInItsErrors) {
  for (const char* text : {R"({"hunter2":hunter2})", R"({"hunter2":1,"hunter2":2})", "hunter2", R"({"a":"hunter2)",
                           R"({"a":1}hunter2)", R"({"a":1hunter2})", "{\"hunter2\xff\":1}"}) {
    const auto object = ParseJsonObject(text);
    ASSERT_FALSE(object.ok()) << text;
    EXPECT_THAT(std::string(object.status().message()), Not(HasSubstr("hunter"))) << text;
  }
}

TEST(FindMember, FindsByNameAndSaysWhenThereIsNone) {
  const auto object = ParseJsonObject(R"({"a":1,"b":{"c":2}})");
  ASSERT_TRUE(object.ok()) << object.status();
  ASSERT_NE(FindMember(*object, "b"), nullptr);
  EXPECT_EQ(FindMember(*object, "b")->dump(), R"({"c":2})");
  EXPECT_EQ(FindMember(*object, "c"), nullptr);
}

}  // namespace
}  // namespace signet::core
