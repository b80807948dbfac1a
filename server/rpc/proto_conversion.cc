#include "server/rpc/proto_conversion.h"

#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "server/core/audit.h"
#include "server/core/names.h"

namespace signet::rpc {
namespace {

// The range of google.protobuf.Duration: about 10,000 years.
constexpr int64_t kMaxDurationSeconds = 315'576'000'000;
// The range of google.protobuf.Timestamp: the years 1 to 9999.
constexpr int64_t kMinTimestampSeconds = -62'135'596'800;
constexpr int64_t kMaxTimestampSeconds = 253'402'300'799;
constexpr int32_t kNanosPerSecond = 1'000'000'000;

// The enums of the layers below have the numbers of the proto's; kFirst and kLast bound them.
template <typename Enum>
absl::StatusOr<std::optional<Enum>> ByNumber(absl::string_view field, int number, Enum first, Enum last) {
  if (number == 0) return std::optional<Enum>();
  if (number < static_cast<int>(first) || number > static_cast<int>(last)) {
    return InvalidField(field, absl::StrCat(number, " is not a value that this release knows"));
  }
  return std::optional<Enum>(static_cast<Enum>(number));
}

void SetTime(const std::optional<absl::Time>& time, google::protobuf::Timestamp* (v1::SigningKey::*mutable_field)(),
             v1::SigningKey& key) {
  if (time) *(key.*mutable_field)() = ToProto(*time);
}

v1::SigningKey::State StateToProto(keystore::KeyState state) {
  switch (state) {
    case keystore::KeyState::kPendingGeneration:
      return v1::SigningKey::PENDING_GENERATION;
    case keystore::KeyState::kDisabled:
      return v1::SigningKey::DISABLED;
    case keystore::KeyState::kEnabled:
      return v1::SigningKey::ENABLED;
    case keystore::KeyState::kRevoked:
      return v1::SigningKey::REVOKED;
    case keystore::KeyState::kDestroyed:
      return v1::SigningKey::DESTROYED;
    case keystore::KeyState::kGenerationFailed:
      return v1::SigningKey::GENERATION_FAILED;
  }
  std::abort();  // No other value is ever made.
}

v1::SigningKey::Role RoleToProto(keystore::KeyRole role) {
  switch (role) {
    case keystore::KeyRole::kNone:
      return v1::SigningKey::ROLE_UNSPECIFIED;
    case keystore::KeyRole::kCurrent:
      return v1::SigningKey::CURRENT;
    case keystore::KeyRole::kNext:
      return v1::SigningKey::NEXT;
    case keystore::KeyRole::kPrevious:
      return v1::SigningKey::PREVIOUS;
  }
  std::abort();  // No other value is ever made.
}

// A record of a newer release may name an algorithm that this one does not know.
v1::Algorithm AlgorithmByName(absl::string_view name) {
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(name);
  return algorithm ? ToProto(*algorithm) : v1::ALGORITHM_UNSPECIFIED;
}

absl::Status SetIfPresent(bool present, absl::string_view field, const google::protobuf::Duration& duration,
                          std::optional<absl::Duration>& target) {
  if (!present) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(target, FromProto(field, duration));
  return absl::OkStatus();
}

v1::KeyPolicy PolicyToProto(const keystore::KeyPolicy& policy) {
  v1::KeyPolicy proto;
  proto.set_preset(static_cast<v1::KeyPolicy::Preset>(policy.preset));
  if (policy.max_keys) proto.set_max_keys(*policy.max_keys);
  if (policy.activation_delay) *proto.mutable_activation_delay() = ToProto(*policy.activation_delay);
  if (policy.min_retention) *proto.mutable_min_retention() = ToProto(*policy.min_retention);
  if (policy.retain_until_revoked) proto.set_retain_until_revoked(*policy.retain_until_revoked);
  if (policy.max_token_ttl) *proto.mutable_max_token_ttl() = ToProto(*policy.max_token_ttl);
  if (policy.jwks_max_age) *proto.mutable_jwks_max_age() = ToProto(*policy.jwks_max_age);
  if (policy.keep_next) proto.set_keep_next(*policy.keep_next);
  if (policy.automatic) proto.set_automatic(*policy.automatic);
  if (policy.period) *proto.mutable_period() = ToProto(*policy.period);
  if (policy.retirement_delay) *proto.mutable_retirement_delay() = ToProto(*policy.retirement_delay);
  if (policy.signing_grace) *proto.mutable_signing_grace() = ToProto(*policy.signing_grace);
  if (policy.idempotency_window) *proto.mutable_idempotency_window() = ToProto(*policy.idempotency_window);
  if (policy.rotations_per_day) proto.set_rotations_per_day(*policy.rotations_per_day);
  if (policy.revoked_history) proto.set_revoked_history(*policy.revoked_history);
  return proto;
}

v1::KeyPolicy PolicyToProto(const keystore::ResolvedPolicy& policy) {
  keystore::KeyPolicy whole;
  whole.preset = policy.preset;
  whole.max_keys = policy.max_keys;
  whole.activation_delay = policy.activation_delay;
  whole.min_retention = policy.min_retention;
  whole.retain_until_revoked = policy.retain_until_revoked;
  whole.max_token_ttl = policy.max_token_ttl;
  whole.jwks_max_age = policy.jwks_max_age;
  whole.keep_next = policy.keep_next;
  whole.automatic = policy.automatic;
  whole.period = policy.period;
  if (policy.retires) whole.retirement_delay = policy.retirement_delay;
  whole.signing_grace = policy.signing_grace;
  whole.idempotency_window = policy.idempotency_window;
  whole.rotations_per_day = policy.rotations_per_day;
  whole.revoked_history = policy.revoked_history;
  return PolicyToProto(whole);
}

v1::CertificateProfile ProfileToProto(const keystore::CertificateProfile& profile) {
  v1::CertificateProfile proto;
  proto.set_common_name(profile.common_name);
  proto.set_organization(profile.organization);
  proto.set_organizational_unit(profile.organizational_unit);
  proto.set_country(profile.country);
  if (profile.validity) *proto.mutable_validity() = ToProto(*profile.validity);
  return proto;
}

}  // namespace

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  proto.set_seconds(absl::ToUnixSeconds(time));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(proto.seconds()))));
  return proto;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  absl::Duration rest;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return proto;
}

