#include "hsm/testing/token_limits.h"

#include <string>

namespace signet::hsm {
namespace {

void WrapsNothing(TokenLimits& limits, const std::string& reason) {
  for (const AlgorithmInfo& info : AllAlgorithms()) limits.unwrappable[info.algorithm] = reason;
}

TokenLimits Nss() {
  TokenLimits limits;
  limits.unsupported[Algorithm::kEd25519] = "no Edwards curves before NSS 3.110";
  WrapsNothing(limits, "softokn's secret keys have another CKA_WRAP than asked for");
  return limits;
}

TokenLimits Opencryptoki() {
  TokenLimits limits;
  limits.basic = Algorithm::kRs256With2048;
  WrapsNothing(limits, "the software token of 3.8 has no AES key wrap");
  for (const AlgorithmInfo& info : AllAlgorithms()) {
    if (info.key_type != KeyType::kRsa) limits.unsupported[info.algorithm] = "the software token of 3.8 has no elliptic curves";
  }
  return limits;
}

TokenLimits Tpm2() {
  TokenLimits limits;
  limits.unsupported[Algorithm::kEd25519] = "a TPM has no Edwards curves";
  WrapsNothing(limits, "tpm2-pkcs11 has no AES key wrap");
  limits.unsupported[Algorithm::kEs512] = "tpm2-pkcs11 breaks points of P-521";
  for (const AlgorithmInfo& info : AllAlgorithms()) {
    if (info.key_type != KeyType::kRsa) continue;
    if (info.padding == Padding::kPkcs1) limits.unsupported[info.algorithm] = "tpm2-pkcs11 signs PKCS #1 by decrypting";
    if (info.bits > 3072) limits.unsupported[info.algorithm] = "a TPM's moduli end at 3072 bits";
  }
  // tpm2-pkcs11 leaves destroyed keys in the resource manager, which holds 100 at most for a process.
  limits.changes = 10;
  return limits;
}

}  // namespace

TokenLimits LimitsOf(absl::string_view name) {
  if (name == "nss") return Nss();
  if (name == "opencryptoki") return Opencryptoki();
  if (name == "tpm2") return Tpm2();
  return {};
}

}  // namespace signet::hsm
