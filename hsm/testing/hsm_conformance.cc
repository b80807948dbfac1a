#include "hsm/testing/hsm_conformance.h"

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "hsm/digest.h"

namespace signet::hsm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What a signer gets for `message`: its digest, or the message itself for Ed25519.
std::string DigestFor(Algorithm algorithm, const std::string& message) {
  const Hash hash = GetAlgorithmInfo(algorithm).hash;
  return hash == Hash::kNone ? message : ComputeDigest(hash, message);
}

void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view reason) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(GetReason(status), reason) << status;
}

}  // namespace

void HsmConformance::SetUp() {
  absl::StatusOr<std::unique_ptr<HsmBed>> bed = GetParam().make_bed();
  ASSERT_TRUE(bed.ok()) << bed.status();
  bed_ = *std::move(bed);
}

Algorithm HsmConformance::another() const { return IsSupported(Algorithm::kEs384) ? Algorithm::kEs384 : Algorithm::kPs256With2048; }

KeySpec HsmConformance::NewSpec(Algorithm algorithm, const std::string& label) {
  const std::string number = absl::StrCat(++specs_made_);
  return {std::string(kKeyIdSize - number.size(), '\x80') + number, label, algorithm};
}

TEST_P(HsmConformance, EachAlgorithmGeneratesAKeyAndSignsWhatOpenSslVerifies) {
  struct Key {
    KeySpec spec;
    std::string spki_der;
  };
  // Moduli above 2048 bits take seconds to make, and an RSA key is the same for every padding and hash: one of each size will do.
  std::map<int, Key> large_rsa_keys;
  std::unique_ptr<Signer> signer = hsm().CreateSigner();
  for (const AlgorithmInfo& info : AllAlgorithms()) {
    SCOPED_TRACE(std::string(info.name));
    if (!IsSupported(info.algorithm)) {  // The test after this one checks those.
      RecordProperty(std::string(info.name), GetParam().unsupported.at(info.algorithm));
      continue;
    }
    EXPECT_TRUE(hsm().Supports(info.algorithm));
    Key key = large_rsa_keys[info.bits];
    if (key.spki_der.empty()) {
      key.spec = NewSpec(info.algorithm);
      const absl::StatusOr<PublicKey> made = hsm().GenerateKey(key.spec);
      ASSERT_TRUE(made.ok()) << made.status();
      EXPECT_EQ(made->algorithm(), info.algorithm);
      key.spki_der = made->spki_der();
      if (info.bits > 2048) large_rsa_keys[info.bits] = key;
    }
    key.spec.algorithm = info.algorithm;
    const absl::StatusOr<PublicKey> public_key = PublicKey::FromSpki(info.algorithm, key.spki_der);
    ASSERT_TRUE(public_key.ok()) << public_key.status();
    for (const std::string message : {"first", "second"}) {
      const absl::StatusOr<std::string> signature = signer->Sign(key.spec, DigestFor(info.algorithm, message));
      ASSERT_TRUE(signature.ok()) << signature.status();
      EXPECT_EQ(signature->size(), info.signature_size);
      EXPECT_TRUE(public_key->VerifyMessage(message, *signature).ok());
      EXPECT_FALSE(public_key->VerifyMessage("another", *signature).ok());
    }
    if (!HasFailure()) RecordProperty(std::string(info.name), "signs");
  }
}