absl::StatusOr<absl::Duration> FromProto(absl::string_view field, const google::protobuf::Duration& duration) {
  const int64_t seconds = duration.seconds();
  const int32_t nanos = duration.nanos();
  if (seconds < -kMaxDurationSeconds || seconds > kMaxDurationSeconds || nanos <= -kNanosPerSecond || nanos >= kNanosPerSecond ||
      (seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0)) {
    return InvalidField(field, "not a valid google.protobuf.Duration");
  }
  return absl::Seconds(seconds) + absl::Nanoseconds(nanos);
}

absl::StatusOr<absl::Time> FromProto(absl::string_view field, const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() < kMinTimestampSeconds || timestamp.seconds() > kMaxTimestampSeconds || timestamp.nanos() < 0 ||
      timestamp.nanos() >= kNanosPerSecond) {
    return InvalidField(field, "not a valid google.protobuf.Timestamp");
  }
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

v1::Algorithm ToProto(hsm::Algorithm algorithm) { return static_cast<v1::Algorithm>(algorithm); }

absl::StatusOr<std::optional<hsm::Algorithm>> FromProto(absl::string_view field, v1::Algorithm algorithm) {
  return ByNumber(field, algorithm, hsm::Algorithm::kEs256, hsm::Algorithm::kEd25519);
}

absl::StatusOr<std::optional<keystore::TenantKind>> FromProto(absl::string_view field, v1::Tenant::Kind kind) {
  return ByNumber(field, kind, keystore::TenantKind::kGlobalAccount, keystore::TenantKind::kSubaccount);
}

absl::StatusOr<std::optional<keystore::Protection>> FromProto(absl::string_view field, v1::KeyRing::Protection protection) {
  return ByNumber(field, protection, keystore::Protection::kToken, keystore::Protection::kWrapped);
}

absl::StatusOr<std::optional<keystore::Preset>> FromProto(absl::string_view field, v1::KeyPolicy::Preset preset) {
  return ByNumber(field, preset, keystore::Preset::kStandard, keystore::Preset::kAuth0);
}

