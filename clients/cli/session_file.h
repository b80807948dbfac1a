#ifndef SIGNET_CLIENTS_CLI_SESSION_FILE_H_
#define SIGNET_CLIENTS_CLI_SESSION_FILE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/client_credential.h"
#include "clients/cli/target.h"
#include "clients/cpp/token_source.h"

namespace signet::cli {

// StoredSession is what `login` and `target` keep from one call of the program to the next. What is set comes before the
// configuration.
struct StoredSession {
  std::string grpc_address = "";
  std::string https_url = "";
  // An absolute path.
  std::string ca_certificate = "";
  std::optional<ClientCredential> credential = std::nullopt;
  // The last token of `credential`.
  std::optional<client::AccessToken> token = std::nullopt;
  std::optional<Target> target = std::nullopt;
};

// Where the session of the configuration at `path` is: `signet.session.json` beside `signet.json`.
std::string SessionFilePath(const std::string& path);

// Reads the session file at `path`; an empty session if there is none.
//   kInvalidArgument USAGE  as ReadPrivateFile; or it has another form than WriteSessionFile gives it
absl::StatusOr<StoredSession> ReadSessionFile(const std::string& path);

// Writes it, readable by its owner alone, all at once. Makes its folder if that is missing, for the owner alone.
//   kInvalidArgument USAGE  it cannot be written
absl::Status WriteSessionFile(const std::string& path, const StoredSession& session);

// Removes it, if it is there.
//   kInvalidArgument USAGE  it cannot be removed
absl::Status RemoveSessionFile(const std::string& path);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_SESSION_FILE_H_
