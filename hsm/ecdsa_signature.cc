#include "hsm/ecdsa_signature.h"

#include <openssl/bn.h>
#include <openssl/ec.h>

#include <utility>

#include "base/error.h"
#include "hsm/openssl_handle.h"

namespace signet::hsm {
namespace {

absl::Status Refuse(absl::string_view message) { return InvalidField("signature", message); }

std::string ToDer(const ECDSA_SIG* signature) {
  std::string der(static_cast<size_t>(i2d_ECDSA_SIG(signature, nullptr)), '\0');
  unsigned char* end = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(signature, &end);
  return der;
}

BigNumber ToNumber(absl::string_view bytes) {
  return BigNumber(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

bool IsPositive(const BIGNUM* number) { return !BN_is_negative(number) && !BN_is_zero(number); }

}  // namespace

absl::StatusOr<std::string> RawToDerSignature(Algorithm algorithm, absl::string_view raw_signature) {
  const ScopedOpenSslErrors errors;
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  if (info.key_type != KeyType::kEc) return Refuse("the algorithm is not ECDSA");
  if (raw_signature.size() != info.signature_size) return Refuse("a raw signature is R and S, each of the curve's length");
  const size_t half = raw_signature.size() / 2;
  BigNumber r = ToNumber(raw_signature.substr(0, half));
  BigNumber s = ToNumber(raw_signature.substr(half));
  EcdsaSig signature(ECDSA_SIG_new());
  if (!r || !s || !signature) return Defect("out of memory");
  if (!IsPositive(r.get()) || !IsPositive(s.get())) return Refuse("R and S are positive");
  ECDSA_SIG_set0(signature.get(), r.release(), s.release());  // Takes both; fails only for null.
  return ToDer(signature.get());
}

absl::StatusOr<std::string> DerToRawSignature(Algorithm algorithm, absl::string_view der_signature) {
  const ScopedOpenSslErrors errors;
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  if (info.key_type != KeyType::kEc) return Refuse("the algorithm is not ECDSA");
  const unsigned char* begin = reinterpret_cast<const unsigned char*>(der_signature.data());
  EcdsaSig signature(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der_signature.size())));
  // d2i takes BER and stops at the end of the SEQUENCE: what it does not write again in the same bytes was not DER.
  if (!signature || ToDer(signature.get()) != der_signature) return Refuse("not a DER signature");
  const BIGNUM* r = ECDSA_SIG_get0_r(signature.get());
  const BIGNUM* s = ECDSA_SIG_get0_s(signature.get());
  if (!IsPositive(r) || !IsPositive(s)) return Refuse("R and S are positive");
  const int half = static_cast<int>(info.signature_size / 2);
  std::string raw(info.signature_size, '\0');
  unsigned char* out = reinterpret_cast<unsigned char*>(raw.data());
  if (BN_bn2binpad(r, out, half) != half || BN_bn2binpad(s, out + half, half) != half) {
    return Refuse("R or S is longer than the curve");
  }
  return raw;
}

}  // namespace signet::hsm
