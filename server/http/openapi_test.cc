#include "server/http/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/http/auth0_route_table.h"
#include "server/http/route_table.h"
#include "server/http/sap_route_table.h"

namespace signet::http {
namespace {

// "GET /path" of each route; those of a tenant once. A further surface adds its table here.
std::set<std::string> Routes() {
  std::set<std::string> routes;
  for (const RouteEntry& entry : AllRoutes()) {
    absl::string_view path = entry.path;
    absl::ConsumePrefix(&path, "/t/{tenant}");
    routes.insert(absl::StrCat(entry.is_post ? "POST " : "GET ", path));
  }
  for (const Auth0Route& route : Auth0Routes()) routes.insert(absl::StrCat(route.method, " ", route.path));
  for (const SapRoute& route : SapRoutes()) routes.insert(absl::StrCat(route.method, " ", route.path));
  return routes;
}

nlohmann::json Document() { return nlohmann::json::parse(OpenApiDocument(), nullptr, /*allow_exceptions=*/false); }

std::set<std::string> Operations(const nlohmann::json& document) {
  std::set<std::string> operations;
  for (const auto& [path, item] : document["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      if (operation.contains("responses")) operations.insert(absl::StrCat(absl::AsciiStrToUpper(method), " ", path));
    }
  }
  return operations;
}

TEST(OpenApiTest, ItsPathsAreTheRoutes) {
  const nlohmann::json document = Document();
  ASSERT_TRUE(document.is_object());
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_THAT(Operations(document), testing::ContainerEq(Routes()));
}

TEST(OpenApiTest, OnlyPathsOfNoTenantHaveServersOfTheirOwn) {
  std::set<std::string> of_tenants;
  for (const RouteEntry& entry : AllRoutes()) {
    absl::string_view path = entry.path;
    if (absl::ConsumePrefix(&path, "/t/{tenant}")) of_tenants.insert(std::string(path));
  }
  for (const Auth0Route& route : Auth0Routes()) of_tenants.insert(std::string(route.path));
  for (const SapRoute& route : SapRoutes()) {
    if (!route.tenant_path.empty()) of_tenants.insert(std::string(route.path));
  }
  const nlohmann::json document = Document();
  for (const auto& [path, item] : document["paths"].items()) {
    EXPECT_EQ(item.contains("servers"), of_tenants.count(path) == 0) << path;
  }
}

}  // namespace
}  // namespace signet::http
