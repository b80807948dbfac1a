#include "clients/cli/parameters.h"

#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "clients/cli/duration.h"

namespace signet::cli {

std::vector<Parameter> ScopeParameters() {
  return {
      {.name = "subaccount",
       .kind = ParameterKind::kOptionalValue,
       .value = "ID",
       .doc = "The tenant. In this release each of --subaccount, --directory and --global-account names a tenant of any kind. "
              "Without a value, or with no scope at all: the target, from SIGNET_SUBACCOUNT, `signet target` or the configuration.",
       .offer = Offer::kTenants},
      {.name = "directory",
       .kind = ParameterKind::kOptionalValue,
       .value = "ID",
       .doc = "As --subaccount; without a value, the directory that is the target.",
       .offer = Offer::kTenants},
      {.name = "global-account",
       .kind = ParameterKind::kOptionalValue,
       .value = "SUBDOMAIN",
       .doc = "As --directory, with a global account, whose id here stands for its subdomain.",
       .offer = Offer::kTenants},
  };
}

std::vector<Parameter> ChangeParameters() {
  return {
      {.name = "request-id",
       .value = "ID",
       .doc = "Makes a repetition safe: the same id never does the same change twice. Default: a random one, which --verbose "
              "shows."},
      {.name = "validate-only", .kind = ParameterKind::kBool, .doc = "Check and show the result, without doing it."},
  };
}

Parameter ConfirmParameter() {
  return {.name = "confirm", .kind = ParameterKind::kBool, .doc = "Answers the question whether you really want to."};
}

Parameter RingParameter() {
  return {.name = "ring", .value = "NAME", .doc = "The key ring. Default: access-token.", .offer = Offer::kKeyRings};
}

std::vector<Parameter> Join(std::vector<std::vector<Parameter>> rows) {
  std::vector<Parameter> joined;
  for (std::vector<Parameter>& row : rows) joined.insert(joined.end(), row.begin(), row.end());
  return joined;
}

std::vector<std::string> EnumNames(const google::protobuf::EnumDescriptor* type) {
  std::vector<std::string> names;
  for (int i = 0; i < type->value_count(); ++i) {
    if (type->value(i)->number() != 0) names.push_back(type->value(i)->name());
  }
  return names;
}

absl::StatusOr<int> ParseEnumValue(const google::protobuf::EnumDescriptor* type, absl::string_view parameter,
                                   absl::string_view text) {
  const google::protobuf::EnumValueDescriptor* value = type->FindValueByName(absl::AsciiStrToUpper(text));
  if (value != nullptr && value->number() != 0) return value->number();
  const std::vector<std::string> names = EnumNames(type);
  return UsageError(absl::StrCat("--", parameter, ": '", text, "' is unknown", DidYouMean(text, names)),
                    absl::StrCat("the values are ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<google::protobuf::Duration> ReadDurationOf(absl::string_view parameter, absl::string_view text) {
  const std::optional<absl::Duration> duration = ReadDuration(text);
  if (!duration) {
    return UsageError(absl::StrCat("--", parameter, ": '", text, "' is not a duration"),
                      "write it like 90s, 10m, 12h, 30d or 1h30m");
  }
  google::protobuf::Duration result;
  result.set_seconds(absl::ToInt64Seconds(*duration));
  return result;
}

absl::StatusOr<google::protobuf::Timestamp> ReadTimeOf(absl::string_view parameter, absl::string_view text) {
  absl::Time time;
  // absl::ParseTime takes blanks around it, and "infinite-future", too.
  const bool digits_first = !text.empty() && absl::ascii_isdigit(text.front()) && !absl::ascii_isspace(text.back());
  const bool parsed = digits_first && absl::ParseTime(absl::RFC3339_full, text, &time, nullptr);
  const bool in_range = parsed && time >= absl::FromCivil(absl::CivilSecond(1, 1, 1), absl::UTCTimeZone()) &&
                        time < absl::FromCivil(absl::CivilSecond(10000, 1, 1), absl::UTCTimeZone());
  if (!in_range) {
    return UsageError(absl::StrCat("--", parameter, ": '", text, "' is not a time"), "write it like 2026-06-02T10:54:03Z");
  }
  google::protobuf::Timestamp result;
  result.set_seconds(absl::ToUnixSeconds(time));
  result.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(result.seconds()))));
  return result;
}

absl::StatusOr<int> ParseCount(absl::string_view parameter, absl::string_view text) {
  int count = 0;
  if (!absl::SimpleAtoi(text, &count) || count < 1) {
    return UsageError(absl::StrCat("--", parameter, ": '", text, "' is not a positive whole number"));
  }
  return count;
}

absl::StatusOr<int> ParseCountOrZero(absl::string_view parameter, absl::string_view text) {
  int count = 0;
  if (!absl::SimpleAtoi(text, &count) || count < 0) {
    return UsageError(absl::StrCat("--", parameter, ": '", text, "' is not a whole number from 0"));
  }
  return count;
}

}  // namespace signet::cli
