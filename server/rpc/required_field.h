#ifndef SIGNET_SERVER_RPC_REQUIRED_FIELD_H_
#define SIGNET_SERVER_RPC_REQUIRED_FIELD_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::rpc {

// Returns the error for a required field that is not set: INVALID_ARGUMENT MISSING_FIELD.
inline absl::Status MissingField(absl::string_view field) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kMissingField, absl::StrCat(field, " is required"),
               {{"field", std::string(field)}});
}

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_REQUIRED_FIELD_H_
