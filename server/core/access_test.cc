#include "server/core/access.h"

#include <set>
#include <string>

#include "base/error.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

Principal WithScopes(ScopeSet scopes, std::optional<keystore::TenantId> tenant = keystore::TenantId("acme")) {
  return {.name = "tenants/acme/credentials/ci", .tenant = std::move(tenant), .scopes = scopes};
}

TEST(AccessTest, NoCallHasTwoRules) {
  std::set<std::string> methods;
  for (const AccessRule& rule : access_rules::kAll) EXPECT_TRUE(methods.insert(rule.method).second) << rule.method;
}

TEST(AccessTest, TheRuleOfACallIsFoundByTheCompiler) {
  static_assert(RuleOf("signet.v1.KeyService/Sign").scopes == ScopeSet{Scope::kSignDigests});
  static_assert(RuleOf("signet.v1.KeyService/SignToken").call_class == CallClass::kSigning);
  static_assert(RuleOf("GET /livez").who == AccessRule::Who::kAnybody);
}

TEST(AccessTest, WhatAnybodyMayCallNeedsNoScope) {
  for (const AccessRule& rule : access_rules::kAll) {
    EXPECT_TRUE(rule.who != AccessRule::Who::kAnybody || rule.scopes.empty()) << rule.method;
  }
}

TEST(AccessTest, ReadScopesAloneChangeNothing) {
  const std::set<std::string> reading = {"Get", "List", "Preview", "Watch", "VerifyA", "VerifyT", "Fetch", "Metadata"};
  for (const AccessRule& rule : access_rules::kAll) {
    const std::string method = rule.method;
    if (rule.who == AccessRule::Who::kAnybody || method.find('/') == std::string::npos || method.rfind("GET ", 0) == 0) continue;
    const std::string name = method.substr(method.find('/') + 1);
    bool reads = false;
    for (const std::string& prefix : reading) reads = reads || name.rfind(prefix, 0) == 0;
    EXPECT_EQ(ScopeSet::ReadOnly().HasAll(rule.scopes), reads) << rule.method;
  }
}

TEST(AccessTest, ACallNeedsAllOfItsScopes) {
  constexpr const AccessRule& rotate = RuleOf("signet.v1.KeyService/RotateKeys");
  EXPECT_TRUE(CheckAccess(rotate, WithScopes(ScopeSet::All())).ok());
  EXPECT_TRUE(CheckAccess(rotate, WithScopes({Scope::kCreateSigningKeys, Scope::kUpdateSigningKeys})).ok());
  for (const ScopeSet lacking : {ScopeSet(), ScopeSet{Scope::kCreateSigningKeys}, ScopeSet{Scope::kUpdateSigningKeys}}) {
    const absl::Status status = CheckAccess(rotate, WithScopes(lacking));
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(GetReason(status), "INSUFFICIENT_SCOPE");
    EXPECT_EQ(GetErrorDetail(status)->metadata.at("expected"), "create:signing_keys update:signing_keys");
    EXPECT_EQ(status.message(), "insufficient scope; expected create:signing_keys and update:signing_keys");
  }
}

TEST(AccessTest, WhatIsAboutAllTenantsNeedsOneWhoReachesThem) {
  constexpr const AccessRule& verify = RuleOf("signet.v1.AuditService/VerifyAuditLog");
  EXPECT_TRUE(CheckAccess(verify, WithScopes(ScopeSet::All(), std::nullopt)).ok());
  EXPECT_TRUE(CheckAccess(verify, WithScopes(ScopeSet::All(), keystore::TenantId("system"))).ok());
  const absl::Status status = CheckAccess(verify, WithScopes(ScopeSet::All()));
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetReason(status), "OUT_OF_REACH");
}

}  // namespace
}  // namespace signet::core
