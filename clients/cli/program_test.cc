#include "clients/cli/program.h"

#include <fstream>
#include <sstream>
#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "base/version.h"
#include "clients/cli/program_runner.h"
#include "clients/cpp/scripted_https_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

using client::ScriptedServer;
using testing::HasSubstr;
using testing::StartsWith;

const std::vector<std::string> kList = {"list", "security/token-key", "--subaccount", "dev"};

TEST(Program, HelpAndVersionNeedNoConfiguration) {
  ProgramRunner runner;
  runner.variables.clear();
  EXPECT_EQ(runner.Run({"--version"}).out, std::string("signet ") + std::string(kVersion) + "\n");
  EXPECT_THAT(runner.Run({}).out, StartsWith("Usage: signet [OPTIONS] ACTION GROUP/OBJECT [PARAMS]\n"));
  EXPECT_THAT(runner.Run({"sign", "security/token", "--help"}).out, StartsWith("Usage: signet [OPTIONS] sign security/token"));
  EXPECT_EQ(runner.Run({"help", "all"}).exit_code, kExitOk);
}

TEST(Program, InfoShowsTheConfigurationAndTheTarget) {
  ProgramRunner runner;
  runner.variables["SIGNET_SUBACCOUNT"] = "dev";
  const ProgramRunner::Result text = runner.Run({"--info"});
  EXPECT_EQ(text.exit_code, kExitOk);
  EXPECT_THAT(text.out, HasSubstr("grpcAddress: " + runner.server().address() + "\n"));
  const auto json = nlohmann::json::parse(runner.Run({"--format", "json", "--info"}).out, nullptr, false);
  EXPECT_EQ(json["config"], runner.folder() + "/signet.json");
  EXPECT_EQ(json["subaccount"], "dev");
}

TEST(Program, InfoSaysWhatIsWrongWithTheConfiguration) {
  ProgramRunner runner;
  const ProgramRunner::Result result = runner.Run({"--config", "/nowhere/signet.json", "--info"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.out, HasSubstr("problem: configuration /nowhere/signet.json cannot be opened"));
  EXPECT_THAT(result.out, testing::Not(HasSubstr("OK")));
  EXPECT_THAT(result.err, StartsWith("FAILED: configuration /nowhere/signet.json cannot be opened"));
}

TEST(Program, AConfigurationThatIsMissingIsAUsageError) {
  ProgramRunner runner;
  runner.variables["SIGNET_CONFIG"] = "/nowhere/signet.json";
  const ProgramRunner::Result result = runner.Run(kList);
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err, StartsWith("FAILED: configuration /nowhere/signet.json cannot be opened"));
  EXPECT_EQ(result.out, "");
}

TEST(Program, WorksOverTlsToo) {
  ProgramRunner runner(ScriptedServer::Transport::kTls);
  runner.server().Reply("ListKeys", v1::ListKeysResponse());
  const ProgramRunner::Result result = runner.Run(kList);
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_THAT(result.out, HasSubstr("0 entries\n\nOK\n"));
}

TEST(Program, AServerThatIsNotThereIsTheServersFailure) {
  ProgramRunner runner;
  std::ofstream(runner.folder() + "/gone.json") << R"({"grpc_address": "unix:/nowhere/grpc.sock"})";
  const ProgramRunner::Result result = runner.Run({"--config", runner.folder() + "/gone.json", "list", "accounts/directory"});
  EXPECT_EQ(result.exit_code, kExitServer);
  EXPECT_THAT(result.err, HasSubstr("Hint: see that signetd runs"));
}

