#ifndef SIGNET_CLIENTS_CLI_PARAMETERS_H_
#define SIGNET_CLIENTS_CLI_PARAMETERS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cli/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/suggestion.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace signet::cli {

// The parameters that many commands share.
std::vector<Parameter> ScopeParameters();
std::vector<Parameter> ChangeParameters();
Parameter ConfirmParameter();
Parameter RingParameter();

// Joins rows of parameters, in their order.
std::vector<Parameter> Join(std::vector<std::vector<Parameter>> rows);

// The names of the values of `type` that can be chosen.
std::vector<std::string> EnumNames(const google::protobuf::EnumDescriptor* type);

// Returns the number of the value of `type` that is called `text`, whatever its case; the value 0, which means no choice, cannot be
// chosen. `parameter` is how the error calls it.
//   kInvalidArgument USAGE  there is no such value; the message lists them
absl::StatusOr<int> ParseEnumValue(const google::protobuf::EnumDescriptor* type, absl::string_view parameter,
                                   absl::string_view text);

template <typename Enum>
absl::StatusOr<Enum> ParseEnum(absl::string_view parameter, absl::string_view text) {
  const absl::StatusOr<int> value = ParseEnumValue(google::protobuf::GetEnumDescriptor<Enum>(), parameter, text);
  if (!value.ok()) return value.status();
  return static_cast<Enum>(*value);
}

// Reads the duration `text`.
//   kInvalidArgument USAGE  it is none; the message says how one is written
absl::StatusOr<google::protobuf::Duration> ReadDurationOf(absl::string_view parameter, absl::string_view text);

// Reads the time `text`, as RFC 3339 has it: "2026-06-02T10:54:03Z", "2026-06-02T12:54:03.5+02:00".
//   kInvalidArgument USAGE  it is none, or not within the years 1 to 9999; the message says how one is written
absl::StatusOr<google::protobuf::Timestamp> ReadTimeOf(absl::string_view parameter, absl::string_view text);

// Reads a whole number from 1, or from 0, to 2^31 - 1.
//   kInvalidArgument USAGE  it is none
absl::StatusOr<int> ParseCount(absl::string_view parameter, absl::string_view text);
absl::StatusOr<int> ParseCountOrZero(absl::string_view parameter, absl::string_view text);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_PARAMETERS_H_
