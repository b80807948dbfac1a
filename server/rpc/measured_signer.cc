#include "server/rpc/measured_signer.h"

#include <chrono>

#include "absl/time/time.h"

namespace signet::rpc {

absl::StatusOr<std::string> MeasuredSigner::Sign(const hsm::KeySpec& key, absl::string_view digest) {
  const auto start = std::chrono::steady_clock::now();
  absl::StatusOr<std::string> signature = signer_.Sign(key, digest);
  metrics_.RecordSignature(hsm::GetAlgorithmInfo(key.algorithm).name, signature.ok() ? "ok" : "error",
                           absl::FromChrono(std::chrono::steady_clock::now() - start));
  return signature;
}

}  // namespace signet::rpc
