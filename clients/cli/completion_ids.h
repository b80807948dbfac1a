#ifndef SIGNET_CLIENTS_CLI_COMPLETION_IDS_H_
#define SIGNET_CLIENTS_CLI_COMPLETION_IDS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/command.h"
#include "clients/cli/completion.h"
#include "clients/cli/session.h"

namespace signet::cli {

// Asks the server, once, for the ids that `offer` stands for, in the tenant and the key ring that the session's values name. A long
// list ends with its first page. kNothing, kFiles and kContent stand for none.
//   as the list, and Session::Ring
absl::StatusOr<std::vector<Candidate>> ListIds(Session& session, Offer offer);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_COMPLETION_IDS_H_
