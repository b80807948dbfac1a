#include "server/core/client_public_keys.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "hsm/jwk_public_key.h"
#include "hsm/public_key.h"
#include "nlohmann/json.hpp"
#include "server/core/credential_fields.h"
#include "server/core/credential_grants.h"
#include "server/core/credential_lookup.h"
#include "server/core/fitting_algorithm.h"
#include "server/core/json_object.h"

namespace signet::core {
namespace {

using keystore::ClientPublicKey;
using keystore::CredentialKind;
using keystore::CredentialRecord;

constexpr size_t kMaxKeySize = size_t{16} * 1024;
constexpr size_t kMaxIdLength = 128;

using Members = std::map<std::string, std::string>;

absl::Status CheckId(const std::string& id) {
  const bool is_printable = std::all_of(id.begin(), id.end(), [](unsigned char c) { return absl::ascii_isprint(c); });
  if (is_printable && id.size() <= kMaxIdLength) return absl::OkStatus();
  return InvalidField("public_key.id", "must be at most 128 printable ASCII characters");
}

// The members of a JWK, those that are no strings as empty ones: no member that counts may be left out unseen.
absl::StatusOr<Members> ReadJwk(const std::string& text) {
  const absl::StatusOr<nlohmann::ordered_json> jwk = ParseJsonObject(text);
  if (!jwk.ok()) return InvalidField("public_key", absl::StrCat("is no JWK: ", jwk.status().message()));
  Members members;
  for (const auto& [name, value] : jwk->items()) members[name] = value.is_string() ? value.get<std::string>() : "";
  return members;
}

// Takes the id from the JWK's `kid`, if there is one.
absl::Status TakeKid(const Members& members, std::string& id) {
  const auto kid = members.find("kid");
  if (kid == members.end()) return absl::OkStatus();
  if (kid->second.empty() || !CheckId(kid->second).ok()) {
    return InvalidField("public_key", "kid of the JWK must be a string of 1 to 128 printable ASCII characters");
  }
  if (!id.empty() && id != kid->second) return InvalidField("public_key.id", "must be the kid of the JWK, or left out");
  id = kid->second;
  return absl::OkStatus();
}

// Takes the algorithm from the JWK's `alg`, or `fitting` if there is none.
absl::Status TakeAlgorithm(const Members& members, hsm::Algorithm fitting, std::optional<hsm::Algorithm>& algorithm) {
  const auto alg = members.find("alg");
  if (alg == members.end()) {
    if (!algorithm) algorithm = fitting;
    return absl::OkStatus();
  }
  const std::optional<hsm::Algorithm> own = FindFittingAlgorithm(fitting, alg->second);
  if (!own) return InvalidField("public_key", "alg of the JWK is no signature algorithm of its key");
  if (algorithm && *algorithm != *own) return InvalidField("public_key.algorithm", "must be the alg of the JWK, or left out");
  algorithm = own;
  return absl::OkStatus();
}

// Reads a JWK, and lets it say of `key` what is left out there.
absl::StatusOr<hsm::PublicKey> ReadJwkKey(NewPublicKey& key) {
  SIGNET_ASSIGN_OR_RETURN(const Members members, ReadJwk(key.public_key));
  // First, as it says of a private key that it is disclosed.
  SIGNET_ASSIGN_OR_RETURN(const hsm::Algorithm fitting, hsm::DefaultAlgorithmForJwk(members));
  const auto use = members.find("use");
  if (use != members.end() && use->second != "sig") return InvalidField("public_key", "use of the JWK must be sig, or left out");
  SIGNET_RETURN_IF_ERROR(TakeKid(members, key.id));
  SIGNET_RETURN_IF_ERROR(TakeAlgorithm(members, fitting, key.algorithm));
  return hsm::PublicKeyFromJwkMembers(*key.algorithm, members);
}

absl::StatusOr<hsm::PublicKey> ReadKey(NewPublicKey& key) {
  if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(key.public_key), "{")) return ReadJwkKey(key);
  if (key.algorithm) return hsm::PublicKeyFromPem(*key.algorithm, key.public_key);
  SIGNET_ASSIGN_OR_RETURN(const hsm::Algorithm algorithm, hsm::DefaultAlgorithmForPem(key.public_key));
  return hsm::PublicKeyFromPem(algorithm, key.public_key);
}

