#include "server/rpc/update_conversion.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/names.h"
#include "server/rpc/proto_conversion.h"

namespace signet::rpc {
namespace {

// Field is a path that a mask may hold: whether the resource sets it, and how it goes into the update.
template <typename Resource, typename Update>
struct Field {
  absl::string_view path;
  bool (*is_set)(const Resource& resource);
  absl::Status (*apply)(const Resource& resource, Update& update);
};

// The path stays out of the error: it may be of any length, and hold anything.
template <typename Resource, typename Update>
absl::StatusOr<Update> ApplyMask(const std::vector<Field<Resource, Update>>& fields, const Resource& resource,
                                 const google::protobuf::FieldMask& mask) {
  const auto& paths = mask.paths();
  // A path covers itself and what lies below it.
  const auto covers = [](absl::string_view path, const Field<Resource, Update>& field) {
    return path == field.path || absl::StartsWith(field.path, absl::StrCat(path, "."));
  };
  const bool everything = paths.size() == 1 && paths[0] == "*";
  for (const std::string& path : paths) {
    const bool known =
        everything || std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return covers(path, field); });
    if (!known) return InvalidField("update_mask", "names a field that does not exist or cannot be changed");
  }
  Update update;
  for (const Field<Resource, Update>& field : fields) {
    const bool named =
        everything || std::any_of(paths.begin(), paths.end(), [&](const std::string& path) { return covers(path, field); });
    if (named || (paths.empty() && field.is_set(resource))) SIGNET_RETURN_IF_ERROR(field.apply(resource, update));
  }
  return update;
}

absl::Status SetParent(const v1::Tenant& tenant, core::TenantUpdate& update) {
  update.parent.emplace();
  if (!tenant.parent().empty()) {
    SIGNET_ASSIGN_OR_RETURN(*update.parent, core::ParseTenantName("tenant.parent", tenant.parent()));
  }
  return absl::OkStatus();
}

absl::Status SetAlgorithm(const v1::KeyRing& ring, core::RingUpdate& update) {
  SIGNET_ASSIGN_OR_RETURN(update.algorithm, FromProto("key_ring.algorithm", ring.algorithm()));
  if (update.algorithm) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, reason::kMissingField,
               "key_ring.algorithm: update_mask names it, but it is not set", {{"field", "key_ring.algorithm"}});
}

absl::Status SetProtection(const v1::KeyRing& ring, core::RingUpdate& update) {
  SIGNET_ASSIGN_OR_RETURN(update.protection, FromProto("key_ring.protection", ring.protection()));
  if (update.protection) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, reason::kMissingField,
               "key_ring.protection: update_mask names it, but it is not set", {{"field", "key_ring.protection"}});
}

// Sets one field of the update from the same field of the policy, which is nullopt where the policy leaves it to the preset.
template <auto kPolicyField, auto kUpdateField>
absl::Status SetPolicyField(const v1::KeyRing& ring, core::RingUpdate& update) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::KeyPolicy policy, FromProto("key_ring.policy", ring.policy()));
  update.*kUpdateField = policy.*kPolicyField;
  return absl::OkStatus();
}

// The same of the certificate profile, where an empty text means none.
template <auto kProfileField, auto kUpdateField>
absl::Status SetProfileField(const v1::KeyRing& ring, core::RingUpdate& update) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::CertificateProfile profile,
                          FromProto("key_ring.certificate_profile", ring.certificate_profile()));
  update.*kUpdateField = profile.*kProfileField;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<core::TenantUpdate> TenantUpdateFromProto(const v1::Tenant& tenant, const google::protobuf::FieldMask& mask) {
  using TenantField = Field<v1::Tenant, core::TenantUpdate>;
  const std::vector<TenantField> fields = {
      {"display_name", [](const v1::Tenant& t) { return !t.display_name().empty(); },
       [](const v1::Tenant& t, core::TenantUpdate& update) {
         update.display_name = t.display_name();
         return absl::OkStatus();
       }},
      {"parent", [](const v1::Tenant& t) { return !t.parent().empty(); }, SetParent},
      {"issuer", [](const v1::Tenant& t) { return !t.issuer().empty(); },
       [](const v1::Tenant& t, core::TenantUpdate& update) {
         update.issuer = t.issuer();
         return absl::OkStatus();
       }},
      {"host_aliases", [](const v1::Tenant& t) { return !t.host_aliases().empty(); },
       [](const v1::Tenant& t, core::TenantUpdate& update) {
         update.host_aliases.emplace(t.host_aliases().begin(), t.host_aliases().end());
         return absl::OkStatus();
       }},
  };
  return ApplyMask(fields, tenant, mask);
}

