#include "server/core/service_account_signer.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "keystore/policy.h"
#include "server/core/claims.h"
#include "server/core/json_object.h"
#include "server/core/signing_admission.h"

namespace signet::core {
namespace {

using keystore::KeyState;

// As base64url.
constexpr size_t kMaxEncodedClaims = (kMaxClaimsSize * 4 + 2) / 3;

// Those that kube-apiserver takes.
bool IsKubernetesAlgorithm(absl::string_view jose_name) {
  return jose_name == "RS256" || jose_name == "ES256" || jose_name == "ES384" || jose_name == "ES512";
}

absl::Status Unsuitable(const RingName& ring, absl::string_view algorithm) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kAlgorithmUnsuitable,
               absl::StrCat(FormatRingName(ring), " makes keys of ", algorithm,
                            ", which kube-apiserver does not take: use a ring of RS256, ES256, ES384 or ES512"),
               {{"algorithm", std::string(algorithm)}});
}

absl::Status RingMissing(const RingName& ring) {
  const std::string name = FormatRingName(ring);
  return Error(absl::StatusCode::kNotFound, reason::kKeyRingNotFound,
               absl::StrCat(name, " does not exist: create it, or name another one in kubernetes_signer"), {{"ring", name}});
}

absl::Status TooShort(const RingName& ring, absl::Duration max_token_ttl) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kInvalidField,
               absl::StrCat(FormatRingName(ring), " has a max_token_ttl of ", absl::FormatDuration(max_token_ttl),
                            ", and Kubernetes needs tokens of 10 minutes: lengthen it"),
               {{"field", "policy.max_token_ttl"}});
}

absl::Status InvalidClaims(absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kClaimsInvalid, message);
}

// Returns `exp` of the payload of a token.
absl::StatusOr<absl::Time> ReadExpiry(absl::string_view claims) {
  if (claims.size() > kMaxEncodedClaims) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kClaimsTooLarge,
                 absl::StrCat("the claims are larger than ", kMaxClaimsSize, " bytes"));
  }
  const std::optional<std::string> json = Base64UrlDecode(claims);
  if (!json) return InvalidClaims("the claims are not canonical base64url without padding");
  const absl::StatusOr<nlohmann::ordered_json> object = ParseJsonObject(*json);
  if (!object.ok()) return InvalidClaims(absl::StrCat("the claims: ", object.status().message()));
  const nlohmann::ordered_json* exp = FindMember(*object, "exp");
  if (exp == nullptr || !exp->is_number()) {
    return InvalidClaims("the claims have no exp that is a number: a key is published until the last token that it signed expires");
  }
  const double seconds = std::ceil(exp->get<double>());
  // Up to the year 9999, as absl::FromUnixSeconds would overflow.
  if (!(seconds >= 0 && seconds <= 253402300799.0))
    return InvalidClaims("the claims have an exp that is no time up to the year 9999");
  return absl::FromUnixSeconds(static_cast<int64_t>(seconds));
}

absl::StatusOr<const TenantSnapshot::Ring*> FindRing(const TenantSnapshot& tenant, const RingName& name) {
  const auto ring = tenant.rings.find(name.ring);
  if (ring == tenant.rings.end()) return RingMissing(name);
  return &ring->second;
}

}  // namespace

absl::Status ServiceAccountSigner::CheckRing(keystore::KeyStore& store) const {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::RingRecord> ring, store.GetRing(options_.ring.tenant, options_.ring.ring));
  if (!ring) return RingMissing(options_.ring);
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(ring->algorithm);
  if (!algorithm || !IsKubernetesAlgorithm(hsm::GetAlgorithmInfo(*algorithm).jose_name)) {
    return Unsuitable(options_.ring, ring->algorithm);
  }
  const absl::Duration max_token_ttl = Resolve(ring->policy).max_token_ttl;
  if (max_token_ttl < kLeastExpiration) return TooShort(options_.ring, max_token_ttl);
  return absl::OkStatus();
}

