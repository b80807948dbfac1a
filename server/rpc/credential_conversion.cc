#include "server/rpc/credential_conversion.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "base/error.h"
#include "hsm/algorithm.h"
#include "hsm/certificate.h"
#include "hsm/certificate_chain.h"
#include "hsm/public_key.h"
#include "keystore/records.h"
#include "server/core/jwk.h"
#include "server/core/names.h"
#include "server/rpc/proto_conversion.h"
#include "server/rpc/required_field.h"

namespace signet::rpc {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;

std::vector<std::string> ToVector(const Texts& texts) { return {texts.begin(), texts.end()}; }

absl::StatusOr<std::optional<absl::Time>> TimeIf(bool present, absl::string_view field, const google::protobuf::Timestamp& time) {
  if (!present) return std::nullopt;
  SIGNET_ASSIGN_OR_RETURN(const absl::Time read, FromProto(field, time));
  return read;
}

absl::StatusOr<std::optional<absl::Duration>> DurationIf(bool present, absl::string_view field,
                                                         const google::protobuf::Duration& duration) {
  if (!present) return std::nullopt;
  SIGNET_ASSIGN_OR_RETURN(const absl::Duration read, FromProto(field, duration));
  return read;
}

absl::Status UnknownValue(absl::string_view field, int number) {
  return InvalidField(field, absl::StrCat(number, " is not a value that this release knows"));
}

v1::ClientPublicKey KeyToProto(const keystore::ClientPublicKey& key) {
  v1::ClientPublicKey proto;
  proto.set_id(key.id);
  *proto.mutable_create_time() = ToProto(key.create_time);
  if (key.expire_time) *proto.mutable_expire_time() = ToProto(*key.expire_time);
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(key.algorithm);
  if (!algorithm) return proto;
  proto.set_algorithm(ToProto(*algorithm));
  const absl::StatusOr<hsm::PublicKey> read = hsm::PublicKey::FromSpki(*algorithm, key.public_key_der);
  if (read.ok()) proto.set_public_key(core::ToJwk(key.id, *read, {}));
  return proto;
}

v1::ClientCertificate CertificateToProto(const keystore::ClientCertificate& certificate) {
  v1::ClientCertificate proto;
  if (!certificate.hidden) proto.set_pem(hsm::ChainToPem({certificate.der}));
  proto.set_pinned(certificate.pinned);
  proto.set_issued(certificate.issued);
  proto.set_unique(certificate.unique);
  proto.set_hidden(certificate.hidden);
  proto.set_subject(certificate.subject);
  proto.set_issuer(certificate.issuer);
  proto.set_thumbprint(Base64UrlEncode(hsm::Sha256Thumbprint(certificate.der)));
  const absl::StatusOr<hsm::CertificateFacts> facts = hsm::ReadCertificate(certificate.der);
  if (!facts.ok()) return proto;
  *proto.mutable_not_before_time() = ToProto(facts->not_before);
  *proto.mutable_not_after_time() = ToProto(facts->not_after);
  return proto;
}

v1::SigningProfile ProfileToProto(const keystore::SigningProfile& profile) {
  v1::SigningProfile proto;
  for (const keystore::RingId& ring : profile.key_rings) proto.add_key_rings(ring.value());
  proto.set_fixed_claims_json(profile.fixed_claims_json);
  proto.mutable_allowed_claims()->Add(profile.allowed_claims.begin(), profile.allowed_claims.end());
  proto.mutable_required_claims()->Add(profile.required_claims.begin(), profile.required_claims.end());
  proto.mutable_audiences()->Add(profile.audiences.begin(), profile.audiences.end());
  if (profile.max_ttl) *proto.mutable_max_ttl() = ToProto(*profile.max_ttl);
  return proto;
}

absl::StatusOr<keystore::SigningProfile> ProfileFromProto(const v1::SigningProfile& proto) {
  keystore::SigningProfile profile;
  for (const std::string& id : proto.key_rings()) {
    SIGNET_ASSIGN_OR_RETURN(keystore::RingId ring, core::CheckRingId("credential.signing_profile.key_rings", id));
    profile.key_rings.push_back(std::move(ring));
  }
  profile.fixed_claims_json = proto.fixed_claims_json();
  profile.allowed_claims = ToVector(proto.allowed_claims());
  profile.required_claims = ToVector(proto.required_claims());
  profile.audiences = ToVector(proto.audiences());
  SIGNET_ASSIGN_OR_RETURN(profile.max_ttl, DurationIf(proto.has_max_ttl(), "credential.signing_profile.max_ttl", proto.max_ttl()));
  return profile;
}

absl::StatusOr<keystore::CredentialKind> KindFromProto(v1::Credential::Kind kind) {
  switch (kind) {
    case v1::Credential::KIND_UNSPECIFIED:
    case v1::Credential::CLIENT_SECRET:
      return keystore::CredentialKind::kClientSecret;
    case v1::Credential::CERTIFICATE:
      return keystore::CredentialKind::kCertificate;
    case v1::Credential::PUBLIC_KEY:
      return keystore::CredentialKind::kPublicKey;
    default:
      return UnknownValue("credential.kind", kind);
  }
}

absl::StatusOr<hsm::SoftwareKeyType> KeyTypeFromProto(v1::GeneratedKey::Type type) {
  switch (type) {
    case v1::GeneratedKey::TYPE_UNSPECIFIED:
    case v1::GeneratedKey::EC_P256:
      return hsm::SoftwareKeyType::kEcP256;
    case v1::GeneratedKey::RSA_2048:
      return hsm::SoftwareKeyType::kRsa2048;
    case v1::GeneratedKey::RSA_4096:
      return hsm::SoftwareKeyType::kRsa4096;
    case v1::GeneratedKey::RSA_8192:
      return hsm::SoftwareKeyType::kRsa8192;
    default:
      return UnknownValue("certificate.generate.type", type);
  }
}

absl::Status ForGivenAlone(absl::string_view field) { return InvalidField(field, "is for a certificate that is handed in"); }

absl::StatusOr<core::CertificateSource> SourceFromProto(const v1::CertificateSource& source) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<absl::Duration> validity,
                          DurationIf(source.has_validity(), "certificate.validity", source.validity()));
  const bool given = source.source_case() == v1::CertificateSource::kPem;
  if (given && validity) return InvalidField("certificate.validity", "a certificate that is handed in has its own");
  if (!given && source.has_pinned()) return ForGivenAlone("certificate.pinned");
  if (!given && source.unique()) return ForGivenAlone("certificate.unique");
  if (!given && source.hidden()) return ForGivenAlone("certificate.hidden");
  switch (source.source_case()) {
    case v1::CertificateSource::kPem:
      return core::GivenCertificate{.pem = source.pem(),
                                    .pinned = !source.has_pinned() || source.pinned(),
                                    .unique = source.unique(),
                                    .hidden = source.hidden()};
    case v1::CertificateSource::kCsr:
      return core::RequestedCertificate{source.csr(), validity};
    case v1::CertificateSource::kGenerate: {
      SIGNET_ASSIGN_OR_RETURN(const hsm::SoftwareKeyType type, KeyTypeFromProto(source.generate().type()));
      return core::GeneratedCertificate{type, validity};
    }
    case v1::CertificateSource::SOURCE_NOT_SET:
      break;
  }
  return MissingField("certificate.source");
}

