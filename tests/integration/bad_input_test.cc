// Input that is wrong, and the code and reason with which it is refused. What is to be signed has bad_signing_input_test.cc.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

class BadInputTest : public BackendTest {
 protected:
  std::string GetKeyOutcome(const std::string& name) {
    v1::GetKeyRequest request;
    request.set_name(name);
    return Call(&KeyStub::GetKey, request).outcome();
  }
  std::string CreateKeyOutcome(const std::string& ring, const std::string& kid = "") {
    v1::CreateKeyRequest request;
    request.set_parent(ring);
    request.set_key_id(kid);
    return Call(&KeyStub::CreateKey, request).outcome();
  }
  // Signs data and a token; both must end alike.
  Reply<v1::SignTokenResponse> SignBoth(const std::string& ring) {
    v1::SignRequest sign;
    sign.set_key_ring(ring);
    sign.set_data("data");
    v1::SignTokenRequest token;
    token.set_key_ring(ring);
    const auto reply = Call(&KeyStub::SignToken, token);
    EXPECT_EQ(Call(&KeyStub::Sign, sign).outcome(), reply.outcome());
    return reply;
  }
  // No key is looked up by `name`: it is refused, and the reply does not repeat it at length.
  void ExpectInvalidKeyName(const std::string& name) {
    v1::GetKeyRequest request;
    request.set_name(name);
    const auto reply = Call(&KeyStub::GetKey, request);
    EXPECT_EQ(reply.outcome(), "INVALID_ARGUMENT INVALID_NAME") << name.substr(0, 100);
    EXPECT_EQ(ErrorInfoOf(reply.status).metadata().at("field"), "name");
    EXPECT_LT(reply.status.error_message().size(), 500u);
  }
  // Nothing is created by the id `id`.
  void ExpectInvalidId(const std::string& id) {
    EXPECT_EQ(CreateKeyOutcome(kRing, id), "INVALID_ARGUMENT INVALID_NAME");
    v1::CreateKeyRingRequest ring;
    ring.set_parent(kTenant);
    ring.set_key_ring_id(id);
    EXPECT_EQ(Call(&KeyStub::CreateKeyRing, ring).outcome(), "INVALID_ARGUMENT INVALID_NAME");
    v1::CreateTenantRequest tenant;
    tenant.set_tenant_id(id);
    tenant.mutable_tenant()->set_kind(v1::Tenant::SUBACCOUNT);
    EXPECT_EQ(Call(&TenantStub::CreateTenant, tenant).outcome(), "INVALID_ARGUMENT INVALID_NAME");
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, BadInputTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite), BackendName);

TEST_P(BadInputTest, AnUnknownTenantIsNotFoundAndNamed) {
  v1::GetTenantRequest tenant;
  tenant.set_name("tenants/nobody");
  const auto reply = Call(&TenantStub::GetTenant, tenant);
  EXPECT_EQ(reply.outcome(), "NOT_FOUND TENANT_NOT_FOUND");
  EXPECT_EQ(ErrorInfoOf(reply.status).metadata().at("tenant"), "tenants/nobody");

  EXPECT_EQ(CreateKeyOutcome("tenants/nobody/keyRings/access-token"), "NOT_FOUND TENANT_NOT_FOUND");
  EXPECT_EQ(GetKeyOutcome("tenants/nobody/keyRings/access-token/keys/k"), "NOT_FOUND TENANT_NOT_FOUND");
  EXPECT_EQ(SignBoth("tenants/nobody/keyRings/access-token").outcome(), "NOT_FOUND TENANT_NOT_FOUND");
  v1::GetJwksRequest jwks;
  jwks.set_parent("tenants/nobody");
  EXPECT_EQ(Call(&KeyStub::GetJwks, jwks).outcome(), "NOT_FOUND TENANT_NOT_FOUND");
  EXPECT_EQ(Verify("a.b.c", "tenants/nobody").outcome(), "NOT_FOUND TENANT_NOT_FOUND");
}

