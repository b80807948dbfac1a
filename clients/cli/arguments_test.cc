#include "clients/cli/arguments.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "base/error.h"
#include "clients/cli/failure.h"
#include "clients/cli/grammar.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Words are the words of a command line that holds no quotes.
std::vector<std::string> Words(absl::string_view line) { return absl::StrSplit(line, ' ', absl::SkipEmpty()); }

absl::StatusOr<Invocation> Parse(const std::vector<std::string>& words) {
  SIGNET_ASSIGN_OR_RETURN(const Options options, ParseOptions(words, SignetGrammar()));
  return ParseInvocation(options, SignetGrammar());
}

TEST(ParseOptions, StandDirectlyAfterTheProgram) {
  const std::vector<std::string> words = Words("--config c.json --format=json --verbose list security/token-key --subaccount dev");
  const absl::StatusOr<Options> options = ParseOptions(words, SignetGrammar());
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->values.Get("config"), "c.json");
  EXPECT_EQ(options->format, Format::kJson);
  EXPECT_TRUE(options->values.IsTrue("verbose"));
  EXPECT_THAT(std::vector<std::string>(options->rest.begin(), options->rest.end()),
              ElementsAre("list", "security/token-key", "--subaccount", "dev"));
}

TEST(ParseInvocation, FindsTheCommandAndItsValues) {
  const absl::StatusOr<Invocation> invocation =
      Parse(Words("create accounts/subaccount --id=s1 --host-alias a --host-alias=b --display-name= --validate-only --parent ga"));
  ASSERT_TRUE(invocation.ok()) << invocation.status();
  ASSERT_NE(invocation->command, nullptr);
  EXPECT_EQ(invocation->command->action, "create");
  EXPECT_EQ(invocation->command->object, "accounts/subaccount");
  EXPECT_EQ(invocation->values.Get("id"), "s1");
  EXPECT_THAT(invocation->values.All("host-alias"), ElementsAre("a", "b"));
  EXPECT_TRUE(invocation->values.Has("display-name"));
  EXPECT_EQ(invocation->values.Get("display-name"), "");
  EXPECT_TRUE(invocation->values.IsTrue("validate-only"));
  EXPECT_FALSE(invocation->values.Has("issuer"));
}

TEST(ParseInvocation, ABoolWithoutAValueMeansTrue) {
  const auto force = [](const std::string& words) {
    const absl::StatusOr<Invocation> invocation = Parse(Words("enable security/token-key --key k1 " + words));
    return invocation.ok() ? std::optional<bool>(invocation->values.IsTrue("force")) : std::nullopt;
  };
  EXPECT_EQ(force(""), false);
  EXPECT_EQ(force("--force"), true);
  EXPECT_EQ(force("--force true"), true);
  EXPECT_EQ(force("--force false"), false);
  EXPECT_EQ(force("--force=false"), false);
  EXPECT_EQ(force("--force --subaccount dev"), true);
  EXPECT_EQ(force("--force=yes"), std::nullopt);
  EXPECT_EQ(force("--force maybe"), std::nullopt);
}

TEST(ParseInvocation, AScopeMayStandWithoutAValue) {
  const absl::StatusOr<Invocation> invocation = Parse(Words("list security/token-key --subaccount --ring saml"));
  ASSERT_TRUE(invocation.ok()) << invocation.status();
  EXPECT_TRUE(invocation->values.Has("subaccount"));
  EXPECT_EQ(invocation->values.Get("subaccount"), "");
  EXPECT_EQ(invocation->values.Get("ring"), "saml");
}

TEST(ParseInvocation, ACommandMayStandAlone) {
  const absl::StatusOr<Invocation> target = Parse(Words("target --subaccount dev"));
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->command->Name(), "target");
  EXPECT_EQ(target->values.Get("subaccount"), "dev");
  EXPECT_EQ(Parse(Words("logout"))->command->Name(), "logout");
  EXPECT_EQ(Parse(Words("help login"))->topic.action, "login");
  EXPECT_EQ(Parse(Words("login --help"))->topic.action, "login");
  EXPECT_EQ(GetReason(Parse(Words("logout now")).status()), kUsageReason);
  EXPECT_EQ(GetReason(Parse(Words("target --subacount dev")).status()), kUsageReason);
}

