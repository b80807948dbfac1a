// request_id (AIP-155), etag (AIP-154), pages (AIP-158) and validate_only (AIP-163), over the wire.
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

using ::testing::SizeIs;

class RequestSemanticsTest : public BackendTest {
 protected:
  Reply<v1::SigningKey> CreateKey(const std::string& fields) {
    return Call(&KeyStub::CreateKey, FromText<v1::CreateKeyRequest>(absl::StrCat("parent: '", kRing, "' ", fields)));
  }
  Reply<v1::ListKeysResponse> ListKeys(const std::string& fields = "") {
    return Call(&KeyStub::ListKeys, FromText<v1::ListKeysRequest>(absl::StrCat("parent: '", kRing, "' ", fields)));
  }
  Reply<v1::ListTenantsResponse> ListTenants(const std::string& fields = "") {
    return Call(&TenantStub::ListTenants, FromText<v1::ListTenantsRequest>(fields));
  }
  Reply<v1::ListKeyRingsResponse> ListKeyRings(const std::string& fields = "") {
    return Call(&KeyStub::ListKeyRings, FromText<v1::ListKeyRingsRequest>(absl::StrCat("parent: 'tenants/acme' ", fields)));
  }
  // All that can be seen of tenants, rings and keys.
  std::string Everything() {
    v1::GetJwksRequest jwks;
    jwks.set_parent(kTenant);
    return absl::StrCat(ListTenants()->SerializeAsString(), "|", ListKeyRings()->SerializeAsString(), "|",
                        ListKeys("show_destroyed: true")->SerializeAsString(), "|",
                        Call(&KeyStub::GetJwks, jwks)->SerializeAsString());
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, RequestSemanticsTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite),
                         BackendName);

TEST_P(RequestSemanticsTest, ARepeatedCreateKeyMakesNoSecondKey) {
  const auto first = CreateKey("request_id: 'r-1'");
  ASSERT_EQ(first.outcome(), "OK");
  const auto second = CreateKey("request_id: 'r-1'");
  EXPECT_EQ(second.outcome(), "OK");
  EXPECT_EQ(second->name(), first->name());
  EXPECT_THAT(ListKeys()->keys(), SizeIs(1));
  EXPECT_NE(CreateKey("request_id: 'r-2'")->name(), first->name());
}

TEST_P(RequestSemanticsTest, OneRequestIdWithTwoDifferentBodiesIsRefused) {
  ASSERT_EQ(CreateKey("request_id: 'r-1'").outcome(), "OK");
  const auto reply = CreateKey("request_id: 'r-1' key_id: 'other'");
  EXPECT_EQ(reply.outcome(), "INVALID_ARGUMENT REQUEST_ID_REUSED");
  EXPECT_EQ(ErrorInfoOf(reply.status).metadata().at("request_id"), "r-1");
  MakeRing("saml");
  EXPECT_EQ(
      Call(&KeyStub::DeleteKeyRing, FromText<v1::DeleteKeyRingRequest>("name: 'tenants/acme/keyRings/saml' request_id: 'r-1'"))
          .outcome(),
      "INVALID_ARGUMENT REQUEST_ID_REUSED");
}

TEST_P(RequestSemanticsTest, ARequestIdThatIsTooLongOrNotPrintableIsRefused) {
  for (const std::string& id : {std::string(129, 'r'), std::string("a\\nb"), std::string("\u00e4")}) {
    EXPECT_EQ(CreateKey(absl::StrCat("request_id: '", id, "'")).outcome(), "INVALID_ARGUMENT INVALID_FIELD");
  }
  EXPECT_EQ(CreateKey(absl::StrCat("request_id: '", std::string(128, 'r'), "'")).outcome(), "OK");
}

TEST_P(RequestSemanticsTest, ARepetitionOfAnyChangeReturnsTheFirstResult) {
  const std::string key = absl::StrCat("name: '", MakeKey().name(), "' force: true ");
  const std::vector<std::function<std::string()>> changes = {
      [&] {
        return Call(&TenantStub::CreateTenant,
                    FromText<v1::CreateTenantRequest>("tenant_id: 't' tenant { kind: SUBACCOUNT } request_id: '1'"))
            .outcome();
      },
      [&] {
        return Call(&TenantStub::UpdateTenant,
                    FromText<v1::UpdateTenantRequest>("tenant { name: 'tenants/t' display_name: 'T' } request_id: '2'"))
            .outcome();
      },
      [&] {
        return Call(&TenantStub::DeleteTenant, FromText<v1::DeleteTenantRequest>("name: 'tenants/t' request_id: '3'")).outcome();
      },
      [&] {
        return Call(&KeyStub::CreateKeyRing,
                    FromText<v1::CreateKeyRingRequest>("parent: 'tenants/acme' key_ring_id: 'r' request_id: '4'"))
            .outcome();
      },
      [&] {
        return Call(&KeyStub::UpdateKeyRing, FromText<v1::UpdateKeyRingRequest>(
                                                 "key_ring { name: 'tenants/acme/keyRings/r' algorithm: ES512 } request_id: '5'"))
            .outcome();
      },
      [&] {
        return Call(&KeyStub::DeleteKeyRing, FromText<v1::DeleteKeyRingRequest>("name: 'tenants/acme/keyRings/r' request_id: '6'"))
            .outcome();
      },
      [&] { return Call(&KeyStub::EnableKey, FromText<v1::EnableKeyRequest>(key + "request_id: '7'")).outcome(); },
      [&] { return Call(&KeyStub::DisableKey, FromText<v1::DisableKeyRequest>(key + "request_id: '8'")).outcome(); },
      [&] { return Call(&KeyStub::RevokeKey, FromText<v1::RevokeKeyRequest>(key + "request_id: '9'")).outcome(); },
      [&] { return Call(&KeyStub::DeleteKey, FromText<v1::DeleteKeyRequest>(key + "request_id: '10'")).outcome(); },
  };
  for (const auto& change : changes) EXPECT_EQ(change(), "OK");
  const std::string after = Everything();
  // In the same order again: each would fail now, or undo another, if it were done a second time.
  for (const auto& change : changes) EXPECT_EQ(change(), "OK");
  EXPECT_EQ(Everything(), after);
}

