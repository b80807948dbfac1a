#include "clients/cli/help.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clients/cli/failure.h"
#include "clients/cli/suggestion.h"
#include "clients/cli/text.h"

namespace signet::cli {
namespace {

constexpr size_t kWidth = 100;

constexpr absl::string_view kSynopsis = "signet [OPTIONS] ACTION GROUP/OBJECT [PARAMS]";

constexpr absl::string_view kFirstSteps = R"(First steps:
  signet login --url https://HOST:PORT --grpc-address HOST:PORT --subaccount ID
                                         asks for the client id and the secret
  signet rotate security/token-key       makes the first key, and the next one
  signet sign security/token --claims '{"sub":"me"}'
  signet list security/token-key --wide
  With a server of your own, started with signetd --dev --data_dir DIR, leave out the login: begin
  each line with signet --config DIR/signet.json, and end it with --subaccount dev.
)";

constexpr absl::string_view kEnd = R"(Values:
  Write --name VALUE or --name=VALUE. A BOOL without a value means true. ID, NAME and the like are
  the last part of a resource name. A DURATION is written 90s, 10m, 12h, 30d or 1h30m, a TIME
  2026-06-02T10:54:03Z (RFC 3339). Where help says so, @FILE stands for the content of a file, and
  - for standard input.

Configuration file (JSON):
  grpc_address    HOST:PORT, or unix:/path
  ca_certificate  a file with the certificates to trust, as PEM; by default those of the system
  https_url       where `login` gets tokens
  subaccount      the target: meant when no tenant is named; SIGNET_SUBACCOUNT overrides it
  client_id, client_secret_file, token_url
                  as whom to call; `login` comes before them
  admin_credential_file
                  in place of these, a JSON file with client_id, client_secret and token_url
  A relative path counts from the folder of the configuration. Nobody but you may have rights on a
  file with a secret. What login and target store is beside it: signet.session.json for signet.json.

Environment:
  SIGNET_CONFIG, SIGNET_SUBACCOUNT   the configuration file and the target
  PAGER           shows lists and help that a screen cannot hold; by default less, empty for none

Exit codes:
  0 ok           1 server                 2 usage     3 not authenticated, or token not valid
  4 not found    5 the state forbids it   6 conflict  7 cancelled

More help:
  signet help all | ACTION | GROUP/OBJECT | ACTION GROUP/OBJECT
)";

// Entry is a term and its explanation, which help sets side by side.
struct Entry {
  std::string term;
  std::string doc;
};

std::string RenderEntries(absl::string_view title, const std::vector<Entry>& entries) {
  constexpr size_t kLongestTerm = 32;
  size_t width = 0;
  for (const Entry& entry : entries) width = std::max(width, std::min(entry.term.size(), kLongestTerm));
  std::string text = absl::StrCat(title, ":\n");
  for (const Entry& entry : entries) {
    absl::StrAppend(&text, "  ", Padded(entry.term, width));
    if (entry.term.size() > width) absl::StrAppend(&text, "\n", std::string(width + 2, ' '));
    absl::StrAppend(&text, "  ", Wrapped(entry.doc, width + 4, kWidth));
  }
  return text;
}

std::string TermOf(const Parameter& parameter) {
  const std::string name = absl::StrCat("--", parameter.name);
  switch (parameter.kind) {
    case ParameterKind::kBool:
      return absl::StrCat(name, " [BOOL]");
    case ParameterKind::kBoolOrDefault:
    case ParameterKind::kOptionalValue:
      return absl::StrCat(name, " [", parameter.value, "]");
    case ParameterKind::kValue:
    case ParameterKind::kContent:
      break;
  }
  const std::string term = absl::StrCat(name, " ", parameter.value);
  return parameter.positional ? absl::StrCat("[--", parameter.name, "] ", parameter.value) : term;
}

std::string DocOf(const Parameter& parameter) {
  switch (parameter.occurrence) {
    case Occurrence::kRequired:
      return absl::StrCat("Required. ", parameter.doc);
    case Occurrence::kRepeatable:
      return absl::StrCat(parameter.doc, " May be repeated.");
    case Occurrence::kOptional:
      break;
  }
  return parameter.doc;
}

