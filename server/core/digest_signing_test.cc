#include "server/core/digest_signing.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "gtest/gtest.h"
#include "hsm/digest.h"
#include "hsm/ecdsa_signature.h"
#include "server/core/key_directory.h"
#include "server/core/seeded_store.h"
#include "server/core/signing_ledger.h"
#include "server/core/tokens.h"

namespace signet::core {
namespace {

using keystore::KeyState;

constexpr SigningInput kInput = {DataInput{"x"}, std::nullopt, SignatureFormat::kRaw};

void ExpectInvalid(const absl::Status& status, absl::string_view reason) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(GetReason(status), reason) << status;
}

class DigestSigningTest : public ::testing::Test {
 protected:
  keystore::KeyRecord Enable(hsm::Algorithm algorithm = hsm::Algorithm::kEs256) {
    keystore::KeyRecord key = seeded_.AddKey(acme_, algorithm, KeyState::kEnabled);
    Refresh();
    return key;
  }
  void SetState(keystore::KeyRecord& key, KeyState state) {
    seeded_.SetState(key, state);
    Refresh();
  }
  void Refresh() { ASSERT_TRUE(directory_.Refresh().ok()); }
  DigestSigning Begin(const keystore::SigningProfile* profile = nullptr) { return tokens_.SigningWith(acme_, profile); }
  // One signature.
  absl::StatusOr<std::string> Sign(std::variant<DigestInput, DataInput> input, std::optional<uint32_t> crc32c = std::nullopt,
                                   SignatureFormat format = SignatureFormat::kRaw) {
    return Begin().Sign({input, crc32c, format}, *signer_);
  }
  const hsm::PublicKey& PublicKeyOf(const keystore::KeyRecord& key) {
    return directory_.FindTenant(key.tenant)->published.Find(key.kid)->public_key;
  }
  // The kid of the key that signs, or the reason why none does.
  std::string SignerOf(DigestSigning& signing) {
    const absl::StatusOr<std::string> signature = signing.Sign(kInput, *signer_);
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

TEST_F(DigestSigningTest, HashesDataAsTheAlgorithmDoes) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEs384);
  const auto signature = Sign(DataInput{"message"});
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_TRUE(PublicKeyOf(key).VerifyMessage("message", *signature).ok());
}

TEST_F(DigestSigningTest, TakesADigestAsItIs) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kPs256With2048);
  const auto signature = Sign(DigestInput{hsm::ComputeDigest(hsm::Hash::kSha256, "message")});
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_TRUE(PublicKeyOf(key).VerifyMessage("message", *signature).ok());
}

TEST_F(DigestSigningTest, HasNothingSignedForACallerWhoseTokensAreLimited) {
  Enable();
  keystore::SigningProfile profile = {.key_rings = {acme_.ring}};
  DigestSigning signing = Begin(&profile);
  EXPECT_TRUE(signing.Sign(kInput, *signer_).ok());
  profile.audiences = {"https://api.example"};
  clock_.Advance(DigestSigning::kLookUpInterval);
  EXPECT_EQ(SignerOf(signing), reason::kSigningProfile);
}

TEST_F(DigestSigningTest, GivesEd25519TheMessageItself) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEd25519);
  const auto signature = Sign(DataInput{""}, std::nullopt, SignatureFormat::kDer);
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_TRUE(PublicKeyOf(key).VerifyMessage("", *signature).ok());
  const auto digest = Sign(DigestInput{std::string(32, 'd')});
  ExpectInvalid(digest.status(), reason::kAlgorithmUnsuitable);
  EXPECT_EQ(GetErrorDetail(digest.status())->metadata.at("algorithm"), "ED25519");
}

TEST_F(DigestSigningTest, LaysAnEcdsaSignatureOutAsAsked) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEs512);
  const auto der = Sign(DataInput{"message"}, std::nullopt, SignatureFormat::kDer);
  ASSERT_TRUE(der.ok()) << der.status();
  const auto raw = hsm::DerToRawSignature(hsm::Algorithm::kEs512, *der);
  ASSERT_TRUE(raw.ok()) << raw.status();
  EXPECT_TRUE(PublicKeyOf(key).VerifyMessage("message", *raw).ok());
  EXPECT_EQ(Sign(DataInput{"message"})->size(), 132u);
}

TEST_F(DigestSigningTest, RefusesADigestOfAnotherLengthAndNamesBoth) {
  Enable(hsm::Algorithm::kEs384);
  for (const size_t size : {0u, 32u, 47u, 49u, 64u, 100'000u}) {
    const auto signature = Sign(DigestInput{std::string(size, 'd')});
    ExpectInvalid(signature.status(), reason::kDigestLength);
    const auto metadata = GetErrorDetail(signature.status())->metadata;
    EXPECT_EQ(metadata.at("expected"), "48");
    EXPECT_EQ(metadata.at("actual"), absl::StrCat(size));
  }
}

TEST_F(DigestSigningTest, ChecksTheChecksumOfDigestAndData) {
  Enable(hsm::Algorithm::kEs256);
  const std::string digest(32, 'd');
  EXPECT_TRUE(Sign(DataInput{"message"}, Crc32c("message")).ok());
  EXPECT_TRUE(Sign(DigestInput{digest}, Crc32c(digest)).ok());
  EXPECT_TRUE(Sign(DataInput{""}, 0).ok());
  ExpectInvalid(Sign(DataInput{"massage"}, Crc32c("message")).status(), reason::kChecksumMismatch);
  ExpectInvalid(Sign(DigestInput{digest}, Crc32c(digest) ^ 1).status(), reason::kChecksumMismatch);
  ExpectInvalid(Sign(DigestInput{digest}, 0).status(), reason::kChecksumMismatch);
}

TEST_F(DigestSigningTest, HashesExactly64KiB) {
  Enable(hsm::Algorithm::kEs256);
  EXPECT_TRUE(Sign(DataInput{std::string(65536, 'x')}).ok());
  const auto too_large = Sign(DataInput{std::string(65537, 'x')});
  ExpectInvalid(too_large.status(), reason::kInvalidField);
  EXPECT_EQ(GetErrorDetail(too_large.status())->metadata.at("field"), "data");
}

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

// UnwellSigner fails as a token does.
class UnwellSigner : public hsm::Signer {
 public:
  absl::StatusOr<std::string> Sign(const hsm::KeySpec&, absl::string_view) override {
    return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "the token is away");
  }
};

TEST_F(DigestSigningTest, ASignatureThatFailsHasTheKeyLookedUp) {
  keystore::KeyRecord key = Enable();
  DigestSigning signing = Begin();
  EXPECT_EQ(SignerOf(signing), key.kid.value());
  SetState(key, KeyState::kDisabled);
  UnwellSigner unwell;
  EXPECT_EQ(GetReason(signing.Sign(kInput, unwell).status()), reason::kHsmUnavailable);
  EXPECT_EQ(SignerOf(signing), reason::kNoEnabledKey);
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