TEST(ParseInvocation, ADashIsAValue) {
  EXPECT_EQ(Parse(Words("sign security/token --claims -"))->values.Get("claims"), "-");
  EXPECT_EQ(Parse(Words("verify security/token -"))->values.Get("token"), "-");
}

TEST(ParseInvocation, AnIdMayBeginWithDashes) {
  for (const char* id : {"-kid", "--kid", "--kid=x", "--"}) {
    EXPECT_EQ(Parse({"get", "security/token-key", "--key", id, "--ring", "r"})->values.Get("key"), id);
    EXPECT_EQ(Parse({"get", "security/token-key", std::string("--key=") + id})->values.Get("key"), id);
  }
}

TEST(ParseInvocation, APositionalValueMayStandAnywhereAndByItsName) {
  for (const char* line : {"delete accounts/directory d1 --confirm", "delete accounts/directory --confirm d1",
                           "delete accounts/directory --confirm --id d1"}) {
    const absl::StatusOr<Invocation> invocation = Parse(Words(line));
    ASSERT_TRUE(invocation.ok()) << line << invocation.status();
    EXPECT_EQ(invocation->values.Get("id"), "d1") << line;
    EXPECT_TRUE(invocation->values.IsTrue("confirm")) << line;
  }
}

TEST(ParseInvocation, HelpWorksAtEveryLevelAndAtEitherEnd) {
  struct Row {
    const char* line;
    bool everything;
    const char* action;
    const char* object;
  };
  const Row kTable[] = {
      {"", false, "", ""},
      {"help", false, "", ""},
      {"--help", false, "", ""},
      {"help --help", false, "", ""},
      {"help all", true, "", ""},
      {"help list", false, "list", ""},
      {"list --help", false, "list", ""},
      {"--help list", false, "list", ""},
      {"help security", false, "", "security"},
      {"help security/token-key", false, "", "security/token-key"},
      {"security/token-key --help", false, "", "security/token-key"},
      {"help list security/token-key", false, "list", "security/token-key"},
      {"--help list security/token-key", false, "list", "security/token-key"},
      {"list security/token-key --help", false, "list", "security/token-key"},
      {"delete accounts/directory d1 --confirm --help", false, "delete", "accounts/directory"},
      {"--help delete accounts/directory d1", false, "delete", "accounts/directory"},
      {"help list security/token-key --subaccount dev", false, "list", "security/token-key"},
  };
  for (const Row& row : kTable) {
    const std::vector<std::string> words = Words(row.line);
    const absl::StatusOr<Invocation> invocation = Parse(words);
    ASSERT_TRUE(invocation.ok()) << row.line << invocation.status();
    EXPECT_EQ(invocation->command, nullptr) << row.line;
    EXPECT_EQ(invocation->topic.everything, row.everything) << row.line;
    EXPECT_EQ(invocation->topic.action, row.action) << row.line;
    EXPECT_EQ(invocation->topic.object, row.object) << row.line;
  }
}

