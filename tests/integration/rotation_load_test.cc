// What signers and verifiers see of rotations: nothing. Threads sign without a pause while keys rotate; verifiers that cache the
// JWKS for exactly as long as they were told to check each token at random times of its life.
//
// Time stands still in a round, in which everything happens at once, and moves between rounds. So every round is a moment at which
// a rotation, the scheduler, signatures and fetches meet, and what a verifier may rely on is exact to the nanosecond.

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/caching_verifier.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

constexpr int kRotations = 200;
constexpr int kSigners = 3;
constexpr int kTokensInARound = 2;
constexpr int kVerifiers = 4;
constexpr absl::Duration kTokenTtl = absl::Minutes(1);
constexpr absl::Duration kJwksMaxAge = absl::Seconds(15);

struct IssuedToken {
  std::string token;
  std::string kid;
  absl::Time expire_time;
};

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

class RotationLoadTest : public BackendTest {
 protected:
  RotationLoadTest() {
    MakeShortLivedRing();
    MakeEnabledKey();
    Pass();
    server_.clock().Advance(kJwksMaxAge);
    for (int i = 0; i < kVerifiers; ++i) verifiers_.emplace_back([this] { return FetchJwks(); }, server_.clock());
  }

  // Tokens and caches whose lives are short in comparison with rotations, which callers may repeat at once.
  void MakeShortLivedRing() {
    auto request = FromText<v1::UpdateKeyRingRequest>(absl::StrCat("key_ring { name: '", kRing,
                                                                   "' policy { max_keys: 10 max_token_ttl { seconds: 60 } "
                                                                   "jwks_max_age { seconds: 15 } idempotency_window { } } }"));
    ASSERT_EQ(Call(&KeyStub::UpdateKeyRing, request).outcome(), "OK");
    // What was promised before is over.
    server_.clock().Advance(absl::Minutes(5));
  }

  v1::Jwks FetchJwks() {
    v1::GetJwksRequest request;
    request.set_parent(kTenant);
    const auto reply = Call(&KeyStub::GetJwks, request);
    EXPECT_LE(reply->max_age().seconds(), absl::ToInt64Seconds(kJwksMaxAge));
    EXPECT_EQ(reply.outcome(), "OK");
    return reply.response;
  }

  void Pass() { EXPECT_TRUE(server_.scheduler().RunPass().ok()); }

  Reply<v1::RotateKeysResponse> Rotate(bool purge) {
    v1::RotateKeysRequest request;
    request.set_name(kRing);
    request.set_purge(purge);
    return Call(&KeyStub::RotateKeys, request);
  }

  int64_t RotationNumber() {
    v1::GetKeyRingRequest request;
    request.set_name(kRing);
    return Call(&KeyStub::GetKeyRing, request)->rotation().number();
  }

  void Sign(std::vector<IssuedToken>& issued) {
    for (int i = 0; i < kTokensInARound; ++i) {
      v1::SignTokenRequest request;
      request.set_key_ring(kRing);
      const auto reply = Call(&KeyStub::SignToken, request);
      ASSERT_EQ(reply.outcome(), "OK") << reply.status.error_message();
      issued.push_back({reply->token(), KidOf(reply->token()), ToTime(reply->expire_time())});
    }
  }

  // Whether to rotate in the coming round, and how.
  enum class Rotating { kNo, kPlain, kPurge };
  // Everything at once: signing, a pass of the scheduler, perhaps a rotation, and the verification of some tokens that were signed
  // before. Returns the reply about the rotation.
  Reply<v1::RotateKeysResponse> RunRound(Rotating rotating) {
    std::vector<std::vector<IssuedToken>> issued(kSigners);
    Reply<v1::RotateKeysResponse> rotation;
    std::vector<std::thread> threads;
    for (auto& tokens : issued) threads.emplace_back([this, &tokens] { Sign(tokens); });
    threads.emplace_back([this] { Pass(); });
    if (rotating != Rotating::kNo) threads.emplace_back([&] { rotation = Rotate(rotating == Rotating::kPurge); });
    // While a purge is under way, a token is as good as what was fetched last.
    if (rotating != Rotating::kPurge) VerifySome();
    for (std::thread& thread : threads) thread.join();
    for (const auto& tokens : issued) {
      for (const IssuedToken& token : tokens) ScheduleChecks(token);
    }
    return rotation;
  }

  // Has a token verified at random times of its life and in its last moment.
  void ScheduleChecks(const IssuedToken& token) {
    const absl::Time now = server_.clock().Now();
    const int64_t life = absl::ToInt64Milliseconds(token.expire_time - now);
    for (int i = 0; i < 2; ++i) checks_.emplace(now + absl::Milliseconds(Random(1, life - 2)), token);
    checks_.emplace(token.expire_time - absl::Milliseconds(1), token);
  }

  // Tokens of which checks are still to come.
  void VerifySome() {
    auto check = checks_.begin();
    for (int i = 0; i < 4 && check != checks_.end(); ++i, ++check) CheckOne(check->second);
  }

