#include "server/http/destination.h"

#include "gtest/gtest.h"

namespace signet::http {
namespace {

void ExpectTarget(absl::string_view target, absl::string_view path, absl::string_view query, absl::string_view authority) {
  const Destination destination = ReadTarget(target, "field.example:8444");
  EXPECT_EQ(destination.path, path) << target;
  EXPECT_EQ(destination.query, query) << target;
  EXPECT_EQ(destination.authority, authority) << target;
}

TEST(DestinationTest, ATargetIsCutAtItsFirstQuestionMark) {
  ExpectTarget("/livez", "/livez", "", "field.example:8444");
  ExpectTarget("/command/v2/security/settings?list", "/command/v2/security/settings", "list", "field.example:8444");
  ExpectTarget("/a?", "/a", "", "field.example:8444");
  ExpectTarget("/a?b?c", "/a", "b?c", "field.example:8444");
  ExpectTarget("", "", "", "field.example:8444");
}

TEST(DestinationTest, TheHostOfAnAbsoluteTargetGoesBeforeTheField) {
  ExpectTarget("https://target.example/a?b", "/a", "b", "target.example");
  ExpectTarget("HTTP://target.example:80", "", "", "target.example:80");
  ExpectTarget("http://target.example?b", "", "b", "target.example");
}

TEST(DestinationTest, WhatVerifiersAppendToAnIssuerWithASlashIsTheSamePath) {
  ExpectTarget("//.well-known/jwks.json?a", "/.well-known/jwks.json", "a", "field.example:8444");
  ExpectTarget("https://target.example//.well-known/openid-configuration", "/.well-known/openid-configuration", "",
               "target.example");
  ExpectTarget("//oauth/token", "//oauth/token", "", "field.example:8444");
  ExpectTarget("///.well-known/jwks.json", "///.well-known/jwks.json", "", "field.example:8444");
}

TEST(DestinationTest, ARequestNeedsExactlyOneHostUnlessItIsOfHttp10) {
  Request request = {.method = "GET", .target = "/a"};
  EXPECT_FALSE(FindDestination(request).has_value());
  request.fields = {{"Host", "x"}};
  EXPECT_EQ(FindDestination(request)->authority, "x");
  request.fields = {{"Host", "x"}, {"host", "x"}};
  EXPECT_FALSE(FindDestination(request).has_value());
  request.fields = {};
  request.minor_version = 0;
  EXPECT_EQ(FindDestination(request)->authority, "");
}

TEST(DestinationTest, AnAliasIsInLowerCaseAndWithoutPort) {
  EXPECT_EQ(HostAliasOf("Keys.Shop.example:8444"), "keys.shop.example");
  EXPECT_EQ(HostAliasOf("[::1]:8444"), "[::1]");
  EXPECT_EQ(HostAliasOf("[::1"), "");
  EXPECT_EQ(HostAliasOf(""), "");
}

}  // namespace
}  // namespace signet::http
