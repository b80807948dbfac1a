#include "hsm/pem.h"

#include <string>

#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

TEST(Pem, WritesLinesOf64BetweenTheLabels) {
  EXPECT_EQ(ToPem("X", std::string(48, '\0')), "-----BEGIN X-----\n" + std::string(64, 'A') + "\n-----END X-----\n");
  EXPECT_EQ(ToPem("X", std::string(49, '\0')), "-----BEGIN X-----\n" + std::string(64, 'A') + "\nAA==\n-----END X-----\n");
}

}  // namespace
}  // namespace signet::hsm