absl::Duration ServiceAccountSigner::MaxExpirationOf(const TenantSnapshot::Ring& ring) const {
  return absl::Trunc(std::min(options_.max_expiration.value_or(ring.policy.max_token_ttl), ring.policy.max_token_ttl),
                     absl::Seconds(1));
}

absl::StatusOr<ServiceAccountJwt> ServiceAccountSigner::Sign(absl::string_view claims, hsm::Signer& signer) const {
  SIGNET_ASSIGN_OR_RETURN(const absl::Time expiry, ReadExpiry(claims));
  const auto expiry_at = [&](absl::Time now, const TenantSnapshot::Ring& ring) -> absl::StatusOr<absl::Time> {
    const absl::string_view alg = hsm::GetAlgorithmInfo(ring.current->algorithm()).jose_name;
    if (!IsKubernetesAlgorithm(alg)) return Unsuitable(options_.ring, alg);
    const absl::Duration max = MaxExpirationOf(ring);
    if (expiry <= now + max + keystore::kClockSkew) return expiry;
    const std::string text = absl::StrCat(absl::ToInt64Seconds(max), "s");
    return Error(absl::StatusCode::kInvalidArgument, reason::kTtlTooLong,
                 absl::StrCat("the token would live longer than ", text,
                              ": if kube-apiserver was started while that was longer, restart it; otherwise look at the clocks"),
                 {{"max_token_ttl", text}});
  };
  SIGNET_ASSIGN_OR_RETURN(SignedPayload made, tokens_.SignPayload({options_.ring, claims, expiry_at}, signer));
  return ServiceAccountJwt{std::move(made.header), Base64UrlEncode(made.signature)};
}

absl::StatusOr<VerificationKeys> ServiceAccountSigner::Keys() const {
  // Before the snapshot is taken: it may be younger than this says, never older.
  const absl::Duration age = directory_.age();
  const absl::Time now = clock_.Now();
  SIGNET_ASSIGN_OR_RETURN(const auto tenant, GetTenant(directory_, options_.ring.tenant));
  SIGNET_RETURN_IF_ERROR(FindRing(*tenant, options_.ring).status());

  std::vector<const PublishedKey*> keys;
  for (const auto& key : tenant->published) {
    // One key that kube-apiserver cannot read would cost it all others.
    const bool usable = IsKubernetesAlgorithm(hsm::GetAlgorithmInfo(key->algorithm()).jose_name);
    if (usable && key->name.ring.ring == options_.ring.ring) keys.push_back(key.get());
  }
  std::sort(keys.begin(), keys.end(), [](const PublishedKey* a, const PublishedKey* b) {
    const bool a_enabled = a->state == KeyState::kEnabled;
    if (a_enabled != (b->state == KeyState::kEnabled)) return a_enabled;
    return a->create_revision > b->create_revision;
  });
  if (keys.empty()) {
    // kube-apiserver would say no more than that it found none.
    return Error(absl::StatusCode::kFailedPrecondition, reason::kNoEnabledKey,
                 absl::StrCat(FormatRingName(options_.ring), " has no key that kube-apiserver can use: rotate it"));
  }
  VerificationKeys result;
  for (const PublishedKey* key : keys) result.keys.push_back({key->name.kid.value(), key->public_key.spki_der()});
  if (age != absl::InfiniteDuration()) last_data_time_ = absl::ToUnixMicros(now - age);
  result.data_time = absl::FromUnixMicros(last_data_time_);
  result.refresh_hint = tenant->jwks_life.MaxAge(now);
  return result;
}

absl::StatusOr<absl::Duration> ServiceAccountSigner::MaxExpiration() const {
  SIGNET_ASSIGN_OR_RETURN(const auto tenant, GetTenant(directory_, options_.ring.tenant));
  SIGNET_ASSIGN_OR_RETURN(const TenantSnapshot::Ring* ring, FindRing(*tenant, options_.ring));
  const absl::Duration max = MaxExpirationOf(*ring);
  if (max < kLeastExpiration) return TooShort(options_.ring, ring->policy.max_token_ttl);
  return max;
}

}  // namespace signet::core
