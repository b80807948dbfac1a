#include "server/http/route_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/http/auth0_route_table.h"
#include "server/http/sap_route_table.h"

namespace signet::http {
namespace {

TEST(RouteTableTest, EachRouteIsFoundByItsTemplate) {
  for (const RouteEntry& entry : AllRoutes()) {
    const std::string path = absl::StrReplaceAll(entry.path, {{"{tenant}", "acme"}, {"{client}", "shop"}});
    const auto match = MatchRoute(path, RouteSet::kPublic);
    ASSERT_TRUE(match.has_value()) << path;
    EXPECT_EQ(&match->entry, &entry) << path;
    EXPECT_EQ(match->tenant.has_value(), absl::StrContains(entry.path, "{tenant}")) << path;
    EXPECT_EQ(match->tenant.value_or("acme"), "acme");
    EXPECT_EQ(match->client.has_value(), absl::StrContains(entry.path, "{client}")) << path;
    EXPECT_EQ(match->client.value_or("shop"), "shop");
  }
}

// They are looked for here first.
TEST(RouteTableTest, NoPathIsAlsoOfASurfaceThatManages) {
  for (const RouteEntry& entry : AllRoutes()) {
    const std::string path = absl::StrReplaceAll(entry.path, {{"{tenant}", "acme"}, {"{client}", "shop"}});
    for (const char* method : {"GET", "POST"}) {
      EXPECT_FALSE(MatchAuth0Route(method, path).has_value()) << path;
      EXPECT_FALSE(MatchSapRoute(method, path).has_value()) << path;
    }
  }
  for (const Auth0Route& route : Auth0Routes()) {
    EXPECT_FALSE(MatchRoute(route.path, RouteSet::kPublic).has_value()) << route.path;
    EXPECT_FALSE(MatchRoute(route.tenant_path, RouteSet::kPublic).has_value()) << route.tenant_path;
  }
  for (const SapRoute& route : SapRoutes()) {
    EXPECT_FALSE(MatchRoute(route.path, RouteSet::kPublic).has_value()) << route.path;
    EXPECT_FALSE(MatchRoute(route.tenant_path, RouteSet::kPublic).has_value()) << route.tenant_path;
  }
}

// The rule of a route is that of the same route without the tenant.
TEST(RouteTableTest, EachRouteHasTheRuleOfItsName) {
  for (const RouteEntry& entry : AllRoutes()) {
    const std::string path = absl::StrReplaceAll(entry.path, {{"/t/{tenant}", ""}});
    EXPECT_EQ(entry.rule.method, absl::StrCat(entry.is_post ? "POST " : "GET ", path)) << entry.path;
  }
}

TEST(RouteTableTest, EachRuleOfARouteHasARoute) {
  std::set<std::string> rules;
  for (const RouteEntry& entry : AllRoutes()) rules.insert(entry.rule.method);
  for (const Auth0Route& route : Auth0Routes()) rules.insert(route.rule.method);
  for (const core::AccessRule& rule : core::access_rules::kAll) {
    if (!absl::StrContains(rule.method, " ")) continue;
    EXPECT_EQ(rules.count(rule.method), 1u) << rule.method;
  }
}

// "Without either, only health, discovery and JWKS answer"; the clients of the OAuth routes authenticate there.
TEST(RouteTableTest, OnlyTheMetricsNeedACallerOfTheApi) {
  for (const RouteEntry& entry : AllRoutes()) {
    EXPECT_EQ(entry.rule.who == core::AccessRule::Who::kAuthenticated, entry.path == "/metrics") << entry.path;
  }
}

}  // namespace
}  // namespace signet::http
