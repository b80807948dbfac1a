// The real server on a disk that is full or broken, at each of the first 50 writes and syncs of its store under a rotation.
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/dev_server.h"
#include "tests/e2e/disk_faults.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kMaxOperations = 50;

std::string* signetd_path;

struct Disk {
  std::string name;
  int error = 0;
  bool once = false;
};

class FaultyDiskTest : public ::testing::TestWithParam<Disk> {
 protected:
  void SetUp() override {
    faults_->operations_left = -1;
    ASSERT_TRUE(server_.Start({{kDiskFaultsVariable, faults_path_}})) << server_.log();
    client_ = server_.Connect();
    MakeRing("steady");
    ASSERT_TRUE(Rotate("steady", "steady").ok());
    ASSERT_TRUE(Sign("steady").ok());
  }

  void MakeRing(const std::string& id) {
    v1::CreateKeyRingRequest request;
    request.set_parent("tenants/dev");
    request.set_key_ring_id(id);
    ASSERT_TRUE(client_->Call(&v1::KeyService::Stub::CreateKeyRing, request).ok());
  }
  absl::StatusOr<v1::RotateKeysResponse> Rotate(const std::string& ring, const std::string& request_id) {
    v1::RotateKeysRequest request;
    request.set_name("tenants/dev/keyRings/" + ring);
    request.set_force(true);
    return client_->Call(&v1::KeyService::Stub::RotateKeys, request, request_id);
  }
  absl::Status Sign(const std::string& ring) {
    v1::SignTokenRequest request;
    request.set_key_ring("tenants/dev/keyRings/" + ring);
    request.set_claims_json("{}");
    return client_->Call(&v1::KeyService::Stub::SignToken, request).status();
  }
  // What curl prints of the status of the JWKS.
  std::string JwksStatus() const {
    return RunShell(absl::StrCat("curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' --cacert ",
                                 server_.data_dir(), "/ca.pem ", server_.announcement().value("https_url", ""),
                                 "/t/dev/.well-known/jwks.json"))
        .out;
  }

  TestFolder folder_;
  const std::string faults_path_ = folder_ / "faults";
  DiskFaults* const faults_ = MapDiskFaults(faults_path_.c_str());
  DevServer server_{*signetd_path, folder_};
  std::unique_ptr<client::Client> client_;
};

INSTANTIATE_TEST_SUITE_P(Disks, FaultyDiskTest,
                         ::testing::Values(Disk{"Full", ENOSPC, false}, Disk{"FullOnce", ENOSPC, true}, Disk{"Broken", EIO, false},
                                           Disk{"BrokenOnce", EIO, true}),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(FaultyDiskTest, NeitherStopsWhatIsSignedNorWhatIsAskedForAgain) {
  for (int number = 1; number <= kMaxOperations; ++number) {
    SCOPED_TRACE(number);
    // Its first rotation makes two keys; a later one soon after would but repeat it.
    const std::string ring = absl::StrCat("ring-", number);
    MakeRing(ring);
    faults_->error = GetParam().error;
    faults_->once = GetParam().once;
    faults_->operations_left = number - 1;
    const absl::StatusOr<v1::RotateKeysResponse> first = Rotate(ring, ring);
    EXPECT_THAT(first.status().code(),
                AnyOf(absl::StatusCode::kOk, absl::StatusCode::kResourceExhausted, absl::StatusCode::kUnavailable))
        << first.status();
    EXPECT_TRUE(Sign("steady").ok());
    EXPECT_EQ(JwksStatus(), "200");
    faults_->operations_left = -1;

    const absl::StatusOr<v1::RotateKeysResponse> second = Rotate(ring, ring);
    ASSERT_TRUE(second.ok()) << second.status();
    if (first.ok()) {
      EXPECT_EQ(second->keys(0).name(), first->keys(0).name());
    }
    const absl::StatusOr<v1::RotateKeysResponse> third = Rotate(ring, ring);
    ASSERT_TRUE(third.ok()) << third.status();
    EXPECT_EQ(third->keys(0).name(), second->keys(0).name());
    // A new key's first token waits for the store, which is tried again in moments.
    while (absl::IsUnavailable(Sign(ring))) {
    }
    EXPECT_TRUE(Sign(ring).ok());
  }
  EXPECT_GT(faults_->failed, 20);
  const auto trail = client_->Call(&v1::AuditService::Stub::VerifyAuditLog, v1::VerifyAuditLogRequest());
  ASSERT_TRUE(trail.ok()) << trail.status();
  EXPECT_TRUE(trail->intact()) << trail->problem();
  EXPECT_THAT(server_.log(), Not(HasSubstr("INTERNAL")));
  client_.reset();
  EXPECT_EQ(server_.Stop(), 0);
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(std::filesystem::absolute(argv[1]));
  return RUN_ALL_TESTS();
}
