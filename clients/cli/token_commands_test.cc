#include "clients/cli/token_commands.h"

#include <fstream>
#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/program_runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

v1::SignTokenResponse SignedToken() {
  v1::SignTokenResponse reply;
  reply.set_token("h.p.s");
  reply.set_token_id("j1");
  return reply;
}

TEST(TokenCommands, SignPrintsTheTokenAloneOnItsLine) {
  ProgramRunner runner;
  runner.server().Reply("SignToken", SignedToken());
  const ProgramRunner::Result result = runner.Run(
      {"sign", "security/token", "--claims", R"({"sub":"a b"})", "--ttl", "10m", "--ring", "saml", "--subaccount", "dev"});
  EXPECT_EQ(result.out, "h.p.s\n");
  const v1::SignTokenRequest request = runner.server().Received<v1::SignTokenRequest>("SignToken").at(0);
  EXPECT_EQ(request.key_ring(), "tenants/dev/keyRings/saml");
  EXPECT_EQ(request.claims_json(), R"({"sub":"a b"})");
  EXPECT_EQ(request.ttl().seconds(), 600);
}

TEST(TokenCommands, SignOnATerminalSaysOk) {
  ProgramRunner runner;
  runner.out_is_terminal = true;
  runner.server().Reply("SignToken", SignedToken());
  EXPECT_EQ(runner.Run({"sign", "security/token", "--claims", "{}", "--subaccount", "dev"}).out, "h.p.s\n\nOK\n");
}

TEST(TokenCommands, WhatSignWritesVerifyReads) {
  ProgramRunner runner;
  runner.server().Reply("SignToken", SignedToken());
  runner.in = runner.Run({"sign", "security/token", "--claims", "{}", "--subaccount", "dev"}).out;
  runner.server().Reply("VerifyToken", v1::VerifyTokenResponse());
  EXPECT_EQ(runner.Run({"verify", "security/token", "-", "--subaccount", "dev"}).exit_code, kExitOk);
  EXPECT_EQ(runner.server().Received<v1::VerifyTokenRequest>("VerifyToken").at(0).token(), "h.p.s");
}

TEST(TokenCommands, VerifyTakesOneLineBreakOffAndNothingElse) {
  ProgramRunner runner;
  const std::pair<const char*, const char*> kTable[] = {{"h.p.s\n", "h.p.s"}, {"h.p.s\r\n", "h.p.s"},
                                                        {"h.p.s ", "h.p.s"},  {"h.p.s\n\n", "h.p.s\n"},
                                                        {" h.p.s", " h.p.s"}, {"h.p.s\n\nOK\n", "h.p.s\n\nOK"}};
  for (const auto& [input, token] : kTable) {
    runner.in = input;
    runner.server().Reply("VerifyToken", v1::VerifyTokenResponse());
    EXPECT_EQ(runner.Run({"verify", "security/token", "-", "--subaccount", "dev"}).exit_code, kExitOk);
    EXPECT_EQ(runner.server().Received<v1::VerifyTokenRequest>("VerifyToken").back().token(), token);
  }
}

