// Keys that Pkcs11Hsm made are found and used by programs that share no code with it: one on libp11, and OpenSC's pkcs11-tool, each
// in a process of its own while the Hsm is at work. OpenSSL verifies what they sign.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/digest.h"
#include "hsm/ecdsa_signature.h"
#include "hsm/testing/pkcs11_bed.h"
#include "hsm/testing/subprocess.h"

namespace signet::hsm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kDigest = ComputeDigest(Hash::kSha256, "message");

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void WriteFile(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

class Pkcs11Interoperability : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<Pkcs11Bed>> bed = Pkcs11Bed::Create();
    ASSERT_TRUE(bed.ok()) << bed.status();
    bed_ = *std::move(bed);
  }

  KeySpec Spec(Algorithm algorithm) { return {SystemRandom().Bytes(kKeyIdSize), "signet/interoperability", algorithm}; }

  SubprocessResult RunLibp11(const std::string& id, const std::string& scheme) {
    const SoftToken& token = bed_->token();
    return *RunSubprocess({"hsm/testing/libp11_signer", token.module_path(), token.label(), std::string(token.user_pin().Expose()),
                           absl::BytesToHexString(id), scheme, absl::BytesToHexString(kDigest)});
  }

  SubprocessResult RunPkcs11Tool(const std::vector<std::string>& arguments) {
    const SoftToken& token = bed_->token();
    std::vector<std::string> command = {"pkcs11-tool",
                                        "--module",
                                        token.module_path(),
                                        "--token-label",
                                        token.label(),
                                        "--login",
                                        "--pin",
                                        std::string(token.user_pin().Expose())};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return *RunSubprocess(command);
  }

  // Has pkcs11-tool sign `input` and returns the signature.
  std::string SignWithPkcs11Tool(const KeySpec& spec, const std::string& input, const std::vector<std::string>& mechanism) {
    const std::string in = testing::TempDir() + "/input";
    const std::string out = testing::TempDir() + "/signature";
    WriteFile(in, input);
    std::filesystem::remove(out);
    std::vector<std::string> arguments = {
        "--sign", "--id", absl::BytesToHexString(spec.id), "--input-file", in, "--output-file", out, "--mechanism"};
    arguments.insert(arguments.end(), mechanism.begin(), mechanism.end());
    const SubprocessResult result = RunPkcs11Tool(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return ReadFile(out);
  }

  std::unique_ptr<Pkcs11Bed> bed_;
};

TEST_F(Pkcs11Interoperability, Libp11FindsAndUsesEcAndRsaKeys) {
  struct Case {
    Algorithm algorithm;
    const char* scheme;
  };
  for (const Case& c :
       {Case{Algorithm::kEs256, "ec"}, Case{Algorithm::kRs256With2048, "pkcs1"}, Case{Algorithm::kPs256With2048, "pss"}}) {
    SCOPED_TRACE(c.scheme);
    const KeySpec spec = Spec(c.algorithm);
    const absl::StatusOr<PublicKey> key = bed_->hsm().GenerateKey(spec);
    ASSERT_TRUE(key.ok()) << key.status();
    const SubprocessResult result = RunLibp11(spec.id, c.scheme);
    ASSERT_EQ(result.exit_code, 0) << result.output;
    std::string signature = absl::HexStringToBytes(absl::StripAsciiWhitespace(result.output));
    if (c.algorithm == Algorithm::kEs256) signature = DerToRawSignature(c.algorithm, signature).value();
    EXPECT_TRUE(key->VerifyDigest(kDigest, signature).ok()) << result.output;
  }
  EXPECT_THAT(RunLibp11("", "list").output, HasSubstr("signet/interoperability"));
}

TEST_F(Pkcs11Interoperability, Pkcs11ToolFindsAndUsesKeysOfEachType) {
  const KeySpec ec = Spec(Algorithm::kEs256);
  const KeySpec pss = Spec(Algorithm::kPs256With2048);
  const KeySpec pkcs1 = Spec(Algorithm::kRs256With2048);
  const absl::StatusOr<PublicKey> ec_key = bed_->hsm().GenerateKey(ec);
  const absl::StatusOr<PublicKey> pss_key = bed_->hsm().GenerateKey(pss);
  const absl::StatusOr<PublicKey> pkcs1_key = bed_->hsm().GenerateKey(pkcs1);
  ASSERT_TRUE(ec_key.ok() && pss_key.ok() && pkcs1_key.ok());

  EXPECT_TRUE(ec_key->VerifyDigest(kDigest, SignWithPkcs11Tool(ec, kDigest, {"ECDSA"})).ok());
  EXPECT_TRUE(
      pss_key->VerifyDigest(kDigest, SignWithPkcs11Tool(pss, kDigest, {"RSA-PKCS-PSS", "--hash-algorithm", "SHA256"})).ok());
  EXPECT_TRUE(pkcs1_key->VerifyMessage("message", SignWithPkcs11Tool(pkcs1, "message", {"SHA256-RSA-PKCS"})).ok());
}

TEST_F(Pkcs11Interoperability, Pkcs11ToolSeesPrivateKeysThatSignAndCannotLeave) {
  for (const Algorithm algorithm : {Algorithm::kEs256, Algorithm::kRs256With2048}) {
    const KeySpec spec = Spec(algorithm);
    ASSERT_TRUE(bed_->hsm().GenerateKey(spec).ok());
    const SubprocessResult list = RunPkcs11Tool({"--list-objects", "--type", "privkey", "--id", absl::BytesToHexString(spec.id)});
    ASSERT_EQ(list.exit_code, 0) << list.output;
    EXPECT_THAT(list.output, HasSubstr("sensitive, always sensitive, never extractable, local"));
    EXPECT_THAT(list.output, HasSubstr("Usage:      sign\n"));
  }
}

TEST_F(Pkcs11Interoperability, NobodySeesThePrivateKeyWithoutThePin) {
  ASSERT_TRUE(bed_->hsm().GenerateKey(Spec(Algorithm::kEs256)).ok());
  const SubprocessResult list = *RunSubprocess(
      {"pkcs11-tool", "--module", bed_->token().module_path(), "--token-label", bed_->token().label(), "--list-objects"});
  EXPECT_THAT(list.output, HasSubstr("Public Key Object"));
  EXPECT_THAT(list.output, Not(HasSubstr("Private Key Object")));
}

}  // namespace
}  // namespace signet::hsm
