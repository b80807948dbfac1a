#include "clients/cli/completion_commands.h"

#include <ostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/cli/completion.h"
#include "clients/cli/completion_ids.h"
#include "clients/cli/configuration.h"
#include "clients/cli/failure.h"
#include "clients/cli/session.h"
#include "clients/cli/text.h"
#include "google/protobuf/struct.pb.h"

namespace signet::cli {
namespace {

// Longer nobody waits for a word.
constexpr absl::Duration kPatience = absl::Seconds(2);

// bash takes = and : for ends of words, so that a candidate is shortened by what stands before the part that bash replaces. An
// alias counts with its options, as they can name the configuration.
constexpr char kBash[] =
    R"(# Completes signet in bash. In ~/.bashrc: source <(signet completion bash)
_signet() {
  local line=${COMP_LINE:0:COMP_POINT} word candidate rest path end
  local -a words program
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  word=${words[${#words[@]} - 1]}
  read -ra program <<<"${BASH_ALIASES[${words[0]}]:-${words[0]}}"
  program[0]=${program[0]/#\~\//$HOME/}
  COMPREPLY=()
  while IFS=$'\t' read -r candidate rest; do
    case $candidate in
      :files | :@files)
        rest=${word##*=} path=${rest#@}
        [[ $candidate == :@files && $rest != @* ]] && continue
        # Not "filenames", by which an @ would get a backslash.
        compopt -o nospace 2>/dev/null
        while IFS= read -r candidate; do
          if [[ -d $candidate ]]; then end=/; else end=' '; fi
          printf -v candidate %q "$candidate"
          COMPREPLY+=("${rest%"$path"}$candidate$end")
        done < <(compgen -f -- "$path")
        ;;
      *) COMPREPLY+=("${candidate#"${word%"$2"}"}") ;;
    esac
  done < <("${program[@]}" __complete "${words[@]:1}" 2>/dev/null)
}
complete -F _signet signet
)";

constexpr char kZsh[] = R"(#compdef signet
# Completes signet in zsh. In ~/.zshrc, behind compinit: source <(signet completion zsh)
# Or as the file _signet in a folder of $fpath.
_signet() {
  local line
  local -a candidates
  local files=
  for line in "${(@f)$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files | :@files) files=$line ;;
      *) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  (( $#candidates )) && _describe signet candidates
  if [[ -n $files ]]; then
    compset -P '--*='
    if [[ $files == :files ]]; then
      _files
    else
      compset -P @ && _files
    fi
  fi
}
if [[ ${funcstack[1]} == _signet ]]; then
  _signet "$@"
else
  compdef _signet signet
fi
)";

absl::Status PrintScript(Session& session) {
  const std::string script = session.values().Get("shell") == "zsh" ? kZsh : kBash;
  google::protobuf::Struct reply;
  (*reply.mutable_fields())["script"].set_string_value(script);
  session.printer().PrintBytes(reply, script);
  return absl::OkStatus();
}

absl::Status Completions(Session& session) {
  const std::string shell = session.values().Get("shell");
  if (shell == "bash" || shell == "zsh") return PrintScript(session);
  return UsageError(absl::StrCat("there is no completion for '", shell, "'"), "the shells are bash and zsh");
}

// The configuration that the options name, those that are being completed before those of an alias.
std::string ConfigurationOf(absl::Span<const std::string> words, const Values& options, const Environment& environment) {
  std::string option = options.Get("config");
  for (size_t i = 0; i < words.size() && absl::StartsWith(words[i], "--"); ++i) {
    if (absl::StartsWith(words[i], "--config=")) option = words[i].substr(9);
    if (words[i] == "--config" && i + 1 < words.size()) option = words[i + 1];
  }
  return ConfigurationPath(option, environment);
}

std::vector<Candidate> Ids(const Completion& completion, const std::string& path, const Environment& environment) {
  const absl::StatusOr<Configuration> configuration = LoadConfiguration(path, Needs::kServer, environment);
  if (!configuration.ok()) return {};
  Session session(*completion.command, completion.values, *configuration, {.timeout = kPatience}, environment);
  absl::StatusOr<std::vector<Candidate>> ids = ListIds(session, completion.offer);
  session.KeepToken();
  return ids.ok() ? *std::move(ids) : std::vector<Candidate>();
}

}  // namespace

std::vector<Command> CompletionCommands() {
  return {
      {"completion",
       "",
       "Print a script by which a shell completes actions, objects, parameters, their values, and ids that the server knows.",
       {{.name = "shell",
         .value = "bash|zsh",
         .doc = "The shell that is to read the script.",
         .occurrence = Occurrence::kRequired,
         .positional = true,
         .choices = {"bash", "zsh"}}},
       Completions,
       R"(Set it up:
  bash  source <(signet completion bash)    in ~/.bashrc
  zsh   source <(signet completion zsh)     in ~/.zshrc, behind compinit
)",
       Needs::kNothing},
  };
}

void PrintCompletion(absl::Span<const std::string> words, const Values& options, const Grammar& grammar,
                     const Environment& environment) {
  Completion completion = Complete(words, grammar);
  if (completion.command != nullptr && completion.offer >= Offer::kTenants) {
    for (const Candidate& id : Ids(completion, ConfigurationOf(words, options, environment), environment)) {
      if (absl::StartsWith(id.word, completion.prefix)) {
        completion.candidates.push_back({absl::StrCat(completion.lead, id.word), id.doc});
      }
    }
  }
  for (const Candidate& candidate : completion.candidates) {
    environment.out << Printable(candidate.word) << "\t" << Printable(candidate.doc) << "\n";
  }
  if (completion.offer == Offer::kFiles) environment.out << ":files\n";
  if (completion.offer == Offer::kContent) environment.out << ":@files\n";
}

}  // namespace signet::cli
