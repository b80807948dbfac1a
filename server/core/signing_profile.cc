#include "server/core/signing_profile.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/json_object.h"
#include "server/core/reserved_tenant.h"

namespace signet::core {
namespace {

using keystore::SigningProfile;
using nlohmann::ordered_json;

// How much of a name that the caller chose is returned to it, in bytes.
constexpr size_t kShownName = 128;

// Whole characters: error details are UTF-8, as claims are.
std::string Shown(absl::string_view name) {
  size_t size = std::min(name.size(), kShownName);
  while (size < name.size() && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) --size;
  return std::string(name.substr(0, size));
}

absl::Status Refuse(absl::string_view rule, absl::string_view message) {
  return Error(absl::StatusCode::kPermissionDenied, reason::kSigningProfile, message, {{"rule", std::string(rule)}});
}

absl::Status RefuseClaim(absl::string_view rule, const std::string& claim, absl::string_view message) {
  return Error(absl::StatusCode::kPermissionDenied, reason::kSigningProfile, message,
               {{"rule", std::string(rule)}, {"claim", claim}});
}

bool Holds(const std::vector<std::string>& list, const ordered_json& value) {
  return value.is_string() && std::find(list.begin(), list.end(), value.get_ref<const std::string&>()) != list.end();
}

absl::StatusOr<ordered_json> ParseFixedClaims(const SigningProfile& profile) {
  if (profile.fixed_claims_json.empty()) return ordered_json::object();
  absl::StatusOr<ordered_json> fixed = ParseJsonObject(profile.fixed_claims_json);
  if (fixed.ok()) return fixed;
  return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt,
               "the fixed claims of the caller's signing profile cannot be read");
}

// Checks that the caller set nothing but what it may. Claims are up to 64 KiB of the caller's choice: looked up, not searched for.
absl::Status CheckAllowed(const SigningProfile& profile, const ordered_json& fixed, const ordered_json& claims) {
  if (profile.allowed_claims.empty()) return absl::OkStatus();
  std::vector<absl::string_view> allowed(profile.allowed_claims.begin(), profile.allowed_claims.end());
  allowed.insert(allowed.end(), profile.required_claims.begin(), profile.required_claims.end());
  for (const auto& [name, value] : fixed.get_ref<const ordered_json::object_t&>()) allowed.push_back(name);
  if (!profile.audiences.empty()) allowed.push_back("aud");
  std::sort(allowed.begin(), allowed.end());
  for (const auto& [name, value] : claims.get_ref<const ordered_json::object_t&>()) {
    if (std::binary_search(allowed.begin(), allowed.end(), name)) continue;
    // The name is the caller's text, and may be as long as the claims.
    return RefuseClaim("allowed_claims", Shown(name),
                       "the caller's signing profile does not allow one of the claims: leave it out");
  }
  return absl::OkStatus();
}

absl::Status AddFixed(ordered_json& fixed, ordered_json& claims) {
  auto& members = *claims.get_ptr<ordered_json::object_t*>();
  for (auto& [name, value] : fixed.get_ref<ordered_json::object_t&>()) {
    const ordered_json* given = FindMember(claims, name);
    if (given == nullptr) {
      static_cast<ordered_json::object_t::Container&>(members).emplace_back(name, std::move(value));
    } else if (*given != value) {
      return RefuseClaim("fixed_claims_json", name,
                         absl::StrCat("the caller's signing profile fixes the claim ", name, " to another value: leave it out"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAudiences(const SigningProfile& profile, const ordered_json& claims) {
  if (profile.audiences.empty()) return absl::OkStatus();
  const ordered_json* aud = FindMember(claims, "aud");
  bool good = false;
  if (aud != nullptr && aud->is_array()) {
    good = !aud->empty() &&
           std::all_of(aud->begin(), aud->end(), [&](const ordered_json& item) { return Holds(profile.audiences, item); });
  } else if (aud != nullptr) {
    good = Holds(profile.audiences, *aud);
  }
  if (good) return absl::OkStatus();
  return RefuseClaim("audiences", "aud", "the claim aud has to name audiences of the caller's signing profile, and no others");
}

}  // namespace

// Whoever had the system tenant's rings sign could make access tokens for Signet's own API, and seal a forged audit trail.
absl::Status CheckMayUseRing(const SigningProfile* profile, const RingName& ring) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(ring.tenant));
  return profile == nullptr ? absl::OkStatus() : CheckProfileRing(*profile, ring.ring);
}

absl::Status CheckProfileRing(const SigningProfile& profile, const keystore::RingId& ring) {
  const auto& rings = profile.key_rings;
  if (rings.empty() || std::find(rings.begin(), rings.end(), ring) != rings.end()) return absl::OkStatus();
  return Refuse("key_rings", absl::StrCat("the caller's signing profile does not allow key rings named ", ring.value()));
}

absl::Status CheckProfileDigest(const SigningProfile& profile) {
  const std::pair<absl::string_view, bool> rules[] = {
      {"fixed_claims_json", !profile.fixed_claims_json.empty()},
      {"allowed_claims", !profile.allowed_claims.empty()},
      {"required_claims", !profile.required_claims.empty()},
      {"audiences", !profile.audiences.empty()},
      {"max_ttl", profile.max_ttl.has_value()},
  };
  for (const auto& [rule, limits] : rules) {
    if (!limits) continue;
    return Refuse(rule, "the caller's signing profile limits what tokens say, which nobody sees in a digest: use SignToken");
  }
  return absl::OkStatus();
}

absl::Status CheckProfileTtl(const SigningProfile& profile, absl::Duration ttl) {
  if (!profile.max_ttl || ttl <= *profile.max_ttl) return absl::OkStatus();
  return Refuse("max_ttl", absl::StrCat("ttl is longer than the ", absl::ToInt64Seconds(*profile.max_ttl),
                                        "s that the caller's signing profile allows"));
}

bool LimitsClaims(const SigningProfile& profile) {
  return !profile.fixed_claims_json.empty() || !profile.allowed_claims.empty() || !profile.required_claims.empty() ||
         !profile.audiences.empty();
}

absl::Status ApplyProfile(const SigningProfile& profile, ordered_json& claims) {
  SIGNET_ASSIGN_OR_RETURN(ordered_json fixed, ParseFixedClaims(profile));
  SIGNET_RETURN_IF_ERROR(CheckAllowed(profile, fixed, claims));
  SIGNET_RETURN_IF_ERROR(AddFixed(fixed, claims));
  for (const std::string& name : profile.required_claims) {
    if (FindMember(claims, name) != nullptr) continue;
    return RefuseClaim("required_claims", name, absl::StrCat("the caller's signing profile requires the claim ", name));
  }
  return CheckAudiences(profile, claims);
}

}  // namespace signet::core
