#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/dev_server.h"
#include "tests/e2e/store_lock.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

std::string* signetd_path;
std::string* module_path;

// HungTokenTest has a server with a key that signs, whose token can be made to hang.
class HungTokenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.Start({{"SOFTHSM2_MODULE", *module_path}, {"SIGNET_HANG_FILE", hang_file_}})) << server_.log();
    url_ = server_.announcement().value("https_url", "");
    ASSERT_EQ(Status("/readyz"), "200");
  }

  void Hang() { std::ofstream(hang_file_) << "x"; }
  void Recover() { std::filesystem::remove(hang_file_); }

  // What curl prints of a GET that waits no longer than 5 seconds.
  std::string Curl(const std::string& options, const std::string& path) const {
    return RunShell(absl::StrCat("curl --silent --max-time 5 --cacert ", server_.data_dir(), "/ca.pem ", options, " ", url_, path))
        .out;
  }
  std::string Status(const std::string& path, const std::string& options = "") const {
    return Curl("--output /dev/null --write-out '%{http_code}' " + options, path);
  }
  void WaitForStatus(const std::string& path, absl::string_view status) const {
    while (Status(path) != status) {
    }
  }

  TestFolder folder_;
  DevServer server_{*signetd_path, folder_};
  const std::string hang_file_ = folder_ / "hang";
  std::string url_;
};

TEST_F(HungTokenTest, IsReportedWhileTheJwksIsServedAndForgottenOnceItAnswers) {
  Hang();
  WaitForStatus("/readyz", "503");
  EXPECT_EQ(Status("/livez"), "200");
  EXPECT_EQ(Status("/t/dev/.well-known/jwks.json"), "200");
  EXPECT_THAT(server_.log(), HasSubstr(R"("message":"does not work","subject":"hsm")"));
  Recover();
  WaitForStatus("/readyz", "200");
  EXPECT_THAT(server_.log(), HasSubstr(R"("message":"works again","subject":"hsm")"));
  EXPECT_EQ(server_.Stop(), 0);
}

TEST_F(HungTokenTest, AndALostStoreLeaveTheJwksAsItIsWhileARotationIsStuck) {
  constexpr char kRing[] = "tenants/dev/keyRings/stuck";
  constexpr char kJwks[] = "/t/dev/.well-known/jwks.json";
  const auto client = server_.Connect();
  v1::CreateKeyRingRequest ring;
  ring.set_parent("tenants/dev");
  ring.set_key_ring_id("stuck");
  // No NEXT key, so that the rotation has to make it.
  ring.mutable_key_ring()->mutable_policy()->set_preset(v1::KeyPolicy::SAP_BTP);
  ring.mutable_key_ring()->mutable_policy()->mutable_activation_delay();
  ASSERT_TRUE(client->Call(&v1::KeyService::Stub::CreateKeyRing, ring).ok());
  v1::CreateKeyRequest create;
  create.set_parent(kRing);
  const auto key = client->Call(&v1::KeyService::Stub::CreateKey, create);
  ASSERT_TRUE(key.ok()) << key.status();
  v1::EnableKeyRequest enable;
  enable.set_name(key->name());
  ASSERT_TRUE(client->Call(&v1::KeyService::Stub::EnableKey, enable).ok());
  const std::string jwks = Curl("", kJwks);
  const std::string etag = Curl("--output /dev/null --write-out '%header{etag}'", kJwks);
  ASSERT_THAT(jwks, HasSubstr(key->kid()));

  Hang();
  std::future<absl::StatusOr<v1::RotateKeysResponse>> rotation = std::async(std::launch::async, [&] {
    v1::RotateKeysRequest rotate;
    rotate.set_name(kRing);
    return client->Call(&v1::KeyService::Stub::RotateKeys, rotate);
  });
  WaitForStatus("/readyz", "503");
  std::optional<StoreLock> lost(server_.data_dir() + "/signet.db");
  while (!absl::StrContains(Curl("", "/readyz"), "\"store\"")) {
  }
  EXPECT_EQ(Curl("", kJwks), jwks);
  EXPECT_EQ(Curl("--output /dev/null --write-out '%header{etag}'", kJwks), etag);
  EXPECT_EQ(Status(kJwks), "200");
  EXPECT_EQ(Status(kJwks, absl::StrCat("--header 'If-None-Match: ", etag, "'")), "304");
  EXPECT_EQ(Status("/t/dev/.well-known/openid-configuration"), "200");
  EXPECT_EQ(rotation.wait_for(std::chrono::seconds(0)), std::future_status::timeout);

  lost.reset();
  Recover();
  const auto rotated = rotation.get();
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  EXPECT_NE(rotated->keys(0).name(), key->name());
  EXPECT_THAT(Curl("", kJwks), HasSubstr(rotated->keys(0).kid()));
  EXPECT_EQ(Status(kJwks, absl::StrCat("--header 'If-None-Match: ", etag, "'")), "200");
  WaitForStatus("/readyz", "200");
}

TEST_F(HungTokenTest, CostsWrappedKeysNothingButThatWhileWhetherTheyAreUnwrappedOrNot) {
  using Stub = v1::KeyService::Stub;
  auto client = server_.Connect();
  const std::string rings[] = {"tenants/dev/keyRings/warm", "tenants/dev/keyRings/cold"};
  for (const std::string& name : rings) {
    v1::CreateKeyRingRequest create;
    create.set_parent("tenants/dev");
    create.set_key_ring_id(name.substr(name.rfind('/') + 1));
    create.mutable_key_ring()->set_protection(v1::KeyRing::WRAPPED);
    create.mutable_key_ring()->mutable_policy()->mutable_activation_delay();
    ASSERT_TRUE(client->Call(&Stub::CreateKeyRing, create).ok());
    v1::RotateKeysRequest rotate;
    rotate.set_name(name);
    ASSERT_TRUE(client->Call(&Stub::RotateKeys, rotate).ok());
  }
  // The server forgets what was unwrapped.
  ASSERT_EQ(server_.Stop(), 0);
  ASSERT_TRUE(server_.Start({{"SOFTHSM2_MODULE", *module_path}, {"SIGNET_HANG_FILE", hang_file_}})) << server_.log();
  client = server_.Connect();
  const auto sign = [](client::Client& with, const std::string& ring) {
    v1::SignTokenRequest request;
    request.set_key_ring(ring);
    return with.Call(&Stub::SignToken, request).status();
  };
  ASSERT_TRUE(sign(*client, rings[0]).ok());

  Hang();
  const auto impatient = server_.Connect(absl::Seconds(1));
  for (const std::string& ring : rings) {
    const absl::Status status = sign(*impatient, ring);
    EXPECT_TRUE(absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) << status;
  }
  Recover();
  for (const std::string& ring : rings) {
    absl::Status status;
    do {
      status = sign(*client, ring);
    } while (absl::IsUnavailable(status));
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_EQ(server_.Stop(), 0) << server_.log();
}

TEST_F(HungTokenTest, CannotKeepTheServerFromEnding) {
  Hang();
  WaitForStatus("/readyz", "503");
  EXPECT_EQ(server_.Stop(), 1);
  EXPECT_THAT(server_.log(), HasSubstr("the orderly end took too long"));
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  signet::testing::module_path = new std::string(std::filesystem::absolute(argv[2]));
  return RUN_ALL_TESTS();
}