absl::Status ReadCredential(const v1::Credential& credential, core::NewCredential& result) {
  SIGNET_ASSIGN_OR_RETURN(result.kind, KindFromProto(credential.kind()));
  if (!credential.scopes().empty()) result.scopes = ToVector(credential.scopes());
  result.read_only = credential.read_only();
  for (const v1::AudienceGrant& grant : credential.grants()) {
    result.grants.push_back({grant.audience(), ToVector(grant.scopes())});
  }
  SIGNET_ASSIGN_OR_RETURN(result.signing_profile, ProfileFromProto(credential.signing_profile()));
  SIGNET_ASSIGN_OR_RETURN(result.access_token_ttl, DurationIf(credential.has_access_token_ttl(), "credential.access_token_ttl",
                                                              credential.access_token_ttl()));
  SIGNET_ASSIGN_OR_RETURN(result.expire_time,
                          TimeIf(credential.has_expire_time(), "credential.expire_time", credential.expire_time()));
  return absl::OkStatus();
}

}  // namespace

v1::Credential ToProto(const core::CredentialView& view) {
  const keystore::CredentialRecord& record = view.record;
  v1::Credential proto;
  proto.set_name(core::FormatCredentialName({record.tenant, record.id}));
  // The numbers are those of the proto's enum.
  proto.set_kind(static_cast<v1::Credential::Kind>(record.kind));
  proto.set_client_id(record.client_id);
  proto.set_token_url(view.token_url);
  proto.mutable_scopes()->Add(record.scopes.begin(), record.scopes.end());
  proto.set_read_only(record.read_only);
  for (const keystore::AudienceGrant& grant : record.grants) {
    v1::AudienceGrant& added = *proto.add_grants();
    added.set_audience(grant.audience);
    added.mutable_scopes()->Add(grant.scopes.begin(), grant.scopes.end());
  }
  if (record.signing_profile != keystore::SigningProfile()) {
    *proto.mutable_signing_profile() = ProfileToProto(record.signing_profile);
  }
  if (record.access_token_ttl) *proto.mutable_access_token_ttl() = ToProto(*record.access_token_ttl);
  if (record.expire_time) *proto.mutable_expire_time() = ToProto(*record.expire_time);
  for (const keystore::ClientSecret& secret : record.secrets) {
    v1::ClientSecret& added = *proto.add_secrets();
    added.set_id(secret.id);
    *added.mutable_create_time() = ToProto(secret.create_time);
    if (secret.expire_time) *added.mutable_expire_time() = ToProto(*secret.expire_time);
  }
  for (const keystore::ClientPublicKey& key : record.public_keys) *proto.add_public_keys() = KeyToProto(key);
  if (!record.certificates.empty()) *proto.mutable_certificate() = CertificateToProto(record.certificates.back());
  *proto.mutable_create_time() = ToProto(record.create_time);
  *proto.mutable_update_time() = ToProto(record.update_time);
  if (record.last_used_time) *proto.mutable_last_used_time() = ToProto(*record.last_used_time);
  proto.set_etag(view.etag);
  return proto;
}