TEST_P(BadInputTest, AnUnknownRingIsNotFoundAndNamed) {
  v1::GetKeyRingRequest ring;
  ring.set_name("tenants/acme/keyRings/nothing");
  const auto reply = Call(&KeyStub::GetKeyRing, ring);
  EXPECT_EQ(reply.outcome(), "NOT_FOUND KEY_RING_NOT_FOUND");
  EXPECT_EQ(ErrorInfoOf(reply.status).metadata().at("ring"), "tenants/acme/keyRings/nothing");

  EXPECT_EQ(CreateKeyOutcome("tenants/acme/keyRings/nothing"), "NOT_FOUND KEY_RING_NOT_FOUND");
  EXPECT_EQ(GetKeyOutcome("tenants/acme/keyRings/nothing/keys/k"), "NOT_FOUND KEY_RING_NOT_FOUND");
  const auto signing = SignBoth("tenants/acme/keyRings/nothing");
  EXPECT_EQ(signing.outcome(), "NOT_FOUND KEY_RING_NOT_FOUND");
  EXPECT_EQ(ErrorInfoOf(signing.status).metadata().at("ring"), "tenants/acme/keyRings/nothing");
}

TEST_P(BadInputTest, AnUnknownKeyIsNotFoundAndNamed) {
  const std::string name = absl::StrCat(kRing, "/keys/k");
  const std::string fields = absl::StrCat("name: '", name, "'");
  v1::GetKeyRequest request;
  request.set_name(name);
  const auto reply = Call(&KeyStub::GetKey, request);
  EXPECT_EQ(reply.outcome(), "NOT_FOUND KEY_NOT_FOUND");
  EXPECT_EQ(ErrorInfoOf(reply.status).metadata().at("key"), name);

  EXPECT_EQ(Call(&KeyStub::EnableKey, FromText<v1::EnableKeyRequest>(fields)).outcome(), "NOT_FOUND KEY_NOT_FOUND");
  EXPECT_EQ(Call(&KeyStub::DisableKey, FromText<v1::DisableKeyRequest>(fields)).outcome(), "NOT_FOUND KEY_NOT_FOUND");
  EXPECT_EQ(Call(&KeyStub::RevokeKey, FromText<v1::RevokeKeyRequest>(fields)).outcome(), "NOT_FOUND KEY_NOT_FOUND");
  EXPECT_EQ(Call(&KeyStub::DeleteKey, FromText<v1::DeleteKeyRequest>(fields)).outcome(), "NOT_FOUND KEY_NOT_FOUND");
}

TEST_P(BadInputTest, ARingWithoutAnEnabledKeySignsNothing) {
  MakeKey();
  EXPECT_EQ(SignBoth(kRing).outcome(), "FAILED_PRECONDITION NO_ENABLED_KEY");
}

