#include "clients/cli/completion.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clients/cli/text.h"

namespace signet::cli {
namespace {

using Words = absl::Span<const std::string>;

bool IsBool(ParameterKind kind) { return kind == ParameterKind::kBool || kind == ParameterKind::kBoolOrDefault; }
bool NeedsValue(ParameterKind kind) { return kind == ParameterKind::kValue || kind == ParameterKind::kContent; }

const Parameter* Find(const std::vector<Parameter>& parameters, absl::string_view name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.name == name; });
  return found == parameters.end() ? nullptr : &*found;
}

const Parameter* FreePositional(const std::vector<Parameter>& parameters, const Values& values) {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.positional && !values.Has(p.name); });
  return found == parameters.end() ? nullptr : &*found;
}

// Whether `word` is a value of a parameter that can stand without.
bool IsValueOf(const Parameter& parameter, absl::string_view word) {
  if (IsBool(parameter.kind)) return word == "true" || word == "false" || word == "default";
  return !absl::StartsWith(word, "--");
}

// Scan is what is known of the parameters that stand there.
struct Scan {
  Values values;
  // The last one, if it stands without a value.
  const Parameter* open = nullptr;
  // The words behind them.
  Words rest;
};

// Where a scan ends.
enum class Until { kWord, kEnd };

Scan ScanParameters(Words words, const std::vector<Parameter>& parameters, Until until) {
  Scan scan;
  size_t next = 0;
  while (next < words.size()) {
    const absl::string_view word = words[next];
    scan.open = nullptr;
    if (!absl::StartsWith(word, "--")) {
      if (until == Until::kWord) break;
      if (const Parameter* parameter = FreePositional(parameters, scan.values)) scan.values.Add(parameter->name, word);
      ++next;
      continue;
    }
    ++next;
    const size_t equals = word.find('=');
    const Parameter* parameter = Find(parameters, word.substr(2, equals == absl::string_view::npos ? equals : equals - 2));
    if (parameter == nullptr) continue;
    if (equals != absl::string_view::npos) {
      scan.values.Add(parameter->name, word.substr(equals + 1));
    } else if (next < words.size() && (NeedsValue(parameter->kind) || IsValueOf(*parameter, words[next]))) {
      scan.values.Add(parameter->name, words[next++]);
    } else {
      scan.open = next == words.size() ? parameter : nullptr;
      if (!NeedsValue(parameter->kind)) scan.values.Add(parameter->name, IsBool(parameter->kind) ? "true" : "");
    }
  }
  scan.rest = words.subspan(next);
  return scan;
}

// Completer collects candidates for one word.
class Completer {
 public:
  explicit Completer(const std::string& word) { completion_.prefix = word; }

  void Add(absl::string_view word, absl::string_view doc = "") {
    if (!absl::StartsWith(word, completion_.prefix)) return;
    completion_.candidates.push_back({absl::StrCat(completion_.lead, word), FirstSentence(doc)});
  }

  // The names of those that may stand, and stand not yet.
  void AddNames(const std::vector<Parameter>& parameters, const Values& values) {
    for (const Parameter& parameter : parameters) {
      const bool may_stand = parameter.occurrence == Occurrence::kRepeatable || !values.Has(parameter.name);
      if (may_stand) Add(absl::StrCat("--", parameter.name), parameter.doc);
    }
  }

  void AddValues(const Parameter& parameter) {
    // A list goes on behind its last comma.
    if (absl::EndsWith(parameter.value, ",...")) MoveLead(completion_.prefix.rfind(','));
    for (const std::string& choice : parameter.choices) Add(choice);
    if (IsBool(parameter.kind)) {
      Add("true");
      Add("false");
    }
    if (parameter.kind == ParameterKind::kBoolOrDefault) Add("default");
    completion_.offer = parameter.kind == ParameterKind::kContent ? Offer::kContent : parameter.offer;
  }

