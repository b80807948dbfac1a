#include "hsm/token_mechanisms.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "hsm/cryptoki_error.h"
#include "hsm/mechanism.h"

namespace signet::hsm {

absl::StatusOr<TokenMechanisms> TokenMechanisms::Read(const CryptokiModule& module, CK_SLOT_ID slot) {
  const CK_FUNCTION_LIST& functions = module.functions();
  CK_ULONG count = 0;
  SIGNET_RETURN_IF_ERROR(CryptokiStatus("C_GetMechanismList", functions.C_GetMechanismList(slot, nullptr, &count)));
  // One more than there are: the client of p11-kit (0.24) reads one more than it has room for.
  std::vector<CK_MECHANISM_TYPE> types(count + 1);
  SIGNET_RETURN_IF_ERROR(CryptokiStatus("C_GetMechanismList", functions.C_GetMechanismList(slot, types.data(), &count)));
  types.resize(count);
  std::map<CK_MECHANISM_TYPE, CK_MECHANISM_INFO> mechanisms;
  for (const CK_MECHANISM_TYPE type : types) {
    CK_MECHANISM_INFO info = {};
    // What a token lists but does not describe it is taken not to have.
    if (functions.C_GetMechanismInfo(slot, type, &info) == CKR_OK) mechanisms[type] = info;
  }
  return TokenMechanisms(std::move(mechanisms), module.quirks());
}

bool TokenMechanisms::Supports(Algorithm algorithm) const {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  if (quirks_.signs_pkcs1_by_decrypting && info.padding == Padding::kPkcs1) return false;
  // An uncompressed point is a byte longer than a raw signature.
  if (quirks_.breaks_long_points && info.key_type == KeyType::kEc && info.signature_size >= 127) return false;
  return Has(GenerationMechanism(algorithm), CKF_GENERATE_KEY_PAIR, algorithm) &&
         Has(SigningMechanismType(algorithm), CKF_SIGN, algorithm);
}

std::optional<CK_MECHANISM_TYPE> TokenMechanisms::KeyWrapMechanism() const {
  if (!Has(CKM_AES_KEY_GEN, CKF_GENERATE) || !Has(CKM_GENERIC_SECRET_KEY_GEN, CKF_GENERATE) || !Has(CKM_SHA256_HMAC, CKF_SIGN)) {
    return std::nullopt;
  }
  for (const CK_MECHANISM_TYPE type : {CKM_AES_KEY_WRAP_PAD, CKM_AES_KEY_WRAP}) {
    if (Has(type, CKF_WRAP | CKF_UNWRAP)) return type;
  }
  return std::nullopt;
}

bool TokenMechanisms::Has(CK_MECHANISM_TYPE type, CK_FLAGS flags) const {
  const auto found = mechanisms_.find(type);
  return found != mechanisms_.end() && (found->second.flags & flags) == flags;
}

bool TokenMechanisms::Has(CK_MECHANISM_TYPE type, CK_FLAGS flag, Algorithm algorithm) const {
  if (!Has(type, flag)) return false;
  const auto found = mechanisms_.find(type);
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  // Tokens disagree whether the one size of Ed25519 is 255 or 256 bits, or 32 bytes, and some leave sizes out.
  if (info.key_type == KeyType::kEd25519 || found->second.ulMaxKeySize == 0) return true;
  const CK_ULONG bits = static_cast<CK_ULONG>(info.bits);
  return found->second.ulMinKeySize <= bits && bits <= found->second.ulMaxKeySize;
}

}  // namespace signet::hsm
