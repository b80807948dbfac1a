// What every KeyWrapper does, or says that its token cannot.
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "hsm/digest.h"
#include "hsm/testing/hsm_conformance.h"

namespace signet::hsm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string DigestFor(Algorithm algorithm, const std::string& message) {
  const Hash hash = GetAlgorithmInfo(algorithm).hash;
  return hash == Hash::kNone ? message : ComputeDigest(hash, message);
}

void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view reason) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(GetReason(status), reason) << status;
}

// Shelf is a source in memory.
class Shelf final : public WrappedKeySource {
 public:
  void Put(const std::string& id, WrappedKey key) {
    MutexLock lock(mutex_);
    keys_[id] = std::move(key);
  }
  void Remove(const std::string& id) {
    MutexLock lock(mutex_);
    keys_.erase(id);
  }
  absl::StatusOr<WrappedKey> FindWrappedKey(absl::string_view id) const override {
    ++searches;
    MutexLock lock(mutex_);
    const auto found = keys_.find(std::string(id));
    if (found != keys_.end()) return found->second;
    return Error(absl::StatusCode::kNotFound, "KEY_NOT_FOUND", "it is not on the shelf");
  }

  mutable std::atomic<int> searches = 0;

 private:
  mutable Mutex mutex_;
  std::map<std::string, WrappedKey> keys_ ABSL_GUARDED_BY(mutex_);
};

bool Verifies(const WrappedKey& key, Algorithm algorithm, const std::string& message, const std::string& signature) {
  const absl::StatusOr<PublicKey> public_key = PublicKey::FromSpki(algorithm, key.public_key_der);
  return public_key.ok() && public_key->VerifyMessage(message, signature).ok();
}

}  // namespace

