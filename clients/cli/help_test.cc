#include "clients/cli/help.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "clients/cli/failure.h"
#include "clients/cli/grammar.h"
#include "clients/cli/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string Help(const HelpTopic& topic) {
  const absl::StatusOr<std::string> help = RenderHelp(topic, SignetGrammar());
  return help.ok() ? *help : absl::StrCat("no help: ", help.status().message());
}

std::vector<HelpTopic> AllTopics() {
  std::vector<HelpTopic> topics = {{false, "", ""}, {true, "", ""}};
  for (const Topic& action : SignetGrammar().actions) topics.push_back({false, action.name, ""});
  for (const Topic& object : SignetGrammar().objects) topics.push_back({false, "", object.name});
  for (const Command& command : SignetGrammar().commands) topics.push_back({false, command.action, command.object});
  return topics;
}

TEST(Grammar, DocumentsEverything) {
  for (const Parameter& option : SignetGrammar().options) EXPECT_THAT(option.doc, EndsWith(".")) << option.name;
  for (const Topic& action : SignetGrammar().actions) EXPECT_THAT(action.doc, EndsWith(".")) << action.name;
  for (const Topic& object : SignetGrammar().objects) EXPECT_THAT(object.doc, EndsWith(".")) << object.name;
  for (const Command& command : SignetGrammar().commands) {
    EXPECT_THAT(command.doc, EndsWith(".")) << command.action << " " << command.object;
    for (const Parameter& parameter : command.parameters) {
      EXPECT_THAT(parameter.doc, EndsWith(".")) << parameter.name;
      EXPECT_EQ(parameter.value.empty(), parameter.kind == ParameterKind::kBool) << parameter.name;
    }
  }
}

TEST(Grammar, NamesEveryActionObjectAndParameterOnce) {
  std::set<std::string> actions;
  std::set<std::string> objects;
  std::set<std::string> commands;
  for (const Topic& action : SignetGrammar().actions) EXPECT_TRUE(actions.insert(action.name).second) << action.name;
  for (const Topic& object : SignetGrammar().objects) EXPECT_TRUE(objects.insert(object.name).second) << object.name;
  for (const Command& command : SignetGrammar().commands) {
    EXPECT_TRUE(actions.contains(command.action)) << command.action;
    EXPECT_TRUE(command.object.empty() || objects.contains(command.object)) << command.object;
    EXPECT_TRUE(commands.insert(command.Name()).second);
    std::set<std::string> parameters;
    int positional = 0;
    for (const Parameter& parameter : command.parameters) {
      EXPECT_TRUE(parameters.insert(parameter.name).second) << command.action << " " << command.object << " " << parameter.name;
      positional += parameter.positional ? 1 : 0;
    }
    EXPECT_LE(positional, 1) << command.action << " " << command.object;
  }
}

TEST(Grammar, EveryChangeTakesARequestIdAndCanBeValidatedOnly) {
  const std::set<std::string> reads = {"list",  "get",   "sign",   "verify", "preview",
                                       "watch", "login", "logout", "target", "completion"};
  for (const Command& command : SignetGrammar().commands) {
    std::set<std::string> names;
    for (const Parameter& parameter : command.parameters) names.insert(parameter.name);
    // What is created there is a file of the caller's.
    const bool changes = !reads.contains(command.action) && command.object != "security/certificate-request";
    // The audit trail is searched by it.
    const bool searches = command.Name() == "list security/audit";
    EXPECT_EQ(names.contains("request-id"), changes || searches) << command.action << " " << command.object;
    EXPECT_EQ(names.contains("validate-only"), changes) << command.action << " " << command.object;
  }
}

TEST(Grammar, EveryCommandThatTakesASubaccountTakesTheOtherScopesToo) {
  int scoped = 0;
  for (const Command& command : SignetGrammar().commands) {
    SCOPED_TRACE(command.Name());
    std::map<std::string, ParameterKind> kinds;
    for (const Parameter& parameter : command.parameters) kinds.emplace(parameter.name, parameter.kind);
    scoped += kinds.contains("subaccount") ? 1 : 0;
    for (const char* scope : {"subaccount", "directory", "global-account"}) {
      ASSERT_EQ(kinds.contains(scope), kinds.contains("subaccount")) << scope;
      if (!kinds.contains(scope)) continue;
      // What it sets is the target: there is none to stand for.
      EXPECT_EQ(kinds.at(scope), command.action == "target" ? ParameterKind::kValue : ParameterKind::kOptionalValue) << scope;
    }
  }
  EXPECT_GT(scoped, 20);
}

TEST(RenderHelp, FitsOneHundredColumnsWithoutTrailingBlanks) {
  for (const HelpTopic& topic : AllTopics()) {
    const std::string help = Help(topic);
    for (absl::string_view line : absl::StrSplit(help, '\n')) {
      EXPECT_LE(Width(line), 100u) << line;
      EXPECT_THAT(std::string(line), Not(EndsWith(" ")));
    }
  }
}

