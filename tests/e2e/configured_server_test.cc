#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/dev_server.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string* signetd_path;
std::string* login_counting_module_path;

// ConfiguredServerTest has a token, a store and certificates, as `signetd --dev` makes them, with a key that signs, and a
// configuration that uses them.
class ConfiguredServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TestFolder();
    DevServer dev(*signetd_path, *folder_);
    ASSERT_TRUE(dev.Start()) << dev.log();
    const auto client = dev.Connect();
    v1::CreateKeyRequest create;
    create.set_parent("tenants/dev/keyRings/access-token");
    const auto key = client->Call(&v1::KeyService::Stub::CreateKey, create);
    ASSERT_TRUE(key.ok()) << key.status();
    v1::EnableKeyRequest enable;
    enable.set_name(key->name());
    ASSERT_TRUE(client->Call(&v1::KeyService::Stub::EnableKey, enable).ok());
    module_ = new std::string(dev.announcement().value("token_module", ""));
    ASSERT_EQ(dev.Stop(), 0);
  }
  static void TearDownTestSuite() {
    delete folder_;
    delete module_;
  }

  static std::string Dev(const std::string& name) { return *folder_ / ("dev/" + name); }
  static std::string Config() {
    return absl::StrReplaceAll(R"(grpc:
  reflection: false
  addresses: ["127.0.0.1:0", "unix:ROOT/grpc.sock"]
  tls: {certificate_file: DEV/server.pem, private_key_file: DEV/server.key}
http:
  address: 127.0.0.1:0
  tls: {certificate_file: DEV/server.pem, private_key_file: DEV/server.key}
  public_url: https://signet.example.com
hsm:
  module: MODULE
  token_label: signet-dev
  pin_file: DEV/token-pin
  sessions: 2
store:
  sqlite_path: DEV/signet.db
authentication:
  disabled: true
)",
                               {{"ROOT", folder_->path()}, {"DEV", *folder_ / "dev"}, {"MODULE", *module_}});
  }

  struct Run {
    std::unique_ptr<SignetdProcess> process;
    std::string log_path;
    std::string log() const { return ReadTextFile(log_path); }
  };
  // Starts a server by `config`.
  static Run Start(const std::string& config, const std::map<std::string, std::string>& environment = {}) {
    static int count = 0;
    const std::string name = *folder_ / absl::StrCat("run", ++count);
    std::ofstream(name + ".yaml") << config;
    std::map<std::string, std::string> all = environment;
    all.emplace("SOFTHSM2_CONF", Dev("softhsm2.conf"));
    const SignetdProcess::Options options{*signetd_path, {"--config", name + ".yaml"}, all, name + ".log"};
    Run run;
    run.process = std::make_unique<SignetdProcess>(options);
    run.log_path = options.log_path;
    return run;
  }
  // Starts a server with `from` replaced by `to` in the configuration; it must not become ready, and must say one line with `text`.
  static void ExpectFailure(int exit_code, const std::string& from, const std::string& to, const std::string& text) {
    const std::string config = absl::StrReplaceAll(Config(), {{from, to}});
    ASSERT_NE(config, Config());
    const Run run = Start(config);
    EXPECT_FALSE(run.process->WaitUntilReady());
    EXPECT_EQ(run.process->Wait(), exit_code);
    ExpectOneError(run.log(), text);
  }
  static void ExpectOneError(const std::string& log, const std::string& text) {
    std::vector<std::string> errors;
    for (const absl::string_view line : absl::StrSplit(log, '\n', absl::SkipEmpty())) {
      if (!absl::StrContains(line, "\"level\":\"info\"")) errors.emplace_back(line);
    }
    EXPECT_EQ(errors.size(), 1) << log;
    EXPECT_THAT(log, HasSubstr(text));
    EXPECT_THAT(log, Not(HasSubstr(ReadTextFile(Dev("token-pin")))));
  }
  // Signs over the Unix socket of a server.
  static absl::Status SignOverUnixSocket() {
    SystemRandom random;
    client::ClientOptions options;
    options.grpc_address = "unix:" + *folder_ / "grpc.sock";
    const auto client = client::Client::Create(options, random);
    v1::SignTokenRequest request;
    request.set_key_ring("tenants/dev/keyRings/access-token");
    return (*client)->Call(&v1::KeyService::Stub::SignToken, request).status();
  }
  // After a failure the store and the token are as they were: the configuration that is right starts, and the key signs.
  void TearDown() override {
    const Run run = Start(Config());
    ASSERT_TRUE(run.process->WaitUntilReady()) << run.log();
    const absl::Status status = SignOverUnixSocket();
    EXPECT_TRUE(status.ok()) << status;
    run.process->Signal(SIGTERM);
    EXPECT_EQ(run.process->Wait(), 0) << run.log();
  }

  static TestFolder* folder_;
  static std::string* module_;
};