std::string HsmConformance::NewWrappingKey() {
  const std::string id = NewSpec(basic()).id;
  const absl::Status made = key_wrapper().GenerateWrappingKey({id, "signet/test/wrapping"});
  if (CanBeWrapped(basic())) {
    EXPECT_TRUE(made.ok()) << made;
    return made.ok() ? id : "";
  }
  ExpectError(key_wrapper().CheckWraps(basic()), absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
  if (made.ok()) {
    EXPECT_TRUE(key_wrapper().DestroyWrappingKey(id).ok());
  }
  return "";
}

TEST_P(HsmConformance, EachAlgorithmIsKeptWrappedAndSignsOrIsRefused) {
  Shelf shelf;
  const std::unique_ptr<Signer> signer = key_wrapper().CreateSigner(shelf);
  const std::string wrapping_key = NewWrappingKey();
  std::map<int, int> rsa_keys;
  for (const AlgorithmInfo& info : AllAlgorithms()) {
    SCOPED_TRACE(std::string(info.name));
    const KeySpec spec = NewSpec(info.algorithm);
    if (!CanBeWrapped(info.algorithm)) {
      ExpectError(key_wrapper().CheckWraps(info.algorithm), absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
      if (!wrapping_key.empty()) {
        ExpectError(key_wrapper().GenerateWrappedKey(spec, wrapping_key).status(), absl::StatusCode::kUnimplemented,
                    "HSM_UNSUPPORTED");
      }
      continue;
    }
    // Moduli take up to seconds to make, and what is wrapped is the same for every padding and hash.
    if (info.key_type == KeyType::kRsa && rsa_keys[info.bits]++ > 0) continue;
    EXPECT_TRUE(key_wrapper().CheckWraps(info.algorithm).ok()) << key_wrapper().CheckWraps(info.algorithm);
    const absl::StatusOr<WrappedKey> key = key_wrapper().GenerateWrappedKey(spec, wrapping_key);
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(key->wrapping_key_id, wrapping_key);
    EXPECT_FALSE(key->blob.empty());
    shelf.Put(spec.id, *key);
    for (const std::string message : {"first", "second"}) {
      const absl::StatusOr<std::string> signature = signer->Sign(spec, DigestFor(info.algorithm, message));
      ASSERT_TRUE(signature.ok()) << signature.status();
      EXPECT_TRUE(Verifies(*key, info.algorithm, message, *signature));
    }
  }
  EXPECT_THAT(*hsm().ListKeys(""), IsEmpty()) << "no key stays on the token";
  if (HasFailure()) return;
  RecordProperty("WRAPPED", CanBeWrapped(basic()) ? "is kept so" : GetParam().unwrappable.at(basic()));
}

TEST_P(HsmConformance, AWrappingKeyIsListedAndProvenUntilItIsDestroyed) {
  const std::string id = NewWrappingKey();
  if (id.empty()) return;
  const std::string other = NewWrappingKey();
  EXPECT_TRUE(key_wrapper().ProveWrappingKey(id).ok());
  EXPECT_THAT(*key_wrapper().ListWrappingKeys("signet/other"), IsEmpty());
  EXPECT_EQ(key_wrapper().ListWrappingKeys("signet/test/")->size(), 2u);
  ExpectError(key_wrapper().GenerateWrappingKey({id, "signet/test/again"}), absl::StatusCode::kAlreadyExists, "KEY_EXISTS");
  ExpectError(key_wrapper().GenerateWrappingKey({"short", "signet/test"}), absl::StatusCode::kInvalidArgument, "INVALID_FIELD");
  ExpectError(key_wrapper().DestroyWrappingKey(""), absl::StatusCode::kInvalidArgument, "INVALID_FIELD");
  ExpectError(key_wrapper().ProveWrappingKey(""), absl::StatusCode::kInvalidArgument, "INVALID_FIELD");

  EXPECT_TRUE(key_wrapper().DestroyWrappingKey(id).ok());
  EXPECT_TRUE(key_wrapper().DestroyWrappingKey(id).ok()) << "it can be repeated";
  ExpectError(key_wrapper().ProveWrappingKey(id), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
  ExpectError(key_wrapper().GenerateWrappedKey(NewSpec(basic()), id).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
  const std::vector<StoredWrappingKey> left = *key_wrapper().ListWrappingKeys("signet/test/");
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, other);
  EXPECT_EQ(left[0].label, "signet/test/wrapping");
  EXPECT_TRUE(left[0].is_whole);
}

TEST_P(HsmConformance, AWrappedKeyOfAnotherKeyOrChangedInAnyPartIsRefused) {
  const std::string wrapping_key = NewWrappingKey();
  if (wrapping_key.empty()) return;
  const KeySpec spec = NewSpec(basic(), "signet/test/tenants/a/keyRings/a");
  const KeySpec other = NewSpec(basic(), "signet/test/tenants/b/keyRings/b");
  const absl::StatusOr<WrappedKey> key = key_wrapper().GenerateWrappedKey(spec, wrapping_key);
  const absl::StatusOr<WrappedKey> other_key = key_wrapper().GenerateWrappedKey(other, wrapping_key);
  ASSERT_TRUE(key.ok() && other_key.ok()) << key.status() << other_key.status();

  std::vector<std::pair<KeySpec, WrappedKey>> forgeries;
  forgeries.emplace_back(other, *key);
  forgeries.emplace_back(KeySpec{spec.id, other.label, spec.algorithm}, *key);
  forgeries.emplace_back(spec, *key).second.blob = other_key->blob;
  forgeries.emplace_back(spec, *key).second.public_key_der = other_key->public_key_der;
  forgeries.emplace_back(spec, *key).second.blob.back() ^= 1;
  forgeries.emplace_back(spec, *key).second.mac = other_key->mac;
  forgeries.emplace_back(spec, *key).second.mac.clear();
  forgeries.emplace_back(spec, *other_key);
  if (GetAlgorithmInfo(basic()).key_type == KeyType::kRsa) {
    forgeries.emplace_back(KeySpec{spec.id, spec.label, Algorithm::kPs256With2048}, *key);
  }
  for (const auto& [claimed, forged] : forgeries) {
    Shelf shelf;
    shelf.Put(claimed.id, forged);
    const std::unique_ptr<Signer> signer = key_wrapper().CreateSigner(shelf);
    ExpectError(signer->Sign(claimed, std::string(32, 'd')).status(), absl::StatusCode::kDataLoss, "STORE_CORRUPT");
    ExpectError(key_wrapper().Rewrap(claimed, forged, wrapping_key).status(), absl::StatusCode::kDataLoss, "STORE_CORRUPT");
  }
  Shelf shelf;
  shelf.Put(spec.id, *key);
  const std::unique_ptr<Signer> signer = key_wrapper().CreateSigner(shelf);
  EXPECT_TRUE(signer->Sign(spec, std::string(32, 'd')).ok()) << "the right one signs";
  // Also while the key is unwrapped.
  ExpectError(signer->Sign({spec.id, other.label, spec.algorithm}, std::string(32, 'd')).status(), absl::StatusCode::kDataLoss,
              "STORE_CORRUPT");
  EXPECT_TRUE(signer->Sign(spec, std::string(32, 'd')).ok());
}

TEST_P(HsmConformance, AKeyThatIsWrappedAnewIsTheSameAndNeedsTheFormerWrappingKeyNoMore) {
  const std::string former = NewWrappingKey();
  if (former.empty()) return;
  const std::string next = NewWrappingKey();
  const KeySpec spec = NewSpec(basic());
  const absl::StatusOr<WrappedKey> key = key_wrapper().GenerateWrappedKey(spec, former);
  ASSERT_TRUE(key.ok()) << key.status();
  const absl::StatusOr<WrappedKey> anew = key_wrapper().Rewrap(spec, *key, next);
  ASSERT_TRUE(anew.ok()) << anew.status();
  EXPECT_EQ(anew->public_key_der, key->public_key_der);
  EXPECT_EQ(anew->wrapping_key_id, next);
  EXPECT_NE(anew->blob, key->blob);

  ASSERT_TRUE(key_wrapper().DestroyWrappingKey(former).ok());
  ExpectError(key_wrapper().Rewrap(spec, *key, next).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
  Shelf shelf;
  shelf.Put(spec.id, *anew);
  const absl::StatusOr<std::string> signature = key_wrapper().CreateSigner(shelf)->Sign(spec, DigestFor(spec.algorithm, "message"));
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_TRUE(Verifies(*key, spec.algorithm, "message", *signature));
  // A blob under another wrapping key than it says.
  WrappedKey forged = *key;
  forged.wrapping_key_id = next;
  shelf.Put(spec.id, forged);
  key_wrapper().Forget(spec.id);
  ExpectError(key_wrapper().CreateSigner(shelf)->Sign(spec, std::string(32, 'd')).status(), absl::StatusCode::kDataLoss,
              "STORE_CORRUPT");
}

TEST_P(HsmConformance, ASignerOfOneWrappedKeyNeitherUsesWhatIsUnwrappedNorLeavesIt) {
  const std::string wrapping_key = NewWrappingKey();
  if (wrapping_key.empty()) return;
  const KeySpec spec = NewSpec(basic());
  const std::string digest = DigestFor(spec.algorithm, "message");
  const absl::StatusOr<WrappedKey> held = key_wrapper().GenerateWrappedKey(spec, wrapping_key);
  const absl::StatusOr<WrappedKey> stored = key_wrapper().GenerateWrappedKey(spec, wrapping_key);
  ASSERT_TRUE(held.ok() && stored.ok()) << held.status() << stored.status();
  Shelf shelf;
  const std::unique_ptr<Signer> signer = key_wrapper().CreateSigner(shelf);
  const std::unique_ptr<Signer> held_signer = key_wrapper().CreateSignerOf(*held);
  absl::StatusOr<std::string> signature = held_signer->Sign(spec, digest);
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_TRUE(Verifies(*held, spec.algorithm, "message", *signature));
  EXPECT_EQ(key_wrapper().GetStatistics().unwrapped_keys, 0);
  ExpectError(signer->Sign(spec, digest).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");

  // Both pairs have the same id, label and algorithm.
  shelf.Put(spec.id, *stored);
  for (int i = 0; i < 2; ++i) {
    signature = signer->Sign(spec, digest);
    ASSERT_TRUE(signature.ok()) << signature.status();
    EXPECT_TRUE(Verifies(*stored, spec.algorithm, "message", *signature));
    signature = held_signer->Sign(spec, digest);
    ASSERT_TRUE(signature.ok()) << signature.status();
    EXPECT_TRUE(Verifies(*held, spec.algorithm, "message", *signature));
  }
  EXPECT_EQ(key_wrapper().GetStatistics().unwrapped_keys, 1);

  ExpectError(held_signer->Sign({spec.id, "signet/test/other", spec.algorithm}, digest).status(), absl::StatusCode::kDataLoss,
              "STORE_CORRUPT");
  ExpectError(held_signer->Sign(spec, "short").status(), absl::StatusCode::kInvalidArgument, "DIGEST_LENGTH");
  ExpectError(held_signer->Sign({"", "label", basic()}, digest).status(), absl::StatusCode::kInvalidArgument, "INVALID_FIELD");
  ASSERT_TRUE(key_wrapper().DestroyWrappingKey(wrapping_key).ok());
  ExpectError(held_signer->Sign(spec, digest).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
}

TEST_P(HsmConformance, AForgottenKeyIsLookedForAgain) {
  const std::string wrapping_key = NewWrappingKey();
  if (wrapping_key.empty()) return;
  const KeySpec spec = NewSpec(basic());
  Shelf shelf;
  shelf.Put(spec.id, key_wrapper().GenerateWrappedKey(spec, wrapping_key).value());
  const std::unique_ptr<Signer> signer = key_wrapper().CreateSigner(shelf);
  ASSERT_TRUE(signer->Sign(spec, std::string(32, 'd')).ok());
  shelf.Remove(spec.id);
  EXPECT_TRUE(signer->Sign(spec, std::string(32, 'd')).ok()) << "it is unwrapped";
  EXPECT_EQ(shelf.searches, 1);
  key_wrapper().Forget(spec.id);
  key_wrapper().Forget(std::string(kKeyIdSize, 'n'));
  ExpectError(signer->Sign(spec, std::string(32, 'd')).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
  ExpectError(signer->Sign(spec, "short").status(), absl::StatusCode::kInvalidArgument, "DIGEST_LENGTH");
  ExpectError(signer->Sign({"", "label", basic()}, std::string(32, 'd')).status(), absl::StatusCode::kInvalidArgument,
              "INVALID_FIELD");
}

TEST_P(HsmConformance, AKeyThatManyWaitForIsUnwrappedOnce) {
  const std::string wrapping_key = NewWrappingKey();
  if (wrapping_key.empty()) return;
  const KeySpec spec = NewSpec(basic());
  Shelf shelf;
  shelf.Put(spec.id, key_wrapper().GenerateWrappedKey(spec, wrapping_key).value());
  std::vector<std::thread> threads;
  threads.reserve(16);
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&] { EXPECT_TRUE(key_wrapper().CreateSigner(shelf)->Sign(spec, std::string(32, 'd')).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shelf.searches, 1);
  const WrappingStatistics statistics = key_wrapper().GetStatistics();
  EXPECT_EQ(statistics.unwraps, 1u);
  EXPECT_EQ(statistics.hits + statistics.misses, 16u);
  EXPECT_EQ(statistics.unwrapped_keys, 1);
}

TEST_P(HsmConformance, MoreKeysThanHaveRoomSignRightlyFromManyThreads) {
  const std::string wrapping_key = NewWrappingKey();
  if (wrapping_key.empty()) return;
  constexpr int kThreads = 8;
  constexpr int kSignatures = 40;
  Shelf shelf;
  std::vector<std::pair<KeySpec, WrappedKey>> keys;
  for (size_t i = 0; i < 3 * HsmBed::kUnwrappedKeys; ++i) {
    const KeySpec spec = NewSpec(basic());
    const absl::StatusOr<WrappedKey> key = key_wrapper().GenerateWrappedKey(spec, wrapping_key);
    ASSERT_TRUE(key.ok()) << key.status();
    shelf.Put(spec.id, *key);
    keys.emplace_back(spec, *key);
  }
  std::atomic<int> verified = 0;
  std::vector<std::thread> threads;
  threads.reserve(kThreads + 1);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::unique_ptr<Signer> signer = key_wrapper().CreateSigner(shelf);
      for (int i = 0; i < kSignatures; ++i) {
        const auto& [spec, key] = keys[static_cast<size_t>(5 * t + i) % keys.size()];
        const std::string message = absl::StrCat("message ", t, "/", i);
        const absl::StatusOr<std::string> signature = signer->Sign(spec, DigestFor(spec.algorithm, message));
        EXPECT_TRUE(signature.ok()) << signature.status();
        if (signature.ok() && Verifies(key, spec.algorithm, message, *signature)) ++verified;
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < kSignatures; ++i) key_wrapper().Forget(keys[static_cast<size_t>(i) % keys.size()].first.id);
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(verified, kThreads * kSignatures);
  const WrappingStatistics statistics = key_wrapper().GetStatistics();
  EXPECT_GT(statistics.evictions, 0u);
  EXPECT_EQ(statistics.failures, 0u);
  EXPECT_LE(statistics.unwrapped_keys, static_cast<int64_t>(HsmBed::kUnwrappedKeys));
}

}  // namespace signet::hsm
