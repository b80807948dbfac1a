#include "hsm/sealed_secret.h"

#include <cjose/cjose.h>
#include <malloc.h>
#include <strings.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "hsm/algorithm.h"
#include "hsm/jwk_public_key.h"
#include "hsm/openssl_handle.h"
#include "hsm/public_key.h"
#include "nlohmann/json.hpp"

namespace signet::hsm {
namespace {

using Members = std::map<std::string, std::string>;

constexpr char kEcManagement[] = "ECDH-ES";
constexpr char kRsaManagement[] = "RSA-OAEP";
constexpr char kContentEncryption[] = "A256GCM";
constexpr size_t kMinRsaBits = 2048;
constexpr size_t kMaxRsaBits = 8192;
// OpenSSL encrypts with no longer exponent to a modulus of more than 3072 bits.
constexpr size_t kMinExponentBits = 17;
constexpr size_t kMaxExponentBits = 64;
constexpr size_t kMaxKidSize = 256;

using CjoseHeader = std::unique_ptr<cjose_header_t, OpenSslFree<cjose_header_release>>;
using CjoseJwe = std::unique_ptr<cjose_jwe_t, OpenSslFree<cjose_jwe_release>>;
using CjoseJwk = std::unique_ptr<cjose_jwk_t, OpenSslFree<cjose_jwk_release>>;

absl::Status Refuse(absl::string_view message) { return InvalidField("seal_to_jwk", message); }

// cjose zeroes the content's key when it frees it, but not the secret that ECDH-ES agrees on, which is as good: so every block is.
void WipeAndFree(void* block) {
  if (block == nullptr) return;
  explicit_bzero(block, malloc_usable_size(block));
  std::free(block);
}

// realloc would leave what it moves.
void* Reallocate(void* block, size_t size) {
  void* moved = std::malloc(size);
  if (moved == nullptr || block == nullptr) return moved;
  std::memcpy(moved, block, std::min(size, malloc_usable_size(block)));
  WipeAndFree(block);
  return moved;
}

// Once for the process: nothing else in it uses cjose.
void UseWipingMemory() {
  static const bool done = [] {
    cjose_set_alloc_funcs(std::malloc, Reallocate, WipeAndFree);
    return true;
  }();
  static_cast<void>(done);
}

size_t BitsOf(absl::string_view number) {
  const size_t first = number.find_first_not_of('\0');
  if (first == absl::string_view::npos) return 0;
  size_t bits = (number.size() - first) * 8;
  for (unsigned char mask = 0x80; (static_cast<unsigned char>(number[first]) & mask) == 0; mask >>= 1) --bits;
  return bits;
}

bool IsOdd(absl::string_view number) { return !number.empty() && (static_cast<unsigned char>(number.back()) & 1) != 0; }

// Returns the members of a JSON object that are strings. Private ones are refused whatever their type.
absl::StatusOr<Members> ParseMembers(absl::string_view json) {
  if (json.size() > kMaxRecipientJwkSize) return Refuse(absl::StrCat("is longer than ", kMaxRecipientJwkSize, " bytes"));
  const nlohmann::json object = nlohmann::json::parse(json.begin(), json.end(), /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Refuse("is not a JSON object; send one public JWK");
  Members members;
  for (const auto& [name, value] : object.items()) {
    for (const absl::string_view secret : kPrivateJwkMembers) {
      if (name == secret) return Refuse("has a private member; send the public key only, and regard that key as disclosed");
    }
    if (value.is_string()) members[name] = value.get_ref<const std::string&>();
  }
  return members;
}

std::string Get(const Members& members, const char* name) {
  const auto member = members.find(name);
  return member == members.end() ? "" : member->second;
}

// Checks an EC key and returns its JWK.
absl::StatusOr<Members> EcJwk(const Members& members) {
  const absl::StatusOr<PublicKey> key = PublicKeyFromJwkMembers(Algorithm::kEs256, members);
  if (!key.ok()) return Refuse("is not a public key on P-256");
  return key->jwk_members();
}

// Checks an RSA key and returns its JWK.
absl::StatusOr<Members> RsaJwk(const Members& members) {
  const std::optional<std::string> modulus = Base64UrlDecode(Get(members, "n"));
  const std::optional<std::string> exponent = Base64UrlDecode(Get(members, "e"));
  if (!modulus || BitsOf(*modulus) < kMinRsaBits || BitsOf(*modulus) > kMaxRsaBits || !IsOdd(*modulus)) {
    return Refuse(absl::StrCat("has no RSA modulus of ", kMinRsaBits, " to ", kMaxRsaBits, " bits"));
  }
  // To an exponent of 1, the ciphertext is the padded plaintext.
  if (!exponent || BitsOf(*exponent) < kMinExponentBits || BitsOf(*exponent) > kMaxExponentBits || !IsOdd(*exponent)) {
    return Refuse(absl::StrCat("has no odd RSA exponent of ", kMinExponentBits, " to ", kMaxExponentBits, " bits"));
  }
  return Members{{"kty", "RSA"}, {"n", Base64UrlEncode(*modulus)}, {"e", Base64UrlEncode(*exponent)}};
}

// Recipient is a key that has been checked, written anew, so that cjose reads nothing of the caller's.
struct Recipient {
  std::string jwk_json;
  std::string management;
  std::string kid;
};

absl::StatusOr<Recipient> ReadRecipient(absl::string_view json) {
  SIGNET_ASSIGN_OR_RETURN(const Members members, ParseMembers(json));
  const std::string type = Get(members, "kty");
  if (type != "EC" && type != "RSA") return Refuse("must be a public key of kty EC, on P-256, or RSA");
  Recipient recipient;
  recipient.management = type == "EC" ? kEcManagement : kRsaManagement;
  SIGNET_ASSIGN_OR_RETURN(const Members jwk, type == "EC" ? EcJwk(members) : RsaJwk(members));
  // The holder's library would refuse to open what is sealed with another algorithm than the key is for.
  const std::string algorithm = Get(members, "alg");
  if (!algorithm.empty() && algorithm != recipient.management) {
    return Refuse(absl::StrCat("is for another alg; send a key for ", recipient.management, ", or one without alg"));
  }
  const std::string use = Get(members, "use");
  if (!use.empty() && use != "enc") return Refuse("is not for encryption; send a key with use enc, or one without use");
  recipient.jwk_json = nlohmann::json(jwk).dump();
  recipient.kid = Get(members, "kid");
  // A NUL would end it for cjose.
  if (recipient.kid.size() > kMaxKidSize || recipient.kid.find('\0') != std::string::npos) recipient.kid.clear();
  return recipient;
}

absl::StatusOr<std::string> Encrypt(const Secret& plaintext, const Recipient& recipient) {
  UseWipingMemory();
  cjose_err error = {};
  const CjoseJwk jwk(cjose_jwk_import(recipient.jwk_json.data(), recipient.jwk_json.size(), &error));
  const CjoseHeader header(cjose_header_new(&error));
  if (!jwk || !header || !cjose_header_set(header.get(), CJOSE_HDR_ALG, recipient.management.c_str(), &error) ||
      !cjose_header_set(header.get(), CJOSE_HDR_ENC, kContentEncryption, &error) ||
      (!recipient.kid.empty() && !cjose_header_set(header.get(), CJOSE_HDR_KID, recipient.kid.c_str(), &error))) {
    return Defect("cjose does not take a key that was checked");
  }
  const CjoseJwe jwe(cjose_jwe_encrypt(jwk.get(), header.get(), reinterpret_cast<const uint8_t*>(plaintext.Expose().data()),
                                       plaintext.Expose().size(), &error));
  if (!jwe) return Defect("cjose does not encrypt");
  const std::unique_ptr<char, OpenSslFree<WipeAndFree>> compact(cjose_jwe_export(jwe.get(), &error));
  if (!compact) return Defect("cjose does not write what it encrypted");
  return std::string(compact.get());
}

}  // namespace

absl::StatusOr<std::string> SealToJwk(const Secret& plaintext, absl::string_view recipient_jwk_json) {
  const ScopedOpenSslErrors errors;
  SIGNET_ASSIGN_OR_RETURN(const Recipient recipient, ReadRecipient(recipient_jwk_json));
  return Encrypt(plaintext, recipient);
}

}  // namespace signet::hsm
