// Public keys that clients hand in, as JWK or PEM (server/core/client_public_keys.h, hsm/jwk_public_key.h), and those that secrets
// are sealed to (hsm/sealed_secret.h).

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/secret.h"
#include "hsm/algorithm.h"
#include "hsm/public_key.h"
#include "hsm/sealed_secret.h"
#include "keystore/records.h"
#include "nlohmann/json.hpp"
#include "server/core/client_public_keys.h"
#include "server/core/json_object.h"
#include "server/core/jwk.h"
#include "server/core/new_credential.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr const char* kPrivateMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

using Read = absl::StatusOr<keystore::ClientPublicKey>;

Read ReadKey(const std::string& text) { return core::ReadClientPublicKey({.public_key = text}, kNow); }

void RequireRefusal(const absl::Status& status) {
  Require(absl::IsInvalidArgument(status), "what is no key is an invalid argument");
  Require(GetReason(status) == reason::kInvalidField || GetReason(status) == reason::kMissingField, "and has the reason for it");
}

// Requires that `text`, which was accepted, is no private key, and is refused as soon as it is one.
void RequireNotPrivate(const std::string& text) {
  const absl::StatusOr<nlohmann::ordered_json> jwk = core::ParseJsonObject(text);
  if (!jwk.ok()) {
    Require(!absl::StrContains(text, "PRIVATE KEY-----"), "no private key in PEM is accepted");
    return;
  }
  for (const char* name : kPrivateMembers) {
    Require(core::FindMember(*jwk, name) == nullptr, "no private key is accepted");
    for (const nlohmann::ordered_json& value : {nlohmann::ordered_json("AQAB"), nlohmann::ordered_json(nullptr)}) {
      nlohmann::ordered_json with_secret = *jwk;
      with_secret[name] = value;
      RequireRefusal(ReadKey(with_secret.dump()).status());
    }
  }
}

// The kid that `text` gives itself, which a JWK alone can.
std::optional<std::string> OwnKid(const std::string& text) {
  const absl::StatusOr<nlohmann::ordered_json> jwk = core::ParseJsonObject(text);
  const nlohmann::ordered_json* const kid = jwk.ok() ? core::FindMember(*jwk, "kid") : nullptr;
  return kid == nullptr ? std::nullopt : std::optional<std::string>(kid->get<std::string>());
}

void TestAccepted(const std::string& text, const keystore::ClientPublicKey& record) {
  RequireNotPrivate(text);
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(record.algorithm);
  Require(algorithm.has_value(), "a key has an algorithm");
  const absl::StatusOr<hsm::PublicKey> key = hsm::PublicKey::FromSpki(*algorithm, record.public_key_der);
  Require(key.ok() && key->spki_der() == record.public_key_der, "a key that is kept can be read");
  Require(OwnKid(text).value_or(key->thumbprint()) == record.id, "a key without an id has its own, or its thumbprint");
  const Read from_jwk = ReadKey(core::ToJwk(record.id, *key, {}));
  Require(from_jwk.ok() && *from_jwk == record, "a key is the same as a JWK");
  const Read from_pem = core::ReadClientPublicKey({.id = record.id, .algorithm = algorithm, .public_key = key->ToPem()}, kNow);
  Require(from_pem.ok() && *from_pem == record, "a key is the same in PEM");
}

void TestAlgorithms(const std::string& text, const Read& by_default) {
  for (const hsm::AlgorithmInfo& algorithm : hsm::AllAlgorithms()) {
    const Read read = core::ReadClientPublicKey({.algorithm = algorithm.algorithm, .public_key = text}, kNow);
    if (!read.ok()) {
      RequireRefusal(read.status());
      continue;
    }
    Require(read->algorithm == algorithm.name, "a key is of the algorithm that was asked for");
    Require(by_default.ok() && by_default->public_key_der == read->public_key_der, "a key is one whatever it signs with");
  }
}

void TestSeal(absl::string_view input) {
  const absl::StatusOr<std::string> sealed = hsm::SealToJwk(Secret("secret"), input);
  if (!sealed.ok()) {
    Require(absl::IsInvalidArgument(sealed.status()) && GetReason(sealed.status()) == reason::kInvalidField,
            "a key that nothing is sealed to is refused as one");
    return;
  }
  const std::vector<std::string> parts = absl::StrSplit(*sealed, '.');
  Require(parts.size() == 5, "what is sealed is a compact JWE");
  const absl::StatusOr<nlohmann::ordered_json> header = core::ParseJsonObject(Base64UrlDecode(parts[0]).value_or(""));
  const nlohmann::ordered_json* const encryption = header.ok() ? core::FindMember(*header, "enc") : nullptr;
  Require(encryption != nullptr && *encryption == "A256GCM", "its header says how");
  // The parser of ParseJsonObject is stricter than that of SealToJwk.
  const absl::StatusOr<nlohmann::ordered_json> jwk = core::ParseJsonObject(input);
  for (const char* name : kPrivateMembers) {
    Require(!jwk.ok() || core::FindMember(*jwk, name) == nullptr, "nothing is sealed to a private key");
  }
}

}  // namespace

void TestOneInput(absl::string_view input) {
  const std::string text(input);
  const Read read = ReadKey(text);
  if (read.ok()) {
    TestAccepted(text, *read);
  } else {
    RequireRefusal(read.status());
  }
  TestAlgorithms(text, read);
  TestSeal(input);
}

}  // namespace signet::fuzz
