#include "hsm/jwk_public_key.h"

#include <cstddef>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "hsm/openssl_certificate.h"
#include "hsm/openssl_handle.h"
#include "hsm/pem.h"

namespace signet::hsm {
namespace {

using Members = std::map<std::string, std::string>;

// One algorithm for each key type, curve and size of the table.
constexpr Algorithm kDefaults[] = {Algorithm::kEs256,         Algorithm::kEs384,         Algorithm::kEs512,
                                   Algorithm::kRs256With2048, Algorithm::kRs256With3072, Algorithm::kRs256With4096,
                                   Algorithm::kEd25519};

absl::Status Refuse(absl::string_view message) { return InvalidField("public_key", message); }

absl::Status CheckNotPrivate(const Members& members) {
  for (const absl::string_view name : kPrivateJwkMembers) {
    if (members.count(std::string(name)) != 0) {
      return Refuse(absl::StrCat("has the private member ", name, "; send the public key only, and regard that key as disclosed"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMember(const Members& members, const char* name, absl::string_view expected, Algorithm algorithm) {
  const auto member = members.find(name);
  if (member != members.end() && member->second == expected) return absl::OkStatus();
  return Refuse(absl::StrCat(name, " must be ", expected, " for ", GetAlgorithmInfo(algorithm).name));
}

absl::StatusOr<std::string> GetBytes(const Members& members, const char* name) {
  const auto member = members.find(name);
  if (member == members.end()) return Refuse(absl::StrCat("has no ", name));
  std::optional<std::string> bytes = Base64UrlDecode(member->second);
  if (!bytes) return Refuse(absl::StrCat(name, " is not base64url without padding"));
  return *std::move(bytes);
}

absl::StatusOr<PublicKey> EcFromMembers(Algorithm algorithm, const Members& members) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  SIGNET_RETURN_IF_ERROR(CheckMember(members, "kty", "EC", algorithm));
  SIGNET_RETURN_IF_ERROR(CheckMember(members, "crv", info.curve, algorithm));
  SIGNET_ASSIGN_OR_RETURN(const std::string x, GetBytes(members, "x"));
  SIGNET_ASSIGN_OR_RETURN(const std::string y, GetBytes(members, "y"));
  // Each of the field's length (RFC 7518 section 6.2.1.2): the point's own length does not tell where X ends.
  const size_t half = info.signature_size / 2;
  if (x.size() != half || y.size() != half) return Refuse(absl::StrCat("x and y must be ", half, " bytes each"));
  return PublicKey::FromEcPoint(algorithm, absl::StrCat("\x04", x, y));
}

absl::StatusOr<PublicKey> RsaFromMembers(Algorithm algorithm, const Members& members) {
  SIGNET_RETURN_IF_ERROR(CheckMember(members, "kty", "RSA", algorithm));
  SIGNET_ASSIGN_OR_RETURN(const std::string modulus, GetBytes(members, "n"));
  SIGNET_ASSIGN_OR_RETURN(const std::string exponent, GetBytes(members, "e"));
  return PublicKey::FromRsa(algorithm, modulus, exponent);
}

absl::StatusOr<PublicKey> Ed25519FromMembers(Algorithm algorithm, const Members& members) {
  SIGNET_RETURN_IF_ERROR(CheckMember(members, "kty", "OKP", algorithm));
  SIGNET_RETURN_IF_ERROR(CheckMember(members, "crv", GetAlgorithmInfo(algorithm).curve, algorithm));
  SIGNET_ASSIGN_OR_RETURN(const std::string raw, GetBytes(members, "x"));
  return PublicKey::FromEd25519(raw);
}

absl::StatusOr<std::string> SpkiFromPem(absl::string_view pem) {
  SIGNET_ASSIGN_OR_RETURN(PemBlock block, ParsePemBlock("public_key", pem));
  if (block.label == "PUBLIC KEY") return std::move(block.der);
  if (block.label != "CERTIFICATE") return Refuse("must be a PEM block labelled PUBLIC KEY or CERTIFICATE");
  const X509Certificate certificate = ParseCertificate(block.der);
  if (!certificate) return Refuse("is not an X.509 certificate in DER");
  return ToDer(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(certificate.get()));
}

// Finds the algorithm with which `parse` takes the key.
absl::StatusOr<Algorithm> FindDefault(absl::FunctionRef<absl::StatusOr<PublicKey>(Algorithm)> parse) {
  for (const Algorithm algorithm : kDefaults) {
    if (parse(algorithm).ok()) return algorithm;
  }
  return Refuse("must be a key on P-256, P-384 or P-521, an RSA key of 2048, 3072 or 4096 bits, or an Ed25519 key");
}

}  // namespace

absl::StatusOr<PublicKey> PublicKeyFromJwkMembers(Algorithm algorithm, const Members& members) {
  SIGNET_RETURN_IF_ERROR(CheckNotPrivate(members));
  switch (GetAlgorithmInfo(algorithm).key_type) {
    case KeyType::kEc:
      return EcFromMembers(algorithm, members);
    case KeyType::kRsa:
      return RsaFromMembers(algorithm, members);
    case KeyType::kEd25519:
      return Ed25519FromMembers(algorithm, members);
  }
  return Defect("no such key type");
}

absl::StatusOr<PublicKey> PublicKeyFromPem(Algorithm algorithm, absl::string_view pem) {
  SIGNET_ASSIGN_OR_RETURN(const std::string spki_der, SpkiFromPem(pem));
  return PublicKey::FromSpki(algorithm, spki_der);
}

absl::StatusOr<Algorithm> DefaultAlgorithmForJwk(const Members& members) {
  SIGNET_RETURN_IF_ERROR(CheckNotPrivate(members));
  return FindDefault([&](Algorithm algorithm) { return PublicKeyFromJwkMembers(algorithm, members); });
}

absl::StatusOr<Algorithm> DefaultAlgorithmForPem(absl::string_view pem) {
  SIGNET_ASSIGN_OR_RETURN(const std::string spki_der, SpkiFromPem(pem));
  return DefaultAlgorithmForSpki(spki_der);
}

absl::StatusOr<Algorithm> DefaultAlgorithmForSpki(absl::string_view spki_der) {
  return FindDefault([&](Algorithm algorithm) { return PublicKey::FromSpki(algorithm, spki_der); });
}

}  // namespace signet::hsm
