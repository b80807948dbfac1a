#include "server/http/auth0_custom_keys_body.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "hsm/algorithm.h"
#include "hsm/certificate.h"
#include "hsm/jwk_public_key.h"
#include "hsm/public_key.h"
#include "server/core/fitting_algorithm.h"
#include "server/core/json_object.h"

namespace signet::http {
namespace {

using Json = nlohmann::ordered_json;

constexpr absl::string_view kTexts[] = {"kty", "kid", "use", "alg", "n", "e", "crv", "x", "y", "x5u", "x5t", "x5t#S256"};

absl::Status Refuse(absl::string_view message) { return absl::InvalidArgumentError(message); }

template <typename Names>
bool Holds(const Names& names, absl::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// The members that are text; of the others only their form is checked here.
absl::StatusOr<std::map<std::string, std::string>> ReadMembers(const Json& jwk) {
  std::map<std::string, std::string> members;
  for (const auto& [name, value] : jwk.items()) {
    if (Holds(hsm::kPrivateJwkMembers, name)) {
      return Refuse(
          absl::StrCat("'Private keys are not allowed' (", name, "): send the public key only, and regard that key as disclosed."));
    }
    if (Holds(kTexts, name)) {
      if (!value.is_string()) return Refuse(absl::StrCat("'Expected type string' (", name, ")."));
      members[name] = value.get<std::string>();
    } else if (name == "key_ops") {
      if (value != Json::array({"verify"})) return Refuse("'key_ops must be [\"verify\"]'.");
    } else if (name != "x5c") {
      return Refuse("'Additional properties not allowed'.");
    }
  }
  return members;
}

// An algorithm that fits the key, which has to be on the curve, or of a size, that the table knows.
absl::StatusOr<hsm::Algorithm> FindAlgorithm(const std::map<std::string, std::string>& members) {
  const auto type = members.find("kty");
  if (type == members.end()) return Refuse("'Missing required property: kty'.");
  if (type->second != "EC" && type->second != "RSA") return Refuse("'kty must be EC or RSA'.");
  const absl::StatusOr<hsm::Algorithm> fitting = hsm::DefaultAlgorithmForJwk(members);
  if (!fitting.ok()) return Refuse("'Invalid public key: EC on P-256, P-384 or P-521, or RSA of 2048, 3072 or 4096 bits'.");
  const auto name = members.find("alg");
  if (name == members.end()) return *fitting;
  const std::optional<hsm::Algorithm> algorithm = core::FindFittingAlgorithm(*fitting, name->second);
  if (!algorithm) return Refuse("'No such algorithm for this key' (alg).");
  return *algorithm;
}

// The certificates go into a JWKS as they are, so that the first must at least be one of the key.
absl::Status CheckCertificates(const Json& jwk, const hsm::PublicKey& key) {
  const Json* const chain = core::FindMember(jwk, "x5c");
  if (chain == nullptr) return absl::OkStatus();
  const absl::Status invalid = Refuse("'x5c must be certificates, the first of this key'.");
  if (!chain->is_array() || chain->empty()) return invalid;
  for (const Json& text : *chain) {
    std::string der;
    if (!text.is_string() || !absl::Base64Unescape(text.get<std::string>(), &der)) return invalid;
    const absl::StatusOr<hsm::CertificateFacts> facts = hsm::ReadCertificate(der);
    if (!facts.ok() || (&text == &chain->front() && facts->spki_der != key.spki_der())) return invalid;
  }
  return absl::OkStatus();
}

absl::Status CheckKid(absl::string_view kid) {
  constexpr size_t kMaxSize = 255;
  const auto is_printable = [](unsigned char c) { return absl::ascii_isprint(c); };
  if (!kid.empty() && kid.size() <= kMaxSize && std::all_of(kid.begin(), kid.end(), is_printable)) return absl::OkStatus();
  return Refuse("'kid must be 1 to 255 printable characters of ASCII'.");
}

absl::StatusOr<keystore::CustomSigningKey> ReadJwk(Json jwk) {
  if (!jwk.is_object()) return Refuse("'Expected type object' (keys).");
  SIGNET_ASSIGN_OR_RETURN(const auto members, ReadMembers(jwk));
  SIGNET_ASSIGN_OR_RETURN(const hsm::Algorithm algorithm, FindAlgorithm(members));
  SIGNET_ASSIGN_OR_RETURN(const hsm::PublicKey key, hsm::PublicKeyFromJwkMembers(algorithm, members));
  SIGNET_RETURN_IF_ERROR(CheckCertificates(jwk, key));
  const auto use = members.find("use");
  if (use != members.end() && use->second != "sig") return Refuse("'use must be sig'.");
  const auto url = members.find("x5u");
  if (url != members.end() && !absl::StartsWith(url->second, "https://")) return Refuse("'x5u must be an https URL'.");
  if (members.count("kid") == 0) jwk["kid"] = key.thumbprint();
  keystore::CustomSigningKey read = {.kid = jwk["kid"].get<std::string>(), .jwk = jwk.dump()};
  SIGNET_RETURN_IF_ERROR(CheckKid(read.kid));
  return read;
}

}  // namespace

absl::StatusOr<std::vector<keystore::CustomSigningKey>> ReadAuth0CustomKeys(absl::string_view body) {
  absl::StatusOr<Json> json = core::ParseJsonObject(body);
  if (!json.ok()) return Refuse("the body must be a JSON object");
  const Json* const keys = core::FindMember(*json, "keys");
  if (keys == nullptr) return Refuse("'Missing required property: keys'.");
  if (json->size() > 1) return Refuse("'Additional properties not allowed'.");
  if (!keys->is_array()) return Refuse("'Expected type array' (keys).");
  if (keys->empty() || keys->size() > kMaxAuth0CustomKeys) {
    return Refuse(absl::StrCat("'Array must have 1 to ", kMaxAuth0CustomKeys, " items' (keys)."));
  }
  std::vector<keystore::CustomSigningKey> read;
  std::set<std::string> kids;
  for (const Json& jwk : *keys) {
    SIGNET_ASSIGN_OR_RETURN(keystore::CustomSigningKey key, ReadJwk(jwk));
    if (!kids.insert(key.kid).second) return Refuse("'Array items are not unique' (kid).");
    read.push_back(std::move(key));
  }
  return read;
}

}  // namespace signet::http