std::string RenderParameters(absl::string_view title, const std::vector<Parameter>& parameters) {
  if (parameters.empty()) return "";
  std::vector<Entry> entries;
  entries.reserve(parameters.size());
  for (const Parameter& parameter : parameters) entries.push_back({TermOf(parameter), DocOf(parameter)});
  return RenderEntries(title, entries);
}

std::string RenderTopics(absl::string_view title, const std::vector<Topic>& topics) {
  std::vector<Entry> entries;
  entries.reserve(topics.size());
  for (const Topic& topic : topics) entries.push_back({topic.name, topic.doc});
  return RenderEntries(title, entries);
}

std::string RenderCommand(const Command& command) {
  std::string usage = absl::StrCat("signet [OPTIONS] ", command.Name());
  for (const Parameter& parameter : command.parameters) {
    const std::string term = TermOf(parameter);
    absl::StrAppend(&usage,
                    parameter.occurrence == Occurrence::kRequired ? absl::StrCat(" ", term) : absl::StrCat(" [", term, "]"));
    if (parameter.occurrence == Occurrence::kRepeatable) usage += "...";
  }
  return absl::StrCat("Usage: ", Wrapped(usage, 7, kWidth), "\n", Wrapped(command.doc, 0, kWidth),
                      command.parameters.empty() ? "" : "\n", RenderParameters("Parameters", command.parameters),
                      command.notes.empty() ? "" : "\n", command.notes);
}

// The commands of an action, an object, or a group of objects.
absl::StatusOr<std::string> RenderSelection(const HelpTopic& topic, const Grammar& grammar) {
  std::vector<Entry> entries;
  for (const Command& command : grammar.commands) {
    const bool of_action = topic.action.empty() || command.action == topic.action;
    const bool of_object =
        topic.object.empty() || command.object == topic.object || absl::StartsWith(command.object, topic.object + "/");
    if (of_action && of_object) {
      entries.push_back({command.Name(), FirstSentence(command.doc)});
    }
  }
  if (entries.empty()) {
    const std::string asked = absl::StrCat(topic.action, topic.action.empty() ? "" : " ", topic.object);
    std::vector<std::string> names;
    for (const Topic& action : grammar.actions) names.push_back(action.name);
    for (const Topic& object : grammar.objects) names.push_back(object.name);
    return UsageError(absl::StrCat("there is no help on '", asked, "'", DidYouMean(topic.object, names)), "signet help");
  }
  std::string notes;
  for (const Topic& object : grammar.objects) {
    if (object.name == topic.object && !object.notes.empty()) notes = absl::StrCat("\n", object.notes);
  }
  return absl::StrCat("Usage: ", kSynopsis, "\n\n", RenderEntries("Commands", entries), notes,
                      "\nMore: signet help ACTION GROUP/OBJECT\n");
}

std::string RenderOverview(const Grammar& grammar) {
  return absl::StrCat("Usage: ", kSynopsis, "\n\n",
                      "Makes, uses and retires token-signing keys, which are never in the clear outside of an HSM.\n\n",
                      kFirstSteps, "\n", RenderParameters("Options, directly after signet", grammar.options), "\n",
                      RenderTopics("Actions", grammar.actions), "\n", RenderTopics("Objects", grammar.objects), "\n", kEnd);
}

std::string RenderEverything(const Grammar& grammar) {
  std::string text = RenderOverview(grammar);
  for (const Command& command : grammar.commands) {
    absl::StrAppend(&text, "\n", std::string(kWidth, '-'), "\n\n", RenderCommand(command));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> RenderHelp(const HelpTopic& topic, const Grammar& grammar) {
  if (topic.everything) return RenderEverything(grammar);
  if (topic.action.empty() && topic.object.empty()) return RenderOverview(grammar);
  if (const Command* command = grammar.Find(topic.action, topic.object); command != nullptr) return RenderCommand(*command);
  return RenderSelection(topic, grammar);
}

}  // namespace signet::cli
