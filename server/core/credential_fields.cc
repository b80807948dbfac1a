#include "server/core/credential_fields.h"

#include <cstddef>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/claims.h"
#include "server/core/names.h"

namespace signet::core {
namespace {

using keystore::CredentialKind;

constexpr absl::Duration kShortestTtl = absl::Minutes(1);
constexpr absl::Duration kLongestTtl = absl::Hours(24);
constexpr size_t kMaxGrants = 16;
// Of scopes of a grant, and of each list of a signing profile.
constexpr size_t kMaxEntries = 64;
constexpr size_t kMaxEntryLength = 256;
constexpr size_t kMaxFixedClaims = 8 * 1024;

absl::Status Missing(absl::string_view field, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kMissingField, absl::StrCat(field, ": ", message),
               {{"field", std::string(field)}});
}

bool IsAudience(absl::string_view text) {
  if (text.empty() || text.size() > kMaxEntryLength) return false;
  for (const char c : text) {
    if (!absl::ascii_isgraph(c)) return false;
  }
  return true;
}

// A scope-token of RFC 6749 section 3.3.
bool IsScopeToken(absl::string_view text) { return IsAudience(text) && text.find_first_of("\"\\") == absl::string_view::npos; }

// Any name that JSON can hold, within reason.
bool IsClaim(absl::string_view text) { return !text.empty() && text.size() <= kMaxEntryLength; }

bool IsRing(absl::string_view text) { return CheckRingId("key_rings", text).ok(); }

// Checks each entry of a list, and that none is there twice. The entries stay out of the messages: they may hold anything.
template <typename Accepts>
absl::Status CheckList(absl::string_view field, const std::vector<std::string>& entries, Accepts accepts,
                       absl::string_view expected) {
  if (entries.size() > kMaxEntries) return InvalidField(field, absl::StrCat("must not be more than ", kMaxEntries));
  std::set<absl::string_view> seen;
  for (const std::string& entry : entries) {
    if (!accepts(entry)) return InvalidField(field, absl::StrCat("each must be ", expected));
    if (!seen.insert(entry).second) return InvalidField(field, "holds one twice");
  }
  return absl::OkStatus();
}

constexpr absl::string_view kAudienceForm = "1 to 256 printable ASCII characters without spaces";
constexpr absl::string_view kClaimForm = "1 to 256 bytes long";

absl::Status CheckGrants(const std::vector<keystore::AudienceGrant>& grants, absl::string_view own_audience) {
  if (grants.size() > kMaxGrants) return InvalidField("credential.grants", absl::StrCat("must not be more than ", kMaxGrants));
  std::set<absl::string_view> seen;
  for (const keystore::AudienceGrant& grant : grants) {
    constexpr absl::string_view kAudience = "credential.grants.audience";
    if (!IsAudience(grant.audience)) return InvalidField(kAudience, absl::StrCat("must be ", kAudienceForm));
    if (grant.audience == own_audience) return InvalidField(kAudience, "is signet's own; what it may do there is in scopes");
    if (!seen.insert(grant.audience).second) return InvalidField(kAudience, "is there twice");
    SIGNET_RETURN_IF_ERROR(CheckList("credential.grants.scopes", grant.scopes, IsScopeToken,
                                     "1 to 256 printable ASCII characters without spaces, quotes and backslashes"));
  }
  return absl::OkStatus();
}

absl::Status CheckFixedClaims(absl::string_view field, const std::string& json) {
  if (json.size() > kMaxFixedClaims)
    return InvalidField(field, absl::StrCat("must not be longer than ", kMaxFixedClaims, " bytes"));
  // They must be such that a token can have them.
  const absl::Status status = BuildPayload(json, ServerClaims()).status();
  return status.ok() ? status : InvalidField(field, status.message());
}

absl::Status CheckTokenTtl(const std::optional<absl::Duration>& ttl) {
  if (!ttl) return absl::OkStatus();
  if (*ttl >= kShortestTtl && *ttl <= kLongestTtl && absl::Trunc(*ttl, absl::Seconds(1)) == *ttl) return absl::OkStatus();
  return InvalidField("credential.access_token_ttl", "must be 1 minute to 24 hours, in whole seconds");
}

absl::Status CheckKindIsServed(const NewCredential& credential) {
  const bool is_certificate = credential.kind == CredentialKind::kCertificate;
  if (is_certificate && !credential.certificate) return Missing("certificate", "a CERTIFICATE needs one, or where it comes from");
  if (!is_certificate && credential.certificate) return InvalidField("certificate", "is for credentials of kind CERTIFICATE");
  const bool is_public_key = credential.kind == CredentialKind::kPublicKey;
  if (is_public_key && !credential.public_key) return Missing("public_key", "a PUBLIC_KEY needs its first key");
  if (!is_public_key && credential.public_key) return InvalidField("public_key", "is for credentials of kind PUBLIC_KEY");
  if (!credential.seal_to_jwk.empty() && !ShowsSomethingOnce(credential)) {
    return InvalidField("seal_to_jwk", "there is no secret or private key to seal");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSigningProfile(absl::string_view field, const keystore::SigningProfile& profile) {
  std::vector<std::string> rings;
  for (const keystore::RingId& ring : profile.key_rings) rings.push_back(ring.value());
  SIGNET_RETURN_IF_ERROR(CheckList(absl::StrCat(field, ".key_rings"), rings, IsRing, "the id of a key ring"));
  SIGNET_RETURN_IF_ERROR(CheckFixedClaims(absl::StrCat(field, ".fixed_claims_json"), profile.fixed_claims_json));
  SIGNET_RETURN_IF_ERROR(CheckList(absl::StrCat(field, ".allowed_claims"), profile.allowed_claims, IsClaim, kClaimForm));
  SIGNET_RETURN_IF_ERROR(CheckList(absl::StrCat(field, ".required_claims"), profile.required_claims, IsClaim, kClaimForm));
  SIGNET_RETURN_IF_ERROR(CheckList(absl::StrCat(field, ".audiences"), profile.audiences, IsAudience, kAudienceForm));
  if (profile.max_ttl && *profile.max_ttl < absl::Seconds(1)) {
    return InvalidField(absl::StrCat(field, ".max_ttl"), "must be at least 1 second");
  }
  return absl::OkStatus();
}

bool ShowsSomethingOnce(const NewCredential& credential) {
  if (credential.kind == CredentialKind::kClientSecret) return true;
  return credential.certificate.has_value() && std::holds_alternative<GeneratedCertificate>(*credential.certificate);
}

absl::Status CheckExpireTime(absl::string_view field, const std::optional<absl::Time>& expire_time, absl::Time now) {
  if (!expire_time || *expire_time > now) return absl::OkStatus();
  return InvalidField(field, "must be in the future; leave it out for never");
}

absl::Status CheckCredentialFields(const NewCredential& credential, absl::string_view own_audience, absl::Time now) {
  if (!credential.id.empty()) SIGNET_RETURN_IF_ERROR(CheckCredentialId("credential_id", credential.id).status());
  SIGNET_RETURN_IF_ERROR(CheckGrants(credential.grants, own_audience));
  SIGNET_RETURN_IF_ERROR(CheckSigningProfile("credential.signing_profile", credential.signing_profile));
  SIGNET_RETURN_IF_ERROR(CheckTokenTtl(credential.access_token_ttl));
  SIGNET_RETURN_IF_ERROR(CheckExpireTime("credential.expire_time", credential.expire_time, now));
  return CheckKindIsServed(credential);
}

}  // namespace signet::core
