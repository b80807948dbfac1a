#include "server/http/auth0_credential_body.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "hsm/algorithm.h"
#include "hsm/certificate.h"
#include "hsm/jwk_public_key.h"
#include "hsm/pem.h"
#include "server/core/fitting_algorithm.h"
#include "server/core/json_object.h"

namespace signet::http {
namespace {

constexpr std::array<absl::string_view, 6> kTexts = {"credential_type", "pem", "alg", "kid", "expires_at", "name"};
constexpr absl::string_view kParseExpiry = "parse_expiry_from_cert";

absl::Status Refuse(absl::string_view message) { return absl::InvalidArgumentError(message); }

struct Body {
  std::map<std::string, std::string, std::less<>> texts;
  bool parse_expiry = false;

  absl::string_view Text(absl::string_view name) const {
    const auto found = texts.find(std::string(name));
    return found == texts.end() ? "" : absl::string_view(found->second);
  }
};

absl::StatusOr<Body> ReadBody(absl::string_view text) {
  const absl::StatusOr<nlohmann::ordered_json> json = core::ParseJsonObject(text);
  if (!json.ok()) return Refuse("the body must be a JSON object");
  Body body;
  for (const auto& [name, value] : json->items()) {
    if (name == kParseExpiry) {
      if (!value.is_boolean() && !value.is_null()) return Refuse("'Expected type boolean' (parse_expiry_from_cert).");
      body.parse_expiry = value.is_boolean() && value.get<bool>();
    } else if (std::find(kTexts.begin(), kTexts.end(), name) == kTexts.end()) {
      return Refuse("'Additional properties not allowed'.");
    } else if (value.is_string()) {
      body.texts[name] = value.get<std::string>();
    } else if (!value.is_null()) {
      return Refuse(absl::StrCat("'Expected type string' (", name, ")."));
    }
  }
  for (const absl::string_view required : {"credential_type", "pem"}) {
    if (body.Text(required).empty()) return Refuse(absl::StrCat("'Missing required property: ", required, "'."));
  }
  return body;
}

// The algorithm of that JOSE name that fits the key of `pem`.
absl::StatusOr<hsm::Algorithm> FindAlgorithm(absl::string_view jose_name, absl::string_view pem) {
  const absl::StatusOr<hsm::Algorithm> fallback = hsm::DefaultAlgorithmForPem(pem);
  if (!fallback.ok()) return Refuse("'Invalid public key' (pem).");
  if (jose_name.empty()) return *fallback;
  const std::optional<hsm::Algorithm> algorithm = core::FindFittingAlgorithm(*fallback, jose_name);
  if (!algorithm) return Refuse("'No such algorithm for this key' (alg).");
  return *algorithm;
}

}  // namespace

absl::StatusOr<core::NewPublicKey> ReadAuth0Credential(absl::string_view text) {
  SIGNET_ASSIGN_OR_RETURN(const Body body, ReadBody(text));
  if (body.Text("credential_type") != "public_key") return Refuse("'credential_type must be public_key'.");
  const absl::StatusOr<hsm::PemBlock> block = hsm::ParsePemBlock("pem", body.Text("pem"));
  if (!block.ok()) return Refuse("'Invalid PEM' (pem).");
  core::NewPublicKey key;
  key.id = std::string(body.Text("kid"));
  key.public_key = std::string(body.Text("pem"));
  if (block->label == "CERTIFICATE") {
    const absl::StatusOr<hsm::CertificateFacts> facts = hsm::ReadCertificate(block->der);
    if (!facts.ok()) return Refuse("'Invalid certificate' (pem).");
    key.public_key = hsm::ToPem("PUBLIC KEY", facts->spki_der);
    if (body.parse_expiry) key.expire_time = facts->not_after;
  } else if (body.parse_expiry) {
    return Refuse("'parse_expiry_from_cert needs a certificate' (pem).");
  }
  if (const absl::string_view expires_at = body.Text("expires_at"); !expires_at.empty()) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, expires_at, &time, &error)) return Refuse("'Invalid date-time' (expires_at).");
    key.expire_time = time;
  }
  SIGNET_ASSIGN_OR_RETURN(key.algorithm, FindAlgorithm(body.Text("alg"), key.public_key));
  return key;
}

}  // namespace signet::http
