// v1.ExternalJWTSigner of the real signetd, called as kube-apiserver calls it.

#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "externaljwt/apis/v1/api.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/dev_server.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

std::string* signetd_path;
std::string* run_node;

constexpr char kConfig[] = R"(grpc:
  addresses: ["unix:ROOT/grpc.sock"]
http:
  address: 127.0.0.1:0
  tls: {certificate_file: DEV/server.pem, private_key_file: DEV/server.key}
hsm:
  module: MODULE
  token_label: signet-dev
  pin_file: DEV/token-pin
  sessions: 2
store:
  sqlite_path: DEV/signet.db
authentication:
  disabled: true
kubernetes_signer:
  socket_path: ROOT/kubernetes.sock
  tenant: dev
  ring: RING
  max_token_expiration: 2h
  allowed_uids: [UID]
)";

// KubernetesSignerTest has what `signetd --dev` makes, and rings: `cluster` of ES256 and one of each other algorithm that
// Kubernetes takes, with a key that signs each, and one of Ed25519.
class KubernetesSignerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TestFolder();
    DevServer dev(*signetd_path, *folder_);
    ASSERT_TRUE(dev.Start()) << dev.log();
    const auto client = dev.Connect();
    MakeRing(*client, "edwards", v1::ED25519);
    for (const auto& [ring, algorithm] : {std::pair("cluster", v1::ES256), std::pair("rs256", v1::RS256_2048),
                                          std::pair("es384", v1::ES384), std::pair("es512", v1::ES512)}) {
      MakeRing(*client, ring, algorithm);
      MakeSigningKey(*client, ring);
    }
    module_ = new std::string(dev.announcement().value("token_module", ""));
    ASSERT_EQ(dev.Stop(), 0);
  }
  static void TearDownTestSuite() {
    delete folder_;
    delete module_;
  }

  static void MakeRing(client::Client& client, const std::string& id, v1::Algorithm algorithm) {
    v1::CreateKeyRingRequest ring;
    ring.set_parent("tenants/dev");
    ring.set_key_ring_id(id);
    ring.mutable_key_ring()->set_algorithm(algorithm);
    ring.mutable_key_ring()->mutable_policy()->mutable_jwks_max_age()->set_seconds(1);
    // Not derived, as that would wait for those who have the tenant's former JWKS for 5 minutes.
    ring.mutable_key_ring()->mutable_policy()->mutable_activation_delay()->set_seconds(2);
    const auto made = client.Call(&v1::KeyService::Stub::CreateKeyRing, ring);
    ASSERT_TRUE(made.ok()) << made.status();
  }
  static void MakeSigningKey(client::Client& client, const std::string& ring) {
    v1::CreateKeyRequest create;
    create.set_parent("tenants/dev/keyRings/" + ring);
    const auto key = client.Call(&v1::KeyService::Stub::CreateKey, create);
    ASSERT_TRUE(key.ok()) << key.status();
    v1::EnableKeyRequest enable;
    enable.set_name(key->name());
    enable.set_force(true);
    const auto enabled = client.Call(&v1::KeyService::Stub::EnableKey, enable);
    ASSERT_TRUE(enabled.ok()) << enabled.status();
  }

  void Start(const std::string& ring, uid_t allowed_uid) {
    std::ofstream(*folder_ / "signet.yaml") << absl::StrReplaceAll(kConfig, {{"ROOT", folder_->path()},
                                                                             {"DEV", *folder_ / "dev"},
                                                                             {"MODULE", *module_},
                                                                             {"RING", ring},
                                                                             {"UID", absl::StrCat(allowed_uid)}});
    log_path_ = *folder_ / absl::StrCat("log", ++runs_);
    SignetdProcess::Options options{*signetd_path, {"--config", *folder_ / "signet.yaml"}, {}, log_path_};
    options.environment["SOFTHSM2_CONF"] = *folder_ / "dev/softhsm2.conf";
    process_ = std::make_unique<SignetdProcess>(options);
    ready_ = process_->WaitUntilReady();
    stub_ = ::v1::ExternalJWTSigner::NewStub(grpc::CreateChannel("unix:" + Socket(), grpc::InsecureChannelCredentials()));
  }

  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (::v1::ExternalJWTSigner::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    return (stub_.get()->*method)(&context, request, &response);
  }
  grpc::Status Sign(const std::string& claims, ::v1::SignJWTResponse& response) {
    ::v1::SignJWTRequest request;
    request.set_claims(claims);
    return Call(&::v1::ExternalJWTSigner::Stub::Sign, request, response);
  }
  grpc::Status FetchKeys(::v1::FetchKeysResponse& response) {
    return Call(&::v1::ExternalJWTSigner::Stub::FetchKeys, ::v1::FetchKeysRequest(), response);
  }

  // Has a token signed, and npm's jose verify it by the keys that are fetched; returns its header.
  nlohmann::json SignAndHaveJoseVerify() {
    const std::string claims = Claims(absl::Hours(1));
    ::v1::SignJWTResponse jwt;
    const grpc::Status made = Sign(claims, jwt);
    EXPECT_TRUE(made.ok()) << made.error_message();
    ::v1::FetchKeysResponse keys;
    EXPECT_TRUE(FetchKeys(keys).ok());
    nlohmann::json published;
    for (const ::v1::Key& key : keys.keys()) published[key.key_id()] = Base64UrlEncode(key.key());
    std::ofstream(*folder_ / "keys.json") << published.dump();
    const std::string token = absl::StrCat(jwt.header(), ".", claims, ".", jwt.signature());
    const ShellResult verified = RunShell(absl::StrCat(*run_node, " ", *folder_ / "keys.json", " ", token));
    EXPECT_EQ(verified.exit_code, 0) << verified.out;
    EXPECT_THAT(verified.out, HasSubstr("jose: valid, sub system:serviceaccount:shop:cart"));
    return nlohmann::json::parse(Base64UrlDecode(jwt.header()).value_or(""), nullptr, false);
  }

  void Rotate() {
    const auto keys =
        v1::KeyService::NewStub(grpc::CreateChannel("unix:" + (*folder_ / "grpc.sock"), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    v1::RotateKeysRequest request;
    request.set_name("tenants/dev/keyRings/cluster");
    v1::RotateKeysResponse response;
    const grpc::Status status = keys->RotateKeys(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  std::string Socket() const { return *folder_ / "kubernetes.sock"; }
  std::string log() const { return ReadTextFile(log_path_); }
  static std::string Claims(absl::Duration life) {
    return Base64UrlEncode(
        absl::StrCat(R"({"iss": "https://kubernetes.default.svc","sub":"system:serviceaccount:shop:cart","exp":)",
                     absl::ToUnixSeconds(absl::Now() + life), "}"));
  }

  static TestFolder* folder_;
  static std::string* module_;
  std::unique_ptr<SignetdProcess> process_;
  bool ready_ = false;
  std::unique_ptr<::v1::ExternalJWTSigner::Stub> stub_;
  std::string log_path_;
  static int runs_;
};
TestFolder* KubernetesSignerTest::folder_;
std::string* KubernetesSignerTest::module_;
int KubernetesSignerTest::runs_ = 0;

TEST_F(KubernetesSignerTest, SignsATokenThatJoseVerifiesWithTheFetchedKeys) {
  Start("cluster", geteuid());
  ASSERT_TRUE(ready_) << log();
  ::v1::MetadataResponse metadata;
  ASSERT_TRUE(Call(&::v1::ExternalJWTSigner::Stub::Metadata, ::v1::MetadataRequest(), metadata).ok());
  EXPECT_EQ(metadata.max_token_expiration_seconds(), 7200);

  ::v1::FetchKeysResponse keys;
  const grpc::Status fetched = FetchKeys(keys);
  ASSERT_TRUE(fetched.ok()) << fetched.error_message();
  ASSERT_GE(keys.keys_size(), 1);
  EXPECT_GT(keys.refresh_hint_seconds(), 0);
  EXPECT_NEAR(static_cast<double>(keys.data_timestamp().seconds()), static_cast<double>(absl::ToUnixSeconds(absl::Now())), 60);

  EXPECT_EQ(SignAndHaveJoseVerify(), (nlohmann::json{{"alg", "ES256"}, {"kid", keys.keys(0).key_id()}, {"typ", "JWT"}}));

  // Who signed, and not what.
  EXPECT_THAT(log(), HasSubstr("kubernetes/tenants/dev/keyRings/cluster"));
  EXPECT_THAT(log(), ::testing::Not(HasSubstr("serviceaccount:shop")));
  process_->Signal(SIGTERM);
  EXPECT_EQ(process_->Wait(), 0) << log();
  EXPECT_FALSE(std::filesystem::exists(Socket()));
}

TEST_F(KubernetesSignerTest, WhoFetchesTheKeysByTheHintAloneKnowsTheKeyThatARotationBrings) {
  Start("cluster", geteuid());
  ASSERT_TRUE(ready_) << log();
  std::set<std::string> known;
  absl::Time due = absl::InfinitePast();
  std::set<std::string> signers;
  bool rotated = false;
  const absl::Time end = absl::Now() + absl::Seconds(60);
  while (signers.size() < 2 && absl::Now() < end) {
    // Before the keys are fetched, so that they cannot be younger than the token.
    ::v1::SignJWTResponse jwt;
    const grpc::Status made = Sign(Claims(absl::Hours(1)), jwt);
    ASSERT_TRUE(made.ok()) << made.error_message();
    const std::string kid = nlohmann::json::parse(Base64UrlDecode(jwt.header()).value_or("")).value("kid", "");
    if (!known.empty()) {
      ASSERT_TRUE(known.contains(kid));
    }
    signers.insert(kid);
    if (absl::Now() < due) continue;
    ::v1::FetchKeysResponse keys;
    ASSERT_TRUE(FetchKeys(keys).ok());
    known.clear();
    for (const ::v1::Key& key : keys.keys()) known.insert(key.key_id());
    due = absl::Now() + absl::Seconds(keys.refresh_hint_seconds());
    if (!rotated) Rotate();
    rotated = true;
  }
  EXPECT_EQ(signers.size(), 2u);
}

TEST_F(KubernetesSignerTest, SignsWithEachOtherAlgorithmThatKubernetesTakes) {
  for (const auto& [ring, algorithm] : {std::pair("rs256", "RS256"), std::pair("es384", "ES384"), std::pair("es512", "ES512")}) {
    SCOPED_TRACE(ring);
    Start(ring, geteuid());
    ASSERT_TRUE(ready_) << log();
    const nlohmann::json header = SignAndHaveJoseVerify();
    EXPECT_EQ(header, (nlohmann::json{{"alg", algorithm}, {"kid", header.value("kid", "")}, {"typ", "JWT"}}));
    process_->Signal(SIGTERM);
    ASSERT_EQ(process_->Wait(), 0) << log();
  }
}

TEST_F(KubernetesSignerTest, OnlyTheOwnerMayOpenTheSocketAndNothingElseIsServedThere) {
  Start("cluster", geteuid());
  ASSERT_TRUE(ready_) << log();
  struct stat file = {};
  ASSERT_EQ(lstat(Socket().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode, static_cast<mode_t>(S_IFSOCK | 0600));

  const auto other = v1::KeyService::NewStub(grpc::CreateChannel("unix:" + Socket(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::SigningKey key;
  EXPECT_EQ(other->GetKey(&context, v1::GetKeyRequest(), &key).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(KubernetesSignerTest, AUserWhoIsNotAllowedIsRefused) {
  Start("cluster", geteuid() + 12345);
  ASSERT_TRUE(ready_) << log();
  ::v1::FetchKeysResponse keys;
  EXPECT_EQ(FetchKeys(keys).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(log(), HasSubstr("kubernetes_signer.allowed_uids"));
}

TEST_F(KubernetesSignerTest, ErrorsSayWhatIsWrong) {
  Start("cluster", geteuid());
  ASSERT_TRUE(ready_) << log();
  ::v1::SignJWTResponse jwt;
  const grpc::Status malformed = Sign("e30=", jwt);
  EXPECT_EQ(malformed.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(malformed.error_message(), HasSubstr("base64url"));
  const grpc::Status too_long = Sign(Claims(absl::Hours(3)), jwt);
  EXPECT_EQ(too_long.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(too_long.error_message(), HasSubstr("7200s"));
}

TEST_F(KubernetesSignerTest, ARingOfAnotherAlgorithmIsRefusedAtTheStart) {
  Start("edwards", geteuid());
  EXPECT_FALSE(ready_);
  EXPECT_EQ(process_->Wait(), 1);
  EXPECT_THAT(log(), HasSubstr("kubernetes_signer.ring: tenants/dev/keyRings/edwards makes keys of ED25519"));
}

TEST_F(KubernetesSignerTest, ARingThatDoesNotExistYetIsServedOnceItDoes) {
  Start("later", geteuid());
  ASSERT_TRUE(ready_) << log();
  EXPECT_THAT(log(), HasSubstr("the Kubernetes signer cannot sign yet"));
  ::v1::FetchKeysResponse keys;
  const grpc::Status missing = FetchKeys(keys);
  EXPECT_EQ(missing.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(missing.error_message(), HasSubstr("tenants/dev/keyRings/later does not exist: create it"));
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  // RUN_NODE NODE_MODULES SCRIPT
  signet::testing::run_node = new std::string(absl::StrJoin(std::vector<std::string>(argv + 2, argv + argc), " "));
  return RUN_ALL_TESTS();
}
