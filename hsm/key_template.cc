#include "hsm/key_template.h"

#include <p11-kit/pkcs11.h>

#include "hsm/mechanism.h"

namespace signet::hsm {
namespace {

constexpr absl::string_view kP256Oid("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10);  // 1.2.840.10045.3.1.7
constexpr absl::string_view kP384Oid("\x06\x05\x2b\x81\x04\x00\x22", 7);               // 1.3.132.0.34
constexpr absl::string_view kP521Oid("\x06\x05\x2b\x81\x04\x00\x23", 7);               // 1.3.132.0.35
constexpr absl::string_view kEd25519Oid("\x06\x03\x2b\x65\x70", 5);                    // 1.3.101.112
constexpr absl::string_view kEd25519Name(
    "\x13\x0c"
    "edwards25519",
    14);
constexpr absl::string_view kExponent("\x01\x00\x01", 3);  // 65537
constexpr CK_ULONG kSecretKeySize = 32;

}  // namespace

KeyPairTemplate MakeKeyPairTemplate(const KeySpec& spec, PairHome home, absl::string_view curve_parameters) {
  KeyPairTemplate pair;
  pair.private_key.AddBool(CKA_TOKEN, home == PairHome::kToken)
      .AddBool(CKA_PRIVATE, true)
      .AddBool(CKA_SENSITIVE, true)
      .AddBool(CKA_EXTRACTABLE, home == PairHome::kSession)
      .AddBool(CKA_SIGN, true)
      .AddBool(CKA_DECRYPT, false)
      .AddBool(CKA_UNWRAP, false)
      .AddBool(CKA_DERIVE, false)
      .AddBytes(CKA_ID, spec.id)
      .AddBytes(CKA_LABEL, spec.label);
  pair.public_key.AddBool(CKA_TOKEN, home == PairHome::kToken)
      .AddBool(CKA_PRIVATE, false)
      .AddBool(CKA_VERIFY, true)
      .AddBool(CKA_ENCRYPT, false)
      .AddBool(CKA_WRAP, false)
      .AddBytes(CKA_ID, spec.id)
      .AddBytes(CKA_LABEL, spec.label);
  const AlgorithmInfo& info = GetAlgorithmInfo(spec.algorithm);
  if (info.key_type == KeyType::kRsa) {
    pair.public_key.AddNumber(CKA_MODULUS_BITS, static_cast<CK_ULONG>(info.bits)).AddBytes(CKA_PUBLIC_EXPONENT, kExponent);
  } else {
    pair.public_key.AddBytes(CKA_EC_PARAMS, curve_parameters);
  }
  return pair;
}

AttributeList MakeUnwrapTemplate(const KeySpec& spec, UnwrapPurpose purpose) {
  AttributeList key;
  key.AddNumber(CKA_CLASS, CKO_PRIVATE_KEY)
      .AddNumber(CKA_KEY_TYPE, CryptokiKeyType(spec.algorithm))
      .AddBool(CKA_TOKEN, false)
      .AddBool(CKA_PRIVATE, true)
      .AddBool(CKA_SENSITIVE, true)
      .AddBool(CKA_EXTRACTABLE, purpose == UnwrapPurpose::kWrap)
      .AddBool(CKA_SIGN, purpose == UnwrapPurpose::kSign)
      .AddBool(CKA_DECRYPT, false)
      .AddBool(CKA_UNWRAP, false)
      .AddBool(CKA_DERIVE, false)
      .AddBytes(CKA_ID, spec.id)
      .AddBytes(CKA_LABEL, spec.label);
  return key;
}

WrappingKeyTemplate MakeWrappingKeyTemplate(absl::string_view id, absl::string_view label, PairHome home) {
  WrappingKeyTemplate keys;
  for (AttributeList* key : {&keys.wrapping, &keys.binding}) {
    const bool wraps = key == &keys.wrapping;
    key->AddNumber(CKA_CLASS, CKO_SECRET_KEY)
        .AddNumber(CKA_KEY_TYPE, wraps ? CKK_AES : CKK_GENERIC_SECRET)
        .AddNumber(CKA_VALUE_LEN, kSecretKeySize)
        .AddBool(CKA_TOKEN, home == PairHome::kToken)
        .AddBool(CKA_PRIVATE, true)
        .AddBool(CKA_SENSITIVE, true)
        .AddBool(CKA_EXTRACTABLE, false)
        .AddBool(CKA_WRAP, wraps)
        .AddBool(CKA_UNWRAP, wraps)
        .AddBool(CKA_ENCRYPT, false)
        .AddBool(CKA_DECRYPT, false)
        .AddBool(CKA_SIGN, !wraps)
        .AddBool(CKA_VERIFY, false)
        .AddBool(CKA_DERIVE, false)
        .AddBytes(CKA_ID, id)
        .AddBytes(CKA_LABEL, label);
  }
  return keys;
}

std::vector<std::string> CurveParameters(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEs256:
      return {std::string(kP256Oid)};
    case Algorithm::kEs384:
      return {std::string(kP384Oid)};
    case Algorithm::kEs512:
      return {std::string(kP521Oid)};
    case Algorithm::kEd25519:
      return {std::string(kEd25519Oid), std::string(kEd25519Name)};
    default:
      return {""};
  }
}

}  // namespace signet::hsm
