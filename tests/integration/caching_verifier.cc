#include "tests/integration/caching_verifier.h"

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/base64url.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace signet::testing {
namespace {

std::string Decoded(const nlohmann::json& jwk, const char* member) {
  return Base64UrlDecode(jwk.at(member).get<std::string>()).value_or("");
}

}  // namespace

std::string KidOf(const std::string& token) {
  const std::string header = Base64UrlDecode(token.substr(0, token.find('.'))).value_or("");
  return nlohmann::json::parse(header, nullptr, false).value("kid", "");
}

bool CachingVerifier::Accepts(const std::string& token) {
  if (clock_.Now() >= stale_time_) Refresh();
  const auto key = keys_.find(KidOf(token));
  if (key == keys_.end()) return false;
  const size_t end = token.rfind('.');
  const std::optional<std::string> signature = Base64UrlDecode(token.substr(end + 1));
  return signature.has_value() && key->second.VerifyMessage(token.substr(0, end), *signature).ok();
}

void CachingVerifier::Refresh() {
  // The age of a reply counts from the request (RFC 9111 section 4.2.3).
  fetch_time_ = clock_.Now();
  const v1::Jwks jwks = fetch_();
  stale_time_ = fetch_time_ + absl::Seconds(jwks.max_age().seconds());
  std::map<std::string, hsm::PublicKey> keys;
  const nlohmann::json document = nlohmann::json::parse(jwks.json());
  for (const nlohmann::json& jwk : document.at("keys")) {
    // Those that were parsed before cost nothing again.
    const std::string kid = jwk.at("kid");
    if (const auto known = keys_.find(kid); known != keys_.end()) {
      keys.insert(*known);
      continue;
    }
    const std::string point = absl::StrCat("\x04", Decoded(jwk, "x"), Decoded(jwk, "y"));
    const absl::StatusOr<hsm::PublicKey> key = hsm::PublicKey::FromEcPoint(hsm::Algorithm::kEs256, point);
    EXPECT_TRUE(key.ok()) << key.status();
    if (key.ok()) keys.emplace(kid, *key);
  }
  keys_ = std::move(keys);
}

}  // namespace signet::testing
