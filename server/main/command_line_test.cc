#include "server/main/command_line.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::server {
namespace {

using testing::HasSubstr;

template <typename T>
T Parsed(const std::vector<std::string>& arguments) {
  const absl::StatusOr<Command> command = ParseCommandLine(arguments);
  EXPECT_TRUE(command.ok()) << command.status();
  EXPECT_TRUE(command.ok() && std::holds_alternative<T>(*command));
  return command.ok() && std::holds_alternative<T>(*command) ? std::get<T>(*command) : T();
}

TEST(CommandLineTest, AConfigurationIsServedOrChecked) {
  EXPECT_EQ(Parsed<ServeCommand>({"--config", "c.yaml"}).config_path, "c.yaml");
  EXPECT_EQ(Parsed<ServeCommand>({"--config=c.yaml"}).config_path, "c.yaml");
  EXPECT_EQ(Parsed<CheckCommand>({"--config", "c.yaml", "--check"}).config_path, "c.yaml");
}

TEST(CommandLineTest, DevelopmentModeHasDefaultAddresses) {
  const auto dev = Parsed<DevCommand>({"--dev", "--data_dir", "d"});
  EXPECT_EQ(dev.data_dir, "d");
  EXPECT_EQ(dev.grpc_address, "127.0.0.1:8443");
  EXPECT_EQ(dev.http_address, "127.0.0.1:8444");
}

TEST(CommandLineTest, DevelopmentModeListensWhereItIsTold) {
  const auto dev = Parsed<DevCommand>({"--dev", "--data_dir=d", "--grpc_address", "127.0.0.1:0", "--http_address", "[::1]:0"});
  EXPECT_EQ(dev.grpc_address, "127.0.0.1:0");
  EXPECT_EQ(dev.http_address, "[::1]:0");
}

TEST(CommandLineTest, BootstrapNeedsAConfigurationAndAPlaceForTheCredential) {
  const auto bootstrap = Parsed<BootstrapCommand>({"bootstrap", "--config", "c.yaml", "--credential_file", "admin.json"});
  EXPECT_EQ(bootstrap.config_path, "c.yaml");
  EXPECT_EQ(bootstrap.credential_path, "admin.json");
  EXPECT_FALSE(bootstrap.replace);
  EXPECT_TRUE(Parsed<BootstrapCommand>({"bootstrap", "--config=c", "--credential_file=a", "--replace"}).replace);
}

TEST(CommandLineTest, BootstrapHasAHelpOfItsOwn) {
  EXPECT_THAT(Parsed<PrintCommand>({"bootstrap", "--help"}).text, HasSubstr("--credential_file"));
}

TEST(CommandLineTest, HelpNamesEveryOption) {
  const std::string help = Parsed<PrintCommand>({"--help"}).text;
  for (const char* option :
       {"--config", "--check", "--dev", "--data_dir", "--grpc_address", "--http_address", "--version", "bootstrap"}) {
    EXPECT_THAT(help, HasSubstr(option));
  }
}

TEST(CommandLineTest, HelpSaysWhichExitCodeForbidsARestart) {
  EXPECT_THAT(Parsed<PrintCommand>({"--help"}).text, HasSubstr("After 2, do not restart it unchanged"));
}

TEST(CommandLineTest, VersionPrintsNameAndNumber) {
  EXPECT_THAT(Parsed<PrintCommand>({"--version"}).text, testing::MatchesRegex("signetd [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(CommandLineTest, WrongUsageIsAnErrorThatPointsToTheHelp) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"--config"},
      {"--check"},
      {"--dev"},
      {"--data_dir", "d"},
      {"--dev", "--data_dir", ""},
      {"--dev", "--data_dir", "d", "--config", "c"},
      {"--config", "c", "--grpc_address", "127.0.0.1:1"},
      {"--dev", "--data_dir", "d", "--check"},
      {"--config", "c", "--no_such_option"},
      {"serve"},
      {"bootstrap"},
      {"bootstrap", "--config", "c"},
      {"bootstrap", "--credential_file", "a"},
      {"--dev", "--data_dir", "d", "bootstrap", "--config", "c", "--credential_file", "a"},
      {"--config", "c", "bootstrap", "--config", "c", "--credential_file", "a"},
  };
  for (const auto& arguments : wrong) {
    const auto command = ParseCommandLine(arguments);
    EXPECT_EQ(command.status().code(), absl::StatusCode::kInvalidArgument) << testing::PrintToString(arguments);
    EXPECT_THAT(std::string(command.status().message()), HasSubstr("signetd --help")) << testing::PrintToString(arguments);
  }
}

}  // namespace
}  // namespace signet::server