absl::StatusOr<std::optional<core::SignatureFormat>> FromProto(absl::string_view field, v1::SignRequest::SignatureFormat format) {
  switch (format) {
    case v1::SignRequest::SIGNATURE_FORMAT_UNSPECIFIED:
      return std::optional<core::SignatureFormat>();
    case v1::SignRequest::RAW:
      return std::optional(core::SignatureFormat::kRaw);
    case v1::SignRequest::DER:
      return std::optional(core::SignatureFormat::kDer);
    default:
      return InvalidField(field, absl::StrCat(static_cast<int>(format), " is not a value that this release knows"));
  }
}

absl::StatusOr<keystore::KeyPolicy> FromProto(absl::string_view field, const v1::KeyPolicy& policy) {
  keystore::KeyPolicy result;
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::Preset> preset, FromProto(absl::StrCat(field, ".preset"), policy.preset()));
  result.preset = preset.value_or(keystore::Preset::kStandard);
  if (policy.max_keys() != 0) result.max_keys = policy.max_keys();
  if (policy.has_retain_until_revoked()) result.retain_until_revoked = policy.retain_until_revoked();
  if (policy.has_keep_next()) result.keep_next = policy.keep_next();
  if (policy.has_automatic()) result.automatic = policy.automatic();
  if (policy.has_rotations_per_day()) result.rotations_per_day = policy.rotations_per_day();
  if (policy.has_revoked_history()) result.revoked_history = policy.revoked_history();
  const auto set = [&](absl::string_view member, bool present, const google::protobuf::Duration& duration,
                       std::optional<absl::Duration>& target) {
    return SetIfPresent(present, absl::StrCat(field, ".", member), duration, target);
  };
  SIGNET_RETURN_IF_ERROR(
      set("activation_delay", policy.has_activation_delay(), policy.activation_delay(), result.activation_delay));
  SIGNET_RETURN_IF_ERROR(set("min_retention", policy.has_min_retention(), policy.min_retention(), result.min_retention));
  SIGNET_RETURN_IF_ERROR(set("max_token_ttl", policy.has_max_token_ttl(), policy.max_token_ttl(), result.max_token_ttl));
  SIGNET_RETURN_IF_ERROR(set("jwks_max_age", policy.has_jwks_max_age(), policy.jwks_max_age(), result.jwks_max_age));
  SIGNET_RETURN_IF_ERROR(set("period", policy.has_period(), policy.period(), result.period));
  SIGNET_RETURN_IF_ERROR(
      set("retirement_delay", policy.has_retirement_delay(), policy.retirement_delay(), result.retirement_delay));
  SIGNET_RETURN_IF_ERROR(set("signing_grace", policy.has_signing_grace(), policy.signing_grace(), result.signing_grace));
  SIGNET_RETURN_IF_ERROR(
      set("idempotency_window", policy.has_idempotency_window(), policy.idempotency_window(), result.idempotency_window));
  return result;
}

absl::StatusOr<keystore::CertificateProfile> FromProto(absl::string_view field, const v1::CertificateProfile& profile) {
  keystore::CertificateProfile result;
  result.common_name = profile.common_name();
  result.organization = profile.organization();
  result.organizational_unit = profile.organizational_unit();
  result.country = profile.country();
  SIGNET_RETURN_IF_ERROR(
      SetIfPresent(profile.has_validity(), absl::StrCat(field, ".validity"), profile.validity(), result.validity));
  return result;
}

v1::Tenant ToProto(const core::TenantView& view) {
  v1::Tenant proto;
  proto.set_name(core::FormatTenantName(view.record.id));
  proto.set_kind(static_cast<v1::Tenant::Kind>(view.record.kind));
  proto.set_display_name(view.record.display_name);
  if (view.record.parent) proto.set_parent(core::FormatTenantName(*view.record.parent));
  proto.set_issuer(view.issuer);
  proto.mutable_host_aliases()->Add(view.record.host_aliases.begin(), view.record.host_aliases.end());
  *proto.mutable_create_time() = ToProto(view.record.create_time);
  *proto.mutable_update_time() = ToProto(view.record.update_time);
  proto.set_etag(view.etag);
  return proto;
}