TestFolder* ConfiguredServerTest::folder_ = nullptr;
std::string* ConfiguredServerTest::module_ = nullptr;

TEST_F(ConfiguredServerTest, SigintEndsItAsWell) {
  const Run run = Start(Config());
  ASSERT_TRUE(run.process->WaitUntilReady()) << run.log();
  EXPECT_THAT(run.process->output(), HasSubstr("https://signet.example.com"));
  run.process->Signal(SIGINT);
  EXPECT_EQ(run.process->Wait(), 0) << run.log();
}

TEST_F(ConfiguredServerTest, APinFromTheEnvironmentIsGoneFromThereOnceItRuns) {
  const std::string pin = ReadTextFile(Dev("token-pin"));
  const Run run = Start(absl::StrReplaceAll(Config(), {{"pin_file: " + Dev("token-pin"), "pin_env: SIGNET_E2E_PIN"}}),
                        {{"SIGNET_E2E_PIN", pin}});
  ASSERT_TRUE(run.process->WaitUntilReady()) << run.log();
  EXPECT_TRUE(SignOverUnixSocket().ok());
  EXPECT_THAT(ReadTextFile(absl::StrCat("/proc/", run.process->pid(), "/environ")), Not(HasSubstr(pin)));
  EXPECT_THAT(run.log(), Not(HasSubstr(pin)));
}

TEST_F(ConfiguredServerTest, CheckSaysThatAConfigurationIsRightWithoutStarting) {
  const std::string path = *folder_ / "check.yaml";
  std::ofstream(path) << Config();
  SignetdProcess process({*signetd_path, {"--config", path, "--check"}, {}, *folder_ / "check.log"});
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_EQ(process.output(), path + " is right\n");
}

TEST_F(ConfiguredServerTest, AnUnknownFieldIsNamedWithItsLine) {
  ExpectFailure(2, "reflection", "refleksion", ":2: grpc.refleksion: is unknown; did you mean \"reflection\"?");
}

TEST_F(ConfiguredServerTest, AnIllTypedFieldIsNamedWithItsLine) {
  ExpectFailure(2, "sessions: 2", "sessions: two", ":13: hsm.sessions: must be a whole number");
}

TEST_F(ConfiguredServerTest, AnAddressThatOthersCanReachIsRefusedWithoutAuthentication) {
  ExpectFailure(2, "address: 127.0.0.1:0", "address: 0.0.0.0:0", ":6: http.address: must be a loopback address");
}

TEST_F(ConfiguredServerTest, APinThatIsNotInTheEnvironmentIsNamed) {
  ExpectFailure(2, "pin_file: " + Dev("token-pin"), "pin_env: SIGNET_NO_SUCH_PIN", "SIGNET_NO_SUCH_PIN is not set");
}