TEST(TokenCommands, ContentThatIsEmptyOrNotUtf8IsAUsageErrorBeforeAnyCall) {
  struct Row {
    const char* claims;
    const char* in;
    const char* err;
  };
  const Row kTable[] = {
      {"", "", "FAILED: --claims is empty\nHint: signet help sign security/token\n"},
      {" ", "", "FAILED: --claims is empty\n"},
      {"-", "", "FAILED: --claims: standard input is empty\n"},
      {"-", "\n", "FAILED: --claims: standard input is empty\n"},
      {"-", "{\"sub\":\"\xff\"}", "FAILED: --claims is not valid UTF-8\n"},
      {"{\"sub\":\"\xff\"}", "", "FAILED: --claims is not valid UTF-8\nHint: signet help sign security/token\n"},
      {"@", "", "FAILED: --claims: '@' names no file\nHint: write @FILE, without a blank between them\n"},
  };
  ProgramRunner runner;
  for (const Row& row : kTable) {
    runner.in = row.in;
    const ProgramRunner::Result result = runner.Run({"sign", "security/token", "--claims", row.claims, "--subaccount", "dev"});
    EXPECT_EQ(result.exit_code, kExitUsage) << row.err;
    EXPECT_EQ(result.err, row.err);
  }
  const std::string file = runner.folder() + "/latin1.json";
  std::ofstream(file) << "{\"sub\":\"Z\xFCrich\"}";
  const ProgramRunner::Result result = runner.Run({"sign", "security/token", "--claims", "@" + file, "--subaccount", "dev"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_EQ(result.err, "FAILED: --claims is not valid UTF-8\n");
  EXPECT_TRUE(runner.server().Received<v1::SignTokenRequest>("SignToken").empty());
}

TEST(TokenCommands, SignReadsClaimsFromAFileOrStandardInput) {
  ProgramRunner runner;
  std::ofstream(runner.folder() + "/claims.json") << R"({"from":"file"})";
  runner.in = R"({"from":"stdin"})";
  for (const std::string& claims : {"@" + runner.folder() + "/claims.json", std::string("-")}) {
    runner.server().Reply("SignToken", SignedToken());
    EXPECT_EQ(runner.Run({"sign", "security/token", "--claims", claims, "--subaccount", "dev"}).exit_code, kExitOk);
  }
  const auto requests = runner.server().Received<v1::SignTokenRequest>("SignToken");
  EXPECT_EQ(requests.at(0).claims_json(), R"({"from":"file"})");
  EXPECT_EQ(requests.at(1).claims_json(), R"({"from":"stdin"})");
  EXPECT_FALSE(requests.at(0).has_ttl());
}

TEST(TokenCommands, SignInJsonIsTheMessage) {
  ProgramRunner runner;
  runner.server().Reply("SignToken", SignedToken());
  const auto reply = nlohmann::json::parse(
      runner.Run({"--format", "json", "sign", "security/token", "--claims", "{}", "--subaccount", "dev"}).out, nullptr, false);
  EXPECT_EQ(reply["token"], "h.p.s");
  EXPECT_EQ(reply["tokenId"], "j1");
}

TEST(TokenCommands, VerifyShowsWhatTheTokenSays) {
  ProgramRunner runner;
  v1::VerifyTokenResponse reply;
  reply.set_key("tenants/dev/keyRings/access-token/keys/k1");
  reply.set_header_json(R"({"alg":"ES256"})");
  reply.set_claims_json(R"({"sub":"a"})");
  reply.mutable_expire_time()->set_seconds(1706885331);
  runner.server().Reply("VerifyToken", reply);
  runner.in = "h.p.s\n";
  EXPECT_EQ(runner.Run({"verify", "security/token", "-", "--audience", "me", "--subaccount", "dev"}).out,
            "The token is valid\n"
            "\n"
            "Key ID:  k1\n"
            "Expires: Fri Feb 02 14:48:51 UTC 2024\n"
            "Header:  {\"alg\":\"ES256\"}\n"
            "Claims:  {\"sub\":\"a\"}\n"
            "\n"
            "OK\n");
  const v1::VerifyTokenRequest request = runner.server().Received<v1::VerifyTokenRequest>("VerifyToken").at(0);
  EXPECT_EQ(request.parent(), "tenants/dev");
  EXPECT_EQ(request.token(), "h.p.s");
  EXPECT_EQ(request.audience(), "me");
}

TEST(TokenCommands, ATokenThatIsNotValidExitsAsNotAuthenticated) {
  ProgramRunner runner;
  runner.server().Fail("VerifyToken", Error(absl::StatusCode::kInvalidArgument, reason::kTokenExpired, "the token has expired"));
  const ProgramRunner::Result result = runner.Run({"verify", "security/token", "h.p.s", "--subaccount", "dev"});
  EXPECT_EQ(result.exit_code, kExitAuth);
  EXPECT_EQ(result.err, "FAILED: the token has expired\nReason: TOKEN_EXPIRED\n");
}

}  // namespace
}  // namespace signet::cli
