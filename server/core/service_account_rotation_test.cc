// kube-apiserver and rotations, over simulated weeks.

#include <optional>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "server/core/jws.h"
#include "server/core/service_account_signer.h"
#include "server/core/testing/preset_fixture.h"

namespace signet::core {
namespace {

// A verifier that reads the keys anew only when the hint says so.
class Verifier {
 public:
  Verifier(const ServiceAccountSigner& accounts, const Clock& clock) : accounts_(accounts), clock_(clock) {}

  bool Knows(const std::string& kid) {
    if (clock_.Now() >= due_) Read();
    return kids_.contains(kid);
  }
  int reads() const { return reads_; }

 private:
  void Read() {
    const auto keys = accounts_.Keys();
    ASSERT_THAT(keys, IsOk());
    kids_.clear();
    for (const auto& key : keys->keys) kids_.insert(key.kid);
    due_ = clock_.Now() + keys->refresh_hint;
    ++reads_;
  }

  const ServiceAccountSigner& accounts_;
  const Clock& clock_;
  std::set<std::string> kids_;
  absl::Time due_ = absl::InfinitePast();
  int reads_ = 0;
};

class ServiceAccountRotationTest : public PresetTest {
 protected:
  ServiceAccountRotationTest() : PresetTest(keystore::Preset::kStandard) {
    NewSigningKey("first");
    Pass();
  }

  std::string SignedBy() {
    const std::string claims = Base64UrlEncode(absl::StrCat("{\"exp\":", absl::ToUnixSeconds(clock_.Now() + absl::Hours(1)), "}"));
    const auto jwt = accounts_.Sign(claims, *signer_);
    EXPECT_THAT(jwt, IsOk());
    if (!jwt.ok()) return "";
    const auto header = ParseJwsHeader(Base64UrlDecode(jwt->header).value_or(""));
    return header.ok() ? header->kid.value_or("") : "";
  }

  ServiceAccountSigner accounts_{{preset_ring_, absl::Hours(1)}, directory(), tokens_, clock_};
};

TEST_F(ServiceAccountRotationTest, WhoReadsTheKeysByTheHintAloneMeetsNoUnknownKid) {
  Verifier verifier(accounts_, clock_);
  std::set<std::string> signers;
  // A rotation that an operator asks for, as early as it can be, every two days; the scheduler sees to the rest.
  for (int second = 0; second < 6 * 86'400; second += 73) {
    clock_.Advance(absl::Seconds(73));
    Pass();
    if (second % (2 * 86'400) < 73) {
      ASSERT_THAT(Rotate(), IsOk());
    }
    const std::string kid = SignedBy();
    signers.insert(kid);
    ASSERT_TRUE(verifier.Knows(kid)) << "after " << second << " s, " << kid;
  }
  EXPECT_GE(signers.size(), 4u);
  // It is not for reading all the time: every 5 minutes, and at planned changes.
  EXPECT_LT(verifier.reads(), 6 * 86'400 / 200);
}

TEST_F(ServiceAccountRotationTest, AKeyStaysUntilTheLastTokenThatItSignedHasExpired) {
  clock_.Advance(absl::Minutes(5));
  const std::string former = SignedBy();
  ASSERT_THAT(Rotate(), IsOk());
  ASSERT_NE(SignedBy(), former);
  const auto is_listed = [&] {
    const auto keys = accounts_.Keys();
    EXPECT_THAT(keys, IsOk());
    for (const auto& key : keys->keys) {
      if (key.kid == former) return true;
    }
    return false;
  };
  for (int minute = 0; minute < 60; ++minute) {
    clock_.Advance(absl::Minutes(1));
    Pass();
    ASSERT_TRUE(is_listed()) << "after " << minute << " minutes";
  }
  clock_.Advance(absl::Hours(24));
  Pass();
  EXPECT_FALSE(is_listed());
}

}  // namespace
}  // namespace signet::core
