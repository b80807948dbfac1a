#include "hsm/software_key.h"

#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/openssl_handle.h"
#include "hsm/pem.h"
#include "hsm/testing/memory_scan.h"
#include "hsm/testing/subprocess.h"

namespace signet::hsm {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Case {
  SoftwareKeyType type;
  std::string name;
  std::string text;  // What openssl says of it.
};

class SoftwareKeyTest : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(, SoftwareKeyTest,
                         testing::Values(Case{SoftwareKeyType::kEcP256, "EcP256", "NIST CURVE: P-256"},
                                         Case{SoftwareKeyType::kRsa2048, "Rsa2048", "2048 bit, 2 primes"},
                                         Case{SoftwareKeyType::kRsa4096, "Rsa4096", "4096 bit, 2 primes"},
                                         Case{SoftwareKeyType::kRsa8192, "Rsa8192", "8192 bit, 2 primes"}),
                         [](const auto& test) { return test.param.name; });

TEST_P(SoftwareKeyTest, IsAPairThatTheCommandLineProgramReads) {
  ERR_clear_error();
  const absl::StatusOr<SoftwareKey> key = GenerateSoftwareKey(GetParam().type);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(ERR_peek_error(), 0u);
  EXPECT_THAT(std::string(key->private_key_pem.Expose()), StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  const std::string path = testing::TempDir() + "/" + GetParam().name + ".pem";
  std::ofstream(path) << key->private_key_pem.Expose();
  SubprocessResult result = *RunSubprocess({"openssl", "pkey", "-in", path, "-check", "-noout", "-text"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr(GetParam().text));
  result = *RunSubprocess({"openssl", "pkey", "-in", path, "-pubout"});
  EXPECT_EQ(result.output, ToPem("PUBLIC KEY", key->spki_der));
}

TEST(SoftwareKey, IsAnotherOneEachTime) {
  EXPECT_NE(GenerateSoftwareKey(SoftwareKeyType::kEcP256)->spki_der, GenerateSoftwareKey(SoftwareKeyType::kEcP256)->spki_der);
}

TEST(SoftwareKey, LeavesNoCopyOfThePrivateHalfInMemory) {
  for (const SoftwareKeyType type : {SoftwareKeyType::kEcP256, SoftwareKeyType::kRsa2048}) {
    std::string middle;  // Of the base64, where the private numbers are; disguised.
    {
      const SoftwareKey key = GenerateSoftwareKey(type).value();
      middle = Disguise(key.private_key_pem.Expose().substr(key.private_key_pem.Expose().find('\n') + 50, 40));
      EXPECT_EQ(CountInMemory(middle), 1u);
    }
    EXPECT_EQ(CountInMemory(middle), 0u);
  }
}

}  // namespace
}  // namespace signet::hsm
