#include "hsm/openssl_public_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace signet::hsm {
namespace {

constexpr int kMinExponentBits = 17;
constexpr int kMaxExponentBits = 256;

absl::Status Refuse(Algorithm algorithm, absl::string_view message) {
  return InvalidField("public_key", absl::StrCat(message, ", as ", GetAlgorithmInfo(algorithm).name, " needs it"));
}

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

BigNumber ToNumber(absl::string_view bytes) { return BigNumber(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr)); }

EvpPkey FromParams(const char* type, OSSL_PARAM_BLD* builder) {
  const OsslParams params(OSSL_PARAM_BLD_to_param(builder));
  const EvpPkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get());
  return EvpPkey(key);
}

absl::StatusOr<EvpPkey> BuildEc(Algorithm algorithm, const PublicKeyParts& parts) {
  const size_t half = GetAlgorithmInfo(algorithm).signature_size / 2;  // A coordinate is as long as R.
  if (parts.first.size() != half || parts.second.size() != half) return Refuse(algorithm, "not a point of the curve's length");
  const std::string point = absl::StrCat("\x04", parts.first, parts.second);
  const OsslParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, CurveGroupName(algorithm), 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  EvpPkey key = FromParams("EC", builder.get());
  if (!key) return Refuse(algorithm, "not a point on the curve");
  return key;
}

absl::StatusOr<EvpPkey> BuildRsa(Algorithm algorithm, const PublicKeyParts& parts) {
  const BigNumber modulus = ToNumber(parts.first);
  const BigNumber exponent = ToNumber(parts.second);
  if (!modulus || !exponent) return Defect("out of memory");
  if (BN_num_bits(modulus.get()) != GetAlgorithmInfo(algorithm).bits || !BN_is_odd(modulus.get())) {
    return Refuse(algorithm, "not a modulus of the right length");
  }
  const int exponent_bits = BN_num_bits(exponent.get());
  if (!BN_is_odd(exponent.get()) || exponent_bits < kMinExponentBits || exponent_bits > kMaxExponentBits) {
    return Refuse(algorithm, "not an odd exponent of 17 to 256 bits");
  }
  const OsslParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  EvpPkey key = FromParams("RSA", builder.get());
  if (!key) return Refuse(algorithm, "not an RSA key");
  return key;
}

absl::StatusOr<EvpPkey> BuildEd25519(Algorithm algorithm, const PublicKeyParts& parts) {
  EvpPkey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(parts.first), parts.first.size()));
  if (!key || !parts.second.empty()) return Refuse(algorithm, "not a key of 32 bytes");
  return key;
}

// Never freed: there are three.
const EC_GROUP* CurveGroup(Algorithm algorithm) {
  static const EC_GROUP* const p256 = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  static const EC_GROUP* const p384 = EC_GROUP_new_by_curve_name(NID_secp384r1);
  static const EC_GROUP* const p521 = EC_GROUP_new_by_curve_name(NID_secp521r1);
  const int bits = GetAlgorithmInfo(algorithm).bits;
  return bits == 256 ? p256 : bits == 384 ? p384 : p521;
}

// Reads a number of `key` as `size` bytes, or as few as it needs for 0; "" if it has none of this name or a longer one.
std::string GetNumber(const EVP_PKEY* key, const char* name, size_t size) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return "";
  const BigNumber number(raw);
  std::string bytes(size != 0 ? size : static_cast<size_t>(BN_num_bytes(number.get())), '\0');
  const int length = static_cast<int>(bytes.size());
  return BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(bytes.data()), length) == length ? bytes : "";
}

absl::StatusOr<PublicKeyParts> GetParts(Algorithm algorithm, const EVP_PKEY* key) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  switch (info.key_type) {
    case KeyType::kEc: {
      char group[64] = "";
      if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, group, sizeof(group), nullptr) != 1 ||
          std::strcmp(group, CurveGroupName(algorithm)) != 0) {
        return Refuse(algorithm, "not a key on the curve");
      }
      return PublicKeyParts{GetNumber(key, OSSL_PKEY_PARAM_EC_PUB_X, info.signature_size / 2),
                            GetNumber(key, OSSL_PKEY_PARAM_EC_PUB_Y, info.signature_size / 2)};
    }
    case KeyType::kRsa:
      if (!EVP_PKEY_is_a(key, "RSA")) return Refuse(algorithm, "not an RSA key");
      return PublicKeyParts{GetNumber(key, OSSL_PKEY_PARAM_RSA_N, 0), GetNumber(key, OSSL_PKEY_PARAM_RSA_E, 0)};
    case KeyType::kEd25519: {
      std::string raw(32, '\0');
      size_t size = raw.size();
      if (!EVP_PKEY_is_a(key, "ED25519") ||
          EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size) != 1) {
        return Refuse(algorithm, "not an Ed25519 key");
      }
      return PublicKeyParts{raw, ""};
    }
  }
  return Defect("no such key type");
}

