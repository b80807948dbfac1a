#include "hsm/digest.h"

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

TEST(ComputeDigest, AgreesWithTheExamplesOfFips180) {
  EXPECT_EQ(absl::BytesToHexString(ComputeDigest(Hash::kSha256, "abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(absl::BytesToHexString(ComputeDigest(Hash::kSha384, "abc")),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(absl::BytesToHexString(ComputeDigest(Hash::kSha512, "abc")),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
            "454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(CheckDigestSize, NamesTheLengthThatTheHashHas) {
  EXPECT_TRUE(CheckDigestSize(Algorithm::kEs384, std::string(48, 'x')).ok());
  EXPECT_TRUE(CheckDigestSize(Algorithm::kEd25519, "a message of any length").ok());
  const absl::Status status = CheckDigestSize(Algorithm::kEs384, std::string(32, 'x'));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const ErrorDetail expected{"DIGEST_LENGTH", {{"expected", "48"}, {"actual", "32"}}, std::nullopt};
  EXPECT_EQ(GetErrorDetail(status), expected);
}

}  // namespace
}  // namespace signet::hsm
