#ifndef SIGNET_CLIENTS_CLI_PAGER_H_
#define SIGNET_CLIENTS_CLI_PAGER_H_

#include <string>

namespace signet::cli {

// Writes `text` to standard output, a terminal; if it is longer than the screen, through $PAGER, or through `less -FRX` where that
// is not set. An empty one, or one that cannot be run, means none. Returns once the pager has ended. Returns whether the text could
// be written; a pager that was left in the middle of it counts as well.
bool Page(const std::string& text);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_PAGER_H_
