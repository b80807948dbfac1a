#include "server/http/form_body.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace signet::http {
namespace {

TEST(FormBodyTest, ParametersAreFoundByTheirNames) {
  const auto parameters = ParseForm("grant_type=client_credentials&scope=read%3Atenants+read%3aaudit&empty=&bare");
  ASSERT_TRUE(parameters.ok()) << parameters.status();
  EXPECT_EQ(parameters->Find("grant_type"), "client_credentials");
  EXPECT_EQ(parameters->Find("scope"), "read:tenants read:audit");
  EXPECT_EQ(parameters->Find("empty"), "");
  EXPECT_EQ(parameters->Find("bare"), "");
  EXPECT_EQ(parameters->Find("absent"), "");
}

TEST(FormBodyTest, AValueMayHoldTheSignsOfTheFormEscapedAndTheEqualsSignAsItIs) {
  const auto parameters = ParseForm("a=x=y&b=%26%3D%2B%25&c%3D=1&d=%C3%A9");
  ASSERT_TRUE(parameters.ok()) << parameters.status();
  EXPECT_EQ(parameters->Find("a"), "x=y");
  EXPECT_EQ(parameters->Find("b"), "&=+%");
  EXPECT_EQ(parameters->Find("c="), "1");
  EXPECT_EQ(parameters->Find("d"), "\xc3\xa9");
}

TEST(FormBodyTest, EmptyBodiesAndEmptyPairsHoldNothing) {
  EXPECT_TRUE(ParseForm("").ok());
  const auto parameters = ParseForm("&&a=1&&");
  ASSERT_TRUE(parameters.ok());
  EXPECT_EQ(parameters->Find("a"), "1");
  EXPECT_TRUE(ParseForm(std::string(65536, '&')).ok());
}

TEST(FormBodyTest, WhatIsNotStrictlyEncodedIsRefused) {
  for (const std::string body : {"a=%", "a=%4", "a=%zz", "a=%4g", "a=%g4", "a=% 1", "a=%-1", "a=b c", "a=b\r\n", "a=\n",
                                 "a=\xc3\xa9", "a=%00", "a=%0A", "a=%7f", "%=1", "a=1;b=\t", "=1", "="}) {
    EXPECT_FALSE(ParseForm(body).ok()) << body;
  }
  EXPECT_FALSE(ParseForm(std::string("a=\0", 3)).ok());
}

TEST(FormBodyTest, ARepeatedParameterIsRefusedHoweverItIsWritten) {
  EXPECT_FALSE(ParseForm("a=1&a=1").ok());
  EXPECT_FALSE(ParseForm("a=1&b=2&%61=3").ok());
  EXPECT_FALSE(ParseForm("a&a").ok());
}

TEST(FormBodyTest, TheNumberOfParametersIsBounded) {
  std::string body;
  for (size_t i = 0; i < RequestParameters::kMaxCount; ++i) absl::StrAppend(&body, "p", i, "=1&");
  EXPECT_TRUE(ParseForm(body).ok());
  EXPECT_FALSE(ParseForm(body + "last=1").ok());
}

TEST(FormBodyTest, AMessageQuotesNothing) {
  const auto parameters = ParseForm("client_secret=hush%");
  EXPECT_EQ(std::string(parameters.status().message()).find("hush"), std::string::npos);
}

TEST(FormBodyTest, TheMembersOfAJsonObjectAreParameters) {
  const auto parameters = ParseJsonForm(R"({"grant_type":"client_credentials","audience":"https:\/\/api","scope":null})");
  ASSERT_TRUE(parameters.ok()) << parameters.status();
  EXPECT_EQ(parameters->Find("grant_type"), "client_credentials");
  EXPECT_EQ(parameters->Find("audience"), "https://api");
  EXPECT_EQ(parameters->Find("scope"), "");
}

TEST(FormBodyTest, WhatIsNoFlatJsonObjectOfStringsIsRefused) {
  for (const std::string body :
       {"", "[]", "\"a\"", "{", "{\"a\":1}", "{\"a\":{}}", "{\"a\":[\"b\"]}", "{\"a\":true}", "{\"a\":\"1\",\"a\":\"1\"}",
        "{\"a\":\"1\",\"\\u0061\":\"2\"}", "{\"a\":\"\\u0000\"}", "{\"a\":\"\\n\"}", "{\"a\":\"\xff\"}", "{}x"}) {
    EXPECT_FALSE(ParseJsonForm(body).ok()) << body;
  }
  EXPECT_FALSE(ParseJsonForm(std::string(60000, '[')).ok());
  EXPECT_FALSE(ParseJsonForm(absl::StrCat("{\"a\":", std::string(60000, '{'))).ok());
}

}  // namespace
}  // namespace signet::http