TEST(Program, AnErrorOfTheServerGoesToStandardErrorInTheChosenFormat) {
  ProgramRunner runner;
  const absl::Status failure =
      Error(absl::StatusCode::kNotFound, reason::kTenantNotFound, "there is no tenant 'dev'", {{"tenant", "dev"}});
  runner.server().Fail("ListKeys", failure);
  const ProgramRunner::Result text = runner.Run(kList);
  EXPECT_EQ(text.exit_code, kExitNotFound);
  EXPECT_EQ(text.err, "FAILED: there is no tenant 'dev'\nReason: TENANT_NOT_FOUND\n");
  EXPECT_EQ(text.out, "");

  runner.server().Fail("ListKeys", failure);
  const ProgramRunner::Result json = runner.Run({"--format", "json", "list", "security/token-key", "--subaccount", "dev"});
  EXPECT_EQ(json.exit_code, kExitNotFound);
  const auto error = nlohmann::json::parse(json.err, nullptr, false);
  EXPECT_EQ(error["error"]["code"], "NOT_FOUND");
  EXPECT_EQ(error["error"]["reason"], "TENANT_NOT_FOUND");
  EXPECT_EQ(error["error"]["metadata"]["tenant"], "dev");
}

TEST(Program, AnErrorInAFieldNamesTheParameter) {
  ProgramRunner runner;
  runner.server().Fail("CreateTenant", Error(absl::StatusCode::kInvalidArgument, reason::kInvalidName, "tenant_id must be an id",
                                             {{"field", "tenant_id"}}));
  EXPECT_EQ(runner.Run({"create", "accounts/subaccount", "--id", "Not Valid"}).err,
            "FAILED: tenant_id must be an id\nReason: INVALID_NAME\nHint: check --id\n");
}

TEST(Program, AUsageErrorFollowsTheFormatToo) {
  ProgramRunner runner;
  const auto error = nlohmann::json::parse(runner.Run({"--format", "json", "lst"}).err, nullptr, false);
  EXPECT_EQ(error["error"]["reason"], "USAGE");
  EXPECT_EQ(error["error"]["hint"], "signet help");
  EXPECT_EQ(error["error"].count("metadata"), 0u);
}

TEST(Program, VerboseTellsTheServerAndTheRequestIdOnStandardError) {
  ProgramRunner runner;
  runner.server().Reply("CreateKey", v1::SigningKey());
  const ProgramRunner::Result result =
      runner.Run({"--verbose", "--format", "json", "create", "security/token-key", "--subaccount", "dev"});
  const auto requests = runner.server().Received<v1::CreateKeyRequest>("CreateKey");
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_NE(requests[0].request_id(), "");
  EXPECT_EQ(result.err, "Server: " + runner.server().address() + "\nRequest id: " + requests[0].request_id() + "\n");
  EXPECT_THAT(result.out, StartsWith("{"));

  runner.server().Reply("GetKey", v1::SigningKey());
  const ProgramRunner::Result read = runner.Run({"--verbose", "get", "security/token-key", "--key", "k1", "--subaccount", "dev"});
  EXPECT_THAT(read.err, HasSubstr("Request id: " + runner.server().LastRequestId("GetKey") + "\n"));
  EXPECT_NE(runner.server().LastRequestId("GetKey"), "");
}

TEST(Program, OutputThatCannotBeWrittenIsAFailure) {
  SystemRandom random;
  FakeClock clock;
  std::istringstream in;
  std::ofstream full("/dev/full");
  std::ostringstream err;
  const Environment environment = {[](absl::string_view) { return ""; },
                                   in,
                                   false,
                                   full,
                                   false,
                                   err,
                                   false,
                                   random,
                                   clock,
                                   [](absl::Duration) {},
                                   [] { return [](absl::Duration) { return true; }; }};
  EXPECT_EQ(cli::Run({"--version"}, environment), kExitServer);
  EXPECT_EQ(err.str(), "FAILED: standard output cannot be written\n");
}

