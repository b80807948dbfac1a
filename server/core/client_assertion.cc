#include "server/core/client_assertion.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/base64url.h"
#include "base/error.h"
#include "hsm/algorithm.h"
#include "hsm/public_key.h"
#include "keystore/policy.h"
#include "nlohmann/json.hpp"
#include "server/core/checked_jws.h"
#include "server/core/claims.h"
#include "server/core/credential_lookup.h"
#include "server/core/json_object.h"
#include "server/core/names.h"

namespace signet::core {
namespace {

using keystore::ClientPublicKey;
using nlohmann::ordered_json;

constexpr size_t kMaxTokenIdSize = 256;

absl::Status Refuse(absl::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, "CLIENT_ASSERTION",
               absl::StrCat("the client assertion does not count: ", message));
}

// One for others is refused even if it is also for us: whoever it was sent to could use it here.
bool IsForUsAlone(const ordered_json* aud, const std::vector<std::string>& audiences) {
  const auto is_ours = [&](const ordered_json& item) {
    return item.is_string() && std::find(audiences.begin(), audiences.end(), item.get_ref<const std::string&>()) != audiences.end();
  };
  if (aud == nullptr) return false;
  if (aud->is_array()) return !aud->empty() && std::all_of(aud->begin(), aud->end(), is_ours);
  return is_ours(*aud);
}

bool IsAssertionType(absl::string_view typ) {
  return typ.empty() || IsType(typ, kJwtType) || IsType(typ, "client-authentication+jwt");
}

const std::string* FindText(const ordered_json& claims, absl::string_view name) {
  const ordered_json* value = FindMember(claims, name);
  if (value == nullptr || !value->is_string() || value->get_ref<const std::string&>().empty()) return nullptr;
  return value->get_ptr<const std::string*>();
}

// Whether claims with an `exp` also say since when they count, and that is longer than `life`.
bool LivesLonger(const ordered_json& claims, absl::Duration life) {
  const ordered_json* issued = FindMember(claims, "iat");
  return issued != nullptr && FindMember(claims, "exp")->get<double>() - issued->get<double>() > absl::ToDoubleSeconds(life);
}

std::optional<hsm::PublicKey> ReadKey(const ClientPublicKey& key, const JwsHeader& header) {
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(key.algorithm);
  if (!algorithm || !IsJoseName(header.alg, *algorithm)) return std::nullopt;
  absl::StatusOr<hsm::PublicKey> public_key = hsm::PublicKey::FromSpki(*algorithm, key.public_key_der);
  return public_key.ok() ? std::optional<hsm::PublicKey>(*std::move(public_key)) : std::nullopt;
}

// The key of RFC 7515 appendix A.3, whose private half everybody knows and nobody is recognised by.
const hsm::PublicKey& NobodysKey() {
  // Never destroyed: no global of this program has a destructor.
  static const auto& key = *new hsm::PublicKey(
      hsm::PublicKey::FromEcPoint(hsm::Algorithm::kEs256,
                                  absl::StrCat("\x04", *Base64UrlDecode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                               *Base64UrlDecode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")))
          .value());
  return key;
}

}  // namespace

AssertionLimits LimitsOf(const TenantSnapshot& tenant) {
  const auto ring = tenant.rings.find(keystore::RingId(std::string(kAccessTokenRing)));
  const bool is_auth0 = ring != tenant.rings.end() && ring->second.policy.preset == keystore::Preset::kAuth0;
  return is_auth0 ? AssertionLimits{.size = 2048, .life = absl::Minutes(5)} : AssertionLimits();
}

std::string ClaimedClient(absl::string_view assertion) {
  if (assertion.size() > kMaxAssertionSize) return "";
  const absl::StatusOr<CompactJws> jws = SplitCompactJws(assertion);
  if (!jws.ok()) return "";
  const absl::StatusOr<ordered_json> claims = ParseClaims(jws->payload);
  if (!claims.ok()) return "";
  const std::string* client_id = FindText(*claims, "iss");
  return client_id == nullptr ? "" : *client_id;
}

absl::StatusOr<ClientAssertion> ReadAssertion(absl::string_view assertion, const std::vector<std::string>& audiences,
                                              absl::Time now, const AssertionLimits& limits) {
  if (assertion.size() > limits.size) return Refuse(absl::StrCat("it is larger than ", limits.size, " bytes"));
  absl::StatusOr<CompactJws> jws = SplitCompactJws(assertion);
  if (!jws.ok()) return Refuse(jws.status().message());
  absl::StatusOr<JwsHeader> header = ParseJwsHeader(jws->header_json);
  if (!header.ok()) return Refuse(header.status().message());
  if (!IsAssertionType(header->typ)) return Refuse("its typ is that of something else");
  const absl::StatusOr<ordered_json> claims = ParseClaims(jws->payload);
  if (!claims.ok()) return Refuse(claims.status().message());

  const std::string* client_id = FindText(*claims, "iss");
  const std::string* subject = FindText(*claims, "sub");
  if (client_id == nullptr || subject == nullptr || *subject != *client_id) return Refuse("its iss and sub are not one client");
  const absl::StatusOr<absl::Time> expire_time =
      CheckParsedClaims(*claims, {.issuer = *client_id, .now = now, .expiry_skew = keystore::kClockSkew});
  if (!expire_time.ok()) return Refuse(expire_time.status().message());
  if (*expire_time > now + limits.life + keystore::kClockSkew) {
    return Refuse(absl::StrCat("it expires in more than ", absl::FormatDuration(limits.life)));
  }
  if (LivesLonger(*claims, limits.life)) return Refuse(absl::StrCat("it lives for more than ", absl::FormatDuration(limits.life)));
  if (!IsForUsAlone(FindMember(*claims, "aud"), audiences)) {
    return Refuse("its aud is not, or not only, the tenant's issuer or token endpoint");
  }
  const std::string* token_id = FindText(*claims, "jti");
  if (token_id == nullptr || token_id->size() > kMaxTokenIdSize) return Refuse("it has no jti of 1 to 256 bytes");
  return ClientAssertion{*client_id,         *token_id,      *expire_time + keystore::kClockSkew,
                         *std::move(header), jws->signature, jws->signing_input};
}

absl::Status VerifyAssertion(const ClientAssertion& assertion, const std::vector<ClientPublicKey>& keys, absl::Time now) {
  bool has_key = false;
  for (const ClientPublicKey& record : keys) {
    if (!IsWorking(record, now) || (assertion.header.kid && *assertion.header.kid != record.id)) continue;
    const std::optional<hsm::PublicKey> key = ReadKey(record, assertion.header);
    if (!key) continue;
    has_key = true;
    if (key->VerifyMessage(assertion.signing_input, assertion.signature).ok()) return absl::OkStatus();
  }
  if (has_key) return Refuse("its signature does not match");
  // So that an answer takes as long as for a client that has a key.
  const bool verified = NobodysKey().VerifyMessage(assertion.signing_input, assertion.signature).ok();
  return Refuse(verified ? "its key is nobody's" : "no key of the client has its kid and alg");
}

std::vector<std::string> AssertionAudiences(const TenantSnapshot& tenant, absl::string_view public_url) {
  std::vector<std::string> bases = {std::string(absl::StripSuffix(tenant.issuer, "/")),
                                    absl::StrCat(public_url, "/t/", tenant.tenant.id.value())};
  const size_t colon = public_url.rfind(':');
  // That of the scheme has a slash behind it.
  const bool has_port = colon != public_url.npos && public_url.substr(colon + 1, 1) != "/";
  for (const std::string& alias : tenant.tenant.host_aliases) {
    bases.push_back(absl::StrCat("https://", alias));
    if (has_port) bases.push_back(absl::StrCat("https://", alias, public_url.substr(colon)));
  }
  std::vector<std::string> audiences;
  for (const std::string& base : bases) {
    for (const char* path : {"", "/", "/oauth/token", "/oauth/introspect", "/oauth/revoke"}) {
      audiences.push_back(absl::StrCat(base, path));
    }
  }
  return audiences;
}

}  // namespace signet::core
