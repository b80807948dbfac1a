#ifndef SIGNET_CLIENTS_CLI_FIELD_HINT_H_
#define SIGNET_CLIENTS_CLI_FIELD_HINT_H_

#include "absl/status/status.h"
#include "clients/cli/values.h"

namespace signet::cli {

// Errors of the server name the field of a request, which the user never wrote. Returns `failure` with a hint that names the
// parameters in `values` which that field comes from; unchanged if there are none.
absl::Status WithFieldHint(const absl::Status& failure, const Values& values);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_FIELD_HINT_H_