TEST(Program, ListsAndHelpAreShownPageByPageToPeopleAlone) {
  ProgramRunner runner;
  const auto run = [&](const std::vector<std::string>& words) {
    runner.pages.clear();
    runner.server().Reply("ListKeys", v1::ListKeysResponse());
    const ProgramRunner::Result result = runner.Run(words);
    if (!runner.pages.empty()) {
      EXPECT_EQ(runner.pages, std::vector<std::string>{result.out});
    }
    return runner.pages.size();
  };
  EXPECT_EQ(run(kList), 0u);
  EXPECT_EQ(run({"help"}), 0u);
  runner.out_is_terminal = true;
  EXPECT_EQ(run(kList), 1u);
  for (const std::vector<std::string>& help : std::vector<std::vector<std::string>>{
           {}, {"help"}, {"--help"}, {"--help", "rotate"}, {"help", "all"}, {"rotate", "security/token-key", "--help"}}) {
    EXPECT_EQ(run(help), 1u) << testing::PrintToString(help);
  }
  std::vector<std::string> json = kList;
  json.insert(json.begin(), {"--format", "json"});
  EXPECT_EQ(run(json), 0u);
  EXPECT_EQ(run({"--version"}), 0u);
  EXPECT_EQ(run({"list", "nonsense"}), 0u) << "there is nothing to show";
}

// A runner whose configuration names a credential, and the endpoint that its tokens come from.
class CredentialProgramTest : public testing::Test {
 protected:
  CredentialProgramTest() {
    runner_.Write("ca.pem", endpoint_.ca_certificate());
    runner_.Write("admin.json",
                  R"({"client_id": "c1", "client_secret": "s3cret", "token_url": ")" + endpoint_.url() + R"(/oauth/token"})");
    runner_.Configure({{"ca_certificate", "ca.pem"}, {"admin_credential_file", "admin.json"}});
  }

  client::ScriptedHttpsServer endpoint_;
  ProgramRunner runner_;
};

TEST_F(CredentialProgramTest, EveryCallIsMadeAsTheClientOfTheConfiguration) {
  endpoint_.ReplyToken("t1");
  runner_.server().Reply("ListKeys", v1::ListKeysResponse());
  EXPECT_EQ(runner_.Run(kList).exit_code, kExitOk);
  EXPECT_THAT(runner_.server().Authorizations("ListKeys"), testing::ElementsAre("Bearer t1"));
}

TEST_F(CredentialProgramTest, VerboseAndInfoShowTheClientButNeitherTokenNorSecret) {
  endpoint_.ReplyToken("t0ken");
  runner_.server().Reply("ListKeys", v1::ListKeysResponse());
  std::vector<std::string> words = kList;
  words.insert(words.begin(), "--verbose");
  const ProgramRunner::Result verbose = runner_.Run(words);
  const ProgramRunner::Result info = runner_.Run({"--info"});
  EXPECT_THAT(verbose.err, HasSubstr("Client: c1\n"));
  EXPECT_THAT(info.out, HasSubstr("clientId: c1\n"));
  for (const std::string& text : {verbose.err, verbose.out, info.out}) {
    EXPECT_THAT(text, testing::Not(HasSubstr("s3cret")));
    EXPECT_THAT(text, testing::Not(HasSubstr("t0ken")));
  }
}

TEST_F(CredentialProgramTest, ASecretThatIsWrongIsToldWithTheWayOut) {
  endpoint_.Reply(401, R"({"error":"invalid_client"})");
  const ProgramRunner::Result result = runner_.Run(kList);
  EXPECT_EQ(result.exit_code, kExitAuth);
  EXPECT_THAT(result.err, HasSubstr("/oauth/token: invalid_client\nHint: the secret is wrong"));
}

TEST(Program, WithoutACredentialTheHintSaysHowToLogIn) {
  ProgramRunner runner;
  runner.server().Fail("ListKeys", Error(absl::StatusCode::kUnauthenticated, reason::kCredentialsMissing, "who are you"));
  const ProgramRunner::Result result = runner.Run(kList);
  EXPECT_EQ(result.exit_code, kExitAuth);
  EXPECT_EQ(result.err,
            "FAILED: who are you\nReason: CREDENTIALS_MISSING\nHint: log in with `signet login`, or name client_id, "
            "client_secret_file and token_url in the configuration\n");
}

}  // namespace
}  // namespace signet::cli