absl::StatusOr<core::RingUpdate> RingUpdateFromProto(const v1::KeyRing& ring, const google::protobuf::FieldMask& mask) {
  using keystore::CertificateProfile;
  using keystore::KeyPolicy;
  using RingField = Field<v1::KeyRing, core::RingUpdate>;
  const std::vector<RingField> fields = {
      {"algorithm", [](const v1::KeyRing& r) { return r.algorithm() != v1::ALGORITHM_UNSPECIFIED; }, SetAlgorithm},
      {"protection", [](const v1::KeyRing& r) { return r.protection() != v1::KeyRing::PROTECTION_UNSPECIFIED; }, SetProtection},
      {"policy.preset", [](const v1::KeyRing& r) { return r.policy().preset() != v1::KeyPolicy::PRESET_UNSPECIFIED; },
       SetPolicyField<&KeyPolicy::preset, &core::RingUpdate::preset>},
      {"policy.max_keys", [](const v1::KeyRing& r) { return r.policy().max_keys() != 0; },
       SetPolicyField<&KeyPolicy::max_keys, &core::RingUpdate::max_keys>},
      {"policy.activation_delay", [](const v1::KeyRing& r) { return r.policy().has_activation_delay(); },
       SetPolicyField<&KeyPolicy::activation_delay, &core::RingUpdate::activation_delay>},
      {"policy.min_retention", [](const v1::KeyRing& r) { return r.policy().has_min_retention(); },
       SetPolicyField<&KeyPolicy::min_retention, &core::RingUpdate::min_retention>},
      {"policy.retain_until_revoked", [](const v1::KeyRing& r) { return r.policy().has_retain_until_revoked(); },
       SetPolicyField<&KeyPolicy::retain_until_revoked, &core::RingUpdate::retain_until_revoked>},
      {"policy.max_token_ttl", [](const v1::KeyRing& r) { return r.policy().has_max_token_ttl(); },
       SetPolicyField<&KeyPolicy::max_token_ttl, &core::RingUpdate::max_token_ttl>},
      {"policy.jwks_max_age", [](const v1::KeyRing& r) { return r.policy().has_jwks_max_age(); },
       SetPolicyField<&KeyPolicy::jwks_max_age, &core::RingUpdate::jwks_max_age>},
      {"policy.keep_next", [](const v1::KeyRing& r) { return r.policy().has_keep_next(); },
       SetPolicyField<&KeyPolicy::keep_next, &core::RingUpdate::keep_next>},
      {"policy.automatic", [](const v1::KeyRing& r) { return r.policy().has_automatic(); },
       SetPolicyField<&KeyPolicy::automatic, &core::RingUpdate::automatic>},
      {"policy.period", [](const v1::KeyRing& r) { return r.policy().has_period(); },
       SetPolicyField<&KeyPolicy::period, &core::RingUpdate::period>},
      {"policy.retirement_delay", [](const v1::KeyRing& r) { return r.policy().has_retirement_delay(); },
       SetPolicyField<&KeyPolicy::retirement_delay, &core::RingUpdate::retirement_delay>},
      {"policy.signing_grace", [](const v1::KeyRing& r) { return r.policy().has_signing_grace(); },
       SetPolicyField<&KeyPolicy::signing_grace, &core::RingUpdate::signing_grace>},
      {"policy.idempotency_window", [](const v1::KeyRing& r) { return r.policy().has_idempotency_window(); },
       SetPolicyField<&KeyPolicy::idempotency_window, &core::RingUpdate::idempotency_window>},
      {"policy.rotations_per_day", [](const v1::KeyRing& r) { return r.policy().has_rotations_per_day(); },
       SetPolicyField<&KeyPolicy::rotations_per_day, &core::RingUpdate::rotations_per_day>},
      {"policy.revoked_history", [](const v1::KeyRing& r) { return r.policy().has_revoked_history(); },
       SetPolicyField<&KeyPolicy::revoked_history, &core::RingUpdate::revoked_history>},
      {"certificate_profile.common_name", [](const v1::KeyRing& r) { return !r.certificate_profile().common_name().empty(); },
       SetProfileField<&CertificateProfile::common_name, &core::RingUpdate::common_name>},
      {"certificate_profile.organization", [](const v1::KeyRing& r) { return !r.certificate_profile().organization().empty(); },
       SetProfileField<&CertificateProfile::organization, &core::RingUpdate::organization>},
      {"certificate_profile.organizational_unit",
       [](const v1::KeyRing& r) { return !r.certificate_profile().organizational_unit().empty(); },
       SetProfileField<&CertificateProfile::organizational_unit, &core::RingUpdate::organizational_unit>},
      {"certificate_profile.country", [](const v1::KeyRing& r) { return !r.certificate_profile().country().empty(); },
       SetProfileField<&CertificateProfile::country, &core::RingUpdate::country>},
      {"certificate_profile.validity", [](const v1::KeyRing& r) { return r.certificate_profile().has_validity(); },
       SetProfileField<&CertificateProfile::validity, &core::RingUpdate::certificate_validity>},
  };
  return ApplyMask(fields, ring, mask);
}

}  // namespace signet::rpc