v1::IssuedCredential ToProto(const core::IssuedCredential& issued) {
  v1::IssuedCredential proto;
  *proto.mutable_credential() = ToProto(issued.credential);
  proto.set_client_secret(std::string(issued.client_secret.Expose()));
  proto.set_private_key(std::string(issued.private_key_pem.Expose()));
  proto.set_sealed_secret(issued.sealed_secret);
  proto.set_secret_withheld(issued.secret_withheld);
  return proto;
}

absl::StatusOr<core::NewCredential> FromProto(const v1::CreateCredentialRequest& request) {
  core::NewCredential result;
  SIGNET_ASSIGN_OR_RETURN(result.tenant, core::ParseTenantName("parent", request.parent()));
  if (!request.credential_id().empty()) {
    SIGNET_RETURN_IF_ERROR(core::CheckCredentialId("credential_id", request.credential_id()).status());
  }
  result.id = request.credential_id();
  SIGNET_RETURN_IF_ERROR(ReadCredential(request.credential(), result));
  if (request.has_public_key()) {
    SIGNET_ASSIGN_OR_RETURN(result.public_key, FromProto("public_key", request.public_key()));
  }
  if (request.has_certificate()) {
    SIGNET_ASSIGN_OR_RETURN(result.certificate, SourceFromProto(request.certificate()));
  }
  result.seal_to_jwk = request.seal_to_jwk();
  return result;
}

absl::StatusOr<core::NewSecret> FromProto(const v1::RotateSecretRequest& request) {
  core::NewSecret secret;
  if (request.has_overlap()) {
    SIGNET_ASSIGN_OR_RETURN(secret.overlap, FromProto("overlap", request.overlap()));
  }
  SIGNET_ASSIGN_OR_RETURN(secret.expire_time, TimeIf(request.has_expire_time(), "expire_time", request.expire_time()));
  secret.seal_to_jwk = request.seal_to_jwk();
  return secret;
}

absl::StatusOr<core::NewPublicKey> FromProto(absl::string_view field, const v1::ClientPublicKey& key) {
  core::NewPublicKey result;
  result.id = key.id();
  SIGNET_ASSIGN_OR_RETURN(result.algorithm, FromProto(absl::StrCat(field, ".algorithm"), key.algorithm()));
  if (key.public_key().empty()) return MissingField(absl::StrCat(field, ".public_key"));
  result.public_key = key.public_key();
  SIGNET_ASSIGN_OR_RETURN(result.expire_time,
                          TimeIf(key.has_expire_time(), absl::StrCat(field, ".expire_time"), key.expire_time()));
  return result;
}

}  // namespace signet::rpc
