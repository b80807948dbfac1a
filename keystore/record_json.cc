#include "keystore/record_json.h"

#include <utility>
#include <vector>

#include "keystore/json_members.h"
#include "keystore/parse_record.h"

namespace signet::keystore {
namespace {

constexpr Word<TenantKind> kTenantKindWords[] = {
    {TenantKind::kGlobalAccount, "GLOBAL_ACCOUNT"},
    {TenantKind::kDirectory, "DIRECTORY"},
    {TenantKind::kSubaccount, "SUBACCOUNT"},
    {TenantKind::kSystem, "SYSTEM"},
};
constexpr Word<Preset> kPresetWords[] = {
    {Preset::kStandard, "STANDARD"},
    {Preset::kSapBtp, "SAP_BTP"},
    {Preset::kSapEdge, "SAP_EDGE"},
    {Preset::kAuth0, "AUTH0"},
};
constexpr Word<KeyState> kKeyStateWords[] = {
    {KeyState::kPendingGeneration, "PENDING_GENERATION"},
    {KeyState::kDisabled, "DISABLED"},
    {KeyState::kEnabled, "ENABLED"},
    {KeyState::kRevoked, "REVOKED"},
    {KeyState::kDestroyed, "DESTROYED"},
    {KeyState::kGenerationFailed, "GENERATION_FAILED"},
};

constexpr Word<Protection> kProtectionWords[] = {
    {Protection::kToken, "TOKEN"},
    {Protection::kWrapped, "WRAPPED"},
};
constexpr Word<WrappingKeyState> kWrappingKeyStateWords[] = {
    {WrappingKeyState::kPendingGeneration, "PENDING_GENERATION"},
    {WrappingKeyState::kCurrent, "CURRENT"},
    {WrappingKeyState::kFormer, "FORMER"},
    {WrappingKeyState::kDestroyed, "DESTROYED"},
};

JsonWriter PolicyMembers(const KeyPolicy& policy) {
  JsonWriter writer;
  writer.Put("preset", ToWord(policy.preset));
  writer.Put("max_keys", policy.max_keys);
  writer.Put("keep_next", policy.keep_next);
  writer.Put("automatic", policy.automatic);
  writer.Put("period", policy.period);
  writer.Put("activation_delay", policy.activation_delay);
  writer.Put("min_retention", policy.min_retention);
  writer.Put("retain_until_revoked", policy.retain_until_revoked);
  writer.Put("retirement_delay", policy.retirement_delay);
  writer.Put("signing_grace", policy.signing_grace);
  writer.Put("idempotency_window", policy.idempotency_window);
  writer.Put("rotations_per_day", policy.rotations_per_day);
  writer.Put("revoked_history", policy.revoked_history);
  writer.Put("max_token_ttl", policy.max_token_ttl);
  writer.Put("refresh_token_validity", policy.refresh_token_validity);
  writer.Put("jwks_max_age", policy.jwks_max_age);
  writer.Put("jwks_cached_until", policy.jwks_cached_until);
  return writer;
}

void ReadPolicy(JsonReader& reader, KeyPolicy& policy) {
  reader.ReadWord("preset", kPresetWords, policy.preset);
  reader.Read("max_keys", policy.max_keys);
  reader.Read("keep_next", policy.keep_next);
  reader.Read("automatic", policy.automatic);
  reader.Read("period", policy.period);
  reader.Read("activation_delay", policy.activation_delay);
  reader.Read("min_retention", policy.min_retention);
  reader.Read("retain_until_revoked", policy.retain_until_revoked);
  reader.Read("retirement_delay", policy.retirement_delay);
  reader.Read("signing_grace", policy.signing_grace);
  reader.Read("idempotency_window", policy.idempotency_window);
  reader.Read("rotations_per_day", policy.rotations_per_day);
  reader.Read("revoked_history", policy.revoked_history);
  reader.Read("max_token_ttl", policy.max_token_ttl);
  reader.Read("refresh_token_validity", policy.refresh_token_validity);
  reader.Read("jwks_max_age", policy.jwks_max_age);
  reader.Read("jwks_cached_until", policy.jwks_cached_until);
}

JsonWriter CertificateMembers(const CertificateProfile& certificate) {
  JsonWriter writer;
  writer.Put("common_name", certificate.common_name);
  writer.Put("organization", certificate.organization);
  writer.Put("organizational_unit", certificate.organizational_unit);
  writer.Put("country", certificate.country);
  writer.Put("validity", certificate.validity);
  return writer;
}

void ReadCertificate(JsonReader& reader, CertificateProfile& certificate) {
  reader.Read("common_name", certificate.common_name);
  reader.Read("organization", certificate.organization);
  reader.Read("organizational_unit", certificate.organizational_unit);
  reader.Read("country", certificate.country);
  reader.Read("validity", certificate.validity);
}

JsonWriter RotationMembers(const Rotation& rotation) {
  JsonWriter writer;
  writer.Put("number", rotation.number);
  writer.Put("start_time", rotation.start_time);
  writer.Put("activation_time", rotation.activation_time);
  writer.Put("update_time", rotation.update_time);
  writer.Put("actor", rotation.actor);
  writer.Put("request_id", rotation.request_id);
  writer.Put("reason", rotation.reason);
  writer.Put("purge", rotation.purge);
  writer.Put("force", rotation.force);
  writer.Put("current", rotation.current);
  writer.Put("superseded", rotation.superseded);
  writer.Put("next", rotation.next);
  writer.Put("revoked", rotation.revoked);
  writer.Put("retired", rotation.retired);
  return writer;
}

void ReadRotation(JsonReader& reader, Rotation& rotation) {
  reader.Read("number", rotation.number);
  reader.Read("start_time", rotation.start_time);
  reader.Read("activation_time", rotation.activation_time);
  reader.Read("update_time", rotation.update_time);
  reader.Read("actor", rotation.actor);
  reader.Read("request_id", rotation.request_id);
  reader.Read("reason", rotation.reason);
  reader.Read("purge", rotation.purge);
  reader.Read("force", rotation.force);
  reader.Read("current", rotation.current);
  reader.Read("superseded", rotation.superseded);
  reader.Read("next", rotation.next);
  reader.Read("revoked", rotation.revoked);
  reader.Read("retired", rotation.retired);
}

JsonWriter CustomSigningKeyMembers(const CustomSigningKey& key) {
  JsonWriter writer;
  writer.Put("kid", key.kid);
  writer.Put("jwk", key.jwk);
  return writer;
}

void ReadCustomSigningKey(JsonReader& reader, CustomSigningKey& key) {
  reader.Read("kid", key.kid);
  reader.Read("jwk", key.jwk);
}

}  // namespace

std::string ToJson(const TenantRecord& record) {
  JsonWriter writer;
  writer.Put("id", record.id);
  writer.Put("kind", ToWord(record.kind));
  writer.Put("display_name", record.display_name);
  writer.Put("parent", record.parent);
  writer.Put("issuer", record.issuer);
  writer.Put("host_aliases", record.host_aliases);
  std::vector<JsonWriter> custom_signing_keys;
  for (const CustomSigningKey& key : record.custom_signing_keys) custom_signing_keys.push_back(CustomSigningKeyMembers(key));
  if (!custom_signing_keys.empty()) writer.Put("custom_signing_keys", std::move(custom_signing_keys));
  writer.Put("create_time", record.create_time);
  writer.Put("update_time", record.update_time);
  writer.Put("delete_time", record.delete_time);
  return writer.Dump();
}

std::string ToJson(const RingRecord& record) {
  JsonWriter writer;
  writer.Put("tenant", record.tenant);
  writer.Put("id", record.id);
  writer.Put("algorithm", record.algorithm);
  if (record.protection != Protection::kToken) writer.Put("protection", ToWord(record.protection));
  writer.Put("policy", PolicyMembers(record.policy));
  if (record.certificate != CertificateProfile()) writer.Put("certificate", CertificateMembers(record.certificate));
  if (record.rotation) writer.Put("rotation", RotationMembers(*record.rotation));
  writer.Put("rotation_quota_time", record.rotation_quota_time);
  writer.Put("create_time", record.create_time);
  writer.Put("update_time", record.update_time);
  writer.Put("delete_time", record.delete_time);
  return writer.Dump();
}

std::string ToJson(const KeyRecord& record) {
  JsonWriter writer;
  writer.Put("uid", record.uid);
  writer.Put("tenant", record.tenant);
  writer.Put("ring", record.ring);
  writer.Put("kid", record.kid);
  writer.Put("kid_chosen", record.kid_chosen);
  writer.Put("algorithm", record.algorithm);
  if (record.protection != Protection::kToken) writer.Put("protection", ToWord(record.protection));
  writer.Put("state", ToWord(record.state));
  writer.PutBytes("public_key_der", record.public_key_der);
  writer.Put("in_hsm", record.in_hsm);
  writer.PutBytes("certificate_chain", record.certificate_chain);
  writer.Put("create_request_id", record.create_request_id);
  writer.Put("create_time", record.create_time);
  writer.Put("publish_time", record.publish_time);
  writer.Put("enable_time", record.enable_time);
  writer.Put("disable_time", record.disable_time);
  writer.Put("revoke_time", record.revoke_time);
  writer.Put("destroy_time", record.destroy_time);
  writer.Put("update_time", record.update_time);
  return writer.Dump();
}

std::string ToJson(const WrappingKeyRecord& record) {
  JsonWriter writer;
  writer.Put("uid", record.uid);
  writer.Put("state", ToWord(record.state));
  writer.Put("in_hsm", record.in_hsm);
  writer.Put("create_time", record.create_time);
  writer.Put("current_time", record.current_time);
  writer.Put("former_time", record.former_time);
  writer.Put("destroy_time", record.destroy_time);
  return writer.Dump();
}

std::string ToJson(const Rotation& rotation) { return RotationMembers(rotation).Dump(); }

absl::StatusOr<TenantRecord> TenantFromJson(absl::string_view json) {
  return ParseRecord<TenantRecord>(json, "tenant", [](JsonReader& reader, TenantRecord& record) {
    reader.Read("id", record.id);
    reader.ReadWord("kind", kTenantKindWords, record.kind);
    reader.Read("display_name", record.display_name);
    reader.Read("parent", record.parent);
    reader.Read("issuer", record.issuer);
    reader.Read("host_aliases", record.host_aliases);
    reader.ReadObjects("custom_signing_keys", record.custom_signing_keys, ReadCustomSigningKey);
    reader.Read("create_time", record.create_time);
    reader.Read("update_time", record.update_time);
    reader.Read("delete_time", record.delete_time);
  });
}

absl::StatusOr<RingRecord> RingFromJson(absl::string_view json) {
  return ParseRecord<RingRecord>(json, "key ring", [](JsonReader& reader, RingRecord& record) {
    reader.Read("tenant", record.tenant);
    reader.Read("id", record.id);
    reader.Read("algorithm", record.algorithm);
    reader.ReadWord("protection", kProtectionWords, record.protection);
    reader.ReadObject("policy", record.policy, ReadPolicy);
    reader.ReadObject("certificate", record.certificate, ReadCertificate);
    reader.ReadObject("rotation", record.rotation, ReadRotation);
    reader.Read("rotation_quota_time", record.rotation_quota_time);
    reader.Read("create_time", record.create_time);
    reader.Read("update_time", record.update_time);
    reader.Read("delete_time", record.delete_time);
  });
}

absl::StatusOr<KeyRecord> KeyFromJson(absl::string_view json) {
  return ParseRecord<KeyRecord>(json, "signing key", [](JsonReader& reader, KeyRecord& record) {
    reader.Read("uid", record.uid);
    reader.Read("tenant", record.tenant);
    reader.Read("ring", record.ring);
    reader.Read("kid", record.kid);
    reader.Read("kid_chosen", record.kid_chosen);
    reader.Read("algorithm", record.algorithm);
    reader.ReadWord("protection", kProtectionWords, record.protection);
    reader.ReadWord("state", kKeyStateWords, record.state);
    reader.ReadBytes("public_key_der", record.public_key_der);
    reader.Read("in_hsm", record.in_hsm);
    reader.ReadBytes("certificate_chain", record.certificate_chain);
    reader.Read("create_request_id", record.create_request_id);
    reader.Read("create_time", record.create_time);
    reader.Read("publish_time", record.publish_time);
    reader.Read("enable_time", record.enable_time);
    reader.Read("disable_time", record.disable_time);
    reader.Read("revoke_time", record.revoke_time);
    reader.Read("destroy_time", record.destroy_time);
    reader.Read("update_time", record.update_time);
  });
}

absl::StatusOr<WrappingKeyRecord> WrappingKeyFromJson(absl::string_view json) {
  return ParseRecord<WrappingKeyRecord>(json, "wrapping key", [](JsonReader& reader, WrappingKeyRecord& record) {
    reader.Read("uid", record.uid);
    reader.ReadWord("state", kWrappingKeyStateWords, record.state);
    reader.Read("in_hsm", record.in_hsm);
    reader.Read("create_time", record.create_time);
    reader.Read("current_time", record.current_time);
    reader.Read("former_time", record.former_time);
    reader.Read("destroy_time", record.destroy_time);
  });
}

absl::StatusOr<Rotation> RotationFromJson(absl::string_view json) { return ParseRecord<Rotation>(json, "rotation", ReadRotation); }

absl::string_view ToWord(TenantKind kind) { return FindWord(kTenantKindWords, kind); }
absl::string_view ToWord(Preset preset) { return FindWord(kPresetWords, preset); }
absl::string_view ToWord(Protection protection) { return FindWord(kProtectionWords, protection); }
absl::string_view ToWord(WrappingKeyState state) { return FindWord(kWrappingKeyStateWords, state); }
absl::string_view ToWord(KeyState state) { return FindWord(kKeyStateWords, state); }

}  // namespace signet::keystore
