#include "hsm/public_key.h"

#include <mutex>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/digest.h"
#include "hsm/ecdsa_signature.h"
#include "hsm/openssl_handle.h"
#include "hsm/openssl_public_key.h"
#include "hsm/pem.h"

namespace signet::hsm {
namespace {

std::map<std::string, std::string> ToJwk(const AlgorithmInfo& info, const PublicKeyParts& parts) {
  const std::string first = Base64UrlEncode(parts.first);
  const std::string second = Base64UrlEncode(parts.second);
  const std::string curve(info.curve);
  switch (info.key_type) {
    case KeyType::kEc:
      return {{"kty", "EC"}, {"crv", curve}, {"x", first}, {"y", second}};
    case KeyType::kRsa:
      return {{"kty", "RSA"}, {"n", first}, {"e", second}};
    case KeyType::kEd25519:
      return {{"kty", "OKP"}, {"crv", curve}, {"x", first}};
  }
  return {};
}

// RFC 7638 section 3: the members in the order of their names (std::map has it), no white space. None needs escaping: they are
// base64url and names of our table.
std::string ToThumbprint(const std::map<std::string, std::string>& jwk_members) {
  std::string json;
  for (const auto& [name, value] : jwk_members) {
    absl::StrAppend(&json, json.empty() ? "{" : ",", "\"", name, "\":\"", value, "\"");
  }
  absl::StrAppend(&json, "}");
  return Base64UrlEncode(ComputeDigest(Hash::kSha256, json));
}

std::string WithoutLeadingZeros(absl::string_view number) {
  const size_t first = number.find_first_not_of('\0');
  return first == absl::string_view::npos ? "" : std::string(number.substr(first));
}

// Whether `spki_der` is what FromParts writes for an EC key, but for the point, which is not looked at.
bool IsCanonicalEc(Algorithm algorithm, absl::string_view spki_der) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  if (info.key_type != KeyType::kEc) return false;
  const absl::string_view prefix = EcSpkiPrefix(algorithm);
  return spki_der.size() == prefix.size() + 1 + info.signature_size && absl::StartsWith(spki_der, prefix) &&
         spki_der[prefix.size()] == '\x04';
}

absl::Status Mismatch() {
  return Error(absl::StatusCode::kInvalidArgument, reason::kTokenSignature, "the signature does not match");
}

}  // namespace

class PublicKey::Rep {
 public:
  Rep(Algorithm algorithm, std::string spki_der) : algorithm_(algorithm), spki_der_(std::move(spki_der)) {}

  Algorithm algorithm() const { return algorithm_; }
  const std::string& spki_der() const { return spki_der_; }
  PublicKeyParts Parts() const;
  absl::Status Verify(absl::string_view signed_bytes, absl::string_view raw_signature) const;

 private:
  const Algorithm algorithm_;
  const std::string spki_der_;
  mutable std::once_flag once_;
  // Set once.
  mutable EvpPkey key_;
};

PublicKeyParts PublicKey::Rep::Parts() const {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm_);
  const absl::string_view spki = spki_der_;
  if (info.key_type == KeyType::kEc) {
    const size_t half = info.signature_size / 2;
    const absl::string_view coordinates = spki.substr(spki.size() - 2 * half);
    return {std::string(coordinates.substr(0, half)), std::string(coordinates.substr(half))};
  }
  // Was parsed before, or was built.
  return ParseSpki(algorithm_, spki).value_or(PublicKeyParts());
}

absl::StatusOr<PublicKey> PublicKey::FromSpki(Algorithm algorithm, absl::string_view spki_der) {
  PublicKeyParts parts;
  if (IsCanonicalEc(algorithm, spki_der)) {
    const absl::string_view coordinates = spki_der.substr(EcSpkiPrefix(algorithm).size() + 1);
    parts = {std::string(coordinates.substr(0, coordinates.size() / 2)), std::string(coordinates.substr(coordinates.size() / 2))};
  } else {
    SIGNET_ASSIGN_OR_RETURN(parts, ParseSpki(algorithm, spki_der));
  }
  SIGNET_ASSIGN_OR_RETURN(PublicKey key, FromParts(algorithm, parts));
  // One key has one encoding: no compressed points, explicit parameters, BER or trailing bytes.
  if (key.spki_der() != spki_der) return InvalidField("public_key", "the SubjectPublicKeyInfo is not in its canonical form");
  return key;
}