TEST(RenderHelp, NamesEveryParameterOfACommand) {
  for (const Command& command : SignetGrammar().commands) {
    const std::string help = Help({false, command.action, command.object});
    EXPECT_THAT(help, HasSubstr("signet [OPTIONS] " + command.Name()));
    for (const Parameter& parameter : command.parameters) EXPECT_THAT(help, HasSubstr("--" + parameter.name));
  }
}

TEST(RenderHelp, OfEverythingHoldsTheHelpOfEachCommand) {
  const std::string everything = Help({true, "", ""});
  for (const Command& command : SignetGrammar().commands) {
    EXPECT_THAT(everything, HasSubstr(Help({false, command.action, command.object})));
  }
}

TEST(RenderHelp, OfAnActionAnObjectOrAGroupListsItsCommands) {
  EXPECT_THAT(Help({false, "revoke", ""}), HasSubstr("revoke security/token-key       Revoke a signing key.\n"));
  EXPECT_THAT(Help({false, "", "security/token"}), HasSubstr("verify security/token"));
  EXPECT_THAT(Help({false, "", "security/token"}), Not(HasSubstr("token-key")));
  EXPECT_THAT(Help({false, "", "security"}), HasSubstr("create security/key-ring"));
  EXPECT_THAT(Help({false, "", "security"}), Not(HasSubstr("accounts/")));
}

TEST(RenderHelp, OfACommandSaysWhatIsRequired) {
  EXPECT_EQ(Help({false, "get", "accounts/directory"}),
            "Usage: signet [OPTIONS] get accounts/directory [--id] ID\n"
            "\n"
            "Show a directory.\n"
            "\n"
            "Parameters:\n"
            "  [--id] ID  Required. The id of the directory.\n");
}

TEST(RenderHelp, ExplainsWhatNamesAloneDoNot) {
  EXPECT_THAT(Help({false, "", "security/token-key"}), HasSubstr("  PREVIOUS  disabled, and was enabled"));
  EXPECT_THAT(Help({false, "", "security/token-key"}), HasSubstr("  Effective  when"));
  EXPECT_THAT(Help({false, "preview", "security/rotation"}), HasSubstr("  REVOKE              the key is revoked"));
  EXPECT_THAT(Help({false, "", ""}), HasSubstr("2026-06-02T10:54:03Z"));
  EXPECT_THAT(Help({false, "", ""}), HasSubstr("\n  admin_credential_file\n"));
  for (const char* action : {"create", "update"}) {
    EXPECT_THAT(Help({false, action, "security/key-ring"}), HasSubstr("  activation-delay      as the jwks-max-age  12h  "));
    EXPECT_THAT(Help({false, action, "security/key-ring"}), HasSubstr("--retain-until-revoked [BOOL|default]"));
  }
  EXPECT_THAT(Help({false, "list", "security/token-key"}), HasSubstr("names a tenant of any kind"));
}

TEST(RenderHelp, TellsANewcomerHowToBegin) {
  EXPECT_THAT(Help({false, "", ""}), HasSubstr("First steps:\n  signet login --url"));
  EXPECT_THAT(Help({false, "", ""}), HasSubstr("\n  PAGER "));
  EXPECT_THAT(Help({false, "create", "security/api-credential"}),
              HasSubstr("  sign:tokens                 have claims signed as tokens\n"));
}

TEST(RenderHelp, AnUpdateHasNoDefaults) {
  for (const char* object : {"accounts/global-account", "accounts/directory", "accounts/subaccount"}) {
    EXPECT_THAT(Help({false, "create", object}), HasSubstr("Default: the id."));
    EXPECT_THAT(Help({false, "update", object}), Not(HasSubstr("Default: the id.")));
  }
}

TEST(RenderHelp, OfACommandThatStandsAlone) {
  EXPECT_EQ(Help({false, "logout", ""}),
            "Usage: signet [OPTIONS] logout\n"
            "\n"
            "Log out: revoke the token, and forget the secret and all that login and target stored. A credential\n"
            "that the configuration names is used again.\n");
  EXPECT_THAT(Help({false, "target", ""}), HasSubstr("\nParameters:\n  --subaccount ID"));
}

TEST(RenderHelp, OfNothingKnownIsAUsageErrorThatSaysWhatWasMeant) {
  const absl::Status status = RenderHelp({false, "", "tokenkey"}, SignetGrammar()).status();
  EXPECT_EQ(GetReason(status), kUsageReason);
  EXPECT_THAT(std::string(status.message()), HasSubstr("did you mean 'security/token-key'?"));
  EXPECT_EQ(GetReason(RenderHelp({false, "revoke", "security/token"}, SignetGrammar()).status()), kUsageReason);
}

}  // namespace
}  // namespace signet::cli
