// The main of tests that use a SoftHSM token: it makes the token before any thread starts.
#include <cstdio>
#include <utility>

#include "gtest/gtest.h"
#include "hsm/testing/soft_token.h"
#include "tests/integration/test_server.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  auto token = signet::hsm::SoftToken::Create();
  if (!token.ok()) {
    std::fprintf(stderr, "no SoftHSM token: %s\n", token.status().ToString().c_str());
    return 1;
  }
  signet::testing::SetSharedToken(*std::move(token));
  const int result = RUN_ALL_TESTS();
  signet::testing::SetSharedToken(nullptr);
  return result;
}
