#ifndef SIGNET_SERVER_MAIN_ADMIN_CREDENTIAL_H_
#define SIGNET_SERVER_MAIN_ADMIN_CREDENTIAL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/secret.h"

namespace signet::server {

// AdminCredential is the administrator's credential as a file has it: a JSON object with these members, as text. The command line
// reads such files (`admin_credential_file`).
struct AdminCredential {
  std::string client_id;
  Secret client_secret;
  std::string token_url;
};

// Reads a file that WriteAdminCredential wrote.
//   kInvalidArgument  it is no such file; otherwise as ReadFile
absl::StatusOr<AdminCredential> ReadAdminCredential(const std::string& path);

// Writes one with mode 0600, whole or not at all.
//   as WriteFileAtomically
absl::Status WriteAdminCredential(const std::string& path, const AdminCredential& credential);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_ADMIN_CREDENTIAL_H_