TEST_F(ConfiguredServerTest, AWrongPinIsTriedOnce) {
  const std::string wrong = *folder_ / "wrong-pin";
  std::ofstream(wrong) << "not-the-pin";
  chmod(wrong.c_str(), 0600);
  const std::string logins = *folder_ / "logins";
  const Run run = Start(absl::StrReplaceAll(Config(), {{Dev("token-pin"), wrong}, {*module_, *login_counting_module_path}}),
                        {{"SIGNET_LOGIN_FILE", logins}});
  EXPECT_FALSE(run.process->WaitUntilReady());
  EXPECT_EQ(run.process->Wait(), 2) << "which tells systemd not to try it again";
  ExpectOneError(run.log(), "HSM_PIN_REFUSED");
  EXPECT_THAT(run.log(), Not(HasSubstr("not-the-pin")));
  EXPECT_EQ(ReadTextFile(logins), "L");
}

TEST_F(ConfiguredServerTest, AMissingModuleIsNamed) {
  ExpectFailure(2, *module_, "/nonexistent/module.so", ":10: hsm.module: cannot be read: /nonexistent/module.so");
}

TEST_F(ConfiguredServerTest, AFileThatIsNoModuleIsNamed) {
  ExpectFailure(1, *module_, Dev("server.pem"), "hsm.module: " + Dev("server.pem"));
}

TEST_F(ConfiguredServerTest, ATokenThatIsNotThereIsNamed) {
  ExpectFailure(1, "token_label: signet-dev", "token_label: another", "hsm.token_label: no token has the label another");
}

TEST_F(ConfiguredServerTest, ATokenDirectoryThatIsNotThereIsAnError) {
  const std::string conf = *folder_ / "no-tokens.conf";
  std::ofstream(conf) << "directories.tokendir = /nonexistent/tokens\nobjectstore.backend = file\nlog.level = ERROR\n";
  const Run run = Start(Config(), {{"SOFTHSM2_CONF", conf}});
  EXPECT_FALSE(run.process->WaitUntilReady());
  EXPECT_EQ(run.process->Wait(), 1);
  EXPECT_THAT(run.log(), HasSubstr("cannot start"));
}

TEST_F(ConfiguredServerTest, AStoreThatCannotBeWrittenIsNamed) {
  ExpectFailure(2, Dev("signet.db"), "/proc/signet/signet.db", ":15: store.sqlite_path: must be in a folder: /proc/signet/");
}

TEST_F(ConfiguredServerTest, AStoreThatIsNoDatabaseIsLeftAsItIs) {
  const std::string path = *folder_ / "no.db";
  const std::string text(8192, 'x');
  std::ofstream(path) << text;
  ExpectFailure(1, Dev("signet.db"), path, path);
  EXPECT_EQ(ReadTextFile(path), text);
}

TEST_F(ConfiguredServerTest, AStoreInUseByAnotherServerIsLeftAlone) {
  const Run first = Start(Config());
  ASSERT_TRUE(first.process->WaitUntilReady()) << first.log();
  ExpectFailure(1, "grpc.sock", "other.sock", Dev("signet.db"));
  EXPECT_TRUE(SignOverUnixSocket().ok());
  first.process->Signal(SIGTERM);
  EXPECT_EQ(first.process->Wait(), 0);
}

TEST_F(ConfiguredServerTest, APortInUseIsNamed) {
  TestFolder other;
  DevServer holder(*signetd_path, other);
  ASSERT_TRUE(holder.Start()) << holder.log();
  const std::string grpc = holder.announcement().value("grpc_address", "");
  const std::string https = holder.announcement().value("https_url", "").substr(std::string("https://").size());
  ExpectFailure(1, "\"127.0.0.1:0\"", "\"" + grpc + "\"", grpc);
  ExpectFailure(1, "address: 127.0.0.1:0", "address: " + https, https);
}

TEST_F(ConfiguredServerTest, AProbePortInUseIsNamedByItsSetting) {
  TestFolder other;
  DevServer holder(*signetd_path, other);
  ASSERT_TRUE(holder.Start()) << holder.log();
  const std::string grpc = holder.announcement().value("grpc_address", "");
  ExpectFailure(1, "hsm:\n", "probe:\n  grpc_address: " + grpc + "\nhsm:\n", "\"probe.grpc_address: cannot listen on " + grpc);
}

