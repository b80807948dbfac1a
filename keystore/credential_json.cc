#include <string>
#include <utility>
#include <vector>

#include "keystore/json_members.h"
#include "keystore/parse_record.h"
#include "keystore/record_json.h"

namespace signet::keystore {
namespace {

enum class Secrets { kWhole, kNamesOnly };

constexpr Word<CredentialKind> kCredentialKindWords[] = {
    {CredentialKind::kClientSecret, "CLIENT_SECRET"},
    {CredentialKind::kCertificate, "CERTIFICATE"},
    {CredentialKind::kPublicKey, "PUBLIC_KEY"},
};

JsonWriter SigningProfileMembers(const SigningProfile& profile) {
  JsonWriter writer;
  writer.Put("key_rings", profile.key_rings);
  writer.Put("fixed_claims_json", profile.fixed_claims_json);
  writer.Put("allowed_claims", profile.allowed_claims);
  writer.Put("required_claims", profile.required_claims);
  writer.Put("audiences", profile.audiences);
  writer.Put("max_ttl", profile.max_ttl);
  return writer;
}

void ReadSigningProfile(JsonReader& reader, SigningProfile& profile) {
  reader.Read("key_rings", profile.key_rings);
  reader.Read("fixed_claims_json", profile.fixed_claims_json);
  reader.Read("allowed_claims", profile.allowed_claims);
  reader.Read("required_claims", profile.required_claims);
  reader.Read("audiences", profile.audiences);
  reader.Read("max_ttl", profile.max_ttl);
}

JsonWriter GrantMembers(const AudienceGrant& grant) {
  JsonWriter writer;
  writer.Put("audience", grant.audience);
  writer.Put("scopes", grant.scopes);
  return writer;
}

void ReadGrant(JsonReader& reader, AudienceGrant& grant) {
  reader.Read("audience", grant.audience);
  reader.Read("scopes", grant.scopes);
}

JsonWriter SecretMembers(const ClientSecret& secret, Secrets secrets) {
  JsonWriter writer;
  writer.Put("id", secret.id);
  if (secrets == Secrets::kWhole) {
    writer.PutBytes("salt", secret.salt);
    writer.PutBytes("hash", secret.hash);
  }
  writer.Put("create_time", secret.create_time);
  writer.Put("expire_time", secret.expire_time);
  return writer;
}

void ReadSecret(JsonReader& reader, ClientSecret& secret) {
  reader.Read("id", secret.id);
  reader.ReadBytes("salt", secret.salt);
  reader.ReadBytes("hash", secret.hash);
  reader.Read("create_time", secret.create_time);
  reader.Read("expire_time", secret.expire_time);
}

JsonWriter PublicKeyMembers(const ClientPublicKey& key) {
  JsonWriter writer;
  writer.Put("id", key.id);
  writer.Put("algorithm", key.algorithm);
  writer.PutBytes("public_key_der", key.public_key_der);
  writer.Put("create_time", key.create_time);
  writer.Put("expire_time", key.expire_time);
  return writer;
}

void ReadPublicKey(JsonReader& reader, ClientPublicKey& key) {
  reader.Read("id", key.id);
  reader.Read("algorithm", key.algorithm);
  reader.ReadBytes("public_key_der", key.public_key_der);
  reader.Read("create_time", key.create_time);
  reader.Read("expire_time", key.expire_time);
}

JsonWriter CertificateMembers(const ClientCertificate& certificate) {
  JsonWriter writer;
  writer.PutBytes("der", certificate.der);
  writer.Put("pinned", certificate.pinned);
  writer.Put("subject", certificate.subject);
  writer.Put("issuer", certificate.issuer);
  writer.Put("issued", certificate.issued);
  writer.Put("unique", certificate.unique);
  writer.Put("hidden", certificate.hidden);
  writer.Put("create_time", certificate.create_time);
  return writer;
}

void ReadCertificate(JsonReader& reader, ClientCertificate& certificate) {
  reader.ReadBytes("der", certificate.der);
  reader.Read("pinned", certificate.pinned);
  reader.Read("subject", certificate.subject);
  reader.Read("issuer", certificate.issuer);
  reader.Read("issued", certificate.issued);
  reader.Read("unique", certificate.unique);
  reader.Read("hidden", certificate.hidden);
  reader.Read("create_time", certificate.create_time);
}

// Puts an array of objects, unless it is empty: most lists of a credential are those of other kinds.
template <typename T, typename Members>
void PutObjects(JsonWriter& writer, const char* name, const std::vector<T>& values, Members members) {
  if (values.empty()) return;
  std::vector<JsonWriter> objects;
  objects.reserve(values.size());
  for (const T& value : values) objects.push_back(members(value));
  writer.Put(name, std::move(objects));
}

std::string Write(const CredentialRecord& record, Secrets secrets) {
  JsonWriter writer;
  writer.Put("tenant", record.tenant);
  writer.Put("id", record.id);
  writer.Put("client_id", record.client_id);
  writer.Put("kind", ToWord(record.kind));
  writer.Put("scopes", record.scopes);
  writer.Put("read_only", record.read_only);
  PutObjects(writer, "grants", record.grants, GrantMembers);
  if (record.signing_profile != SigningProfile()) writer.Put("signing_profile", SigningProfileMembers(record.signing_profile));
  writer.Put("access_token_ttl", record.access_token_ttl);
  PutObjects(writer, "secrets", record.secrets, [&](const ClientSecret& secret) { return SecretMembers(secret, secrets); });
  PutObjects(writer, "public_keys", record.public_keys, PublicKeyMembers);
  PutObjects(writer, "certificates", record.certificates, CertificateMembers);
  writer.Put("expire_time", record.expire_time);
  writer.Put("create_time", record.create_time);
  writer.Put("update_time", record.update_time);
  writer.Put("delete_time", record.delete_time);
  return writer.Dump();
}

}  // namespace

std::string ToJson(const CredentialRecord& record) { return Write(record, Secrets::kWhole); }
std::string ToEventJson(const CredentialRecord& record) { return Write(record, Secrets::kNamesOnly); }

absl::StatusOr<CredentialRecord> CredentialFromJson(absl::string_view json) {
  return ParseRecord<CredentialRecord>(json, "credential", [](JsonReader& reader, CredentialRecord& record) {
    reader.Read("tenant", record.tenant);
    reader.Read("id", record.id);
    reader.Read("client_id", record.client_id);
    reader.ReadWord("kind", kCredentialKindWords, record.kind);
    reader.Read("scopes", record.scopes);
    reader.Read("read_only", record.read_only);
    reader.ReadObjects("grants", record.grants, ReadGrant);
    reader.ReadObject("signing_profile", record.signing_profile, ReadSigningProfile);
    reader.Read("access_token_ttl", record.access_token_ttl);
    reader.ReadObjects("secrets", record.secrets, ReadSecret);
    reader.ReadObjects("public_keys", record.public_keys, ReadPublicKey);
    reader.ReadObjects("certificates", record.certificates, ReadCertificate);
    reader.Read("expire_time", record.expire_time);
    reader.Read("create_time", record.create_time);
    reader.Read("update_time", record.update_time);
    reader.Read("delete_time", record.delete_time);
  });
}

std::string ToJson(const RevokedToken& token) {
  JsonWriter writer;
  writer.Put("token_id", token.token_id);
  writer.Put("tenant", token.tenant);
  writer.Put("expire_time", token.expire_time);
  return writer.Dump();
}

absl::string_view ToWord(CredentialKind kind) { return FindWord(kCredentialKindWords, kind); }

}  // namespace signet::keystore
