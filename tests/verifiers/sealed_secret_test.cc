// Secrets that are sealed to a key of the recipient's, opened by npm's jose with its private half.
#include "hsm/sealed_secret.h"

#include <fstream>
#include <iterator>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/secret.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

std::string* run_node;  // The command, up to its arguments.

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string RunScript(const std::string& verb, const std::string& names) {
  const ShellResult result = RunShell(absl::StrCat(*run_node, " ", verb, " ", ::testing::TempDir(), " ", names));
  EXPECT_EQ(result.exit_code, 0) << result.out;
  return result.out;
}

TEST(SealedSecret, IsOpenedByTheHolderOfThePrivateKey) {
  constexpr char kNames[] = "ec rsa2048 rsa4096";
  RunScript("make", kNames);
  for (const char* name : {"ec", "rsa2048", "rsa4096"}) {
    const std::string path = absl::StrCat(::testing::TempDir(), "/", name);
    const absl::StatusOr<std::string> jwe =
        hsm::SealToJwk(Secret(absl::StrCat("the secret of ", name)), Read(path + ".public.json"));
    ASSERT_TRUE(jwe.ok()) << jwe.status();
    std::ofstream(path + ".jwe") << *jwe;
    EXPECT_FALSE(hsm::SealToJwk(Secret("a secret"), Read(path + ".private.json")).ok());
  }
  const std::string opened = RunScript("open", kNames);
  for (const char* name : {"ec", "rsa2048", "rsa4096"}) {
    EXPECT_THAT(opened, HasSubstr(absl::StrCat("my ", name, ": the secret of ", name, "\n")));
  }
}

TEST(SealedSecret, IsNotOpenedWhenItWasChanged) {
  RunScript("make", "ec");
  const std::string path = ::testing::TempDir() + "/ec";
  std::string jwe = hsm::SealToJwk(Secret("a secret"), Read(path + ".public.json")).value();
  const size_t ciphertext = jwe.rfind('.') - 4;
  jwe[ciphertext] = jwe[ciphertext] == 'A' ? 'B' : 'A';
  std::ofstream(path + ".jwe") << jwe;
  const ShellResult result = RunShell(absl::StrCat(*run_node, " open ", ::testing::TempDir(), " ec"));
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("ERR_JWE_DECRYPTION_FAILED"));
}

}  // namespace
}  // namespace signet::testing

// Usage: sealed_secret_test RUN_NODE NODE_MODULES SCRIPT
int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  if (argc != 4) return 2;
  signet::testing::run_node = new std::string(absl::StrCat(argv[1], " ", argv[2], " ", argv[3]));
  return RUN_ALL_TESTS();
}