absl::StatusOr<PublicKey> PublicKey::FromEcPoint(Algorithm algorithm, absl::string_view uncompressed_point) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  if (info.key_type != KeyType::kEc || uncompressed_point.size() != info.signature_size + 1 || uncompressed_point[0] != '\x04') {
    return InvalidField("public_key", absl::StrCat("not an uncompressed point of ", info.name));
  }
  const absl::string_view coordinates = uncompressed_point.substr(1);
  const size_t half = coordinates.size() / 2;
  return FromParts(algorithm, {std::string(coordinates.substr(0, half)), std::string(coordinates.substr(half))});
}

absl::StatusOr<PublicKey> PublicKey::FromRsa(Algorithm algorithm, absl::string_view modulus, absl::string_view exponent) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  if (info.key_type != KeyType::kRsa) return InvalidField("public_key", absl::StrCat(info.name, " is not RSA"));
  return FromParts(algorithm, {WithoutLeadingZeros(modulus), WithoutLeadingZeros(exponent)});
}

absl::StatusOr<PublicKey> PublicKey::FromEd25519(absl::string_view raw) {
  return FromParts(Algorithm::kEd25519, {std::string(raw), ""});
}

absl::StatusOr<PublicKey> PublicKey::FromParts(Algorithm algorithm, const PublicKeyParts& parts) {
  std::string spki_der;
  if (GetAlgorithmInfo(algorithm).key_type == KeyType::kEc) {
    SIGNET_RETURN_IF_ERROR(CheckEcPoint(algorithm, parts));
    spki_der = absl::StrCat(EcSpkiPrefix(algorithm), "\x04", parts.first, parts.second);
  } else {
    SIGNET_ASSIGN_OR_RETURN(const EvpPkey key, BuildPublicKey(algorithm, parts));
    spki_der = ToSpki(key.get());
  }
  return PublicKey(std::make_shared<const Rep>(algorithm, std::move(spki_der)));
}

Algorithm PublicKey::algorithm() const { return rep_->algorithm(); }
const std::string& PublicKey::spki_der() const { return rep_->spki_der(); }
std::map<std::string, std::string> PublicKey::jwk_members() const { return ToJwk(GetAlgorithmInfo(algorithm()), rep_->Parts()); }
std::string PublicKey::thumbprint() const { return ToThumbprint(jwk_members()); }
std::string PublicKey::ToPem() const { return hsm::ToPem("PUBLIC KEY", spki_der()); }

absl::Status PublicKey::VerifyMessage(absl::string_view message, absl::string_view raw_signature) const {
  const Hash hash = GetAlgorithmInfo(algorithm()).hash;
  return hash == Hash::kNone ? rep_->Verify(message, raw_signature) : rep_->Verify(ComputeDigest(hash, message), raw_signature);
}

absl::Status PublicKey::VerifyDigest(absl::string_view digest, absl::string_view raw_signature) const {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm());
  if (info.hash == Hash::kNone) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kAlgorithmUnsuitable,
                 absl::StrCat(info.name, " signs messages, not digests"), {{"algorithm", std::string(info.name)}});
  }
  SIGNET_RETURN_IF_ERROR(CheckDigestSize(algorithm(), digest));
  return rep_->Verify(digest, raw_signature);
}

absl::Status PublicKey::Rep::Verify(absl::string_view signed_bytes, absl::string_view raw_signature) const {
  std::call_once(once_, [this] { key_ = ReadSpki(spki_der_); });
  if (!key_) return Defect("out of memory");
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm_);
  if (raw_signature.size() != info.signature_size) return Mismatch();
  std::string signature(raw_signature);
  if (info.key_type == KeyType::kEc) {
    absl::StatusOr<std::string> der_signature = RawToDerSignature(algorithm_, raw_signature);
    if (!der_signature.ok()) return Mismatch();
    signature = *std::move(der_signature);
  }
  if (!VerifyWithOpenSsl(algorithm_, key_.get(), signed_bytes, signature)) return Mismatch();
  return absl::OkStatus();
}

}  // namespace signet::hsm
