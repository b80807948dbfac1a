// Wrapping keys over the wire, on each backend.
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

class WrappingKeyServiceTest : public BackendTest {
 protected:
  WrappingKeyServiceTest() {
    const auto made = Call(&KeyStub::CreateKeyRing,
                           FromText<v1::CreateKeyRingRequest>("parent: 'tenants/acme' key_ring_id: 'wrapped' "
                                                              "key_ring { protection: WRAPPED policy { activation_delay {} } }"));
    EXPECT_EQ(made.outcome(), "OK");
    EXPECT_EQ(made->protection(), v1::KeyRing::WRAPPED);
  }

  v1::ListWrappingKeysResponse List() {
    const auto list = Call(&KeyStub::ListWrappingKeys, v1::ListWrappingKeysRequest());
    EXPECT_EQ(list.outcome(), "OK");
    return list.response;
  }
  Reply<v1::WrappingKey> Rotate(const std::string& text = "") {
    return Call(&KeyStub::RotateWrappingKey, FromText<v1::RotateWrappingKeyRequest>(text));
  }
  Reply<v1::WrappingKey> Destroy(const std::string& name) {
    v1::DestroyWrappingKeyRequest request;
    request.set_name(name);
    return Call(&KeyStub::DestroyWrappingKey, request);
  }
};

TEST_P(WrappingKeyServiceTest, ShowsRotatesAndDestroysThem) {
  const v1::SigningKey key = MakeEnabledKey("tenants/acme/keyRings/wrapped");
  EXPECT_EQ(key.protection(), v1::KeyRing::WRAPPED);
  ASSERT_EQ(List().wrapping_keys_size(), 1);
  const v1::WrappingKey first = List().wrapping_keys(0);
  EXPECT_EQ(first.state(), v1::WrappingKey::CURRENT);
  EXPECT_EQ(first.wrapped_key_count(), 1);
  EXPECT_TRUE(first.has_create_time() && first.has_current_time());
  EXPECT_FALSE(first.has_former_time() || first.has_destroy_time());
  EXPECT_EQ(Destroy(first.name()).outcome(), "FAILED_PRECONDITION KEY_ENABLED");

  const auto asked = Rotate("validate_only: true");
  EXPECT_EQ(asked.outcome(), "OK");
  EXPECT_EQ(asked->name(), "");
  const auto second = Rotate("request_id: 'r'");
  ASSERT_EQ(second.outcome(), "OK");
  EXPECT_EQ(second->state(), v1::WrappingKey::CURRENT);
  EXPECT_EQ(Rotate("request_id: 'r'")->name(), second->name());
  const auto refused = Destroy(first.name());
  EXPECT_EQ(refused.outcome(), "FAILED_PRECONDITION KEY_IN_RETENTION");
  EXPECT_EQ(ErrorInfoOf(refused.status).metadata().at("wrapped_keys"), "1");
  EXPECT_EQ(List().wrapping_keys_size(), 2);
  EXPECT_EQ(Verify(MakeToken("{}", "tenants/acme/keyRings/wrapped")).outcome(), "OK");

  // Nobody needs it once its only key is revoked.
  v1::RevokeKeyRequest revoke;
  revoke.set_name(key.name());
  revoke.set_force(true);
  ASSERT_EQ(Call(&KeyStub::RevokeKey, revoke).outcome(), "OK");
  const auto destroyed = Destroy(first.name());
  EXPECT_EQ(destroyed.outcome(), "OK");
  EXPECT_EQ(destroyed->state(), v1::WrappingKey::DESTROYED);
  EXPECT_TRUE(destroyed->has_former_time() && destroyed->has_destroy_time());
  EXPECT_EQ(Destroy(first.name()).outcome(), "OK");
}

TEST_P(WrappingKeyServiceTest, RefusesNamesThatAreNone) {
  EXPECT_EQ(Destroy("").outcome(), "INVALID_ARGUMENT MISSING_FIELD");
  for (const char* name : {"wrappingKeys/", "wrappingKeys/x", "wrappingKeys/0123456789ABCDEF0123456789ABCDEF", "x",
                           "wrappingKeys/0123456789abcdef0123456789abcdef/x"}) {
    EXPECT_EQ(Destroy(name).outcome(), "INVALID_ARGUMENT INVALID_NAME") << name;
  }
  EXPECT_EQ(Destroy("wrappingKeys/0123456789abcdef0123456789abcdef").outcome(), "NOT_FOUND KEY_NOT_FOUND");
  EXPECT_EQ(Call(&KeyStub::ListWrappingKeys, FromText<v1::ListWrappingKeysRequest>("page_size: -1")).outcome(),
            "INVALID_ARGUMENT INVALID_FIELD");
}

TEST_P(WrappingKeyServiceTest, ARingThatTurnsToThemSaysSo) {
  const auto update = [this](const std::string& text) {
    return Call(&KeyStub::UpdateKeyRing,
                FromText<v1::UpdateKeyRingRequest>(absl::StrCat("key_ring { name: 'tenants/acme/keyRings/access-token' ", text)));
  };
  EXPECT_EQ(update("protection: WRAPPED }")->protection(), v1::KeyRing::WRAPPED);
  EXPECT_EQ(MakeKey().protection(), v1::KeyRing::WRAPPED);
  EXPECT_EQ(update("protection: TOKEN } update_mask { paths: 'protection' }")->protection(), v1::KeyRing::TOKEN);
  EXPECT_EQ(MakeKey().protection(), v1::KeyRing::TOKEN);
  EXPECT_EQ(update("} update_mask { paths: 'protection' }").outcome(), "INVALID_ARGUMENT MISSING_FIELD");
}

INSTANTIATE_TEST_SUITE_P(Backends, WrappingKeyServiceTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite),
                         BackendName);

}  // namespace
}  // namespace signet::testing
