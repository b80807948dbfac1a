// Who may make which call: credentials, scopes and rates, for every method that there is.
#include "server/core/access.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "server/core/scope.h"
#include "tests/integration/api_methods.h"
#include "tests/integration/rpc_test.h"
#include "tests/integration/scripted_authenticator.h"

namespace signet::testing {
namespace {

using core::AccessRule;
using core::Scope;
using core::ScopeSet;
constexpr char kPublic[] = "signet.v1.KeyService/GetJwks";

const AccessRule& RuleFor(const std::string& method) {
  for (const AccessRule& rule : core::access_rules::kAll) {
    if (rule.method == method) return rule;
  }
  ADD_FAILURE() << method << " has no rule";
  return core::access_rules::kAll[0];
}

std::vector<Scope> ScopesIn(ScopeSet scopes) {
  std::vector<Scope> result;
  for (int i = 0; i <= static_cast<int>(Scope::kReadAudit); ++i) {
    if (scopes.Has(static_cast<Scope>(i))) result.push_back(static_cast<Scope>(i));
  }
  return result;
}

CallOptions Bearer(const std::string& token) { return {.metadata = {{"authorization", "Bearer " + token}}}; }

// AccessTest is a server that knows the callers whom a test sets.
class AccessTest : public ::testing::Test {
 protected:
  explicit AccessTest(const core::RateLimiter::Options& rates = {})
      : server_({.authenticator = &authenticator_, .rates = rates}),
        channel_(server_.Connect()),
        key_stub_(v1::KeyService::NewStub(channel_)),
        tenant_stub_(v1::TenantService::NewStub(channel_)) {
    authenticator_.Set("local", core::LocalPrincipal());
    for (const char* id : {"acme", "other"}) {
      v1::CreateTenantRequest request;
      request.set_tenant_id(id);
      request.mutable_tenant()->set_kind(v1::Tenant::SUBACCOUNT);
      EXPECT_EQ(Call(*tenant_stub_, &TenantStub::CreateTenant, request, Bearer("local")).outcome(), "OK");
    }
  }

  // Calls a method with an empty request.
  grpc::Status CallEmpty(const std::string& method, const CallOptions& options) {
    return CallRaw(channel_, "/" + method, "", options).status;
  }
  std::string GetTenant(const std::string& name, const CallOptions& options) {
    v1::GetTenantRequest request;
    request.set_name(name);
    return Call(*tenant_stub_, &TenantStub::GetTenant, request, options).outcome();
  }

