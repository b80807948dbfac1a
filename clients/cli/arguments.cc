#include "clients/cli/arguments.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/utf8.h"
#include "clients/cli/failure.h"
#include "clients/cli/suggestion.h"

namespace signet::cli {
namespace {

// "-" alone is a value: standard input.
bool IsParameter(absl::string_view word) { return word.size() > 1 && word[0] == '-'; }
// Returns "name" of "--name" or "--name=value".
absl::string_view NameOf(absl::string_view word) { return word.substr(0, word.find('=')).substr(2); }
bool IsBool(const Parameter& parameter, absl::string_view word) {
  return word == "true" || word == "false" || (parameter.kind == ParameterKind::kBoolOrDefault && word == "default");
}

template <typename T>
const T* FindByName(const std::vector<T>& items, absl::string_view name) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const T& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

template <typename T>
std::vector<std::string> Names(const std::vector<T>& items, absl::string_view prefix = "") {
  std::vector<std::string> names;
  names.reserve(items.size());
  for (const T& item : items) names.push_back(absl::StrCat(prefix, item.name));
  return names;
}

// ParameterReader reads parameters one by one off a row of words.
class ParameterReader {
 public:
  // `owner` names what the parameters belong to, `hint` the help to ask for.
  ParameterReader(absl::Span<const std::string> words, const std::vector<Parameter>& parameters, std::string owner,
                  std::string hint)
      : words_(words), parameters_(parameters), owner_(std::move(owner)), hint_(std::move(hint)) {}

  bool AtEnd() const { return next_ == words_.size(); }
  bool AtParameter() const { return !AtEnd() && IsParameter(words_[next_]); }
  absl::Span<const std::string> rest() const { return words_.subspan(next_); }
  const Values& values() const { return values_; }

  // Reads "--name", "--name value" or "--name=value".
  absl::Status ReadParameter() {
    const absl::string_view word = words_[next_++];
    open_bool_ = nullptr;
    const size_t equals = word.find('=');
    const absl::string_view written = word.substr(0, equals);
    const Parameter* parameter = absl::StartsWith(written, "--") ? FindByName(parameters_, written.substr(2)) : nullptr;
    if (parameter == nullptr) return Unknown(written);
    SIGNET_RETURN_IF_ERROR(RefuseSecond(*parameter, written));
    std::optional<absl::string_view> value;
    if (equals != absl::string_view::npos) {
      value = word.substr(equals + 1);
    } else if (!AtEnd() && TakesAsValue(*parameter, words_[next_])) {
      value = words_[next_++];
    }
    const bool is_bool = parameter->kind == ParameterKind::kBool || parameter->kind == ParameterKind::kBoolOrDefault;
    if (is_bool && !value) open_bool_ = parameter;
    return Store(*parameter, value);
  }

  // Reads a value without a name.
  absl::Status ReadPositional() {
    const std::string& word = words_[next_++];
    for (const Parameter& parameter : parameters_) {
      if (!parameter.positional || values_.Has(parameter.name)) continue;
      open_bool_ = nullptr;
      return Store(parameter, word);
    }
    if (open_bool_ != nullptr) return NoBool(*open_bool_, word);
    return UsageError(absl::StrCat("unexpected value '", word, "' of ", owner_), hint_);
  }