auto FindKey(std::vector<ClientPublicKey>& keys, const std::string& id) {
  return std::find_if(keys.begin(), keys.end(), [&](const ClientPublicKey& key) { return key.id == id; });
}

absl::Status Add(const ClientPublicKey& added, absl::Time now, CredentialRecord& credential) {
  std::vector<ClientPublicKey>& keys = credential.public_keys;
  std::erase_if(keys, [&](const ClientPublicKey& key) { return !IsWorking(key, now); });
  if (FindKey(keys, added.id) != keys.end()) {
    return Error(absl::StatusCode::kAlreadyExists, reason::kPublicKeyExists,
                 "the credential has a public key of that id; remove it first, or choose another id",
                 {{"public_key_id", added.id}});
  }
  if (keys.size() >= kMaxClientPublicKeys) {
    return CredentialLimit(absl::StrCat("the credential has its ", kMaxClientPublicKeys, " public keys; remove one first"),
                           kMaxClientPublicKeys);
  }
  keys.push_back(added);
  return absl::OkStatus();
}

absl::Status Remove(const std::string& id, absl::Time now, CredentialRecord& credential) {
  std::vector<ClientPublicKey>& keys = credential.public_keys;
  const auto found = FindKey(keys, id);
  if (found == keys.end()) {
    return Error(absl::StatusCode::kNotFound, reason::kPublicKeyNotFound, "the credential has no public key of that id",
                 {{"public_key_id", id}});
  }
  const bool worked = IsWorking(*found, now);
  keys.erase(found);
  const bool any_works = std::any_of(keys.begin(), keys.end(), [&](const ClientPublicKey& key) { return IsWorking(key, now); });
  if (!worked || any_works) return absl::OkStatus();
  return LastSecret("it is the last public key that works; add another first, or delete the credential");
}

}  // namespace

absl::StatusOr<ClientPublicKey> ReadClientPublicKey(const NewPublicKey& key, absl::Time now) {
  if (key.public_key.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kMissingField, "public_key.public_key is required",
                 {{"field", "public_key.public_key"}});
  }
  if (key.public_key.size() > kMaxKeySize) return InvalidField("public_key", "must not be longer than 16 KiB");
  SIGNET_RETURN_IF_ERROR(CheckId(key.id));
  SIGNET_RETURN_IF_ERROR(CheckExpireTime("public_key.expire_time", key.expire_time, now));
  NewPublicKey wanted = key;
  SIGNET_ASSIGN_OR_RETURN(const hsm::PublicKey read, ReadKey(wanted));
  ClientPublicKey record;
  record.id = wanted.id.empty() ? read.thumbprint() : wanted.id;
  record.algorithm = std::string(hsm::GetAlgorithmInfo(read.algorithm()).name);
  record.public_key_der = read.spki_der();
  record.create_time = now;
  record.expire_time = key.expire_time;
  return record;
}

absl::StatusOr<ChangedCredential> AddClientPublicKey(const Services& services, const CredentialName& name, const NewPublicKey& key,
                                                     const Principal& caller, const ChangeRequest& request) {
  return ChangeCredential(services, name, "AddPublicKey", request, [&](CredentialRecord& credential, absl::Time now) {
    SIGNET_RETURN_IF_ERROR(CheckKind(credential, CredentialKind::kPublicKey));
    SIGNET_RETURN_IF_ERROR(CheckGrant(credential, caller));
    SIGNET_ASSIGN_OR_RETURN(const ClientPublicKey added, ReadClientPublicKey(key, now));
    return Add(added, now, credential);
  });
}

absl::StatusOr<ChangedCredential> RemoveClientPublicKey(const Services& services, const CredentialName& name,
                                                        const std::string& key_id, const ChangeRequest& request) {
  return ChangeCredential(services, name, "RemovePublicKey", request, [&](CredentialRecord& credential, absl::Time now) {
    SIGNET_RETURN_IF_ERROR(CheckKind(credential, CredentialKind::kPublicKey));
    SIGNET_RETURN_IF_ERROR(CheckId(key_id));
    return Remove(key_id, now, credential);
  });
}

}  // namespace signet::core
