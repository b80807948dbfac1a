// Keys of WRAPPED rings on the real binary with SoftHSM: their life, restarts, and a store that somebody changed.
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/dev_server.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using Stub = v1::KeyService::Stub;

std::string* signetd_path;

constexpr char kRing[] = "tenants/dev/keyRings/access-token";

class WrappedKeysTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Start();
    // The default names the port, which is another one after a restart.
    v1::UpdateTenantRequest update;
    update.mutable_tenant()->set_name("tenants/dev");
    update.mutable_tenant()->set_issuer("https://issuer.example");
    update.mutable_update_mask()->add_paths("issuer");
    const auto updated = client_->Call(&v1::TenantService::Stub::UpdateTenant, update);
    ASSERT_TRUE(updated.ok()) << updated.status();
  }

  void Start() {
    ASSERT_TRUE(server_.Start()) << server_.log();
    client_ = server_.Connect();
  }

  // Has the next keys of `ring` wrapped.
  void Wrap(const std::string& ring = kRing) {
    v1::UpdateKeyRingRequest update;
    update.mutable_key_ring()->set_name(ring);
    update.mutable_key_ring()->set_protection(v1::KeyRing::WRAPPED);
    const auto updated = client_->Call(&Stub::UpdateKeyRing, update);
    ASSERT_TRUE(updated.ok()) << updated.status();
    EXPECT_EQ(updated->protection(), v1::KeyRing::WRAPPED);
  }
  absl::StatusOr<v1::KeyRing> CreateRing(const std::string& id, v1::Algorithm algorithm, v1::KeyRing::Protection protection) {
    v1::CreateKeyRingRequest request;
    request.set_parent("tenants/dev");
    request.set_key_ring_id(id);
    request.mutable_key_ring()->set_algorithm(algorithm);
    request.mutable_key_ring()->set_protection(protection);
    request.mutable_key_ring()->mutable_policy()->mutable_activation_delay();
    return client_->Call(&Stub::CreateKeyRing, request);
  }
  v1::RotateKeysResponse Rotate(const std::string& ring, bool purge = false) {
    v1::RotateKeysRequest request;
    request.set_name(ring);
    request.set_purge(purge);
    const auto rotated = client_->Call(&Stub::RotateKeys, request);
    EXPECT_TRUE(rotated.ok()) << rotated.status();
    return rotated.ok() ? *rotated : v1::RotateKeysResponse();
  }
  absl::StatusOr<v1::SignTokenResponse> Sign(const std::string& ring = kRing) {
    v1::SignTokenRequest request;
    request.set_key_ring(ring);
    return client_->Call(&Stub::SignToken, request);
  }
  bool Verifies(const std::string& token) {
    v1::VerifyTokenRequest request;
    request.set_parent("tenants/dev");
    request.set_token(token);
    return client_->Call(&Stub::VerifyToken, request).ok();
  }
  std::string Jwks() {
    v1::GetJwksRequest request;
    request.set_parent("tenants/dev");
    return client_->Call(&Stub::GetJwks, request)->json();
  }
  int ObjectsOnToken() const {
    int objects = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(server_.data_dir() + "/tokens")) {
      objects += entry.path().extension() == ".object" ? 1 : 0;
    }
    return objects;
  }
  std::vector<std::string> Actions() {
    v1::ListEventsRequest request;
    request.set_page_size(1000);
    std::vector<std::string> actions;
    const v1::ListEventsResponse reply = client_->Call(&v1::AuditService::Stub::ListEvents, request).value();
    for (const v1::Event& event : reply.events()) {
      actions.push_back(event.action());
    }
    return actions;
  }
  std::string Metrics() {
    return RunShell(absl::StrCat("curl --silent --cacert ", server_.data_dir(), "/ca.pem --header 'Authorization: Bearer ",
                                 server_.AccessToken(), "' ", server_.announcement().value("https_url", ""), "/metrics"))
        .out;
  }
  // Runs SQL on the store, whose server has ended; the first column of the last row.
  std::string Sql(const std::string& statements) const {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open((server_.data_dir() + "/signet.db").c_str(), &database), SQLITE_OK);
    std::string last;
    const auto keep = [](void* text, int, char** values, char**) {
      *static_cast<std::string*>(text) = values[0] == nullptr ? "" : values[0];
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database, statements.c_str(), keep, &last, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
    return last;
  }

  TestFolder folder_;
  DevServer server_{*signetd_path, folder_};
  std::unique_ptr<client::Client> client_;
};

