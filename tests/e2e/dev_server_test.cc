#include "tests/e2e/dev_server.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::testing {
namespace {

using client::Client;
using ::testing::HasSubstr;
using ::testing::Not;

std::string* signetd_path;

constexpr char kDevRing[] = "tenants/dev/keyRings/access-token";

class DevServerTest : public ::testing::Test {
 protected:
  // Creates a key in the ring `access-token` of `dev` and enables it, without force.
  static v1::SigningKey CreateSigningKey(Client& client) {
    v1::CreateKeyRequest create;
    create.set_parent(kDevRing);
    const auto key = client.Call(&v1::KeyService::Stub::CreateKey, create);
    EXPECT_TRUE(key.ok()) << key.status();
    if (!key.ok()) return {};
    v1::EnableKeyRequest enable;
    enable.set_name(key->name());
    const auto enabled = client.Call(&v1::KeyService::Stub::EnableKey, enable);
    EXPECT_TRUE(enabled.ok()) << enabled.status();
    return *key;
  }
  static absl::StatusOr<v1::SignTokenResponse> SignToken(Client& client) {
    v1::SignTokenRequest request;
    request.set_key_ring(kDevRing);
    request.set_claims_json(R"({"sub":"alice"})");
    return client.Call(&v1::KeyService::Stub::SignToken, request);
  }
  static absl::Status VerifyToken(Client& client, const std::string& token) {
    v1::VerifyTokenRequest request;
    request.set_parent("tenants/dev");
    request.set_token(token);
    return client.Call(&v1::KeyService::Stub::VerifyToken, request).status();
  }
  static mode_t ModeOf(const std::string& path) {
    struct stat status;
    return stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
  }
  // Fetches a URL by curl, which trusts the development CA alone.
  std::string Curl(const std::string& url) const {
    const std::string command =
        absl::StrCat("curl --silent --show-error --fail --max-time 20 --cacert ", server_.data_dir(), "/ca.pem ", url, " 2>&1");
    FILE* pipe = popen(command.c_str(), "r");
    std::string text;
    for (int c = 0; (c = fgetc(pipe)) != EOF;) text += static_cast<char>(c);
    EXPECT_EQ(pclose(pipe), 0) << command << "\n" << text;
    return text;
  }

  TestFolder folder_;
  DevServer server_{*signetd_path, folder_};
};

TEST_F(DevServerTest, TheFirstStartMakesEverythingUnderTheFolderAndAnnouncesIt) {
  ASSERT_TRUE(server_.Start()) << server_.log();
  const std::string dir = server_.data_dir();
  EXPECT_EQ(ModeOf(dir), 0700);
  for (const char* secret : {"token-pin", "token-so-pin", "server.key", "signet.db", "admin.json"}) {
    EXPECT_EQ(ModeOf(absl::StrCat(dir, "/", secret)), 0600) << secret;
  }

  const nlohmann::json dev = server_.announcement();
  EXPECT_THAT(dev.value("grpc_address", ""), ::testing::MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]*"));
  EXPECT_THAT(dev.value("https_url", ""), ::testing::MatchesRegex("https://127\\.0\\.0\\.1:[1-9][0-9]*"));
  EXPECT_EQ(dev.value("ca_certificate", ""), dir + "/ca.pem");
  EXPECT_TRUE(std::filesystem::exists(dev.value("token_module", "")));
  EXPECT_EQ(dev.value("token_pin_file", ""), dir + "/token-pin");
  const nlohmann::json cli = nlohmann::json::parse(ReadTextFile(dir + "/signet.json"), nullptr, false);
  for (const char* name : {"grpc_address", "https_url", "ca_certificate", "admin_credential_file"}) EXPECT_EQ(cli[name], dev[name]);
  EXPECT_EQ(cli.size(), 4);
  EXPECT_EQ(dev.value("admin_credential_file", ""), dir + "/admin.json");
  EXPECT_EQ(server_.Stop(), 0) << server_.log();
}

TEST_F(DevServerTest, AKeyOfTheDevTenantSignsAtOnceAndAnyHostNameShowsItsJwks) {
  ASSERT_TRUE(server_.Start()) << server_.log();
  const auto client = server_.Connect();
  const v1::SigningKey key = CreateSigningKey(*client);
  const auto token = SignToken(*client);
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->key(), key.name());
  EXPECT_TRUE(VerifyToken(*client, token->token()).ok());

