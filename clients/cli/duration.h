#ifndef SIGNET_CLIENTS_CLI_DURATION_H_
#define SIGNET_CLIENTS_CLI_DURATION_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::cli {

// Reads whole days, hours, minutes and seconds: "30d", "12h", "1h30m", "0s"; and "0". Returns nullopt for anything else, such as
// another number without a unit, a negative one, or more than 100,000 days.
std::optional<absl::Duration> ReadDuration(absl::string_view text);

// Writes what ReadDuration reads, spaced: "1d 12h", "5m", "0s". Fractions of a second are dropped.
std::string WriteDuration(absl::Duration duration);

// Writes how long it is until something happens, in the two units that matter: "2d 4h", "12h 0m", "4m 10s", "7s"; rounded. What is
// past is "4m 10s ago", and what is within half a second "now".
std::string WriteTimeUntil(absl::Duration duration);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_DURATION_H_