TEST_F(WrappedKeysTest, LiveAsOthersDoAndLeaveNothingOnTheToken) {
  const int without = ObjectsOnToken();
  Wrap();
  const int with_wrapping_key = ObjectsOnToken();
  EXPECT_EQ(with_wrapping_key, without + 2) << "one key that wraps, and one that binds";
  Rotate(kRing);
  const auto first = Sign();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(Verifies(first->token()));
  EXPECT_THAT(Jwks(), HasSubstr(first->key().substr(first->key().rfind('/') + 1)));
  v1::GetKeyRequest get;
  get.set_name(first->key());
  EXPECT_EQ(client_->Call(&Stub::GetKey, get)->protection(), v1::KeyRing::WRAPPED);

  server_.Kill();
  Start();
  const auto after_restart = Sign();
  ASSERT_TRUE(after_restart.ok()) << after_restart.status();
  EXPECT_EQ(after_restart->key(), first->key());
  EXPECT_TRUE(Verifies(first->token()) && Verifies(after_restart->token()));
  EXPECT_TRUE(Sign().ok());
  const std::string metrics = Metrics();
  EXPECT_THAT(metrics, HasSubstr("\nsignet_unwrapped_keys 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nsignet_unwraps_total{outcome=\"ok\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nsignet_unwrapped_key_lookups_total{outcome=\"miss\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nsignet_unwrapped_key_lookups_total{outcome=\"hit\"} 1\n"));

  Rotate(kRing, true);
  const auto purged = Sign();
  ASSERT_TRUE(purged.ok()) << purged.status();
  EXPECT_NE(purged->key(), first->key());
  EXPECT_TRUE(Verifies(purged->token()));
  EXPECT_FALSE(Verifies(first->token()));
  EXPECT_EQ(ObjectsOnToken(), with_wrapping_key);
  EXPECT_THAT(Actions(), IsSupersetOf({"CreateWrappingKey", "WrappingKeyGenerated", "KeyGenerated", "PrivateKeyDestroyed"}));
  EXPECT_EQ(server_.Stop(), 0) << server_.log();
  EXPECT_EQ(Sql("SELECT count(*) FROM wrapped_keys"),
            Sql("SELECT count(*) FROM signing_keys WHERE tenant = 'dev' AND state IN ('DISABLED', 'ENABLED')"));
}

TEST_F(WrappedKeysTest, AreRefusedToARingWhoseKeysTheTokenCannotWrap) {
  const auto refused = CreateRing("ed", v1::ED25519, v1::KeyRing::WRAPPED);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition) << refused.status();
  EXPECT_EQ(GetReason(refused.status()), "HSM_UNSUPPORTED");
  EXPECT_TRUE(CreateRing("ed", v1::ED25519, v1::KeyRing::TOKEN).ok());
  for (const v1::Algorithm algorithm : {v1::ES384, v1::RS256_2048}) {
    const std::string id = absl::StrCat("ring", algorithm);
    const auto ring = CreateRing(id, algorithm, v1::KeyRing::WRAPPED);
    ASSERT_TRUE(ring.ok()) << ring.status();
    Rotate(ring->name());
    const auto token = Sign(ring->name());
    ASSERT_TRUE(token.ok()) << token.status();
    EXPECT_TRUE(Verifies(token->token()));
  }
}

TEST_F(WrappedKeysTest, AreWrappedAnewWhileTheySignAndThenTheFormerWrappingKeyCanGo) {
  Wrap();
  const int with_wrapping_key = ObjectsOnToken();
  std::vector<std::string> rings = {kRing};
  for (int i = 0; i < 20; ++i) {
    const auto ring = CreateRing(absl::StrCat("ring", i), v1::ES256, v1::KeyRing::WRAPPED);
    ASSERT_TRUE(ring.ok()) << ring.status();
    rings.push_back(ring->name());
  }
  for (const std::string& ring : rings) Rotate(ring);
  const auto before = Sign();
  ASSERT_TRUE(before.ok()) << before.status();

  const auto second = client_->Call(&Stub::RotateWrappingKey, v1::RotateWrappingKeyRequest());
  ASSERT_TRUE(second.ok()) << second.status();
  v1::WrappingKey first;
  do {
    const auto list = client_->Call(&Stub::ListWrappingKeys, v1::ListWrappingKeysRequest());
    ASSERT_TRUE(list.ok()) << list.status();
    ASSERT_EQ(list->wrapping_keys_size(), 2);
    first = list->wrapping_keys(0);
    EXPECT_EQ(first.state(), v1::WrappingKey::FORMER);
    for (const std::string& ring : rings) EXPECT_TRUE(Sign(ring).ok());
  } while (first.wrapped_key_count() > 0);

  v1::DestroyWrappingKeyRequest destroy;
  destroy.set_name(first.name());
  const auto destroyed = client_->Call(&Stub::DestroyWrappingKey, destroy);
  ASSERT_TRUE(destroyed.ok()) << destroyed.status();
  EXPECT_EQ(ObjectsOnToken(), with_wrapping_key);
  server_.Kill();
  Start();
  for (const std::string& ring : rings) EXPECT_TRUE(Sign(ring).ok());
  EXPECT_EQ(Sign()->key(), before->key());
  EXPECT_TRUE(Verifies(before->token()));
}

TEST_F(WrappedKeysTest, OfAnotherRingInTheStoreSignNothing) {
  Wrap();
  ASSERT_TRUE(CreateRing("other", v1::ES256, v1::KeyRing::WRAPPED).ok());
  const std::string kOther = "tenants/dev/keyRings/other";
  Rotate(kRing);
  Rotate(kOther);
  ASSERT_TRUE(Sign(kOther).ok());
  ASSERT_EQ(server_.Stop(), 0) << server_.log();
  const auto uid = [&](const std::string& ring) {
    return Sql(absl::StrCat("SELECT uid FROM signing_keys WHERE tenant = 'dev' AND state = 'ENABLED' AND ring = '", ring, "'"));
  };
  // All that was wrapped, in the place of the other's.
  Sql(
      absl::StrCat("UPDATE wrapped_keys SET (public_key, blob, mac) = (SELECT public_key, blob, mac FROM wrapped_keys WHERE "
                   "key_uid = '",
                   uid("other"), "') WHERE key_uid = '", uid("access-token"), "'"));
  Start();
  const auto stolen = Sign();
  EXPECT_EQ(GetReason(stolen.status()), "STORE_CORRUPT") << stolen.status();
  EXPECT_TRUE(Sign(kOther).ok());
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
