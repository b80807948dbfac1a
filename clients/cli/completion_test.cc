#include "clients/cli/completion.h"

#include <string>
#include <vector>

#include "clients/cli/grammar.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

Completion Of(const std::vector<std::string>& words) { return Complete(words, SignetGrammar()); }

std::vector<std::string> WordsOf(const Completion& completion) {
  std::vector<std::string> words;
  for (const Candidate& candidate : completion.candidates) words.push_back(candidate.word);
  return words;
}
std::vector<std::string> WordsFor(const std::vector<std::string>& words) { return WordsOf(Of(words)); }

TEST(Complete, BeginsWithTheActionsOrTheOptions) {
  EXPECT_THAT(WordsFor({""}), AllOf(IsSupersetOf({"create", "rotate", "login", "help"}), Not(Contains("--config"))));
  EXPECT_THAT(WordsFor({"ro"}), ElementsAre("rotate"));
  EXPECT_THAT(WordsFor({"--"}), IsSupersetOf({"--config", "--format", "--help"}));
  EXPECT_THAT(WordsFor({"--format", "json", "--"}), AllOf(Contains("--config"), Not(Contains("--format"))));
  EXPECT_THAT(WordsFor({"--verbose", "--format", "json", "ro"}), ElementsAre("rotate"));
}

TEST(Complete, EveryCommandOfTheGrammarIsFound) {
  for (const Command& command : SignetGrammar().commands) {
    EXPECT_THAT(WordsFor({command.action.substr(0, 3)}), Contains(command.action));
    std::vector<std::string> words = {command.action};
    if (!command.object.empty()) {
      EXPECT_THAT(WordsFor({command.action, ""}), Contains(command.object));
      words.push_back(command.object);
    }
    words.push_back("--");
    std::vector<std::string> names;
    for (const Parameter& parameter : command.parameters) names.push_back("--" + parameter.name);
    names.push_back("--help");
    EXPECT_EQ(WordsFor(words), names) << command.Name();
  }
}

TEST(Complete, AnActionIsFollowedByItsObjectsAlone) {
  EXPECT_THAT(WordsFor({"rotate", ""}), ElementsAre("security/token-key", "security/wrapping-key", "security/api-credential"));
  EXPECT_THAT(WordsFor({"rotate", "security/t"}), ElementsAre("security/token-key"));
  EXPECT_THAT(WordsFor({"nonsense", ""}), IsEmpty());
  EXPECT_THAT(WordsFor({"rotate", "nonsense", ""}), IsEmpty());
}

TEST(Complete, AParameterStandsOnceUnlessItIsRepeatable) {
  const std::vector<std::string> create = {"create", "security/api-credential"};
  EXPECT_THAT(WordsFor({create[0], create[1], "--name", "ci", "--scopes=read:audit", "--"}),
              AllOf(Contains("--scopes"), Not(Contains("--name"))));
}

TEST(Complete, AValueComesFromTheGrammar) {
  const std::vector<std::string> create = {"create", "security/key-ring", "--preset"};
  EXPECT_THAT(WordsFor({create[0], create[1], "--preset", "S"}), ElementsAre("STANDARD", "SAP_BTP", "SAP_EDGE"));
  EXPECT_THAT(WordsFor({create[0], create[1], "--preset=SAP"}), ElementsAre("--preset=SAP_BTP", "--preset=SAP_EDGE"));
  EXPECT_THAT(WordsFor({"--format", ""}), ElementsAre("text", "json"));
  EXPECT_THAT(WordsFor({"--format=j"}), ElementsAre("--format=json"));
  EXPECT_THAT(WordsFor({"completion", ""}), IsSupersetOf({"bash", "zsh"}));
  EXPECT_THAT(WordsFor({"rotate", "security/token-key", "--reason", ""}), IsEmpty());
}

TEST(Complete, ABoolIsOfferedWhereItIsNeededOrBegun) {
  const std::vector<std::string> settings = {"update", "security/settings", "--rotate-signing-key-automatically"};
  EXPECT_THAT(WordsFor({settings[0], settings[1], settings[2], ""}), IsSupersetOf({"true", "false", "--subaccount"}));
  EXPECT_THAT(WordsFor({"rotate", "security/token-key", "--purge", ""}), AllOf(Contains("--confirm"), Not(Contains("true"))));
  EXPECT_THAT(WordsFor({"rotate", "security/token-key", "--purge", "f"}), ElementsAre("false"));
  EXPECT_THAT(WordsFor({"update", "security/key-ring", "--keep-next=d"}), ElementsAre("--keep-next=default"));
}

TEST(Complete, AListGoesOnBehindItsComma) {
  EXPECT_THAT(WordsFor({"create", "security/api-credential", "--scopes", "read:audit,sign:t"}),
              ElementsAre("read:audit,sign:tokens"));
  EXPECT_THAT(WordsFor({"create", "security/api-credential", "--scopes=read:audit,sign:t"}),
              ElementsAre("--scopes=read:audit,sign:tokens"));
}

TEST(Complete, HelpHasItsTopics) {
  EXPECT_THAT(WordsFor({"help", ""}), IsSupersetOf({"all", "rotate", "security", "security/token-key"}));
  EXPECT_THAT(WordsFor({"help", "rotate", ""}),
              ElementsAre("security/token-key", "security/wrapping-key", "security/api-credential"));
  EXPECT_THAT(WordsFor({"help", "security/token-key", ""}), IsEmpty());
}

TEST(Complete, SaysWhoseIdsOrFilesCanStand) {
  const Completion key = Of({"delete", "security/token-key", "--subaccount", "shop", "--ring", "saml", "--key", "k"});
  EXPECT_EQ(key.offer, Offer::kKeys);
  EXPECT_EQ(key.command->Name(), "delete security/token-key");
  EXPECT_EQ(key.values.Get("subaccount"), "shop");
  EXPECT_EQ(key.values.Get("ring"), "saml");
  EXPECT_EQ(key.prefix, "k");
  const Completion behind = Of({"delete", "security/token-key", "--key=k"});
  EXPECT_EQ(behind.offer, Offer::kKeys);
  EXPECT_EQ(behind.lead, "--key=");
  EXPECT_EQ(behind.prefix, "k");
  EXPECT_EQ(Of({"list", "security/token-key", "--subaccount", ""}).offer, Offer::kTenants);
  EXPECT_THAT(WordsFor({"list", "security/token-key", "--subaccount", ""}), Contains("--wide")) << "its value may be missing";
  EXPECT_EQ(Of({"get", "security/key-ring", "--name", ""}).offer, Offer::kKeyRings);
  EXPECT_EQ(Of({"get", "security/api-credential", ""}).offer, Offer::kCredentials);
  EXPECT_EQ(Of({"get", "security/api-credential", "ci", ""}).offer, Offer::kNothing);
  EXPECT_EQ(Of({"--config", ""}).offer, Offer::kFiles);
  EXPECT_EQ(Of({"sign", "security/token", "--claims", "@"}).offer, Offer::kContent);
}

TEST(Complete, ExplainsEachCandidateInOneSentence) {
  const Completion completion = Of({"rot"});
  ASSERT_EQ(completion.candidates.size(), 1u);
  EXPECT_EQ(completion.candidates[0].doc, "Let the next key sign; or make a new secret, or a new wrapping key.");
}

TEST(Complete, NothingIsCompletedByNothing) { EXPECT_THAT(Of({}).candidates, IsEmpty()); }

}  // namespace
}  // namespace signet::cli
