#ifndef SIGNET_CLIENTS_CLI_SIGNING_KEY_H_
#define SIGNET_CLIENTS_CLI_SIGNING_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/command.h"
#include "clients/cli/printer.h"
#include "clients/cli/session.h"
#include "signet/v1/key_ring.pb.h"
#include "signet/v1/signing_key.pb.h"

namespace signet::cli {

// The parameter --key, and the resource name of the key that it, --ring and the scope name.
//   kInvalidArgument USAGE  as Session::Tenant
Parameter KeyParameter();
absl::StatusOr<std::string> KeyName(const Session& session);

// Writes a role, with "NONE" for none of them.
std::string RoleText(v1::SigningKey::Role role);

// Writes where a private key is; empty for servers that do not say.
std::string ProtectionText(v1::KeyRing::Protection protection);

// Describes all that is known of a key but its warnings.
Fields Describe(const v1::SigningKey& key);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_SIGNING_KEY_H_
