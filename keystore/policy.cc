#include "keystore/policy.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace signet::keystore {
namespace {

constexpr int kLeastKeys = 2;
constexpr int kMostKeys = 10;
constexpr absl::Duration kDay = absl::Hours(24);

// What a preset says where a policy is silent. A derived activation_delay is nullopt; a derived min_retention is zero, because the
// life of the tokens that were signed is kept in any case (see DeletableTime).
struct PresetDefaults {
  int max_keys;
  std::optional<absl::Duration> activation_delay;
  absl::Duration min_retention;
  bool retain_until_revoked;
};

PresetDefaults DefaultsOf(Preset preset) {
  switch (preset) {
    case Preset::kStandard:
      break;
    case Preset::kSapBtp:
      return {2, absl::Hours(12), absl::Hours(12), false};
    case Preset::kSapEdge:
      return {2, absl::ZeroDuration(), absl::ZeroDuration(), false};
    case Preset::kAuth0:
      return {3, absl::ZeroDuration(), absl::ZeroDuration(), true};
  }
  return {3, std::nullopt, absl::ZeroDuration(), false};
}

absl::Status CheckRange(absl::string_view field, const std::optional<absl::Duration>& value, absl::Duration least,
                        absl::Duration most) {
  if (!value || (*value >= least && *value <= most)) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("must be ", absl::FormatDuration(least), " to ", absl::FormatDuration(most)));
}

}  // namespace

ResolvedPolicy Resolve(const KeyPolicy& policy) {
  const PresetDefaults defaults = DefaultsOf(policy.preset);
  const absl::Duration jwks_max_age = policy.jwks_max_age.value_or(absl::Minutes(5));
  return {
      .preset = policy.preset,
      .max_keys = policy.max_keys.value_or(defaults.max_keys),
      .activation_delay = policy.activation_delay.value_or(defaults.activation_delay.value_or(jwks_max_age)),
      .min_retention = policy.min_retention.value_or(defaults.min_retention),
      .retain_until_revoked = policy.retain_until_revoked.value_or(defaults.retain_until_revoked),
      .max_token_ttl = policy.max_token_ttl.value_or(absl::Hours(24)),
      .jwks_max_age = jwks_max_age,
      .earliest_activation = policy.activation_delay || defaults.activation_delay
                                 ? absl::InfinitePast()
                                 : policy.jwks_cached_until.value_or(absl::InfinitePast()),
  };
}

absl::Time CachedUntil(const KeyPolicy& policy, absl::Time now) {
  return std::max(now + Resolve(policy).jwks_max_age, policy.jwks_cached_until.value_or(absl::InfinitePast()));
}

absl::Status ValidatePolicy(const KeyPolicy& policy) {
  if (policy.max_keys && (*policy.max_keys < kLeastKeys || *policy.max_keys > kMostKeys)) {
    return InvalidField("policy.max_keys", absl::StrCat("must be ", kLeastKeys, " to ", kMostKeys));
  }
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.activation_delay", policy.activation_delay, absl::ZeroDuration(), 30 * kDay));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.min_retention", policy.min_retention, absl::ZeroDuration(), 400 * kDay));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.max_token_ttl", policy.max_token_ttl, absl::Minutes(1), 366 * kDay));
  return CheckRange("policy.jwks_max_age", policy.jwks_max_age, absl::Seconds(1), kDay);
}

}  // namespace signet::keystore
