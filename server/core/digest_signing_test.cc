#include "server/core/digest_signing.h"

#include <memory>
#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "gtest/gtest.h"
#include "server/core/key_directory.h"
#include "server/core/seeded_store.h"
#include "server/core/signing_ledger.h"
#include "server/core/tokens.h"

namespace signet::core {
namespace {

using keystore::KeyState;

// What single signatures do is tested with Tokens::Sign.
class DigestSigningTest : public ::testing::Test {
 protected:
  keystore::KeyRecord Enable() {
    keystore::KeyRecord key = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kEnabled);
    Refresh();
    return key;
  }
  void SetState(keystore::KeyRecord& key, KeyState state) {
    seeded_.SetState(key, state);
    Refresh();
  }
  void Refresh() { ASSERT_TRUE(directory_.Refresh().ok()); }
  DigestSigning Begin(const keystore::SigningProfile* profile = nullptr) { return tokens_.SigningWith(acme_, profile); }
  // The kid of the key that signs, or the reason why none does.
  std::string SignerOf(DigestSigning& signing) {
    const absl::StatusOr<std::string> signature = signing.Sign({DataInput{"x"}, std::nullopt, SignatureFormat::kRaw}, *signer_);
    if (!signature.ok()) return GetReason(signature.status());
    EXPECT_TRUE(signing.key().public_key.VerifyMessage("x", *signature).ok());
    return signing.key().name.kid.value();
  }

  SeededStore seeded_;
  const RingName acme_ = seeded_.AddTenant("acme");
  KeyDirectory directory_{{"https://localhost:8444", seeded_.instance_id()}, seeded_.store()};
  SigningLedger ledger_{{}, seeded_.store()};
  FakeClock clock_;
  SystemRandom random_;
  Tokens tokens_{directory_, ledger_, clock_, random_};
  std::unique_ptr<hsm::Signer> signer_ = seeded_.hsm().CreateSigner();
};

TEST_F(DigestSigningTest, WhatEverySignatureWouldFailWithIsToldAhead) {
  Refresh();
  EXPECT_EQ(GetReason(Begin().Check()), reason::kNoEnabledKey);
  EXPECT_EQ(GetReason(tokens_.SigningWith({acme_.tenant, keystore::RingId("saml")}, nullptr).Check()), reason::kKeyRingNotFound);
  EXPECT_EQ(GetReason(tokens_.SigningWith({keystore::TenantId("nobody"), acme_.ring}, nullptr).Check()), reason::kTenantNotFound);
  EXPECT_EQ(GetReason(tokens_.SigningWith({keystore::TenantId("system"), acme_.ring}, nullptr).Check()), reason::kTenantReserved);
  Enable();
  EXPECT_TRUE(Begin().Check().ok());
  const keystore::SigningProfile other_ring = {.key_rings = {keystore::RingId("saml")}};
  EXPECT_EQ(GetReason(Begin(&other_ring).Check()), reason::kSigningProfile);
  keystore::SigningProfile limited;
  limited.audiences = {"https://api.example"};
  EXPECT_EQ(GetReason(Begin(&limited).Check()), reason::kSigningProfile);
  directory_.Distrust();
  EXPECT_EQ(GetReason(Begin().Check()), reason::kStoreUnavailable);
}

TEST_F(DigestSigningTest, ARotationIsFollowedOnceTheKeyWasLookedUpAgain) {
  keystore::KeyRecord first = Enable();
  DigestSigning signing = Begin();
  EXPECT_EQ(SignerOf(signing), first.kid.value());
  SetState(first, KeyState::kDisabled);
  const keystore::KeyRecord second = Enable();
  clock_.Advance(DigestSigning::kLookUpInterval - absl::Microseconds(1));
  EXPECT_EQ(SignerOf(signing), first.kid.value());
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(SignerOf(signing), second.kid.value());
}

TEST_F(DigestSigningTest, ARevokedKeySignsNoLongerOnceItWasLookedUpAgain) {
  keystore::KeyRecord key = Enable();
  DigestSigning signing = Begin();
  EXPECT_EQ(SignerOf(signing), key.kid.value());
  SetState(key, KeyState::kRevoked);
  clock_.Advance(DigestSigning::kLookUpInterval);
  EXPECT_EQ(SignerOf(signing), reason::kNoEnabledKey);
  EXPECT_EQ(SignerOf(signing), reason::kNoEnabledKey) << "and does not come back";
}

TEST_F(DigestSigningTest, ARevokedKeyThatTheHsmLostSignsNoLongerAtAll) {
  const keystore::KeyRecord key = Enable();
  DigestSigning signing = Begin();
  EXPECT_EQ(SignerOf(signing), key.kid.value());
  ASSERT_TRUE(seeded_.hsm().DestroyKey(HsmKeyId(key.uid)).ok());
  EXPECT_EQ(SignerOf(signing), reason::kHsmUnavailable);
}

TEST_F(DigestSigningTest, APurgedKeyThatTheHsmLostIsReplacedByTheOneThatSignsNow) {
  keystore::KeyRecord first = Enable();
  DigestSigning signing = Begin();
  EXPECT_EQ(SignerOf(signing), first.kid.value());
  SetState(first, KeyState::kRevoked);
  const keystore::KeyRecord second = Enable();
  ASSERT_TRUE(seeded_.hsm().DestroyKey(HsmKeyId(first.uid)).ok());
  EXPECT_EQ(SignerOf(signing), second.kid.value());
}

TEST_F(DigestSigningTest, AClockThatIsSetBackHasTheKeyLookedUp) {
  keystore::KeyRecord first = Enable();
  DigestSigning signing = Begin();
  EXPECT_EQ(SignerOf(signing), first.kid.value());
  SetState(first, KeyState::kDisabled);
  clock_.Advance(-absl::Hours(1));
  EXPECT_EQ(SignerOf(signing), reason::kNoEnabledKey);
}

TEST_F(DigestSigningTest, EachSignatureIsCounted) {
  const keystore::KeyRecord key = Enable();
  DigestSigning signing = Begin();
  for (int i = 0; i < 7; ++i) SignerOf(signing);
  ASSERT_TRUE(ledger_.Flush().ok());
  EXPECT_EQ((*seeded_.store().GetKeyByUid(key.uid))->usage.signature_count, 7);
}

}  // namespace
}  // namespace signet::core
