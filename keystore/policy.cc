#include "keystore/policy.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace signet::keystore {
namespace {

constexpr int kLeastKeys = 2;
constexpr int kMostKeys = 10;
constexpr int kMostRotationsPerDay = 1000;
constexpr int kLongestHistory = 100;
constexpr absl::Duration kDay = absl::Hours(24);

// However long max_token_ttl is: nobody gets a token of a year for not asking. A credential cannot ask for more either, so that
// what knows issued tokens may forget them then.
constexpr absl::Duration kLongestDefaultTokenTtl = kDay;

// What a preset says where a policy is silent. A derived activation_delay is nullopt; a derived min_retention is zero, because the
// life of the tokens that were signed is kept in any case (see DeletableTime).
struct PresetDefaults {
  int max_keys = 3;
  bool keep_next = false;
  bool automatic = false;
  std::optional<absl::Duration> activation_delay = absl::ZeroDuration();
  absl::Duration min_retention = absl::ZeroDuration();
  bool retain_until_revoked = false;
  // A day in which a key that was superseded or disabled by mistake can be enabled again.
  absl::Duration retirement_delay = absl::Hours(24);
  // While nothing rotates by itself, a superseded key stays until somebody deletes it, unless a retirement_delay is set.
  bool retires_only_if_automatic = false;
  absl::Duration signing_grace = absl::Seconds(5);
  int rotations_per_day = 0;
  // How long a token lives for which no life was asked.
  absl::Duration token_ttl = absl::Hours(1);
  // A max_token_ttl that is set takes its place: SAP's accessTokenValidity is the life of tokens, not only a limit.
  bool max_token_ttl_is_life = false;
};

PresetDefaults DefaultsOf(Preset preset) {
  switch (preset) {
    case Preset::kStandard:
      break;
    case Preset::kSapBtp:
      return {.max_keys = 2,
              .activation_delay = absl::Hours(12),
              .min_retention = absl::Hours(12),
              .retirement_delay = 7 * kDay,
              .retires_only_if_automatic = true,
              .token_ttl = absl::Hours(12),
              .max_token_ttl_is_life = true};
    case Preset::kSapEdge:
      return {.max_keys = 2, .automatic = true, .signing_grace = absl::Minutes(10)};
    case Preset::kAuth0:
      return {.keep_next = true, .retain_until_revoked = true, .rotations_per_day = 5};
  }
  return {.keep_next = true, .automatic = true, .activation_delay = std::nullopt};
}

absl::Duration DefaultTokenTtl(const KeyPolicy& policy, const PresetDefaults& defaults, absl::Duration max_token_ttl) {
  const absl::Duration wanted =
      defaults.max_token_ttl_is_life ? policy.max_token_ttl.value_or(defaults.token_ttl) : defaults.token_ttl;
  return std::min({wanted, max_token_ttl, kLongestDefaultTokenTtl});
}

absl::Status CheckRange(absl::string_view field, const std::optional<absl::Duration>& value, absl::Duration least,
                        absl::Duration most) {
  if (!value || (*value >= least && *value <= most)) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("must be ", absl::FormatDuration(least), " to ", absl::FormatDuration(most)));
}

absl::Status CheckRange(absl::string_view field, const std::optional<int>& value, int least, int most) {
  if (!value || (*value >= least && *value <= most)) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("must be ", least, " to ", most));
}

// Whether each superseded key is gone by the time that its place is needed.
absl::Status CheckRoom(const ResolvedPolicy& policy) {
  if (policy.keep_next && policy.max_keys < kLeastKeys + 1) {
    return InvalidField("policy.keep_next", "needs max_keys of at least 3, for the current, the next and the previous key");
  }
  if (!policy.automatic) return absl::OkStatus();
  if (policy.period <= policy.activation_delay) {
    return InvalidField("policy.period", absl::StrCat("must be longer than the activation_delay of ",
                                                      absl::FormatDuration(policy.activation_delay)));
  }
  const int places = policy.max_keys - (policy.keep_next ? 2 : 1);
  const absl::Duration stay = std::max(policy.max_token_ttl + kTokenExpiryStep + kClockSkew, policy.min_retention);
  if (policy.period * places > stay) return absl::OkStatus();
  return InvalidField("policy.period", absl::StrCat("is too short: a superseded key stays for up to ", absl::FormatDuration(stay),
                                                    ", and there is room for ", places,
                                                    "; lengthen it, shorten max_token_ttl or min_retention, or raise max_keys"));
}

}  // namespace

ResolvedPolicy Resolve(const KeyPolicy& policy) {
  const PresetDefaults defaults = DefaultsOf(policy.preset);
  const absl::Duration jwks_max_age = policy.jwks_max_age.value_or(absl::Minutes(5));
  const absl::Duration max_token_ttl = policy.max_token_ttl.value_or(kDay);
  const int max_keys = policy.max_keys.value_or(defaults.max_keys);
  const bool automatic = policy.automatic.value_or(defaults.automatic);
  return {
      .preset = policy.preset,
      .max_keys = max_keys,
      // A preset asks for it only where there is room.
      .keep_next = policy.keep_next.value_or(defaults.keep_next && max_keys > kLeastKeys),
      .automatic = automatic,
      .period = policy.period.value_or(90 * kDay),
      .activation_delay = policy.activation_delay.value_or(defaults.activation_delay.value_or(jwks_max_age)),
      .min_retention = policy.min_retention.value_or(defaults.min_retention),
      .retain_until_revoked = policy.retain_until_revoked.value_or(defaults.retain_until_revoked),
      .retirement_delay = policy.retirement_delay.value_or(defaults.retirement_delay),
      .retires = automatic || policy.retirement_delay || !defaults.retires_only_if_automatic,
      .signing_grace = policy.signing_grace.value_or(defaults.signing_grace),
      .idempotency_window = policy.idempotency_window.value_or(absl::Minutes(10)),
      .rotations_per_day = policy.rotations_per_day.value_or(defaults.rotations_per_day),
      .revoked_history = policy.revoked_history.value_or(3),
      .max_token_ttl = max_token_ttl,
      .default_token_ttl = DefaultTokenTtl(policy, defaults, max_token_ttl),
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
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.max_keys", policy.max_keys, kLeastKeys, kMostKeys));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.period", policy.period, absl::Minutes(1), 3650 * kDay));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.activation_delay", policy.activation_delay, absl::ZeroDuration(), 30 * kDay));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.min_retention", policy.min_retention, absl::ZeroDuration(), 400 * kDay));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.retirement_delay", policy.retirement_delay, absl::ZeroDuration(), 400 * kDay));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.signing_grace", policy.signing_grace, absl::Seconds(1), absl::Minutes(10)));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.idempotency_window", policy.idempotency_window, absl::ZeroDuration(), kDay));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.rotations_per_day", policy.rotations_per_day, 0, kMostRotationsPerDay));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.revoked_history", policy.revoked_history, 0, kLongestHistory));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.max_token_ttl", policy.max_token_ttl, absl::Minutes(1), 366 * kDay));
  SIGNET_RETURN_IF_ERROR(CheckRange("policy.jwks_max_age", policy.jwks_max_age, absl::Seconds(1), kDay));
  return CheckRoom(Resolve(policy));
}

}  // namespace signet::keystore
