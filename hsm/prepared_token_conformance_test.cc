// The suite on a token that was prepared outside of the test: tools/test-tokens says how.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "base/secret.h"
#include "gtest/gtest.h"
#include "hsm/digest.h"
#include "hsm/pkcs11_hsm.h"
#include "hsm/testing/hsm_conformance.h"
#include "hsm/testing/prepared_token.h"
#include "hsm/testing/token_limits.h"

namespace signet::hsm {
namespace {

HsmUnderTest Prepared() {
  const PreparedToken token = PreparedToken::FromEnvironment();
  const TokenLimits limits = LimitsOf(token.name);
  return {.name = token.name.empty() ? "none" : token.name,
          .make_bed = [token] { return PreparedTokenBed::Create(token); },
          .unsupported = limits.unsupported,
          .unwrappable = limits.unwrappable,
          .basic = limits.basic,
          .changes = limits.changes};
}

INSTANTIATE_TEST_SUITE_P(Prepared, HsmConformance, testing::Values(Prepared()),
                         [](const auto& instance) { return instance.param.name; });

TEST(PreparedToken, AWrongPinIsRefusedAfterOneTryAndDoesNotLockTheToken) {
  const PreparedToken token = PreparedToken::FromEnvironment();
  SystemRandom random;
  Pkcs11HsmOptions options = token.Options(random);
  options.pin = Secret("00" + token.pin.substr(2));
  const absl::Status status = Pkcs11Hsm::Create(std::move(options)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(GetReason(status), "HSM_PIN_REFUSED") << status;
  // Which tokens that count count from nought again.
  EXPECT_TRUE(Pkcs11Hsm::Create(token.Options(random)).ok());
}

TEST(PreparedToken, GivesSixtyFourSignersASessionEach) {
  const PreparedToken token = PreparedToken::FromEnvironment();
  absl::StatusOr<std::unique_ptr<HsmBed>> bed = PreparedTokenBed::Create(token);
  ASSERT_TRUE(bed.ok()) << bed.status();
  Hsm& hsm = (*bed)->hsm();
  const KeySpec spec = {std::string(kKeyIdSize, 'k'), "signet/test", LimitsOf(token.name).basic};
  const absl::StatusOr<PublicKey> key = hsm.GenerateKey(spec);
  ASSERT_TRUE(key.ok()) << key.status();
  std::vector<std::unique_ptr<Signer>> signers(64);
  for (std::unique_ptr<Signer>& signer : signers) {
    signer = hsm.CreateSigner();
    const absl::StatusOr<std::string> signature = signer->Sign(spec, ComputeDigest(Hash::kSha256, "message"));
    ASSERT_TRUE(signature.ok()) << signature.status();
    EXPECT_TRUE(key->VerifyMessage("message", *signature).ok());
  }
  EXPECT_GE(hsm.GetStatistics().open_sessions, 64);
}

}  // namespace
}  // namespace signet::hsm