TEST_P(RequestSemanticsTest, AStaleEtagIsRefusedByEveryChangeThatTakesOne) {
  const std::string key = absl::StrCat("name: '", MakeKey().name(), "' force: true etag: 'stale'");
  MakeRing("saml");
  EXPECT_EQ(Call(&KeyStub::EnableKey, FromText<v1::EnableKeyRequest>(key)).outcome(), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(Call(&KeyStub::DisableKey, FromText<v1::DisableKeyRequest>(key)).outcome(), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(Call(&KeyStub::RevokeKey, FromText<v1::RevokeKeyRequest>(key)).outcome(), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(Call(&KeyStub::DeleteKey, FromText<v1::DeleteKeyRequest>(key)).outcome(), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(Call(&KeyStub::UpdateKeyRing, FromText<v1::UpdateKeyRingRequest>(
                                              "key_ring { name: 'tenants/acme/keyRings/saml' algorithm: ES512 etag: 'stale' }"))
                .outcome(),
            "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(Call(&KeyStub::DeleteKeyRing, FromText<v1::DeleteKeyRingRequest>("name: 'tenants/acme/keyRings/saml' etag: 'stale'"))
                .outcome(),
            "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(Call(&TenantStub::UpdateTenant,
                 FromText<v1::UpdateTenantRequest>("tenant { name: 'tenants/acme' display_name: 'A' etag: 'stale' }"))
                .outcome(),
            "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(Call(&TenantStub::DeleteTenant, FromText<v1::DeleteTenantRequest>("name: 'tenants/acme' etag: 'stale'")).outcome(),
            "ABORTED ETAG_MISMATCH");
}

TEST_P(RequestSemanticsTest, AnEtagIsStaleOnceTheResourceHasChanged) {
  const v1::SigningKey key = MakeKey();
  const auto enable = [&] {
    v1::EnableKeyRequest request;
    request.set_name(key.name());
    request.set_force(true);
    request.set_etag(key.etag());
    return Call(&KeyStub::EnableKey, request).outcome();
  };
  EXPECT_EQ(enable(), "OK");
  EXPECT_EQ(enable(), "ABORTED ETAG_MISMATCH");
}

TEST_P(RequestSemanticsTest, PagesFollowOneAnotherWithoutGapsOrRepetitions) {
  std::set<std::string> expected;
  for (int i = 0; i < 3; ++i) expected.insert(MakeKey().name());
  std::set<std::string> seen;
  std::string token;
  int pages = 0;
  do {
    const auto page = ListKeys(absl::StrCat("page_size: 2 page_token: '", token, "'"));
    ASSERT_EQ(page.outcome(), "OK");
    for (const v1::SigningKey& key : page->keys()) EXPECT_TRUE(seen.insert(key.name()).second);
    token = page->next_page_token();
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(pages, 2);
}

TEST_P(RequestSemanticsTest, APageTokenOfAnotherListIsRefused) {
  MakeTenant("b");
  MakeRing("saml");
  const std::string tenants = absl::StrCat("page_token: '", ListTenants("page_size: 1")->next_page_token(), "'");
  const std::string rings = absl::StrCat("page_token: '", ListKeyRings("page_size: 1")->next_page_token(), "'");
  EXPECT_EQ(ListTenants(tenants).outcome(), "OK");
  EXPECT_EQ(ListKeyRings(rings).outcome(), "OK");
  EXPECT_EQ(ListTenants(rings).outcome(), "INVALID_ARGUMENT PAGE_TOKEN_INVALID");
  EXPECT_EQ(ListKeyRings(tenants).outcome(), "INVALID_ARGUMENT PAGE_TOKEN_INVALID");
  EXPECT_EQ(ListKeys(rings).outcome(), "INVALID_ARGUMENT PAGE_TOKEN_INVALID");
}

TEST_P(RequestSemanticsTest, APageTokenWithOtherParametersIsRefused) {
  MakeTenant("b");
  const std::string token = ListTenants("page_size: 1")->next_page_token();
  ASSERT_NE(token, "");
  EXPECT_EQ(ListTenants(absl::StrCat("page_token: '", token, "' kind: SUBACCOUNT")).outcome(),
            "INVALID_ARGUMENT PAGE_TOKEN_INVALID");
}

TEST_P(RequestSemanticsTest, APageTokenThatNoListMadeIsRefused) {
  MakeTenant("b");
  const std::string token = ListTenants("page_size: 1")->next_page_token();
  ASSERT_NE(token, "");
  for (const std::string& made_up : {std::string("no token"), token + "x", token.substr(1)}) {
    EXPECT_EQ(ListTenants(absl::StrCat("page_token: '", made_up, "'")).outcome(), "INVALID_ARGUMENT PAGE_TOKEN_INVALID") << made_up;
  }
}

TEST_P(RequestSemanticsTest, APageSizeBelowZeroIsRefusedAndAnyOtherIsFine) {
  EXPECT_EQ(ListTenants("page_size: -1").outcome(), "INVALID_ARGUMENT INVALID_FIELD");
  EXPECT_EQ(ListKeyRings("page_size: -2147483648").outcome(), "INVALID_ARGUMENT INVALID_FIELD");
  EXPECT_EQ(ListKeys("page_size: 2147483647").outcome(), "OK");
}

TEST_P(RequestSemanticsTest, OnlyValidatingAnyChangeShowsItAndChangesNothing) {
  const v1::SigningKey key = MakeKey();
  MakeRing("saml");
  MakeTenant("empty");
  const std::string before = Everything();
  const std::string verb = absl::StrCat("name: '", key.name(), "' force: true validate_only: true request_id: 'r'");

  const auto tenant = Call(&TenantStub::CreateTenant,
                           FromText<v1::CreateTenantRequest>("tenant_id: 't' tenant { kind: SUBACCOUNT } validate_only: true"));
  EXPECT_EQ(tenant.outcome(), "OK");
  EXPECT_EQ(tenant->name(), "tenants/t");
  const auto renamed =
      Call(&TenantStub::UpdateTenant,
           FromText<v1::UpdateTenantRequest>("tenant { name: 'tenants/acme' display_name: 'A' } validate_only: true"));
  EXPECT_EQ(renamed->display_name(), "A");
  EXPECT_EQ(
      Call(&TenantStub::DeleteTenant, FromText<v1::DeleteTenantRequest>("name: 'tenants/empty' validate_only: true")).outcome(),
      "OK");
  const auto ring = Call(&KeyStub::CreateKeyRing,
                         FromText<v1::CreateKeyRingRequest>("parent: 'tenants/acme' key_ring_id: 'r' validate_only: true"));
  EXPECT_EQ(ring->name(), "tenants/acme/keyRings/r");
  const auto changed = Call(&KeyStub::UpdateKeyRing, FromText<v1::UpdateKeyRingRequest>(absl::StrCat(
                                                         "key_ring { name: '", kRing, "' algorithm: ES512 } validate_only: true")));
  EXPECT_EQ(changed->algorithm(), v1::ES512);
  EXPECT_EQ(
      Call(&KeyStub::DeleteKeyRing, FromText<v1::DeleteKeyRingRequest>("name: 'tenants/acme/keyRings/saml' validate_only: true"))
          .outcome(),
      "OK");
  const auto created = CreateKey("validate_only: true");
  EXPECT_EQ(created.outcome(), "OK");
  EXPECT_EQ(created->state(), v1::SigningKey::DISABLED);
  EXPECT_EQ(Call(&KeyStub::EnableKey, FromText<v1::EnableKeyRequest>(verb))->state(), v1::SigningKey::ENABLED);
  EXPECT_EQ(Call(&KeyStub::DisableKey, FromText<v1::DisableKeyRequest>(verb))->state(), v1::SigningKey::DISABLED);
  EXPECT_EQ(Call(&KeyStub::RevokeKey, FromText<v1::RevokeKeyRequest>(verb))->state(), v1::SigningKey::REVOKED);
  EXPECT_EQ(Call(&KeyStub::DeleteKey, FromText<v1::DeleteKeyRequest>(verb))->state(), v1::SigningKey::DESTROYED);

  EXPECT_EQ(Everything(), before);
  // The request_id is still free.
  EXPECT_EQ(CreateKey("request_id: 'r'").outcome(), "OK");
}

TEST_P(RequestSemanticsTest, OnlyValidatingRefusesWhatTheChangeWouldRefuse) {
  EXPECT_EQ(
      Call(&KeyStub::EnableKey, FromText<v1::EnableKeyRequest>(absl::StrCat("name: '", MakeKey().name(), "' validate_only: true")))
          .outcome(),
      "FAILED_PRECONDITION KEY_NOT_YET_ACTIVATABLE");
  EXPECT_EQ(CreateKey("validate_only: true key_id: 'a b'").outcome(), "INVALID_ARGUMENT INVALID_NAME");
}

}  // namespace
}  // namespace signet::testing
