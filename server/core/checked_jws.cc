#include "server/core/checked_jws.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::core {
namespace {

// RFC 9864 gave Ed25519 its own name; RFC 8037's name covers Ed448 too, and older issuers and libraries know only that.
constexpr absl::string_view kEdDsaAlias = "EdDSA";

absl::Status Invalid(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

bool IsKnownAlgorithm(absl::string_view alg) {
  const auto table = hsm::AllAlgorithms();
  return std::any_of(table.begin(), table.end(), [&](const hsm::AlgorithmInfo& info) { return IsJoseName(alg, info.algorithm); });
}

absl::StatusOr<std::shared_ptr<const PublishedKey>> FindVerificationKey(const TenantSnapshot& tenant, const JwsHeader& header) {
  if (!header.kid) return Invalid(reason::kTokenMalformed, "the token's header has no kid");
  if (!IsKnownAlgorithm(header.alg)) return Invalid(reason::kTokenAlgorithm, "the token's alg is none or unknown");
  PublishedKeys::Key found = tenant.published.Find(keystore::Kid(*header.kid));
  if (found == nullptr) {
    return Invalid(reason::kTokenKeyUnknown, "the token's kid is no published key of the tenant");
  }
  if (!IsJoseName(header.alg, found->algorithm())) {
    return Invalid(reason::kTokenAlgorithm, "the token's alg is not that of its key");
  }
  return found;
}

}  // namespace

absl::StatusOr<CheckedJws> CheckJws(const TenantSnapshot& tenant, absl::string_view token) {
  SIGNET_ASSIGN_OR_RETURN(CompactJws jws, SplitCompactJws(token));
  SIGNET_ASSIGN_OR_RETURN(JwsHeader header, ParseJwsHeader(jws.header_json));
  SIGNET_ASSIGN_OR_RETURN(auto key, FindVerificationKey(tenant, header));
  if (!key->public_key.VerifyMessage(jws.signing_input, jws.signature).ok()) {
    return Invalid(reason::kTokenSignature, "the token's signature does not match");
  }
  return CheckedJws{std::move(key), std::move(header), std::move(jws.header_json), std::move(jws.payload)};
}

bool IsJoseName(absl::string_view alg, hsm::Algorithm algorithm) {
  return alg == hsm::GetAlgorithmInfo(algorithm).jose_name || (algorithm == hsm::Algorithm::kEd25519 && alg == kEdDsaAlias);
}

}  // namespace signet::core