TEST(ParseInvocation, EachMistakeIsAUsageErrorThatSaysWhatIsWrongAndWhereHelpIs) {
  struct Row {
    const char* line;
    const char* message;
    const char* help;
  };
  const Row kTable[] = {
      {"--confg c list security/token-key", "unknown parameter '--confg' of signet: did you mean '--config'?", "signet help"},
      {"-h", "unknown parameter '-h' of signet", "signet help"},
      {"--format", "--format needs a value: text|json", "signet help"},
      {"--format xml list", "--format is text or json, not 'xml'", "signet help"},
      {"--config a --config b", "--config was given before", "signet help"},
      {"lst security/token-key", "unknown action 'lst': did you mean 'list'?", "signet help"},
      {"security/token-key list", "the action comes first: signet ACTION security/token-key", "signet help security/token-key"},
      {"list", "'list' needs an object", "signet help list"},
      {"list --subaccount dev", "'list' needs an object", "signet help list"},
      {"list token-key", "unknown object 'token-key': did you mean 'security/token-key'?", "signet help"},
      {"list security/token", "'list' is not for security/token, which knows sign, verify", "signet help security/token"},
      {"list security/token-key --subacount dev",
       "unknown parameter '--subacount' of 'list security/token-key': did you mean '--subaccount'?",
       "signet help list security/token-key"},
      {"list security/token-key -s dev", "unknown parameter '-s' of 'list security/token-key'",
       "signet help list security/token-key"},
      {"list security/token-key dev", "unexpected value 'dev' of 'list security/token-key'", "signet help list security/token-key"},
      {"list security/token-key --config c",
       "--config stands directly after the program: signet --config ... list security/token-key", "signet help"},
      {"list security/token-key --format=json", "--format stands directly after the program", "signet help"},
      {"get security/token-key", "'get security/token-key' needs --key ID", "signet help get security/token-key"},
      {"get security/token-key --key", "--key needs a value: ID", "signet help get security/token-key"},
      {"get security/token-key --key --ring r", "--key needs a value: ID", "signet help get security/token-key"},
      {"get security/token-key --key a --key b", "--key was given before", "signet help get security/token-key"},
      {"get security/token-key --subaccount a --subaccount", "--subaccount was given before", "signet help get security/token-key"},
      {"enable security/token-key --key a --force=1", "--force is true or false, not '1'", "signet help enable security/token-key"},
      {"enable security/token-key --key a --force maybe", "--force is true or false, not 'maybe'",
       "signet help enable security/token-key"},
      {"update security/key-ring --name r --retain-until-revoked maybe",
       "--retain-until-revoked is true, false or default, not 'maybe'", "signet help update security/key-ring"},
      {"update security/key-ring --name r --retain-until-revoked=0", "--retain-until-revoked is true, false or default, not '0'",
       "signet help update security/key-ring"},
      {"delete accounts/directory --confirm maybe d1", "unexpected value 'd1'", "signet help delete accounts/directory"},
      {"get accounts/subaccount a b", "unexpected value 'b'", "signet help get accounts/subaccount"},
      {"verify security/token", "'verify security/token' needs --token TOKEN", "signet help verify security/token"},
      {"help list security/token-key more", "there is no help on 'list security/token-key more'", "signet help"},
  };
  for (const Row& row : kTable) {
    const std::vector<std::string> words = Words(row.line);
    const absl::Status status = Parse(words).status();
    EXPECT_EQ(GetReason(status), kUsageReason) << row.line;
    const std::string text = DescribeFailure(status, Format::kText);
    EXPECT_THAT(text, HasSubstr(row.message));
    EXPECT_THAT(text, HasSubstr(std::string("Hint: ") + row.help + "\n"));
  }
}

TEST(ParseInvocation, AnEmptyValueIsAUsageErrorUnlessItMeansSomething) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"delete", "security/token-key", "--key", "k", "--subaccount", ""},
        {"revoke", "security/token-key", "--key", "k", "--subaccount="},
        {"list", "security/token-key", "--directory", ""},
        {"list", "security/token-key", "--global-account="},
        {"get", "security/token-key", "--key", ""},
        {"create", "accounts/subaccount", "--id", ""},
        {"get", "accounts/subaccount", ""},
        {"create", "accounts/subaccount", "--parent", ""},
        {"list", "accounts/subaccount", "--parent="},
        {"verify", "security/token", "t", "--audience", ""},
        {"sign", "security/token", "--claims", ""},
        {"--config", "", "list", "accounts/subaccount"}}) {
    const absl::Status status = Parse(words).status();
    EXPECT_EQ(GetReason(status), kUsageReason) << testing::PrintToString(words);
    EXPECT_THAT(std::string(status.message()), testing::EndsWith(" is empty"));
  }
  for (const char* field : {"--parent=", "--issuer=", "--display-name=", "--host-alias="}) {
    EXPECT_TRUE(Parse({"update", "accounts/subaccount", "s", field}).ok()) << field;
  }
}

TEST(ParseInvocation, AValueThatIsNotUtf8IsAUsageErrorThatNamesItsParameter) {
  const absl::Status status = Parse({"create", "accounts/subaccount", "--display-name", "Z\xFCrich"}).status();
  EXPECT_EQ(GetReason(status), kUsageReason);
  EXPECT_EQ(status.message(), "--display-name is not valid UTF-8");
  EXPECT_EQ(Parse({"get", "accounts/subaccount", "\xff"}).status().message(), "--id is not valid UTF-8");
  EXPECT_TRUE(Parse({"sign", "security/token", "--claims", "@Z\xFCrich.json"}).ok());
}

TEST(ParseInvocation, AnEmptyWordIsAnUnexpectedValue) {
  EXPECT_EQ(GetReason(Parse({"", ""}).status()), kUsageReason);
  EXPECT_EQ(GetReason(Parse({"list", "security/token-key", ""}).status()), kUsageReason);
}

}  // namespace
}  // namespace signet::cli