  const std::string url = server_.announcement().value("https_url", "");
  const std::string port = url.substr(url.rfind(':'));
  const std::string jwks = Curl(url + "/t/dev/.well-known/jwks.json");
  EXPECT_THAT(jwks, HasSubstr(absl::StrCat("\"kid\":\"", key.kid(), "\"")));
  EXPECT_EQ(Curl(url + "/.well-known/jwks.json"), jwks);
  EXPECT_EQ(Curl("--ipv4 https://localhost" + port + "/.well-known/jwks.json"), jwks);
}

TEST_F(DevServerTest, MetricsAreForTheAdministrator) {
  ASSERT_TRUE(server_.Start()) << server_.log();
  const std::string metrics = server_.announcement().value("https_url", "") + "/metrics";
  EXPECT_EQ(Curl("--no-fail --output /dev/null --write-out '%{http_code}' " + metrics), "401");
  const auto client = server_.Connect();
  CreateSigningKey(*client);
  const std::string text = Curl(absl::StrCat("--header 'Authorization: Bearer ", server_.AccessToken(), "' ", metrics));
  EXPECT_THAT(text, HasSubstr("\nsignet_ready 1\n"));
  EXPECT_THAT(text, HasSubstr("\ngrpc_server_call_duration_seconds_count{grpc_method=\"signet.v1.KeyService/CreateKey\","
                              "grpc_status=\"OK\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nhttp_server_request_duration_seconds_count{http_request_method=\"GET\","
                              "http_response_status_code=\"401\",http_route=\"/metrics\",url_scheme=\"https\"} 1\n"));
}

TEST_F(DevServerTest, ARestartKeepsKeysTokenAndCertificates) {
  ASSERT_TRUE(server_.Start()) << server_.log();
  std::string token;
  {
    const auto client = server_.Connect();
    CreateSigningKey(*client);
    token = SignToken(*client).value().token();
  }
  const std::string dir = server_.data_dir();
  const auto files = [&] {
    std::string text;
    for (const char* name : {"ca.pem", "server.pem", "server.key", "token-pin"}) text += ReadTextFile(absl::StrCat(dir, "/", name));
    return text;
  };
  const std::string before = files();
  ASSERT_EQ(server_.Stop(), 0);
  ASSERT_TRUE(server_.Start()) << server_.log();
  EXPECT_EQ(files(), before);
  const auto client = server_.Connect();
  EXPECT_TRUE(SignToken(*client).ok());
  // The issuer has the port, which is another now: the one claim that a new public URL changes.
  EXPECT_EQ(GetReason(VerifyToken(*client, token)), reason::kTokenIssuer);
}

TEST_F(DevServerTest, WhatAUserDidToTheDevTenantSurvivesARestart) {
  ASSERT_TRUE(server_.Start()) << server_.log();
  {
    const auto client = server_.Connect();
    v1::DeleteTenantRequest request;
    request.set_name("tenants/dev");
    const auto deleted = client->Call(&v1::TenantService::Stub::DeleteTenant, request);
    ASSERT_TRUE(deleted.ok()) << deleted.status();
  }
  ASSERT_EQ(server_.Stop(), 0);
  ASSERT_TRUE(server_.Start()) << server_.log();
  v1::GetTenantRequest request;
  request.set_name("tenants/dev");
  EXPECT_EQ(GetReason(server_.Connect()->Call(&v1::TenantService::Stub::GetTenant, request).status()), reason::kTenantNotFound);
}

TEST_F(DevServerTest, AFolderInUseByAnotherServerIsLeftAlone) {
  ASSERT_TRUE(server_.Start()) << server_.log();
  DevServer second(*signetd_path, folder_);
  EXPECT_FALSE(second.Start());
  EXPECT_EQ(second.process().Wait(), 1);
  EXPECT_THAT(server_.log(), HasSubstr("is in use by another signetd"));
  EXPECT_FALSE(server_.announcement().empty()) << "the first server's announcement stays";
  CreateSigningKey(*server_.Connect());
}