  // Each verifier has its own cache, fetched at its own times.
  void CheckOne(const IssuedToken& token) {
    CachingVerifier& verifier = verifiers_[static_cast<size_t>(Random(0, kVerifiers - 1))];
    const bool accepted = verifier.Accepts(token.token);
    const auto purged = purged_.find(token.kid);
    if (purged == purged_.end()) {
      ++accepted_;
      EXPECT_TRUE(accepted) << token.kid << " expires " << token.expire_time << ", now " << server_.clock().Now();
    } else if (verifier.fetch_time() > purged->second) {
      // A cache from before the purge may still accept it.
      ++refused_;
      EXPECT_FALSE(accepted) << token.kid;
    }
  }

  // Moves the time on by `step`, and verifies on the way what is due.
  void Advance(absl::Duration step) {
    const absl::Time end = server_.clock().Now() + step;
    while (!checks_.empty() && checks_.begin()->first <= end) {
      server_.clock().Advance(checks_.begin()->first - server_.clock().Now());
      CheckOne(checks_.begin()->second);
      checks_.erase(checks_.begin());
    }
    server_.clock().Advance(end - server_.clock().Now());
  }

  // Lives on until the ring has room for a rotation that was refused for the lack of it. One that met the scheduler at work is just
  // tried again.
  void AwaitRoom(const Reply<v1::RotateKeysResponse>& refused) {
    if (refused.outcome() == "ABORTED ROTATION_LOCKED") return;
    ASSERT_EQ(refused.outcome(), "FAILED_PRECONDITION KEY_LIMIT_REACHED");
    const google::protobuf::Duration delay = RetryInfoOf(refused.status).retry_delay();
    const absl::Time room = server_.clock().Now() + absl::Seconds(delay.seconds()) + absl::Nanoseconds(delay.nanos());
    while (server_.clock().Now() < room) {
      Advance(std::min(absl::Seconds(Random(5, 40)), room - server_.clock().Now()));
      RunRound(Rotating::kNo);
    }
  }

  // Until the scheduler has completed what is under way, and verifiers know the next key: only then does a purge break no other
  // token.
  void Settle() {
    for (int i = 0; i < 2; ++i) {
      Advance(kJwksMaxAge);
      RunRound(Rotating::kNo);
    }
    Advance(kJwksMaxAge);
  }

  // After a purge.
  void ExpectThatExactlyTheTokensOfPurgedKeysAreRefused() {
    CachingVerifier fresh([this] { return FetchJwks(); }, server_.clock());
    std::set<std::string> seen;
    for (const auto& [time, token] : checks_) {
      if (!seen.insert(token.token).second) continue;
      const bool purged = purged_.contains(token.kid);
      EXPECT_EQ(fresh.Accepts(token.token), !purged);
      EXPECT_EQ(Verify(token.token).outcome(), purged ? "INVALID_ARGUMENT TOKEN_KEY_UNKNOWN" : "OK");
    }
  }

  int Random(int64_t least, int64_t most) { return static_cast<int>(std::uniform_int_distribution<int64_t>(least, most)(random_)); }

  std::mt19937_64 random_{20240229};
  std::vector<CachingVerifier> verifiers_;
  // What is to be verified, by time.
  std::multimap<absl::Time, IssuedToken> checks_;
  // When the keys that purges revoked were.
  std::map<std::string, absl::Time> purged_;
  // How often a token was verified that had to be accepted, and refused.
  int accepted_ = 0;
  int refused_ = 0;
};

TEST_P(RotationLoadTest, NoTokenIsRefusedAtAnyTimeOfItsLife) {
  while (RotationNumber() < kRotations) {
    const auto rotation = RunRound(Random(0, 2) == 0 ? Rotating::kPlain : Rotating::kNo);
    if (!rotation.status.ok()) AwaitRoom(rotation);
    Advance(absl::Milliseconds(Random(1, 6000)));
  }
  Advance(kTokenTtl);
  EXPECT_TRUE(checks_.empty());
  EXPECT_GT(accepted_, 10 * kRotations);
}

TEST_P(RotationLoadTest, APurgeHasExactlyTheTokensOfPurgedKeysRefused) {
  for (int round = 0; RotationNumber() < kRotations; ++round) {
    const bool purge = round % 8 == 7;
    if (purge) Settle();
    const auto rotation = RunRound(purge ? Rotating::kPurge : Random(0, 2) == 0 ? Rotating::kPlain : Rotating::kNo);
    if (!rotation.status.ok()) {
      AwaitRoom(rotation);
    } else if (purge) {
      EXPECT_EQ(rotation->keys_size(), 2);
      for (const std::string& name : rotation->rotation().revoked()) {
        purged_.emplace(name.substr(name.rfind('/') + 1), server_.clock().Now());
      }
      ExpectThatExactlyTheTokensOfPurgedKeysAreRefused();
    }
    Advance(absl::Milliseconds(Random(1, 6000)));
  }
  Advance(kTokenTtl);
  EXPECT_GT(refused_, 2 * kRotations);
  EXPECT_GT(accepted_, 2 * kRotations);
}

INSTANTIATE_TEST_SUITE_P(Backends, RotationLoadTest, ::testing::Values(Backend::kSqlite, Backend::kSoftHsmAndSqlite), BackendName);

}  // namespace
}  // namespace signet::testing