  // The API's messages hold no other text. Files may be called as they are.
  absl::Status CheckUtf8() const {
    for (const Parameter& parameter : parameters_) {
      for (const std::string& value : values_.All(parameter.name)) {
        const bool is_file = parameter.kind == ParameterKind::kContent && absl::StartsWith(value, "@");
        if (!is_file && !IsUtf8(value)) return UsageError(absl::StrCat("--", parameter.name, " is not valid UTF-8"), hint_);
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckRequired() const {
    for (const Parameter& parameter : parameters_) {
      if (parameter.occurrence == Occurrence::kRequired && !values_.Has(parameter.name)) {
        return UsageError(absl::StrCat(owner_, " needs --", parameter.name, " ", parameter.value), hint_);
      }
    }
    return absl::OkStatus();
  }

 private:
  bool TakesAsValue(const Parameter& parameter, absl::string_view word) const {
    switch (parameter.kind) {
      case ParameterKind::kBool:
      case ParameterKind::kBoolOrDefault:
        return IsBool(parameter, word);
      case ParameterKind::kOptionalValue:
        return !absl::StartsWith(word, "--");
      case ParameterKind::kValue:
      case ParameterKind::kContent:
        break;
    }
    // One thumbprint in 4096 begins with two dashes: only what is a parameter is none of its values.
    return !absl::StartsWith(word, "--") || FindByName(parameters_, NameOf(word)) == nullptr;
  }

  absl::Status Store(const Parameter& parameter, std::optional<absl::string_view> value) {
    switch (parameter.kind) {
      case ParameterKind::kBool:
      case ParameterKind::kBoolOrDefault:
        if (value && !IsBool(parameter, *value)) return NoBool(parameter, *value);
        values_.Add(parameter.name, value.value_or("true"));
        break;
      case ParameterKind::kOptionalValue:
        if (value && value->empty()) return Empty(parameter);
        values_.Add(parameter.name, value.value_or(""));
        break;
      case ParameterKind::kValue:
      case ParameterKind::kContent:
        if (!value) return UsageError(absl::StrCat("--", parameter.name, " needs a value: ", parameter.value), hint_);
        if (value->empty() && !parameter.may_be_empty) return Empty(parameter);
        values_.Add(parameter.name, *value);
        break;
    }
    return absl::OkStatus();
  }

  absl::Status NoBool(const Parameter& parameter, absl::string_view value) const {
    const absl::string_view values = parameter.kind == ParameterKind::kBool ? "true or false" : "true, false or default";
    return UsageError(absl::StrCat("--", parameter.name, " is ", values, ", not '", value, "'"), hint_);
  }

  absl::Status Empty(const Parameter& parameter) const {
    return UsageError(absl::StrCat("--", parameter.name, " is empty"), hint_);
  }

  absl::Status RefuseSecond(const Parameter& parameter, absl::string_view written) const {
    if (parameter.occurrence == Occurrence::kRepeatable || !values_.Has(parameter.name)) return absl::OkStatus();
    return UsageError(absl::StrCat(written, " was given before"), hint_);
  }

  absl::Status Unknown(absl::string_view written) const {
    return UsageError(absl::StrCat("unknown parameter '", written, "' of ", owner_, DidYouMean(written, Names(parameters_, "--"))),
                      hint_);
  }

  absl::Span<const std::string> words_;
  const std::vector<Parameter>& parameters_;
  std::string owner_;
  std::string hint_;
  size_t next_ = 0;
  // The parameter that was read last, if it is a bool without a value: what follows may be meant as one.
  const Parameter* open_bool_ = nullptr;
  Values values_;
};

// Reads "help TOPIC", or a command line with --help anywhere, whose values and parameters are of no interest to help. A topic is an
// action, an object, its group, or an action and an object, in this order.
absl::StatusOr<HelpTopic> ParseHelpTopic(absl::Span<const std::string> words, const Grammar& grammar) {
  const bool help_first = !words.empty() && words[0] == "help";
  if (help_first) words.remove_prefix(1);
  const auto names = static_cast<size_t>(std::find_if(words.begin(), words.end(), IsParameter) - words.begin());
  words = words.subspan(0, help_first ? names : std::min<size_t>(names, 2));
  HelpTopic topic;
  for (const std::string& word : words) {
    if (word == "all" && words.size() == 1) {
      topic.everything = true;
    } else if (topic.action.empty() && topic.object.empty() && FindByName(grammar.actions, word) != nullptr) {
      topic.action = word;
    } else if (topic.object.empty()) {
      topic.object = word;
    } else {
      return UsageError(absl::StrCat("there is no help on '", absl::StrJoin(words, " "), "'"), "signet help");
    }
  }
  return topic;
}

absl::Status UnknownObject(absl::string_view action, absl::string_view object, const Grammar& grammar) {
  if (object.empty()) {
    return UsageError(absl::StrCat("'", action, "' needs an object, such as GROUP/OBJECT"), absl::StrCat("signet help ", action));
  }
  if (FindByName(grammar.objects, object) == nullptr) {
    return UsageError(absl::StrCat("unknown object '", object, "'", DidYouMean(object, Names(grammar.objects))), "signet help");
  }
  std::vector<std::string> actions;
  for (const Command& command : grammar.commands) {
    if (command.object == object) actions.push_back(command.action);
  }
  return UsageError(absl::StrCat("'", action, "' is not for ", object, ", which knows ", absl::StrJoin(actions, ", ")),
                    absl::StrCat("signet help ", object));
}

// Options behind the action are the commonest slip; they are worth an error of their own.
absl::Status RefuseOptionsIn(absl::Span<const std::string> words, const Command& command, const Grammar& grammar) {
  for (absl::string_view word : words) {
    if (!absl::StartsWith(word, "--")) continue;
    const absl::string_view name = NameOf(word);
    if (FindByName(grammar.options, name) != nullptr && FindByName(command.parameters, name) == nullptr) {
      return UsageError(absl::StrCat("--", name, " stands directly after the program: signet --", name, " ... ", command.Name()),
                        "signet help");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Options> ParseOptions(absl::Span<const std::string> args, const Grammar& grammar) {
  ParameterReader reader(args, grammar.options, "signet", "signet help");
  while (reader.AtParameter()) SIGNET_RETURN_IF_ERROR(reader.ReadParameter());
  Options options{reader.values(), Format::kText, reader.rest()};
  if (options.values.Has("format")) {
    const std::string format = options.values.Get("format");
    if (format != "text" && format != "json") {
      return UsageError(absl::StrCat("--format is text or json, not '", format, "'"), "signet help");
    }
    if (format == "json") options.format = Format::kJson;
  }
  return options;
}

absl::StatusOr<Invocation> ParseInvocation(const Options& options, const Grammar& grammar) {
  absl::Span<const std::string> words = options.rest;
  const bool help_at_end = std::find(words.begin(), words.end(), "--help") != words.end();
  Invocation invocation;
  if (words.empty() || words[0] == "help" || help_at_end || options.values.IsTrue("help")) {
    SIGNET_ASSIGN_OR_RETURN(invocation.topic, ParseHelpTopic(words, grammar));
    return invocation;
  }

  const std::string& action = words[0];
  const bool stands_alone = grammar.Find(action, "") != nullptr;
  const std::string object = !stands_alone && words.size() > 1 && !IsParameter(words[1]) ? words[1] : "";
  if (FindByName(grammar.actions, action) == nullptr) {
    if (FindByName(grammar.objects, action) != nullptr) {
      return UsageError(absl::StrCat("the action comes first: signet ACTION ", action), absl::StrCat("signet help ", action));
    }
    return UsageError(absl::StrCat("unknown action '", action, "'", DidYouMean(action, Names(grammar.actions))), "signet help");
  }
  invocation.command = grammar.Find(action, object);
  if (invocation.command == nullptr) return UnknownObject(action, object, grammar);

  words.remove_prefix(stands_alone ? 1 : 2);
  SIGNET_RETURN_IF_ERROR(RefuseOptionsIn(words, *invocation.command, grammar));
  const std::string name = invocation.command->Name();
  ParameterReader reader(words, invocation.command->parameters, absl::StrCat("'", name, "'"), absl::StrCat("signet help ", name));
  while (!reader.AtEnd()) SIGNET_RETURN_IF_ERROR(reader.AtParameter() ? reader.ReadParameter() : reader.ReadPositional());
  SIGNET_RETURN_IF_ERROR(reader.CheckRequired());
  SIGNET_RETURN_IF_ERROR(reader.CheckUtf8());
  invocation.values = reader.values();
  return invocation;
}

}  // namespace signet::cli
