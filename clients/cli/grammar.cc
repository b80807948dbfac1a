#include "clients/cli/grammar.h"

#include <utility>

#include "clients/cli/account_commands.h"
#include "clients/cli/audit_commands.h"
#include "clients/cli/certificate_commands.h"
#include "clients/cli/client_key_commands.h"
#include "clients/cli/completion_commands.h"
#include "clients/cli/credential_commands.h"
#include "clients/cli/key_commands.h"
#include "clients/cli/key_ring_commands.h"
#include "clients/cli/login_commands.h"
#include "clients/cli/rotation_commands.h"
#include "clients/cli/settings_commands.h"
#include "clients/cli/token_commands.h"
#include "clients/cli/watch_commands.h"
#include "clients/cli/wrapping_key_commands.h"

namespace signet::cli {
namespace {

Grammar MakeGrammar() {
  Grammar grammar;
  grammar.options = {
      {.name = "config",
       .value = "FILE",
       .doc = "The configuration. Default: the file that SIGNET_CONFIG names, or ~/.config/signet/signet.json.",
       .offer = Offer::kFiles},
      {.name = "format",
       .value = "text|json",
       .doc =
           "How replies and errors are written; json is the JSON form of the API's messages, and of API credentials and settings "
           "that of SAP's command line. Default: text.",
       .choices = {"text", "json"}},
      {.name = "verbose",
       .kind = ParameterKind::kBool,
       .doc = "Tell on standard error which server is called with which request id."},
      {.name = "info", .kind = ParameterKind::kBool, .doc = "Show the version, the configuration and the target, and exit."},
      {.name = "version", .kind = ParameterKind::kBool, .doc = "Show the version, and exit."},
      {.name = "help", .kind = ParameterKind::kBool, .doc = "Show help, and exit; works at the end of a command, too."},
  };
  grammar.actions = {
      {"create", "Make something."},
      {"list", "Show all of a kind."},
      {"get", "Show one in full."},
      {"update", "Change some properties."},
      {"delete", "Remove for good."},
      {"enable", "Let a key sign."},
      {"disable", "Let a key only verify."},
      {"rotate", "Let the next key sign; or make a new secret, or a new wrapping key."},
      {"preview", "Show what would happen, without doing it."},
      {"watch", "Follow changes as they happen."},
      {"revoke", "Let a key neither sign nor verify, for ever; or end a secret."},
      {"sign", "Make a token."},
      {"verify", "Check a token, or the audit trail."},
      {"login", "Say who you are."},
      {"logout", "Forget who you are."},
      {"target", "Set or show the tenant that is meant when none is named."},
      {"completion", "Print what makes a shell complete command lines."},
  };
  grammar.objects = {
      {"accounts/global-account", "A tenant at the root of the tree."},
      {"accounts/directory", "A tenant that groups others."},
      {"accounts/subaccount", "A tenant at a leaf of the tree."},
      {"security/key-ring", "The keys of one purpose and their policy."},
      {"security/token-key", "A signing key, whose private part is never in the clear outside of the HSM.",
       R"(What is shown of a key:
  Role       what it is to its key ring:
               NEXT      disabled, and was never enabled: it will sign
               CURRENT   enabled: it signs
               PREVIOUS  disabled, and was enabled: it verifies what it signed
               NONE      revoked, deleted or without a public key: neither
  Effective  when its last change of state is in force everywhere
  Retires    when it will be deleted automatically
  Token expiry bound
             until when tokens that it signed are honoured; kept through a crash
)"},
      {"security/settings", "What SAP's command line calls the settings of a tenant: how the keys of its tokens are rotated."},
      {"security/wrapping-key",
       "The key of the HSM that wraps the private keys of key rings of the protection WRAPPED, for all tenants."},
      {"security/rotation", "What becomes of the keys of a key ring, and when."},
      {"security/certificate", "The X.509 certificate of a signing key."},
      {"security/certificate-request", "What an authority issues a certificate for (PKCS#10)."},
      {"security/token", "A signed token (JWT)."},
      {"security/api-credential", "By what a client gets access tokens, and what it may do."},
      {"security/api-credential-key", "A public key that verifies a client's assertions."},
      {"security/audit", "What was changed, by whom and when."},
  };
  for (std::vector<Command>& commands : std::vector<std::vector<Command>>{
           AccountCommands(), KeyRingCommands(), KeyCommands(), RotationCommands(), SettingsCommands(), WatchCommands(),
           WrappingKeyCommands(), CertificateCommands(), TokenCommands(), AuditCommands(), CredentialCommands(),
           ClientKeyCommands(), LoginCommands(), CompletionCommands()}) {
    for (Command& command : commands) grammar.commands.push_back(std::move(command));
  }
  return grammar;
}

}  // namespace

const Grammar& SignetGrammar() {
  static const Grammar& grammar = *new Grammar(MakeGrammar());
  return grammar;
}

}  // namespace signet::cli
