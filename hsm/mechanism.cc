#include "hsm/mechanism.h"

#include "absl/strings/str_cat.h"

namespace signet::hsm {
namespace {

// RFC 8017 section 9.2, note 1: the DER of DigestInfo up to the digest.
absl::string_view DigestInfoPrefix(Hash hash) {
  switch (hash) {
    case Hash::kNone:
      return "";
    case Hash::kSha256:
      return absl::string_view("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", 19);
    case Hash::kSha384:
      return absl::string_view("\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30", 19);
    case Hash::kSha512:
      return absl::string_view("\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40", 19);
  }
  return "";
}

// The salt is as long as the hash (RFC 7518 section 3.5).
CK_RSA_PKCS_PSS_PARAMS PssParameters(Hash hash) {
  switch (hash) {
    case Hash::kNone:
      break;
    case Hash::kSha256:
      return {CKM_SHA256, CKG_MGF1_SHA256, DigestSize(hash)};
    case Hash::kSha384:
      return {CKM_SHA384, CKG_MGF1_SHA384, DigestSize(hash)};
    case Hash::kSha512:
      return {CKM_SHA512, CKG_MGF1_SHA512, DigestSize(hash)};
  }
  return {};
}

}  // namespace

CK_MECHANISM_TYPE GenerationMechanism(Algorithm algorithm) {
  switch (GetAlgorithmInfo(algorithm).key_type) {
    case KeyType::kEc:
      return CKM_EC_KEY_PAIR_GEN;
    case KeyType::kRsa:
      return CKM_RSA_PKCS_KEY_PAIR_GEN;
    case KeyType::kEd25519:
      return CKM_EC_EDWARDS_KEY_PAIR_GEN;
  }
  return CKM_VENDOR_DEFINED;
}

CK_MECHANISM_TYPE SigningMechanismType(Algorithm algorithm) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  switch (info.key_type) {
    case KeyType::kEc:
      return CKM_ECDSA;
    case KeyType::kRsa:
      return info.padding == Padding::kPss ? CKM_RSA_PKCS_PSS : CKM_RSA_PKCS;
    case KeyType::kEd25519:
      return CKM_EDDSA;
  }
  return CKM_VENDOR_DEFINED;
}

CK_KEY_TYPE CryptokiKeyType(Algorithm algorithm) {
  switch (GetAlgorithmInfo(algorithm).key_type) {
    case KeyType::kEc:
      return CKK_EC;
    case KeyType::kRsa:
      return CKK_RSA;
    case KeyType::kEd25519:
      return CKK_EC_EDWARDS;
  }
  return CKK_VENDOR_DEFINED;
}

SigningMechanism::SigningMechanism(Algorithm algorithm) {
  mechanism_.mechanism = SigningMechanismType(algorithm);
  // CKM_EDDSA without parameters is pure Ed25519 (PKCS#11 3.0 section 2.3.14).
  if (mechanism_.mechanism != CKM_RSA_PKCS_PSS) return;
  pss_ = PssParameters(GetAlgorithmInfo(algorithm).hash);
  mechanism_.pParameter = &pss_;
  mechanism_.ulParameterLen = sizeof(pss_);
}

std::string SigningInput(Algorithm algorithm, absl::string_view digest) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  return info.padding == Padding::kPkcs1 ? absl::StrCat(DigestInfoPrefix(info.hash), digest) : std::string(digest);
}

}  // namespace signet::hsm
