#include "server/core/verified_signing.h"

#include <memory>
#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "base/recording_logger.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/digest.h"
#include "server/core/key_directory.h"
#include "server/core/seeded_store.h"

namespace signet::core {
namespace {

// FaultySigner signs as another does, but turns a bit of some signatures.
class FaultySigner : public hsm::Signer {
 public:
  explicit FaultySigner(std::unique_ptr<hsm::Signer> signer) : signer_(std::move(signer)) {}

  // The next `count` signatures are wrong.
  void Spoil(int count) { wrong_ = count; }
  int calls() const { return calls_; }

  absl::StatusOr<std::string> Sign(const hsm::KeySpec& key, absl::string_view digest) override {
    ++calls_;
    absl::StatusOr<std::string> signature = signer_->Sign(key, digest);
    if (signature.ok() && wrong_ > 0) {
      --wrong_;
      signature->back() ^= 1;
    }
    return signature;
  }

 private:
  const std::unique_ptr<hsm::Signer> signer_;
  int wrong_ = 0;
  int calls_ = 0;
};

class VerifiedSigningTest : public ::testing::Test {
 protected:
  // A snapshot of a new key, which has proven nothing yet.
  const PublishedKey& MakeKey(hsm::Algorithm algorithm = hsm::Algorithm::kEs256) {
    const keystore::KeyRecord record = seeded_.AddKey(acme_, algorithm, keystore::KeyState::kDisabled);
    EXPECT_TRUE(directory_.Refresh().ok());
    tenant_ = directory_.FindTenant(acme_.tenant);
    return *tenant_->published.Find(record.kid);
  }
  std::string ReasonOf(const VerifiedSigning& signing, const PublishedKey& key) {
    const absl::StatusOr<std::string> signature = signing.Sign(key, digest_, signer_);
    EXPECT_TRUE(signature.ok() || absl::IsUnavailable(signature.status())) << signature.status();
    return GetReason(signature.status());
  }

  SeededStore seeded_;
  const RingName acme_ = seeded_.AddTenant("acme");
  KeyDirectory directory_{{"https://localhost:8444", seeded_.instance_id()}, seeded_.store()};
  std::shared_ptr<const TenantSnapshot> tenant_;
  FaultySigner signer_{seeded_.hsm().CreateSigner()};
  const std::string digest_ = hsm::ComputeDigest(hsm::Hash::kSha256, "message");
  RecordingLogger logger_;
  Metrics metrics_{"test"};
};

TEST_F(VerifiedSigningTest, AWrongFirstSignatureOfAKeyIsMadeOnceMoreAndReported) {
  const VerifiedSigning signing({.share = 0, .logger = &logger_, .metrics = &metrics_});
  const PublishedKey& key = MakeKey();
  signer_.Spoil(1);
  const absl::StatusOr<std::string> signature = signing.Sign(key, digest_, signer_);
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_TRUE(key.public_key.VerifyDigest(digest_, *signature).ok());
  EXPECT_EQ(signer_.calls(), 2);
  ASSERT_EQ(logger_.lines().size(), 1u);
  EXPECT_EQ(logger_.lines()[0].level, LogLevel::kError);
  EXPECT_EQ(logger_.lines()[0].Text("key"), FormatKeyName(key.name));
  EXPECT_THAT(metrics_.Expose(), ::testing::HasSubstr("signet_wrong_signatures_total 1"));
}

TEST_F(VerifiedSigningTest, TwoWrongSignaturesAreAnErrorThatIsSafeToRetry) {
  const VerifiedSigning signing({.share = 0});
  const PublishedKey& key = MakeKey();
  signer_.Spoil(2);
  EXPECT_EQ(ReasonOf(signing, key), reason::kHsmWrongSignature);
  EXPECT_EQ(signer_.calls(), 2);
  EXPECT_EQ(ReasonOf(signing, key), "");
}

TEST_F(VerifiedSigningTest, AKeyThatHasNeverSignedRightIsVerifiedEachTime) {
  const VerifiedSigning signing({.share = 0});
  const PublishedKey& key = MakeKey();
  signer_.Spoil(1000);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ReasonOf(signing, key), reason::kHsmWrongSignature);
  EXPECT_EQ(signer_.calls(), 10);
}

TEST_F(VerifiedSigningTest, EachKeyHasAFirstSignature) {
  const VerifiedSigning signing({.share = 0});
  EXPECT_EQ(ReasonOf(signing, MakeKey()), "");
  const PublishedKey& other = MakeKey(hsm::Algorithm::kPs256With2048);
  signer_.Spoil(2);
  EXPECT_EQ(ReasonOf(signing, other), reason::kHsmWrongSignature);
}

TEST_F(VerifiedSigningTest, OfAProvenKeyTheShareIsVerifiedEvenlySpread) {
  const VerifiedSigning signing({.share = 0.25});
  const PublishedKey& key = MakeKey();
  EXPECT_EQ(ReasonOf(signing, key), "");
  int caught = 0;
  for (int i = 0; i < 40; ++i) {
    const int calls = signer_.calls();
    signer_.Spoil(1);
    EXPECT_EQ(ReasonOf(signing, key), "");
    // A wrong one that is found is made again, which also proves the key anew.
    if (signer_.calls() == calls + 2) ++caught;
    signer_.Spoil(0);
  }
  EXPECT_EQ(caught, 10);
}

TEST_F(VerifiedSigningTest, OnceAWrongSignatureWasFoundTheKeyHasToProveItselfAgain) {
  const VerifiedSigning signing({.share = 0.5});
  const PublishedKey& key = MakeKey();
  EXPECT_EQ(ReasonOf(signing, key), "");
  signer_.Spoil(1000);
  EXPECT_EQ(ReasonOf(signing, key), "") << "the one that the share leaves out";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ReasonOf(signing, key), reason::kHsmWrongSignature);
}

TEST_F(VerifiedSigningTest, AllOfThemAreVerifiedIfTheShareSaysSo) {
  const VerifiedSigning signing({.share = 1});
  const PublishedKey& key = MakeKey();
  for (int i = 0; i < 5; ++i) {
    signer_.Spoil(2);
    EXPECT_EQ(ReasonOf(signing, key), reason::kHsmWrongSignature);
    EXPECT_EQ(ReasonOf(signing, key), "");
  }
}

TEST_F(VerifiedSigningTest, Ed25519IsVerifiedOverTheMessage) {
  const VerifiedSigning signing({.share = 0});
  const PublishedKey& key = MakeKey(hsm::Algorithm::kEd25519);
  ASSERT_TRUE(signing.Sign(key, "a message", signer_).ok());
  EXPECT_EQ(signer_.calls(), 1);
}

}  // namespace
}  // namespace signet::core