  ScriptedAuthenticator authenticator_;
  TestServer server_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<KeyStub> key_stub_;
  const std::unique_ptr<TenantStub> tenant_stub_;
};

TEST_F(AccessTest, WithoutCredentialsNoMethodAnswersButTheJwks) {
  for (const auto* method : ApiMethods()) {
    const std::string name = FullNameOf(*method);
    const std::string outcome = OutcomeOf(CallEmpty(name, {}));
    EXPECT_EQ(outcome, name == kPublic ? "INVALID_ARGUMENT MISSING_FIELD" : "UNAUTHENTICATED CREDENTIALS_MISSING") << name;
    const std::string with_unknown = OutcomeOf(CallEmpty(name, Bearer("unknown")));
    EXPECT_EQ(with_unknown, name == kPublic ? "INVALID_ARGUMENT MISSING_FIELD" : "UNAUTHENTICATED BEARER_TOKEN_INVALID") << name;
  }
}

TEST_F(AccessTest, HealthAndTheJwksAnswerAnybody) {
  grpc::health::v1::Health::Stub health(channel_);
  EXPECT_TRUE(Call(health, &grpc::health::v1::Health::Stub::Check, grpc::health::v1::HealthCheckRequest()).status.ok());
  v1::GetJwksRequest request;
  request.set_parent("tenants/acme");
  EXPECT_EQ(Call(*key_stub_, &KeyStub::GetJwks, request).outcome(), "OK");
}

TEST_F(AccessTest, EveryMethodIsRefusedToWhoLacksOneOfItsScopes) {
  for (const auto* method : ApiMethods()) {
    const std::string name = FullNameOf(*method);
    const AccessRule& rule = RuleFor(name);
    for (const Scope lacking : ScopesIn(rule.scopes)) {
      authenticator_.Set("t", PrincipalOf("acme", ScopeSet::All() - ScopeSet{lacking}));
      const grpc::Status status = CallEmpty(name, Bearer("t"));
      EXPECT_EQ(OutcomeOf(status), "PERMISSION_DENIED INSUFFICIENT_SCOPE") << name;
      EXPECT_EQ(ErrorInfoOf(status).metadata().at("expected"), core::FormatScopes(rule.scopes)) << name;
    }
    authenticator_.Set("t", PrincipalOf("acme", {}));
    const bool refused = OutcomeOf(CallEmpty(name, Bearer("t"))) == "PERMISSION_DENIED INSUFFICIENT_SCOPE";
    EXPECT_EQ(refused, !rule.scopes.empty()) << name;
  }
}

TEST_F(AccessTest, EveryMethodIsOpenToWhoHasItsScopesAndNoOthers) {
  for (const auto* method : ApiMethods()) {
    const std::string name = FullNameOf(*method);
    core::Principal principal = core::LocalPrincipal();
    principal.scopes = RuleFor(name).scopes;
    authenticator_.Set("t", principal);
    const grpc::StatusCode code = CallEmpty(name, Bearer("t")).error_code();
    EXPECT_NE(code, grpc::StatusCode::PERMISSION_DENIED) << name;
    EXPECT_NE(code, grpc::StatusCode::UNAUTHENTICATED) << name;
  }
}

TEST_F(AccessTest, WhatIsAboutAllTenantsIsRefusedToWhoReachesSome) {
  authenticator_.Set("t", PrincipalOf("acme"));
  for (const char* method : {"AuditService/VerifyAuditLog", "KeyService/ListWrappingKeys", "KeyService/RotateWrappingKey",
                             "KeyService/DestroyWrappingKey"}) {
    EXPECT_EQ(OutcomeOf(CallEmpty(absl::StrCat("signet.v1.", method), Bearer("t"))), "PERMISSION_DENIED OUT_OF_REACH") << method;
  }
  EXPECT_EQ(OutcomeOf(CallRaw(channel_, "/signet.v1.TenantService/CreateTenant",
                              FromText<v1::CreateTenantRequest>("tenant { kind: SUBACCOUNT }").SerializeAsString(), Bearer("t"))
                          .status),
            "PERMISSION_DENIED OUT_OF_REACH");
}

TEST_F(AccessTest, TwoAuthorizationsAreRefusedWhoeverTheyAre) {
  authenticator_.Set("t", PrincipalOf("acme"));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer t");
  context.AddMetadata("authorization", "Bearer t");
  v1::GetTenantRequest request;
  request.set_name("tenants/acme");
  v1::Tenant response;
  EXPECT_EQ(OutcomeOf(tenant_stub_->GetTenant(&context, request, &response)), "UNAUTHENTICATED BEARER_TOKEN_INVALID");
}

TEST_F(AccessTest, TheLogNamesThePrincipalAndNeverTheToken) {
  authenticator_.Set("secret-token", PrincipalOf("acme"));
  EXPECT_EQ(GetTenant("tenants/acme", Bearer("secret-token")), "OK");
  const auto line = server_.log().lines().back();
  EXPECT_EQ(line.Text("principal"), "tenants/acme/credentials/ci");
  EXPECT_EQ(GetTenant("tenants/acme", Bearer("other-secret-token")), "UNAUTHENTICATED BEARER_TOKEN_INVALID");
  const auto refused = server_.log().lines().back();
  EXPECT_FALSE(refused.fields.contains("principal"));
  EXPECT_EQ(refused.Text("reason"), "BEARER_TOKEN_INVALID");
  for (const auto& logged : server_.log().lines()) {
    for (const auto& [name, value] : logged.fields) {
      const auto* text = std::get_if<std::string>(&value);
      EXPECT_TRUE(text == nullptr || !absl::StrContains(*text, "secret-token")) << name;
    }
  }
}

TEST_F(AccessTest, EventsNameThePrincipal) {
  authenticator_.Set("t", PrincipalOf("acme"));
  v1::CreateKeyRingRequest request;
  request.set_parent("tenants/acme");
  request.set_key_ring_id("ring");
  EXPECT_EQ(Call(*key_stub_, &KeyStub::CreateKeyRing, request, Bearer("t")).outcome(), "OK");
  const auto audit = v1::AuditService::NewStub(channel_);
  const auto events = Call(*audit, &AuditStub::ListEvents, FromText<v1::ListEventsRequest>("action: 'CreateKeyRing'"), Bearer("t"));
  ASSERT_EQ(events->events_size(), 1);
  EXPECT_EQ(events->events(0).actor(), "tenants/acme/credentials/ci");
}

TEST_F(AccessTest, ASigningProfileLimitsTheRings) {
  core::Principal principal = PrincipalOf("acme");
  principal.signing_profile.key_rings = {keystore::RingId("saml")};
  authenticator_.Set("t", principal);
  const std::string ring = "key_ring: 'tenants/acme/keyRings/access-token'";
  EXPECT_EQ(Call(*key_stub_, &KeyStub::SignToken, FromText<v1::SignTokenRequest>(ring), Bearer("t")).outcome(),
            "PERMISSION_DENIED SIGNING_PROFILE");
  EXPECT_EQ(Call(*key_stub_, &KeyStub::Sign, FromText<v1::SignRequest>(ring + " data: 'x'"), Bearer("t")).outcome(),
            "PERMISSION_DENIED SIGNING_PROFILE");
}

// QuotaTest lets a principal make 2 administrative calls at once and then 1 a second, and a tenant's principals 3 together.
class QuotaTest : public AccessTest {
 protected:
  static core::RateLimiter::Options Rates() {
    core::RateLimiter::Options rates;
    rates.administrative = {.per_principal = {.per_second = 1, .burst = 4}, .per_tenant = {.per_second = 1, .burst = 6}};
    return rates;
  }
  QuotaTest() : AccessTest(Rates()) {
    authenticator_.Set("a", PrincipalOf("acme", ScopeSet::All(), "a"));
    authenticator_.Set("b", PrincipalOf("acme", ScopeSet::All(), "b"));
    authenticator_.Set("o", PrincipalOf("other"));
  }
};

TEST_F(QuotaTest, WhoCallsTooFastIsToldWhenToGoOnAndTakesNothingFromOthers) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(GetTenant("tenants/acme", Bearer("a")), "OK");
  v1::GetTenantRequest request;
  request.set_name("tenants/acme");
  for (int i = 0; i < 100; ++i) {
    const auto reply = Call(*tenant_stub_, &TenantStub::GetTenant, request, Bearer("a"));
    ASSERT_EQ(reply.outcome(), "RESOURCE_EXHAUSTED RATE_LIMITED");
    EXPECT_EQ(RetryInfoOf(reply.status).retry_delay().seconds(), 1);
  }
  EXPECT_EQ(GetTenant("tenants/acme", Bearer("b")), "OK");
  EXPECT_EQ(GetTenant("tenants/acme", Bearer("b")), "OK");
  EXPECT_EQ(GetTenant("tenants/acme", Bearer("b")), "RESOURCE_EXHAUSTED RATE_LIMITED") << "the tenant's share";
  EXPECT_EQ(GetTenant("tenants/other", Bearer("o")), "OK");
  server_.clock().Advance(absl::Seconds(1));
  EXPECT_EQ(GetTenant("tenants/acme", Bearer("a")), "OK");
}

TEST_F(QuotaTest, WhatIsRefusedForItsScopeCountsToo) {
  authenticator_.Set("a", PrincipalOf("acme", {}, "a"));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(GetTenant("tenants/acme", Bearer("a")), "PERMISSION_DENIED INSUFFICIENT_SCOPE");
  EXPECT_EQ(GetTenant("tenants/acme", Bearer("a")), "RESOURCE_EXHAUSTED RATE_LIMITED");
}

TEST_F(QuotaTest, CallsOfAnotherClassAreCountedApart) {
  for (int i = 0; i < 5; ++i) GetTenant("tenants/acme", Bearer("a"));
  const v1::VerifyTokenRequest request = FromText<v1::VerifyTokenRequest>("parent: 'tenants/acme' token: 'x'");
  EXPECT_EQ(Call(*key_stub_, &KeyStub::VerifyToken, request, Bearer("a")).outcome(), "INVALID_ARGUMENT TOKEN_MALFORMED");
}

}  // namespace
}  // namespace signet::testing