TEST_P(BadInputTest, AThirdKeyInARingOfTwoIsRefused) {
  ASSERT_EQ(Call(&KeyStub::CreateKeyRing, FromText<v1::CreateKeyRingRequest>(R"pb(
              parent: "tenants/acme"
              key_ring_id: "two"
              key_ring { policy { preset: SAP_BTP } })pb"))
                .outcome(),
            "OK");
  const std::string ring = "tenants/acme/keyRings/two";
  MakeKey(ring);
  MakeKey(ring);
  EXPECT_EQ(CreateKeyOutcome(ring), "FAILED_PRECONDITION KEY_LIMIT_REACHED");
}

TEST_P(BadInputTest, ARevokedKeyCannotBeEnabledEvenByForce) {
  const std::string name = absl::StrCat("name: '", MakeKey().name(), "'");
  ASSERT_EQ(Call(&KeyStub::RevokeKey, FromText<v1::RevokeKeyRequest>(name)).outcome(), "OK");
  EXPECT_EQ(Call(&KeyStub::EnableKey, FromText<v1::EnableKeyRequest>(name)).outcome(), "FAILED_PRECONDITION KEY_REVOKED");
  EXPECT_EQ(Call(&KeyStub::EnableKey, FromText<v1::EnableKeyRequest>(name + " force: true")).outcome(),
            "FAILED_PRECONDITION KEY_REVOKED");
}

TEST_P(BadInputTest, AnEnabledKeyCannotBeDeletedEvenByForce) {
  const v1::SigningKey key = MakeEnabledKey();
  const std::string name = absl::StrCat("name: '", key.name(), "'");
  EXPECT_EQ(Call(&KeyStub::DeleteKey, FromText<v1::DeleteKeyRequest>(name)).outcome(), "FAILED_PRECONDITION KEY_ENABLED");
  EXPECT_EQ(Call(&KeyStub::DeleteKey, FromText<v1::DeleteKeyRequest>(name + " force: true")).outcome(),
            "FAILED_PRECONDITION KEY_ENABLED");
  EXPECT_EQ(GetKey(key.name()).state(), v1::SigningKey::ENABLED);
}

TEST_P(BadInputTest, AnEnabledKeyIsDisabledAndRevokedByForceOnly) {
  const std::string name = absl::StrCat("name: '", MakeEnabledKey().name(), "'");
  EXPECT_EQ(Call(&KeyStub::DisableKey, FromText<v1::DisableKeyRequest>(name)).outcome(), "FAILED_PRECONDITION FORCE_REQUIRED");
  EXPECT_EQ(Call(&KeyStub::RevokeKey, FromText<v1::RevokeKeyRequest>(name)).outcome(), "FAILED_PRECONDITION KEY_ENABLED");
  EXPECT_EQ(Call(&KeyStub::RevokeKey, FromText<v1::RevokeKeyRequest>(name + " force: true")).outcome(), "OK");
}

TEST_P(BadInputTest, AnEnableTooEarlySaysWhenItWillWork) {
  const v1::SigningKey key = MakeKey();
  const auto reply = Call(&KeyStub::EnableKey, FromText<v1::EnableKeyRequest>(absl::StrCat("name: '", key.name(), "'")));
  EXPECT_EQ(reply.outcome(), "FAILED_PRECONDITION KEY_NOT_YET_ACTIVATABLE");
  EXPECT_EQ(RetryInfoOf(reply.status).retry_delay().seconds(), 300);
  EXPECT_EQ(ErrorInfoOf(reply.status).metadata().count("activatable_time"), 1u);
}

TEST_P(BadInputTest, ADeletionTooEarlySaysWhenItWillWork) {
  const std::string name = absl::StrCat("name: '", MakeEnabledKey().name(), "'");
  MakeToken();
  MakeEnabledKey();
  const auto reply = Call(&KeyStub::DeleteKey, FromText<v1::DeleteKeyRequest>(name));
  EXPECT_EQ(reply.outcome(), "FAILED_PRECONDITION KEY_IN_RETENTION");
  EXPECT_GT(RetryInfoOf(reply.status).retry_delay().seconds(), 0);
  EXPECT_EQ(ErrorInfoOf(reply.status).metadata().count("deletable_time"), 1u);
}

TEST_P(BadInputTest, ANameOfAnotherFormIsRefused) {
  for (const char* name : {"k", "tenants/acme", "tenants/acme/keyRings/access-token/keys/",
                           "tenants/acme/keyRings/access-token/keys/k/x", "/tenants/acme/keyRings/access-token/keys/k"}) {
    ExpectInvalidKeyName(name);
  }
}

TEST_P(BadInputTest, ANameWithWrongCharactersIsRefused) {
  ExpectInvalidKeyName("tenants/Acme/keyRings/access-token/keys/k");
  ExpectInvalidKeyName("tenants/../keyRings/access-token/keys/k");
  for (const std::string& kid : {std::string("a b"), std::string("\u00e4"), std::string("a\n"), std::string("k\0", 2)}) {
    ExpectInvalidKeyName(absl::StrCat(kRing, "/keys/", kid));
  }
  for (const char* id : {"a/b", "a b", "\u00e4"}) ExpectInvalidId(id);
}

TEST_P(BadInputTest, ANameOfTenThousandCharactersIsRefused) {
  const std::string long_id(10'000, 'a');
  ExpectInvalidKeyName(absl::StrCat(kRing, "/keys/", long_id));
  ExpectInvalidKeyName(absl::StrCat("tenants/acme/keyRings/", long_id, "/keys/k"));
  ExpectInvalidKeyName(absl::StrCat("tenants/", long_id, "/keyRings/access-token/keys/k"));
  ExpectInvalidId(long_id);
}

TEST_P(BadInputTest, RequiredFieldsThatAreNotSetAreNamed) {
  const auto field = [](const grpc::Status& status) {
    return absl::StrCat(OutcomeOf(status), " ", ErrorInfoOf(status).metadata().at("field"));
  };
  EXPECT_EQ(field(Call(&KeyStub::GetKey, v1::GetKeyRequest()).status), "INVALID_ARGUMENT MISSING_FIELD name");
  EXPECT_EQ(field(Call(&KeyStub::CreateKey, v1::CreateKeyRequest()).status), "INVALID_ARGUMENT MISSING_FIELD parent");
  EXPECT_EQ(field(Call(&KeyStub::CreateKeyRing, FromText<v1::CreateKeyRingRequest>("parent: 'tenants/acme'")).status),
            "INVALID_ARGUMENT MISSING_FIELD key_ring_id");
  EXPECT_EQ(field(Call(&KeyStub::UpdateKeyRing, v1::UpdateKeyRingRequest()).status), "INVALID_ARGUMENT MISSING_FIELD key_ring");
  EXPECT_EQ(field(Call(&KeyStub::UpdateKeyRing, FromText<v1::UpdateKeyRingRequest>("key_ring {}")).status),
            "INVALID_ARGUMENT MISSING_FIELD key_ring.name");
  EXPECT_EQ(field(Call(&KeyStub::Sign, FromText<v1::SignRequest>("key_ring: 'tenants/acme/keyRings/access-token'")).status),
            "INVALID_ARGUMENT MISSING_FIELD input");
  EXPECT_EQ(field(Call(&KeyStub::VerifyToken, FromText<v1::VerifyTokenRequest>("parent: 'tenants/acme'")).status),
            "INVALID_ARGUMENT MISSING_FIELD token");
  EXPECT_EQ(field(Call(&TenantStub::CreateTenant, v1::CreateTenantRequest()).status), "INVALID_ARGUMENT MISSING_FIELD tenant");
  EXPECT_EQ(field(Call(&TenantStub::CreateTenant, FromText<v1::CreateTenantRequest>("tenant {}")).status),
            "INVALID_ARGUMENT MISSING_FIELD tenant.kind");
  EXPECT_EQ(field(Call(&TenantStub::UpdateTenant, v1::UpdateTenantRequest()).status), "INVALID_ARGUMENT MISSING_FIELD tenant");
}

TEST_P(BadInputTest, NumbersThatAnEnumDoesNotHaveAreRefused) {
  for (const int number : {-1, 99, 2'000'000'000}) {
    v1::CreateTenantRequest tenant;
    tenant.mutable_tenant()->set_kind(static_cast<v1::Tenant::Kind>(number));
    EXPECT_EQ(Call(&TenantStub::CreateTenant, tenant).outcome(), "INVALID_ARGUMENT INVALID_FIELD");
    v1::ListTenantsRequest list;
    list.set_kind(static_cast<v1::Tenant::Kind>(number));
    EXPECT_EQ(Call(&TenantStub::ListTenants, list).outcome(), "INVALID_ARGUMENT INVALID_FIELD");
    v1::CreateKeyRingRequest ring;
    ring.set_parent(kTenant);
    ring.set_key_ring_id("r");
    ring.mutable_key_ring()->set_algorithm(static_cast<v1::Algorithm>(number));
    EXPECT_EQ(Call(&KeyStub::CreateKeyRing, ring).outcome(), "INVALID_ARGUMENT INVALID_FIELD");
    ring.mutable_key_ring()->clear_algorithm();
    ring.mutable_key_ring()->mutable_policy()->set_preset(static_cast<v1::KeyPolicy::Preset>(number));
    EXPECT_EQ(Call(&KeyStub::CreateKeyRing, ring).outcome(), "INVALID_ARGUMENT INVALID_FIELD");
    v1::SignRequest sign;
    sign.set_key_ring(kRing);
    sign.set_data("data");
    sign.set_signature_format(static_cast<v1::SignRequest::SignatureFormat>(number));
    EXPECT_EQ(Call(&KeyStub::Sign, sign).outcome(), "INVALID_ARGUMENT INVALID_FIELD");
  }
}

TEST_P(BadInputTest, APolicyOutOfItsRangesIsRefused) {
  for (const char* policy :
       {"max_keys: 1", "max_keys: 11", "max_keys: -1", "activation_delay { seconds: -1 }", "activation_delay { seconds: 2592001 }",
        "min_retention { seconds: 34560001 }", "max_token_ttl { seconds: 59 }", "max_token_ttl { seconds: 315576000000 }",
        "jwks_max_age { nanos: 5 }", "jwks_max_age { seconds: 86401 }", "jwks_max_age { seconds: 1 nanos: -1 }"}) {
    const auto create = FromText<v1::CreateKeyRingRequest>(
        absl::StrCat("parent: 'tenants/acme' key_ring_id: 'r' key_ring { policy {", policy, "} }"));
    EXPECT_EQ(Call(&KeyStub::CreateKeyRing, create).outcome(), "INVALID_ARGUMENT INVALID_FIELD") << policy;
    const auto update = FromText<v1::UpdateKeyRingRequest>(absl::StrCat("key_ring { name: '", kRing, "' policy {", policy, "} }"));
    EXPECT_EQ(Call(&KeyStub::UpdateKeyRing, update).outcome(), "INVALID_ARGUMENT INVALID_FIELD") << policy;
  }
}

TEST_P(BadInputTest, AMaskThatNamesNothingThatCanChangeIsRefused) {
  for (const char* path : {"nothing", "name", "etag", "create_time", "policy.nothing"}) {
    EXPECT_EQ(Call(&KeyStub::UpdateKeyRing, FromText<v1::UpdateKeyRingRequest>(absl::StrCat(
                                                "key_ring { name: '", kRing, "' } update_mask { paths: '", path, "' }")))
                  .outcome(),
              "INVALID_ARGUMENT INVALID_FIELD");
    EXPECT_EQ(Call(&TenantStub::UpdateTenant, FromText<v1::UpdateTenantRequest>(absl::StrCat(
                                                  "tenant { name: 'tenants/acme' } update_mask { paths: '", path, "' }")))
                  .outcome(),
              "INVALID_ARGUMENT INVALID_FIELD");
  }
}

TEST_P(BadInputTest, WhatExistsCannotBeCreatedAgain) {
  EXPECT_EQ(
      Call(&TenantStub::CreateTenant, FromText<v1::CreateTenantRequest>("tenant_id: 'acme' tenant { kind: SUBACCOUNT }")).outcome(),
      "ALREADY_EXISTS TENANT_EXISTS");
  EXPECT_EQ(Call(&KeyStub::CreateKeyRing, FromText<v1::CreateKeyRingRequest>("parent: 'tenants/acme' key_ring_id: 'access-token'"))
                .outcome(),
            "ALREADY_EXISTS KEY_RING_EXISTS");
  EXPECT_EQ(CreateKeyOutcome(kRing, "mine"), "OK");
  EXPECT_EQ(CreateKeyOutcome(kRing, "mine"), "ALREADY_EXISTS KEY_EXISTS");
}

TEST_P(BadInputTest, WhatOwnsSomethingCannotBeDeletedNorTheFirstRing) {
  MakeRing("saml");
  MakeKey("tenants/acme/keyRings/saml");
  EXPECT_EQ(Call(&TenantStub::DeleteTenant, FromText<v1::DeleteTenantRequest>("name: 'tenants/acme'")).outcome(),
            "FAILED_PRECONDITION TENANT_NOT_EMPTY");
  EXPECT_EQ(Call(&KeyStub::DeleteKeyRing, FromText<v1::DeleteKeyRingRequest>("name: 'tenants/acme/keyRings/saml'")).outcome(),
            "FAILED_PRECONDITION KEY_RING_NOT_EMPTY");
  EXPECT_EQ(
      Call(&KeyStub::DeleteKeyRing, FromText<v1::DeleteKeyRingRequest>("name: 'tenants/acme/keyRings/access-token'")).outcome(),
      "FAILED_PRECONDITION KEY_RING_PERMANENT");
}

TEST_P(BadInputTest, ATenantBelowItselfOrBelowASubaccountIsRefused) {
  EXPECT_EQ(Call(&TenantStub::CreateTenant, FromText<v1::CreateTenantRequest>("tenant { kind: SUBACCOUNT parent: 'tenants/acme' }"))
                .outcome(),
            "FAILED_PRECONDITION TENANT_PARENT");
  EXPECT_EQ(Call(&TenantStub::CreateTenant, FromText<v1::CreateTenantRequest>("tenant { kind: SUBACCOUNT parent: 'tenants/no' }"))
                .outcome(),
            "NOT_FOUND TENANT_NOT_FOUND");
  EXPECT_EQ(
      Call(&TenantStub::UpdateTenant, FromText<v1::UpdateTenantRequest>("tenant { name: 'tenants/acme' parent: 'tenants/acme' }"))
          .outcome(),
      "FAILED_PRECONDITION TENANT_PARENT");
}

TEST_P(BadInputTest, AHostAliasOfAnotherTenantIsRefused) {
  ASSERT_EQ(Call(&TenantStub::UpdateTenant,
                 FromText<v1::UpdateTenantRequest>("tenant { name: 'tenants/acme' host_aliases: 'a.example' }"))
                .outcome(),
            "OK");
  const auto reply =
      Call(&TenantStub::CreateTenant, FromText<v1::CreateTenantRequest>("tenant { kind: SUBACCOUNT host_aliases: 'a.example' }"));
  EXPECT_EQ(reply.outcome(), "ALREADY_EXISTS HOST_ALIAS_EXISTS");
  EXPECT_EQ(ErrorInfoOf(reply.status).metadata().at("host_alias"), "a.example");
}

}  // namespace
}  // namespace signet::testing