v1::KeyRing ToProto(const core::RingView& view) {
  v1::KeyRing proto;
  proto.set_name(core::FormatRingName({view.record.tenant, view.record.id}));
  proto.set_algorithm(AlgorithmByName(view.record.algorithm));
  proto.set_protection(static_cast<v1::KeyRing::Protection>(view.record.protection));
  *proto.mutable_policy() = PolicyToProto(view.record.policy);
  *proto.mutable_effective_policy() = PolicyToProto(view.policy);
  *proto.mutable_certificate_profile() = ProfileToProto(view.record.certificate);
  if (view.rotation) *proto.mutable_rotation() = ToProto({view.record.tenant, view.record.id}, *view.rotation);
  if (view.next_rotation_time) *proto.mutable_next_rotation_time() = ToProto(*view.next_rotation_time);
  *proto.mutable_create_time() = ToProto(view.record.create_time);
  *proto.mutable_update_time() = ToProto(view.record.update_time);
  proto.set_etag(view.etag);
  return proto;
}

v1::SigningKey ToProto(const core::KeyView& view) {
  const keystore::KeyRecord& record = view.record;
  v1::SigningKey proto;
  // A key that CreateKey only validates has no kid before it is generated, unless the caller chose one.
  if (!record.kid.empty()) proto.set_name(core::FormatKeyName({{record.tenant, record.ring}, record.kid}));
  proto.set_kid(record.kid.value());
  proto.set_algorithm(AlgorithmByName(record.algorithm));
  proto.set_protection(static_cast<v1::KeyRing::Protection>(record.protection));
  proto.set_state(StateToProto(record.state));
  proto.set_role(RoleToProto(view.role));
  *proto.mutable_create_time() = ToProto(record.create_time);
  SetTime(record.publish_time, &v1::SigningKey::mutable_publish_time, proto);
  SetTime(view.activatable_time, &v1::SigningKey::mutable_activatable_time, proto);
  SetTime(record.enable_time, &v1::SigningKey::mutable_enable_time, proto);
  SetTime(record.disable_time, &v1::SigningKey::mutable_disable_time, proto);
  SetTime(view.deletable_time, &v1::SigningKey::mutable_deletable_time, proto);
  SetTime(record.revoke_time, &v1::SigningKey::mutable_revoke_time, proto);
  SetTime(record.destroy_time, &v1::SigningKey::mutable_destroy_time, proto);
  SetTime(view.retire_time, &v1::SigningKey::mutable_retire_time, proto);
  *proto.mutable_effective_time() = ToProto(view.effective_time);
  proto.set_etag(view.etag);
  proto.set_signature_count(record.usage.signature_count);
  SetTime(record.usage.last_signed_time, &v1::SigningKey::mutable_last_signed_time, proto);
  SetTime(record.usage.latest_token_expiry, &v1::SigningKey::mutable_latest_token_expiry, proto);
  SetTime(record.usage.token_expiry_bound, &v1::SigningKey::mutable_token_expiry_bound, proto);
  // FIPS 186-5 approves every row of the closed table: P-256, P-384, P-521 and Ed25519, and RSA from 2048 bits on, all with SHA-2.
  proto.set_fips_compliant(hsm::FindAlgorithm(record.algorithm).has_value());
  proto.mutable_warnings()->Add(view.warnings.begin(), view.warnings.end());
  return proto;
}

v1::Rotation ToProto(const core::RingName& ring, const core::RotationView& view) {
  const auto name = [&](const keystore::Kid& kid) { return kid.empty() ? "" : core::FormatKeyName({ring, kid}); };
  v1::Rotation proto;
  proto.set_number(view.record.number);
  *proto.mutable_start_time() = ToProto(view.record.start_time);
  if (view.record.activation_time) *proto.mutable_activation_time() = ToProto(*view.record.activation_time);
  proto.set_automatic(view.record.actor == core::kSystemActor);
  proto.set_purge(view.record.purge);
  proto.set_force(view.record.force);
  proto.set_reason(view.record.reason);
  proto.set_current(name(view.current));
  proto.set_superseded(name(view.superseded));
  proto.set_next(name(view.next));
  for (const keystore::Kid& kid : view.revoked) proto.add_revoked(name(kid));
  for (const keystore::Kid& kid : view.retired) proto.add_retired(name(kid));
  return proto;
}

}  // namespace signet::rpc
