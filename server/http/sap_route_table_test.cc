#include "server/http/sap_route_table.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_replace.h"

namespace signet::http {
namespace {

TEST(SapRouteTableTest, EachRouteIsFoundByItsTemplates) {
  for (const SapRoute& route : SapRoutes()) {
    for (const absl::string_view path_template : {route.path, route.tenant_path}) {
      if (path_template.empty()) continue;
      const std::string path = absl::StrReplaceAll(path_template, {{"{tenant}", "acme"}, {"{version}", "v2.49.0"}});
      const auto match = MatchSapRoute(route.method, path);
      ASSERT_TRUE(match.has_value()) << path;
      EXPECT_EQ(match->route, &route) << path;
      EXPECT_EQ(match->tenant.has_value(), path_template == route.tenant_path) << path;
    }
  }
  EXPECT_EQ(MatchSapRoute("POST", "/login/v7")->version, "v7");
}

TEST(SapRouteTableTest, AnotherMethodFindsThePathAndWhatItTakes) {
  const auto settings = MatchSapRoute("DELETE", "/t/acme/sap/rest/authorization/v2/securitySettings");
  ASSERT_TRUE(settings.has_value());
  EXPECT_EQ(settings->route, nullptr);
  EXPECT_EQ(settings->allowed, "GET, HEAD, PATCH");
  EXPECT_EQ(MatchSapRoute("GET", "/login/v2")->allowed, "POST");
  EXPECT_NE(MatchSapRoute("HEAD", "/sap/rest/authorization/v2/securitySettings")->route, nullptr);
}

TEST(SapRouteTableTest, WhatLiesBesideTheRoutesBelongsToTheSurface) {
  const std::pair<const char*, SapMatch::Part> paths[] = {{"/sap/rest/authorization/v2/apps", SapMatch::Part::kRest},
                                                          {"/login/v2/browser", SapMatch::Part::kLogin},
                                                          {"/login/", SapMatch::Part::kLogin},
                                                          {"/command/v2/accounts/subaccount", SapMatch::Part::kCommand},
                                                          {"/command/v2/security/token-key/x", SapMatch::Part::kCommand}};
  for (const auto& [path, part] : paths) {
    const auto match = MatchSapRoute("POST", path);
    ASSERT_TRUE(match.has_value()) << path;
    EXPECT_EQ(match->route, nullptr) << path;
    EXPECT_EQ(match->allowed, "") << path;
    EXPECT_EQ(match->part, part) << path;
  }
}

TEST(SapRouteTableTest, OtherPathsAreOfOtherSurfaces) {
  for (const char* path : {"/", "", "/sap", "/login", "/t/acme/login/v2", "/t/acme/command/v2/security/token-key", "/token_keys",
                           "sap/rest/x", "/LOGIN/v2"}) {
    EXPECT_EQ(MatchSapRoute("POST", path), std::nullopt) << path;
  }
}

}  // namespace
}  // namespace signet::http