TEST_P(HsmConformance, AnUnsupportedAlgorithmIsRefusedEverywhereAsUnimplemented) {
  std::unique_ptr<Signer> signer = hsm().CreateSigner();
  for (const auto& [algorithm, why] : GetParam().unsupported) {
    SCOPED_TRACE(absl::StrCat(GetAlgorithmInfo(algorithm).name, ": ", why));
    EXPECT_FALSE(hsm().Supports(algorithm));
    const KeySpec spec = NewSpec(algorithm);
    ExpectError(hsm().GenerateKey(spec).status(), absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
    ExpectError(hsm().ProveKey(spec).status(), absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
    ExpectError(signer->Sign(spec, DigestFor(algorithm, "message")).status(), absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
    EXPECT_THAT(*hsm().ListKeys(""), IsEmpty());
  }
}

TEST_P(HsmConformance, EveryKeyIsAnother) {
  const absl::StatusOr<PublicKey> first = hsm().GenerateKey(NewSpec(basic()));
  const absl::StatusOr<PublicKey> second = hsm().GenerateKey(NewSpec(basic()));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(first->thumbprint(), second->thumbprint());
}

TEST_P(HsmConformance, ADigestOfAnotherLengthIsRefused) {
  std::unique_ptr<Signer> signer = hsm().CreateSigner();
  const KeySpec spec = NewSpec(basic());
  ASSERT_TRUE(hsm().GenerateKey(spec).ok());
  for (const size_t size : {0, 31, 33, 48, 10'000}) {
    const absl::Status status = signer->Sign(spec, std::string(size, 'd')).status();
    ExpectError(status, absl::StatusCode::kInvalidArgument, "DIGEST_LENGTH");
    EXPECT_EQ(GetErrorDetail(status)->metadata["expected"], "32");
    EXPECT_EQ(GetErrorDetail(status)->metadata["actual"], absl::StrCat(size));
  }
  EXPECT_TRUE(signer->Sign(spec, std::string(32, 'd')).ok()) << "the signer works on";
}

TEST_P(HsmConformance, AnUnknownKeyIsNotFound) {
  std::unique_ptr<Signer> signer = hsm().CreateSigner();
  const KeySpec spec = NewSpec(basic());
  ExpectError(signer->Sign(spec, std::string(32, 'd')).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
  ExpectError(hsm().ProveKey(spec).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
  ASSERT_TRUE(hsm().GenerateKey(spec).ok());
  EXPECT_TRUE(signer->Sign(spec, std::string(32, 'd')).ok()) << "not found is not remembered";
}

TEST_P(HsmConformance, AKeyOfAnotherTypeIsNotFound) {
  std::unique_ptr<Signer> signer = hsm().CreateSigner();
  KeySpec spec = NewSpec(basic());
  ASSERT_TRUE(hsm().GenerateKey(spec).ok());
  ASSERT_TRUE(signer->Sign(spec, std::string(32, 'd')).ok());
  spec.algorithm = GetAlgorithmInfo(basic()).key_type == KeyType::kRsa ? Algorithm::kEs256 : Algorithm::kRs256With2048;
  const bool supported = IsSupported(spec.algorithm);
  const absl::StatusCode code = supported ? absl::StatusCode::kNotFound : absl::StatusCode::kUnimplemented;
  const absl::string_view reason = supported ? "KEY_NOT_FOUND" : "HSM_UNSUPPORTED";
  ExpectError(signer->Sign(spec, std::string(32, 'd')).status(), code, reason);
  ExpectError(hsm().ProveKey(spec).status(), code, reason);
}

TEST_P(HsmConformance, ASecondKeyWithTheSameIdIsRefusedAndTheFirstSignsOn) {
  std::unique_ptr<Signer> signer = hsm().CreateSigner();
  const KeySpec spec = NewSpec(basic());
  const absl::StatusOr<PublicKey> key = hsm().GenerateKey(spec);
  ASSERT_TRUE(key.ok()) << key.status();
  ExpectError(hsm().GenerateKey(spec).status(), absl::StatusCode::kAlreadyExists, "KEY_EXISTS");
  ExpectError(hsm().GenerateKey({spec.id, "signet/other", another()}).status(), absl::StatusCode::kAlreadyExists, "KEY_EXISTS");
  const absl::StatusOr<std::string> signature = signer->Sign(spec, DigestFor(spec.algorithm, "message"));
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_TRUE(key->VerifyMessage("message", *signature).ok());
}

TEST_P(HsmConformance, ASpecThatIsNotValidIsRefused) {
  ExpectError(hsm().GenerateKey({"short", "label", basic()}).status(), absl::StatusCode::kInvalidArgument, "INVALID_FIELD");
  ExpectError(hsm().ProveKey({"", "label", basic()}).status(), absl::StatusCode::kInvalidArgument, "INVALID_FIELD");
  ExpectError(hsm().CreateSigner()->Sign({"", "label", basic()}, std::string(32, 'd')).status(), absl::StatusCode::kInvalidArgument,
              "INVALID_FIELD");
  KeySpec spec = NewSpec(basic(), "\n");
  ExpectError(hsm().GenerateKey(spec).status(), absl::StatusCode::kInvalidArgument, "INVALID_FIELD");
  ExpectError(hsm().DestroyKey(""), absl::StatusCode::kInvalidArgument, "INVALID_FIELD");
  EXPECT_THAT(*hsm().ListKeys(""), IsEmpty());
}

TEST_P(HsmConformance, ADestroyedKeySignsNoMoreAndDestroyingItAgainSucceeds) {
  std::unique_ptr<Signer> signer = hsm().CreateSigner();
  std::unique_ptr<Signer> other_signer = hsm().CreateSigner();
  const KeySpec spec = NewSpec(basic());
  const KeySpec bystander = NewSpec(basic());
  ASSERT_TRUE(hsm().GenerateKey(spec).ok());
  ASSERT_TRUE(hsm().GenerateKey(bystander).ok());
  ASSERT_TRUE(signer->Sign(spec, std::string(32, 'd')).ok());

  EXPECT_TRUE(hsm().DestroyKey(spec.id).ok());
  for (Signer* each : {signer.get(), other_signer.get()}) {
    ExpectError(each->Sign(spec, std::string(32, 'd')).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
    EXPECT_TRUE(each->Sign(bystander, std::string(32, 'd')).ok());
  }
  ExpectError(hsm().ProveKey(spec).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
  EXPECT_TRUE(hsm().DestroyKey(spec.id).ok());
  EXPECT_TRUE(hsm().DestroyKey(std::string(kKeyIdSize, 'n')).ok());
}

TEST_P(HsmConformance, ListsTheKeysWhoseLabelHasThePrefix) {
  EXPECT_THAT(*hsm().ListKeys(""), IsEmpty());
  const KeySpec ours = NewSpec(basic(), "signet/a/1");
  const KeySpec also_ours = NewSpec(another(), "signet/a/2");
  const KeySpec foreign = NewSpec(basic(), "signet/b/1");
  for (const KeySpec& spec : {ours, also_ours, foreign}) ASSERT_TRUE(hsm().GenerateKey(spec).ok());

  const auto is_pair = [](const KeySpec& spec) {
    return testing::AllOf(testing::Field(&StoredKey::id, spec.id), testing::Field(&StoredKey::label, spec.label),
                          testing::Field(&StoredKey::has_private_key, true), testing::Field(&StoredKey::has_public_key, true));
  };
  EXPECT_THAT(*hsm().ListKeys("signet/a/"), ElementsAre(is_pair(ours), is_pair(also_ours)));
  EXPECT_THAT(*hsm().ListKeys(""), ElementsAre(is_pair(ours), is_pair(also_ours), is_pair(foreign)));
  EXPECT_THAT(*hsm().ListKeys("SIGNET"), IsEmpty());
  ASSERT_TRUE(hsm().DestroyKey(ours.id).ok());
  EXPECT_THAT(*hsm().ListKeys("signet/a/"), ElementsAre(is_pair(also_ours)));
}

TEST_P(HsmConformance, ProvingAKeyReturnsThePublicKeyOfItsGeneration) {
  for (const Algorithm algorithm : {Algorithm::kEs256, Algorithm::kEs512, Algorithm::kPs256With2048, Algorithm::kEd25519}) {
    if (!IsSupported(algorithm)) continue;
    const KeySpec spec = NewSpec(algorithm);
    const absl::StatusOr<PublicKey> made = hsm().GenerateKey(spec);
    const absl::StatusOr<PublicKey> proven = hsm().ProveKey(spec);
    ASSERT_TRUE(made.ok() && proven.ok()) << proven.status();
    EXPECT_EQ(proven->spki_der(), made->spki_der());
  }
}

TEST_P(HsmConformance, IsHealthy) { EXPECT_TRUE(hsm().CheckHealth().ok()); }

TEST_P(HsmConformance, SignsFromManyThreadsWhileKeysAreMadeAndDestroyed) {
  constexpr int kThreads = 16;
  constexpr int kSignatures = 60;
  const int changes = GetParam().changes;
  struct Key {
    KeySpec spec;
    PublicKey public_key;
  };
  std::vector<Key> keys;
  for (const Algorithm algorithm : {Algorithm::kEs256, Algorithm::kRs256With2048, Algorithm::kPs256With2048, Algorithm::kEd25519}) {
    if (!IsSupported(algorithm)) continue;
    const KeySpec spec = NewSpec(algorithm);
    const absl::StatusOr<PublicKey> key = hsm().GenerateKey(spec);
    ASSERT_TRUE(key.ok()) << key.status();
    keys.push_back({spec, *key});
  }

  std::atomic<int> verified = 0;
  std::vector<std::thread> threads;
  threads.reserve(kThreads + 2);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::unique_ptr<Signer> signer = hsm().CreateSigner();
      for (int i = 0; i < kSignatures; ++i) {
        const Key& key = keys[static_cast<size_t>(t + i) % keys.size()];
        const std::string message = absl::StrCat("message ", t, "/", i);
        const absl::StatusOr<std::string> signature = signer->Sign(key.spec, DigestFor(key.spec.algorithm, message));
        EXPECT_TRUE(signature.ok()) << signature.status();
        if (signature.ok() && key.public_key.VerifyMessage(message, *signature).ok()) ++verified;
      }
    });
  }
  // Two threads change the token: each key that one of them makes signs until it is destroyed.
  for (const char marker : {'a', 'b'}) {
    threads.emplace_back([&, marker] {
      std::unique_ptr<Signer> signer = hsm().CreateSigner();
      for (int i = 0; i < changes; ++i) {
        const KeySpec spec = {std::string(kKeyIdSize - 1, marker) + static_cast<char>(i), "signet/churn", basic()};
        const absl::StatusOr<PublicKey> key = hsm().GenerateKey(spec);
        EXPECT_TRUE(key.ok()) << key.status();
        const absl::StatusOr<std::string> signature = signer->Sign(spec, DigestFor(spec.algorithm, "message"));
        EXPECT_TRUE(signature.ok()) << signature.status();
        EXPECT_TRUE(hsm().DestroyKey(spec.id).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(verified, kThreads * kSignatures);
  EXPECT_THAT(*hsm().ListKeys("signet/churn"), IsEmpty());
}

}  // namespace signet::hsm