TEST_F(DevServerTest, AnAnnouncementIsGoneUnlessTheServerAnswers) {
  ASSERT_TRUE(server_.Start()) << server_.log();
  const std::string address = server_.announcement().value("grpc_address", "");
  server_.Kill();
  EXPECT_FALSE(server_.announcement().empty()) << "nobody was left to remove it";

  TestFolder other;
  DevServer holder(*signetd_path, other);
  ASSERT_TRUE(holder.Start());
  SignetdProcess failing({*signetd_path,
                          {"--dev", "--data_dir", server_.data_dir(), "--http_address", "127.0.0.1:0", "--grpc_address",
                           holder.announcement().value("grpc_address", "")},
                          {},
                          folder_ / "signetd.log"});
  EXPECT_EQ(failing.Wait(), 1);
  EXPECT_THAT(server_.log(), HasSubstr(holder.announcement().value("grpc_address", "")));
  EXPECT_TRUE(server_.announcement().empty());
}

TEST_F(DevServerTest, SigtermLetsCallsUnderWayEndAndExitsWithZero) {
  ASSERT_TRUE(server_.Start()) << server_.log();
  CreateSigningKey(*server_.Connect());
  std::atomic<int> signed_tokens = 0;
  std::vector<absl::Status> failures(4);
  std::vector<std::thread> callers;
  callers.reserve(failures.size());
  for (absl::Status& failure : failures) {
    callers.emplace_back([&] {
      const auto client = server_.Connect();
      while (failure.ok()) {
        failure = SignToken(*client).status();
        if (failure.ok()) ++signed_tokens;
      }
    });
  }
  while (signed_tokens < 50) std::this_thread::yield();
  EXPECT_EQ(server_.Stop(), 0) << server_.log();
  for (std::thread& caller : callers) caller.join();
  for (const absl::Status& failure : failures) EXPECT_EQ(failure.code(), absl::StatusCode::kUnavailable) << failure;
}

TEST_F(DevServerTest, AKeyThatIsBeingMadeWhenSigtermComesIsFinished) {
  ASSERT_TRUE(server_.Start()) << server_.log();
  const auto client = server_.Connect();
  v1::CreateKeyRingRequest ring;
  ring.set_parent("tenants/dev");
  ring.set_key_ring_id("rsa");
  ring.mutable_key_ring()->set_algorithm(v1::RS256_3072);
  ASSERT_TRUE(client->Call(&v1::KeyService::Stub::CreateKeyRing, ring).ok());

  absl::StatusOr<v1::SigningKey> key;
  std::thread caller([this, &key] {
    v1::CreateKeyRequest create;
    create.set_parent("tenants/dev/keyRings/rsa");
    key = server_.Connect()->Call(&v1::KeyService::Stub::CreateKey, create);
  });
  v1::ListKeysRequest list;
  list.set_parent("tenants/dev/keyRings/rsa");
  while (client->Call(&v1::KeyService::Stub::ListKeys, list).value().keys().empty()) {
  }
  EXPECT_EQ(server_.Stop(), 0) << server_.log();
  caller.join();
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->state(), v1::SigningKey::DISABLED);
}

TEST_F(DevServerTest, ASecondSigtermEndsItAtOnceAndTheNextStartCleansUp) {
  ASSERT_TRUE(server_.Start()) << server_.log();
  const auto client = server_.Connect();
  v1::CreateKeyRingRequest ring;
  ring.set_parent("tenants/dev");
  ring.set_key_ring_id("rsa");
  ring.mutable_key_ring()->set_algorithm(v1::RS256_4096);
  ring.mutable_key_ring()->mutable_policy()->set_max_keys(10);
  ASSERT_TRUE(client->Call(&v1::KeyService::Stub::CreateKeyRing, ring).ok());
  // Generation is one after the other, so that three take some seconds, and leave one of the four workers for the list.
  std::vector<std::thread> callers;
  callers.reserve(3);
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      v1::CreateKeyRequest create;
      create.set_parent("tenants/dev/keyRings/rsa");
      (void)client->Call(&v1::KeyService::Stub::CreateKey, create);
    });
  }
  v1::ListKeysRequest list;
  list.set_parent("tenants/dev/keyRings/rsa");
  while (client->Call(&v1::KeyService::Stub::ListKeys, list).value().keys().size() < 3) {
  }
  server_.process().Signal(SIGTERM);
  while (!absl::StrContains(server_.log(), "draining")) std::this_thread::yield();
  // What follows the first one closely is part of it, so that it takes a few.
  while (!absl::StrContains(server_.log(), "asked for a second time")) server_.process().Signal(SIGTERM);
  EXPECT_EQ(server_.process().Wait(), 1);
  for (std::thread& caller : callers) caller.join();

  ASSERT_TRUE(server_.Start()) << server_.log();
  const auto keys = server_.Connect()->Call(&v1::KeyService::Stub::ListKeys, list);
  ASSERT_TRUE(keys.ok()) << keys.status();
  for (const v1::SigningKey& key : keys->keys()) EXPECT_NE(key.state(), v1::SigningKey::PENDING_GENERATION);
}

