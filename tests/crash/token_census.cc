// Counts what a token holds: token_census MODULE TOKEN_LABEL PIN_FILE. Prints "WHOLE HALF": the pairs whose label begins with
// "signet/", and what is only one half of a pair. A process of its own, as a server may use the token at the same time.

#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/random.h"
#include "base/secret.h"
#include "hsm/pkcs11_hsm.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  std::string pin;
  std::getline(std::ifstream(argv[3]), pin);
  signet::SystemRandom random;
  auto hsm = signet::hsm::Pkcs11Hsm::Create({argv[1], argv[2], signet::Secret(pin), &random});
  if (!hsm.ok()) {
    std::fprintf(stderr, "token_census: %s\n", hsm.status().ToString().c_str());
    return 1;
  }
  const auto keys = (*hsm)->ListKeys("signet/");
  if (!keys.ok()) {
    std::fprintf(stderr, "token_census: %s\n", keys.status().ToString().c_str());
    return 1;
  }
  // The two halves may come as two entries.
  std::map<std::string, std::pair<bool, bool>> halves;
  for (const signet::hsm::StoredKey& key : *keys) {
    halves[key.id].first |= key.has_private_key;
    halves[key.id].second |= key.has_public_key;
  }
  int whole = 0;
  int half = 0;
  for (const auto& [id, has] : halves) ++(has.first && has.second ? whole : half);
  std::printf("%d %d\n", whole, half);
  return 0;
}
