// For how long tokens of SAP BTP's tenants are valid: 1800 to 86400 s, 43200 by default. By a ring of the preset SAP_BTP. What
// SAP's accessTokenValidity sets is the ring's max_token_ttl.

#include <optional>

#include "server/core/testing/preset_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::Preset;
using keystore::SigningProfile;

class SapBtpValidityTest : public PresetTest {
 protected:
  SapBtpValidityTest() : PresetTest(Preset::kSapBtp) { NewSigningKey("a"); }

  // nullopt: -1, the default.
  void SetValidity(std::optional<absl::Duration> validity) {
    RingUpdate update;
    update.max_token_ttl = validity;
    Update(update);
  }
  void SetPreset(Preset preset) {
    RingUpdate update;
    update.preset = preset;
    Update(update);
  }
  // How long a token lives, which must be signed.
  absl::Duration Life(std::optional<absl::Duration> ttl = std::nullopt, const SigningProfile* profile = nullptr) {
    const absl::StatusOr<SignedToken> token = tokens_.SignToken({preset_ring_, "{}", ttl, profile}, *signer_);
    EXPECT_THAT(token, IsOk());
    return token.ok() ? token->expire_time - token->issue_time : absl::ZeroDuration();
  }
};

TEST_F(SapBtpValidityTest, ATokenLivesForTheValidityThatIsSetAndOtherwiseFor12Hours) {
  EXPECT_EQ(Life(), absl::Seconds(43200));
  for (const int seconds : {7200, 1800, 86400}) {
    SetValidity(absl::Seconds(seconds));
    EXPECT_EQ(Life(), absl::Seconds(seconds));
  }
  SetValidity(std::nullopt);
  EXPECT_EQ(Life(), absl::Seconds(43200));
}

TEST_F(SapBtpValidityTest, ALifeThatIsAskedForIsWithinADayOrTheValidityThatIsSet) {
  EXPECT_EQ(Life(kDay), kDay);
  SetValidity(absl::Hours(2));
  EXPECT_EQ(Life(absl::Minutes(5)), absl::Minutes(5));
  EXPECT_EQ(Life(absl::Hours(2)), absl::Hours(2));
  EXPECT_THAT(tokens_.SignToken({preset_ring_, "{}", absl::Hours(3)}, *signer_),
              IsError(StatusCode::kInvalidArgument, reason::kTtlTooLong));
}

TEST_F(SapBtpValidityTest, ASigningProfileShortensTheDefault) {
  const SigningProfile profile = {.max_ttl = absl::Hours(3)};
  EXPECT_EQ(Life(std::nullopt, &profile), absl::Hours(3));
  SetValidity(absl::Hours(2));
  EXPECT_EQ(Life(std::nullopt, &profile), absl::Hours(2));
}

TEST_F(SapBtpValidityTest, TheDefaultChangesWithThePresetAtOnce) {
  for (const Preset other : {Preset::kStandard, Preset::kSapEdge, Preset::kAuth0}) {
    SetPreset(other);
    EXPECT_EQ(Life(), absl::Hours(1));
    SetPreset(Preset::kSapBtp);
    EXPECT_EQ(Life(), absl::Hours(12));
  }
}

// The 12 hours between disabling and deleting are the least, and the last token was signed at their beginning.
TEST_F(SapBtpValidityTest, AKeyStaysUntilItsLastTokenOfTheDefaultHasExpired) {
  const std::string token = Sign();
  NewSigningKey("b");
  clock_.Advance(absl::Hours(12) - absl::Seconds(1));
  EXPECT_THAT(Verify(token), IsOk());
  clock_.Advance(absl::Seconds(1));
  const absl::Status early = keys().Delete(Key("a"), Force::kNo, Call()).status();
  EXPECT_THAT(early, IsError(StatusCode::kFailedPrecondition, reason::kKeyInRetention));
  EXPECT_GE(RetryDelayOf(early), keystore::kClockSkew);
  EXPECT_LE(RetryDelayOf(early), keystore::kClockSkew + SigningLedger::kBoundStep);
  clock_.Advance(RetryDelayOf(early));
  EXPECT_THAT(keys().Delete(Key("a"), Force::kNo, Call()), IsOk());
}

}  // namespace
}  // namespace signet::core