TEST_F(DevServerTest, NoLogAndNoOutputHoldsASecret) {
  ASSERT_TRUE(server_.Start()) << server_.log();
  {
    const auto client = server_.Connect();
    CreateSigningKey(*client);
    const auto token = SignToken(*client);
    v1::VerifyTokenRequest wrong;
    wrong.set_parent("tenants/dev");
    wrong.set_token(token->token() + "x");
    EXPECT_FALSE(client->Call(&v1::KeyService::Stub::VerifyToken, wrong).ok());
    EXPECT_THAT(server_.log(), Not(HasSubstr(token->token().substr(0, 40))));
  }
  ASSERT_EQ(server_.Stop(), 0);
  const std::string text = server_.log() + server_.process().output();
  EXPECT_THAT(text, Not(HasSubstr(ReadTextFile(server_.data_dir() + "/token-pin"))));
  EXPECT_THAT(text, Not(HasSubstr(ReadTextFile(server_.data_dir() + "/token-so-pin"))));
  EXPECT_THAT(text, Not(HasSubstr("PRIVATE KEY")));
  EXPECT_THAT(text, Not(HasSubstr("alice")));
  for (const absl::string_view line : absl::StrSplit(server_.log(), '\n', absl::SkipEmpty())) {
    EXPECT_TRUE(nlohmann::json::accept(line.begin(), line.end())) << line;
  }
}

TEST_F(DevServerTest, AddressesThatTheCertificateDoesNotNameAreWrongUsage) {
  for (const char* address : {"0.0.0.0:0", "127.0.0.2:0", "localhost", "10.0.0.1:0"}) {
    SignetdProcess process(
        {*signetd_path, {"--dev", "--data_dir", server_.data_dir(), "--grpc_address", address}, {}, folder_ / "signetd.log"});
    EXPECT_EQ(process.Wait(), 2) << address;
    EXPECT_THAT(server_.log(), HasSubstr(absl::StrCat(
                                   "signetd: --grpc_address: must be HOST:PORT on 127.0.0.1, [::1] or localhost, not ", address)));
  }
  EXPECT_FALSE(std::filesystem::exists(server_.data_dir()));
}

TEST_F(DevServerTest, WithoutSoftHsmItSaysWhatToInstall) {
  EXPECT_FALSE(server_.Start({{"SOFTHSM2_MODULE", "/nonexistent/libsofthsm2.so"}}));
  EXPECT_EQ(server_.process().Wait(), 1);
  EXPECT_THAT(server_.log(), HasSubstr("/nonexistent/libsofthsm2.so"));
}

TEST_F(DevServerTest, AFolderThatIsNotWritableIsNamed) {
  mkdir(server_.data_dir().c_str(), 0500);
  // A thread for itself: what it gives up, its child never gets, and the tests after this one still have.
  std::thread([&] {
    // As root the modes of files stop nobody who may get this capability by exec.
    if (geteuid() == 0) {
      ASSERT_EQ(prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE), 0);
    }
    EXPECT_FALSE(server_.Start());
    EXPECT_EQ(server_.process().Wait(), 1);
  }).join();
  const std::vector<std::string> lines = absl::StrSplit(server_.log(), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 1u) << server_.log();
  EXPECT_THAT(lines[0], HasSubstr(absl::StrCat("cannot write to ", server_.data_dir())));
  EXPECT_TRUE(std::filesystem::is_empty(server_.data_dir()));
}

TEST_F(DevServerTest, ATokenHalfMadeByACrashIsMadeAnew) {
  std::filesystem::create_directories(server_.data_dir() + "/tokens.new/half");
  ASSERT_TRUE(server_.Start()) << server_.log();
  CreateSigningKey(*server_.Connect());
  EXPECT_FALSE(std::filesystem::exists(server_.data_dir() + "/tokens.new"));
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
