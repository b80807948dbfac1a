#include "server/core/credential_directory.h"

#include "gtest/gtest.h"

namespace signet::core {
namespace {

class RevokedTokens : public testing::Test {
 protected:
  void Revoke(const std::string& token_id, absl::Duration life) {
    keystore::RevokedToken token;
    token.token_id = RevocationId("client", token_id);
    token.expire_time = now_ + life;
    directory_.Take(token);
  }
  void Forget() { directory_.ForgetExpired(now_, monotonic_now_); }
  // The clock shows a later time for a moment.
  void JumpAheadAndBack(absl::Duration jump) {
    now_ += jump;
    Forget();
    now_ -= jump;
    Forget();
  }
  void Pass(absl::Duration duration) {
    now_ += duration;
    monotonic_now_ += absl::ToChronoNanoseconds(duration);
    Forget();
  }

  CredentialDirectory directory_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::chrono::steady_clock::time_point monotonic_now_{std::chrono::hours(1'000)};
};

TEST_F(RevokedTokens, AreForgottenOnceTheyHaveExpired) {
  Forget();
  Pass(absl::Hours(24));
  Revoke("j1", absl::Hours(1));
  Revoke("j2", absl::Hours(2));
  Pass(absl::Hours(1) - absl::Seconds(1));
  EXPECT_TRUE(directory_.IsRevoked("client", "j1"));
  Pass(absl::Seconds(1));
  EXPECT_FALSE(directory_.IsRevoked("client", "j1"));
  EXPECT_TRUE(directory_.IsRevoked("client", "j2"));
}

TEST_F(RevokedTokens, StayRevokedWhenTheClockJumpsAheadAndBack) {
  Forget();
  Pass(absl::Hours(24));
  Revoke("j1", absl::Hours(1));
  JumpAheadAndBack(absl::Hours(2));
  EXPECT_TRUE(directory_.IsRevoked("client", "j1"));
}

TEST_F(RevokedTokens, StayRevokedWhenTheClockWasAheadAtTheStart) {
  Revoke("j1", absl::Hours(1));
  JumpAheadAndBack(absl::Hours(2));
  EXPECT_TRUE(directory_.IsRevoked("client", "j1"));
}

}  // namespace
}  // namespace signet::core
