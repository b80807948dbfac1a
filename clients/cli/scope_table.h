#ifndef SIGNET_CLIENTS_CLI_SCOPE_TABLE_H_
#define SIGNET_CLIENTS_CLI_SCOPE_TABLE_H_

#include <string>
#include <vector>

namespace signet::cli {

// The scopes that a credential can have, for completion.
std::vector<std::string> ScopeNames();

// What each of them allows, as lines for help.
std::string ScopeTable();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_SCOPE_TABLE_H_