  // If a value begins within the word, as in "--key=", adds those of its parameter, and returns true.
  bool AddValuesBehindEquals(const std::vector<Parameter>& parameters) {
    const size_t equals = completion_.prefix.find('=');
    if (!absl::StartsWith(completion_.prefix, "--") || equals == std::string::npos) return false;
    const Parameter* parameter = Find(parameters, completion_.prefix.substr(2, equals - 2));
    MoveLead(equals);
    if (parameter != nullptr) AddValues(*parameter);
    return true;
  }

  // Adds what stands behind a parameter without a value, and returns whether nothing else can stand there.
  bool AddValuesOfOpen(const Parameter* open) {
    if (open == nullptr || (!NeedsValue(open->kind) && absl::StartsWith(completion_.prefix, "--"))) return false;
    // A BOOL is mostly left out.
    const bool is_likely = !IsBool(open->kind) || !completion_.prefix.empty() || open->occurrence == Occurrence::kRequired;
    if (is_likely) AddValues(*open);
    return NeedsValue(open->kind);
  }

  bool AtName() const { return completion_.prefix.empty() || absl::StartsWith(completion_.prefix, "-"); }
  Completion& completion() { return completion_; }

 private:
  void MoveLead(size_t last) {
    if (last == std::string::npos) return;
    completion_.lead += completion_.prefix.substr(0, last + 1);
    completion_.prefix.erase(0, last + 1);
  }

  Completion completion_;
};

void AddObjects(absl::string_view action, const Grammar& grammar, Completer& completer) {
  for (const Topic& object : grammar.objects) {
    if (grammar.Find(action, object.name) != nullptr) completer.Add(object.name, object.doc);
  }
}

void AddHelpTopics(Words topic, const Grammar& grammar, Completer& completer) {
  if (topic.size() == 1) return AddObjects(topic[0], grammar, completer);
  if (!topic.empty()) return;
  completer.Add("all", "Help on everything.");
  for (const Topic& action : grammar.actions) completer.Add(action.name, action.doc);
  std::set<std::string> groups;
  for (const Topic& object : grammar.objects) groups.insert(object.name.substr(0, object.name.find('/')));
  for (const std::string& group : groups) completer.Add(group);
  for (const Topic& object : grammar.objects) completer.Add(object.name, object.doc);
}

void AddParameters(Words words, const Command& command, Completer& completer) {
  const Scan scan = ScanParameters(words, command.parameters, Until::kEnd);
  Completion& completion = completer.completion();
  completion.command = &command;
  completion.values = scan.values;
  if (completer.AddValuesBehindEquals(command.parameters) || completer.AddValuesOfOpen(scan.open)) return;
  const Parameter* positional = FreePositional(command.parameters, scan.values);
  if (positional != nullptr && !absl::StartsWith(completion.prefix, "-")) completer.AddValues(*positional);
  if (!completer.AtName()) return;
  completer.AddNames(command.parameters, scan.values);
  completer.Add("--help", "Show help on this command.");
}

void AddCommand(Words words, const Grammar& grammar, Completer& completer) {
  if (words[0] == "help") return AddHelpTopics(words.subspan(1), grammar, completer);
  if (const Command* command = grammar.Find(words[0], ""); command != nullptr) {
    return AddParameters(words.subspan(1), *command, completer);
  }
  if (words.size() == 1) return AddObjects(words[0], grammar, completer);
  if (const Command* command = grammar.Find(words[0], words[1]); command != nullptr) {
    AddParameters(words.subspan(2), *command, completer);
  }
}

}  // namespace

Completion Complete(absl::Span<const std::string> words, const Grammar& grammar) {
  if (words.empty()) return {};
  Completer completer(words.back());
  const Scan options = ScanParameters(words.first(words.size() - 1), grammar.options, Until::kWord);
  if (!options.rest.empty()) {
    AddCommand(options.rest, grammar, completer);
  } else if (!completer.AddValuesBehindEquals(grammar.options) && !completer.AddValuesOfOpen(options.open)) {
    for (const Topic& action : grammar.actions) completer.Add(action.name, action.doc);
    completer.Add("help", "Show help.");
    if (absl::StartsWith(completer.completion().prefix, "-")) completer.AddNames(grammar.options, options.values);
  }
  return std::move(completer.completion());
}

}  // namespace signet::cli
