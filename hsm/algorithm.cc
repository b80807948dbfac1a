#include "hsm/algorithm.h"

#include <iterator>

#include "absl/strings/match.h"

namespace signet::hsm {
namespace {

constexpr AlgorithmInfo Rsa(Algorithm algorithm, absl::string_view name, absl::string_view jose_name, Padding padding, Hash hash,
                            int bits) {
  return {algorithm, name, jose_name, KeyType::kRsa, padding, hash, bits, static_cast<size_t>(bits / 8), ""};
}

constexpr AlgorithmInfo kTable[] = {
    {Algorithm::kEs256, "ES256", "ES256", KeyType::kEc, Padding::kNone, Hash::kSha256, 256, 64, "P-256"},
    {Algorithm::kEs384, "ES384", "ES384", KeyType::kEc, Padding::kNone, Hash::kSha384, 384, 96, "P-384"},
    {Algorithm::kEs512, "ES512", "ES512", KeyType::kEc, Padding::kNone, Hash::kSha512, 521, 132, "P-521"},
    Rsa(Algorithm::kRs256With2048, "RS256_2048", "RS256", Padding::kPkcs1, Hash::kSha256, 2048),
    Rsa(Algorithm::kRs256With3072, "RS256_3072", "RS256", Padding::kPkcs1, Hash::kSha256, 3072),
    Rsa(Algorithm::kRs256With4096, "RS256_4096", "RS256", Padding::kPkcs1, Hash::kSha256, 4096),
    Rsa(Algorithm::kRs384With2048, "RS384_2048", "RS384", Padding::kPkcs1, Hash::kSha384, 2048),
    Rsa(Algorithm::kRs384With3072, "RS384_3072", "RS384", Padding::kPkcs1, Hash::kSha384, 3072),
    Rsa(Algorithm::kRs384With4096, "RS384_4096", "RS384", Padding::kPkcs1, Hash::kSha384, 4096),
    Rsa(Algorithm::kRs512With2048, "RS512_2048", "RS512", Padding::kPkcs1, Hash::kSha512, 2048),
    Rsa(Algorithm::kRs512With3072, "RS512_3072", "RS512", Padding::kPkcs1, Hash::kSha512, 3072),
    Rsa(Algorithm::kRs512With4096, "RS512_4096", "RS512", Padding::kPkcs1, Hash::kSha512, 4096),
    Rsa(Algorithm::kPs256With2048, "PS256_2048", "PS256", Padding::kPss, Hash::kSha256, 2048),
    Rsa(Algorithm::kPs256With3072, "PS256_3072", "PS256", Padding::kPss, Hash::kSha256, 3072),
    Rsa(Algorithm::kPs256With4096, "PS256_4096", "PS256", Padding::kPss, Hash::kSha256, 4096),
    Rsa(Algorithm::kPs384With2048, "PS384_2048", "PS384", Padding::kPss, Hash::kSha384, 2048),
    Rsa(Algorithm::kPs384With3072, "PS384_3072", "PS384", Padding::kPss, Hash::kSha384, 3072),
    Rsa(Algorithm::kPs384With4096, "PS384_4096", "PS384", Padding::kPss, Hash::kSha384, 4096),
    Rsa(Algorithm::kPs512With2048, "PS512_2048", "PS512", Padding::kPss, Hash::kSha512, 2048),
    Rsa(Algorithm::kPs512With3072, "PS512_3072", "PS512", Padding::kPss, Hash::kSha512, 3072),
    Rsa(Algorithm::kPs512With4096, "PS512_4096", "PS512", Padding::kPss, Hash::kSha512, 4096),
    {Algorithm::kEd25519, "ED25519", "Ed25519", KeyType::kEd25519, Padding::kNone, Hash::kNone, 255, 64, "Ed25519"},
};

constexpr bool IsInOrder() {
  for (size_t i = 0; i < std::size(kTable); ++i) {
    if (static_cast<size_t>(kTable[i].algorithm) != i + 1) return false;
  }
  return true;
}
static_assert(IsInOrder(), "GetAlgorithmInfo indexes the table by the value");

}  // namespace

const AlgorithmInfo& GetAlgorithmInfo(Algorithm algorithm) { return kTable[static_cast<size_t>(algorithm) - 1]; }

absl::Span<const AlgorithmInfo> AllAlgorithms() { return kTable; }

std::optional<Algorithm> FindAlgorithm(absl::string_view name) {
  for (const AlgorithmInfo& row : kTable) {
    if (absl::EqualsIgnoreCase(row.name, name)) return row.algorithm;
  }
  return std::nullopt;
}

size_t DigestSize(Hash hash) {
  switch (hash) {
    case Hash::kNone:
      return 0;
    case Hash::kSha256:
      return 32;
    case Hash::kSha384:
      return 48;
    case Hash::kSha512:
      return 64;
  }
  return 0;
}

}  // namespace signet::hsm