TEST_F(ConfiguredServerTest, TheStartSaysWhatIsBound) {
  const Run run = Start(Config() + "probe: {grpc_address: 127.0.0.1:0, http_address: 127.0.0.1:0}\n");
  ASSERT_TRUE(run.process->WaitUntilReady()) << run.log();
  for (const char* text : {"HTTPS   https://127.0.0.1:", "public  https://signet.example.com",
                           "probes  gRPC on 127.0.0.1:", "probes  http://127.0.0.1:"}) {
    EXPECT_THAT(run.process->output(), HasSubstr(text));
  }
  EXPECT_THAT(run.process->output(), Not(HasSubstr("127.0.0.1:0\n")));
  for (const char* text : {"\"https\":\"https://127.0.0.1:", "\"public_url\":\"https://signet.example.com\"",
                           "\"grpc_probe\":\"127.0.0.1:", "\"http_probe\":\"127.0.0.1:"}) {
    EXPECT_THAT(run.log(), HasSubstr(text));
  }
  run.process->Signal(SIGTERM);
  EXPECT_EQ(run.process->Wait(), 0);
}

TEST_F(ConfiguredServerTest, CheckReadsThePin) {
  const std::string path = *folder_ / "check-pin.yaml";
  const std::string pin = *folder_ / "empty-pin";
  std::ofstream(pin).flush();
  chmod(pin.c_str(), 0600);
  std::ofstream(path) << absl::StrReplaceAll(Config(), {{Dev("token-pin"), pin}});
  SignetdProcess process({*signetd_path, {"--config", path, "--check"}, {}, *folder_ / "check-pin.log"});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_EQ(ReadTextFile(*folder_ / "check-pin.log"), "signetd: hsm.pin_file: the PIN is empty\n");
}

TEST_F(ConfiguredServerTest, ACertificateThatCannotBeUsedIsNamed) {
  const std::string garbage = *folder_ / "garbage.pem";
  std::ofstream(garbage) << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  ExpectFailure(2, "http:\n  address: 127.0.0.1:0\n  tls: {certificate_file: " + Dev("server.pem"),
                "http:\n  address: 127.0.0.1:0\n  tls: {certificate_file: " + garbage, "http.tls");
  ExpectFailure(2, "\"]\n  tls: {certificate_file: " + Dev("server.pem"), "\"]\n  tls: {certificate_file: " + garbage, "grpc.tls");
}

TEST_F(ConfiguredServerTest, AKeyOfAnotherCertificateIsRefused) {
  TestFolder other;
  DevServer stranger(*signetd_path, other);
  ASSERT_TRUE(stranger.Start());
  ExpectFailure(2, "http:\n  address: 127.0.0.1:0\n  tls: {certificate_file: " + Dev("server.pem"),
                "http:\n  address: 127.0.0.1:0\n  tls: {certificate_file: " + stranger.data_dir() + "/server.pem", "http.tls");
  ExpectFailure(2, "\"]\n  tls: {certificate_file: " + Dev("server.pem"),
                "\"]\n  tls: {certificate_file: " + stranger.data_dir() + "/server.pem", "grpc.tls");
}

TEST(CommandLineTest, WrongUsageExitsWithTwoAndPointsToTheHelp) {
  TestFolder folder;
  SignetdProcess process({*signetd_path, {"--no_such_option"}, {}, folder / "log"});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_THAT(ReadTextFile(folder / "log"), HasSubstr("signetd --help"));
}

TEST(CommandLineTest, HelpGoesToStandardOutput) {
  TestFolder folder;
  SignetdProcess process({*signetd_path, {"--help"}, {}, folder / "log"});
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_THAT(process.output(), HasSubstr("--data_dir"));
  EXPECT_EQ(ReadTextFile(folder / "log"), "");
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  signet::testing::login_counting_module_path = new std::string(std::filesystem::absolute(argv[2]));
  return RUN_ALL_TESTS();
}