const EVP_MD* MessageDigest(Hash hash) {
  switch (hash) {
    case Hash::kNone:
      return nullptr;
    case Hash::kSha256:
      return EVP_sha256();
    case Hash::kSha384:
      return EVP_sha384();
    case Hash::kSha512:
      return EVP_sha512();
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<EvpPkey> BuildPublicKey(Algorithm algorithm, const PublicKeyParts& parts) {
  const ScopedOpenSslErrors errors;
  switch (GetAlgorithmInfo(algorithm).key_type) {
    case KeyType::kEc:
      return BuildEc(algorithm, parts);
    case KeyType::kRsa:
      return BuildRsa(algorithm, parts);
    case KeyType::kEd25519:
      return BuildEd25519(algorithm, parts);
  }
  return Defect("no such key type");
}

absl::string_view EcSpkiPrefix(Algorithm algorithm) {
  switch (GetAlgorithmInfo(algorithm).bits) {
    case 256:
      return {"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00", 26};
    case 384:
      return {"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00", 23};
    default:
      return {"\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00", 25};
  }
}

absl::Status CheckEcPoint(Algorithm algorithm, const PublicKeyParts& parts) {
  const ScopedOpenSslErrors errors;
  const size_t half = GetAlgorithmInfo(algorithm).signature_size / 2;  // A coordinate is as long as R.
  if (parts.first.size() != half || parts.second.size() != half) return Refuse(algorithm, "not a point of the curve's length");
  const std::string bytes = absl::StrCat("\x04", parts.first, parts.second);
  const EC_GROUP* const group = CurveGroup(algorithm);
  EC_POINT* const point = group == nullptr ? nullptr : EC_POINT_new(group);
  if (point == nullptr) return Defect("out of memory");
  // It checks the equation of the curve.
  const bool on_curve = EC_POINT_oct2point(group, point, Bytes(bytes), bytes.size(), nullptr) == 1;
  EC_POINT_free(point);
  return on_curve ? absl::OkStatus() : Refuse(algorithm, "not a point on the curve");
}

EvpPkey ReadSpki(absl::string_view spki_der) {
  const ScopedOpenSslErrors errors;
  const unsigned char* begin = Bytes(spki_der);
  return EvpPkey(d2i_PUBKEY(nullptr, &begin, static_cast<long>(spki_der.size())));
}

absl::StatusOr<PublicKeyParts> ParseSpki(Algorithm algorithm, absl::string_view spki_der) {
  const ScopedOpenSslErrors errors;
  const EvpPkey key = ReadSpki(spki_der);
  if (!key) return Refuse(algorithm, "not a DER SubjectPublicKeyInfo");
  return GetParts(algorithm, key.get());
}

std::string ToSpki(const EVP_PKEY* key) {
  const ScopedOpenSslErrors errors;
  const int size = i2d_PUBKEY(key, nullptr);
  std::string der(size > 0 ? static_cast<size_t>(size) : 0, '\0');
  unsigned char* end = reinterpret_cast<unsigned char*>(der.data());
  if (size > 0) i2d_PUBKEY(key, &end);
  return der;
}

bool VerifyWithOpenSsl(Algorithm algorithm, EVP_PKEY* key, absl::string_view signed_bytes, absl::string_view signature) {
  const ScopedOpenSslErrors errors;
  if (GetAlgorithmInfo(algorithm).hash == Hash::kNone) {
    const EvpMdCtx context(EVP_MD_CTX_new());
    return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
           EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(signed_bytes), signed_bytes.size()) == 1;
  }
  const EvpPkeyCtx context(EVP_PKEY_CTX_new(key, nullptr));
  return context && EVP_PKEY_verify_init(context.get()) == 1 && ConfigureContext(algorithm, context.get()) &&
         EVP_PKEY_verify(context.get(), Bytes(signature), signature.size(), Bytes(signed_bytes), signed_bytes.size()) == 1;
}

bool ConfigureContext(Algorithm algorithm, EVP_PKEY_CTX* context) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  const EVP_MD* digest = MessageDigest(info.hash);
  if (EVP_PKEY_CTX_set_signature_md(context, digest) != 1) return false;
  switch (info.padding) {
    case Padding::kNone:
      return true;
    case Padding::kPkcs1:
      return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    case Padding::kPss:
      return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  return false;
}

const char* CurveGroupName(Algorithm algorithm) {
  switch (GetAlgorithmInfo(algorithm).bits) {
    case 256:
      return "prime256v1";
    case 384:
      return "secp384r1";
    default:
      return "secp521r1";
  }
}

}  // namespace signet::hsm
