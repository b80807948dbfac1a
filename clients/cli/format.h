#ifndef SIGNET_CLIENTS_CLI_FORMAT_H_
#define SIGNET_CLIENTS_CLI_FORMAT_H_

namespace signet::cli {

// Format is how `signet` writes: for people, or for programs.
enum class Format { kText, kJson };

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_FORMAT_H_
