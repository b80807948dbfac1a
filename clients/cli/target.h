#ifndef SIGNET_CLIENTS_CLI_TARGET_H_
#define SIGNET_CLIENTS_CLI_TARGET_H_

#include <string>

namespace signet::cli {

// Target is the tenant that is meant when none is named.
struct Target {
  // The scope parameter that it is the value of: "subaccount", "directory" or "global-account".
  std::string scope = "subaccount";
  // Empty means that there is no target.
  std::string id = "";
};

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_TARGET_H_
