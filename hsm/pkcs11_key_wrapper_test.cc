// What is special to wrapped keys on a token behind PKCS#11: what stays in it, and what happens when it fails.
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "gtest/gtest.h"
#include "hsm/testing/pkcs11_hsm_fixture.h"
#include "hsm/wrapped_key.h"

namespace signet::hsm {
namespace {

// WrappedPair is a wrapped key and what signs with it alone.
struct WrappedPair {
  KeySpec spec;
  HeldWrappedKey source;
  PublicKey public_key;
  std::unique_ptr<Signer> signer;
};

class Pkcs11KeyWrapperTest : public Pkcs11HsmTest {
 protected:
  void SetUp() override {
    Pkcs11HsmTest::SetUp();
    ASSERT_TRUE(wrapper().GenerateWrappingKey({wrapping_key_, "signet/test/wrapping"}).ok());
  }

  KeyWrapper& wrapper() { return bed_->key_wrapper(); }

  KeySpec NewSpec() {
    return {std::string(kKeyIdSize - 1, 'w') + static_cast<char>('a' + made_++), "signet/test", Algorithm::kEs256};
  }

  std::unique_ptr<WrappedPair> NewPair() {
    const KeySpec spec = NewSpec();
    const WrappedKey key = wrapper().GenerateWrappedKey(spec, wrapping_key_).value();
    auto pair = std::unique_ptr<WrappedPair>(
        new WrappedPair{spec, HeldWrappedKey(key), PublicKey::FromSpki(spec.algorithm, key.public_key_der).value(), nullptr});
    pair->signer = wrapper().CreateSigner(pair->source);
    return pair;
  }

  static bool Signs(const WrappedPair& pair) {
    const absl::StatusOr<std::string> signature = pair.signer->Sign(pair.spec, kDigest);
    EXPECT_TRUE(signature.ok()) << signature.status();
    return signature.ok() && pair.public_key.VerifyDigest(kDigest, *signature).ok();
  }

  // The private keys in the token and in its sessions.
  std::vector<CK_OBJECT_HANDLE> PrivateKeys() {
    std::vector<CK_OBJECT_HANDLE> objects(64);
    CK_ULONG count = 0;
    OnForeignSession([&](CK_SESSION_HANDLE session) {
      AttributeList criteria;
      criteria.AddNumber(CKA_CLASS, CKO_PRIVATE_KEY);
      EXPECT_EQ(token().C_FindObjectsInit(session, criteria.data(), criteria.size()), CKR_OK);
      EXPECT_EQ(token().C_FindObjects(session, objects.data(), objects.size(), &count), CKR_OK);
      EXPECT_EQ(token().C_FindObjectsFinal(session), CKR_OK);
    });
    objects.resize(count);
    return objects;
  }

  CK_BBOOL IsExtractable(CK_OBJECT_HANDLE key) {
    CK_BBOOL value = CK_TRUE;
    OnForeignSession([&](CK_SESSION_HANDLE session) {
      CK_ATTRIBUTE attribute = {CKA_EXTRACTABLE, &value, sizeof(value)};
      EXPECT_EQ(token().C_GetAttributeValue(session, key, &attribute, 1), CKR_OK);
    });
    return value;
  }

  // Puts copies of the wrapping key's objects in their place.
  void ReplaceWrappingKey() {
    OnForeignSession([&](CK_SESSION_HANDLE session) {
      AttributeList criteria;
      criteria.AddNumber(CKA_CLASS, CKO_SECRET_KEY).AddBytes(CKA_ID, wrapping_key_);
      std::array<CK_OBJECT_HANDLE, 3> objects;
      CK_ULONG count = 0;
      ASSERT_EQ(token().C_FindObjectsInit(session, criteria.data(), criteria.size()), CKR_OK);
      ASSERT_EQ(token().C_FindObjects(session, objects.data(), objects.size(), &count), CKR_OK);
      ASSERT_EQ(token().C_FindObjectsFinal(session), CKR_OK);
      ASSERT_EQ(count, 2u);
      for (CK_ULONG i = 0; i < count; ++i) {
        CK_OBJECT_HANDLE copy = CK_INVALID_HANDLE;
        AttributeList same;  // SoftHSM wants something to change.
        same.AddBytes(CKA_LABEL, "signet/test/wrapping");
        ASSERT_EQ(token().C_CopyObject(session, objects[i], same.data(), same.size(), &copy), CKR_OK);
        ASSERT_EQ(token().C_DestroyObject(session, objects[i]), CKR_OK);
      }
    });
  }

  const std::string wrapping_key_ = std::string(kKeyIdSize, 'W');
};

TEST_F(Pkcs11KeyWrapperTest, NothingIsLeftOfAPairThatWasWrappedAndAnUnwrappedKeyCannotLeave) {
  const std::unique_ptr<WrappedPair> pair = NewPair();
  EXPECT_TRUE(PrivateKeys().empty());
  ASSERT_TRUE(Signs(*pair));
  ASSERT_EQ(PrivateKeys().size(), 1u);
  EXPECT_EQ(IsExtractable(PrivateKeys()[0]), CK_FALSE);
  wrapper().Forget(pair->spec.id);
  EXPECT_TRUE(PrivateKeys().empty());
}

// SoftHSM never uses a number twice, so that the numbers in between tell what was opened or made.
TEST_F(Pkcs11KeyWrapperTest, UnwrappingAFurtherKeyOpensNoSession) {
  // Each was unwrapped once, to prove it, so that by now there are sessions for all that is unwrapped.
  std::vector<std::unique_ptr<WrappedPair>> pairs;
  for (int i = 0; i < 5; ++i) pairs.push_back(NewPair());
  CK_SESSION_HANDLE before = CK_INVALID_HANDLE;
  CK_SESSION_HANDLE after = CK_INVALID_HANDLE;
  OnForeignSession([&](CK_SESSION_HANDLE session) { before = session; });
  ASSERT_TRUE(Signs(*pairs.back()));
  OnForeignSession([&](CK_SESSION_HANDLE session) { after = session; });
  EXPECT_EQ(after - before, 3u) << "the key, its signer's own session, and the one that tells";
}

TEST_F(Pkcs11KeyWrapperTest, KeysThatHadToMakeRoomAreDestroyed) {
  std::vector<std::unique_ptr<WrappedPair>> pairs;
  for (int i = 0; i < 8; ++i) {
    pairs.push_back(NewPair());
    ASSERT_TRUE(Signs(*pairs.back()));
  }
  EXPECT_EQ(PrivateKeys().size(), HsmBed::kUnwrappedKeys);
  for (const std::unique_ptr<WrappedPair>& pair : pairs) EXPECT_TRUE(Signs(*pair));
  EXPECT_EQ(PrivateKeys().size(), HsmBed::kUnwrappedKeys);
}

TEST_F(Pkcs11KeyWrapperTest, AfterALostLoginKeysAreUnwrappedAnew) {
  const std::unique_ptr<WrappedPair> pair = NewPair();
  ASSERT_TRUE(Signs(*pair));
  LogOut();
  EXPECT_TRUE(Signs(*pair));
  EXPECT_EQ(wrapper().GetStatistics().unwraps, 2u);
  LogOut();
  EXPECT_TRUE(Signs(*NewPair()));
}

TEST_F(Pkcs11KeyWrapperTest, AfterTheModuleWasInitialisedAnewKeysAreUnwrappedAnew) {
  const std::unique_ptr<WrappedPair> pair = NewPair();
  ASSERT_TRUE(Signs(*pair));
  shim().Break();
  while (hsm().GetStatistics().recoveries == 0) {
    hsm().CheckHealth().IgnoreError();
    std::this_thread::yield();
  }
  EXPECT_TRUE(Signs(*pair));
}

TEST_F(Pkcs11KeyWrapperTest, ASessionOfUnwrappedKeysThatIsLostDoesNotKeepTheModuleFromBeingInitialisedAgain) {
  const std::unique_ptr<WrappedPair> pair = NewPair();
  ASSERT_TRUE(Signs(*pair));
  for (uint64_t recoveries = 1; recoveries <= 3; ++recoveries) {
    shim().Break();
    // By the health check alone: a signature could let the lost session go by chance.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (hsm().GetStatistics().recoveries < recoveries && std::chrono::steady_clock::now() < end) {
      hsm().CheckHealth().IgnoreError();
      std::this_thread::yield();
    }
    ASSERT_EQ(hsm().GetStatistics().recoveries, recoveries);
    EXPECT_TRUE(Signs(*pair));
  }
}

// What a copy of the token that was put in place of it does, too.
TEST_F(Pkcs11KeyWrapperTest, AWrappingKeyWhoseHandleDiedIsFoundAgain) {
  const std::unique_ptr<WrappedPair> unwrapped = NewPair();
  const std::unique_ptr<WrappedPair> wrapped = NewPair();
  ASSERT_TRUE(Signs(*unwrapped));
  ReplaceWrappingKey();
  EXPECT_TRUE(Signs(*wrapped));
  EXPECT_TRUE(Signs(*unwrapped));
  EXPECT_EQ(wrapper().GetStatistics().hits, 1u) << "it stayed unwrapped";
  ReplaceWrappingKey();
  EXPECT_TRUE(Signs(*NewPair()));
  const std::string other = std::string(kKeyIdSize, 'O');
  ASSERT_TRUE(wrapper().GenerateWrappingKey({other, "signet/test/wrapping"}).ok());
  ReplaceWrappingKey();
  const absl::StatusOr<WrappedKey> anew =
      wrapper().Rewrap(wrapped->spec, wrapped->source.FindWrappedKey(wrapped->spec.id).value(), other);
  EXPECT_TRUE(anew.ok()) << anew.status();
}

TEST_F(Pkcs11KeyWrapperTest, AStaleWrappingKeyCostsNoUnwrappedKey) {
  std::vector<std::unique_ptr<WrappedPair>> unwrapped;
  for (size_t i = 0; i < HsmBed::kUnwrappedKeys; ++i) {
    unwrapped.push_back(NewPair());
    ASSERT_TRUE(Signs(*unwrapped.back()));
  }
  const std::unique_ptr<WrappedPair> wrapped = NewPair();
  const int searches = shim().Calls(ShimFunction::kFindObjectsInit);
  shim().Fail(ShimFunction::kUnwrapKey, CKR_UNWRAPPING_KEY_HANDLE_INVALID, 1000);
  // Two attempts each: in all four sessions.
  for (int i = 0; i < 2; ++i) {
    ExpectError(wrapped->signer->Sign(wrapped->spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  }
  EXPECT_GT(shim().Calls(ShimFunction::kFindObjectsInit), searches) << "the wrapping key was looked for again";
  for (const std::unique_ptr<WrappedPair>& pair : unwrapped) EXPECT_TRUE(Signs(*pair));
  shim().Fail(ShimFunction::kUnwrapKey, CKR_OK, 0);
  EXPECT_TRUE(Signs(*wrapped));
}

TEST_F(Pkcs11KeyWrapperTest, ASignerOfOneWrappedKeyLeavesNothingInTheToken) {
  const KeySpec spec = NewSpec();
  const WrappedKey key = wrapper().GenerateWrappedKey(spec, wrapping_key_).value();
  const std::unique_ptr<Signer> signer = wrapper().CreateSignerOf(key);
  EXPECT_TRUE(signer->Sign(spec, kDigest).ok());
  EXPECT_TRUE(PrivateKeys().empty());
  shim().Fail(ShimFunction::kUnwrapKey, CKR_DEVICE_ERROR);
  EXPECT_TRUE(signer->Sign(spec, kDigest).ok()) << "an error that passes costs a second attempt";
  LogOut();
  EXPECT_TRUE(signer->Sign(spec, kDigest).ok());
  EXPECT_TRUE(PrivateKeys().empty());
}

TEST_F(Pkcs11KeyWrapperTest, AnErrorThatPassesCostsASecondAttempt) {
  const std::unique_ptr<WrappedPair> pair = NewPair();
  shim().Fail(ShimFunction::kUnwrapKey, CKR_GENERAL_ERROR);
  EXPECT_TRUE(Signs(*pair));
  wrapper().Forget(pair->spec.id);
  shim().Fail(ShimFunction::kUnwrapKey, CKR_SESSION_HANDLE_INVALID);
  EXPECT_TRUE(Signs(*pair));
  shim().Fail(ShimFunction::kSign, CKR_OBJECT_HANDLE_INVALID);
  EXPECT_TRUE(Signs(*pair));
  shim().Fail(ShimFunction::kWrapKey, CKR_DEVICE_ERROR);
  EXPECT_TRUE(Signs(*NewPair()));
}

TEST_F(Pkcs11KeyWrapperTest, ATokenThatGoesOnFailingIsUnavailable) {
  const std::unique_ptr<WrappedPair> pair = NewPair();
  const std::unique_ptr<WrappedPair> unwrapped = NewPair();
  ASSERT_TRUE(Signs(*unwrapped));
  shim().Fail(ShimFunction::kUnwrapKey, CKR_FUNCTION_FAILED, 1000);
  ExpectError(pair->signer->Sign(pair->spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  EXPECT_TRUE(Signs(*unwrapped)) << "a key that cannot be unwrapped costs no other its place";
  EXPECT_GT(wrapper().GetStatistics().failures, 0u);
  shim().Fail(ShimFunction::kUnwrapKey, CKR_OK, 0);
  EXPECT_TRUE(Signs(*pair));
  shim().Fail(ShimFunction::kWrapKey, CKR_DEVICE_ERROR, 2);
  ExpectError(wrapper().GenerateWrappedKey(NewSpec(), wrapping_key_).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  shim().Fail(ShimFunction::kWrapKey, CKR_KEY_UNEXTRACTABLE);
  ExpectError(wrapper().GenerateWrappedKey(NewSpec(), wrapping_key_).status(), absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
}

TEST_F(Pkcs11KeyWrapperTest, ATokenThatUnwrapsKeysReadableIsRefused) {
  const std::unique_ptr<WrappedPair> pair = NewPair();
  shim().control().unwraps_extractable_keys = true;
  const absl::Status status = pair->signer->Sign(pair->spec, kDigest).status();
  ExpectError(status, absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
  EXPECT_EQ(GetErrorDetail(status)->metadata["attribute"], "CKA_EXTRACTABLE");
  ExpectError(wrapper().CheckWraps(Algorithm::kRs256With2048), absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
}

TEST_F(Pkcs11KeyWrapperTest, ATokenThatUnwrapsKeysReadableToWrapThemAnewIsRefused) {
  const std::unique_ptr<WrappedPair> pair = NewPair();
  shim().control().unwraps_extractable_keys_readable = true;
  EXPECT_TRUE(Signs(*pair));
  const int wraps = shim().Calls(ShimFunction::kWrapKey);
  const absl::Status status =
      wrapper().Rewrap(pair->spec, pair->source.FindWrappedKey(pair->spec.id).value(), wrapping_key_).status();
  ExpectError(status, absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
  EXPECT_EQ(GetErrorDetail(status)->metadata["attribute"], "CKA_SENSITIVE");
  EXPECT_EQ(shim().Calls(ShimFunction::kWrapKey), wraps);
}

TEST_F(Pkcs11KeyWrapperTest, AKeyThatIsNotWrappableSpeaksForNoOtherCurve) {
  shim().Fail(ShimFunction::kWrapKey, CKR_KEY_NOT_WRAPPABLE);
  ExpectError(wrapper().CheckWraps(Algorithm::kEs384), absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
  ExpectError(wrapper().CheckWraps(Algorithm::kEs384), absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
  EXPECT_TRUE(wrapper().CheckWraps(Algorithm::kEs256).ok());
}

TEST_F(Pkcs11KeyWrapperTest, AWrappedKeyThatSignsForAnotherPublicKeyIsRefused) {
  const std::unique_ptr<WrappedPair> pair = NewPair();
  const int unwraps = shim().Calls(ShimFunction::kUnwrapKey);
  shim().control().signs_wrongly = true;
  ExpectError(pair->signer->Sign(pair->spec, kDigest).status(), absl::StatusCode::kDataLoss, "STORE_CORRUPT");
  EXPECT_GT(shim().Calls(ShimFunction::kUnwrapKey), unwraps) << "its HMAC was right";
  shim().control().signs_wrongly = false;
  EXPECT_TRUE(Signs(*pair));
}

TEST_F(Pkcs11KeyWrapperTest, WhileTheTokenDirectoryIsAwayKeysAreUnavailableAndNothingElse) {
  const std::unique_ptr<WrappedPair> unwrapped = NewPair();
  const std::unique_ptr<WrappedPair> wrapped = NewPair();
  ASSERT_TRUE(Signs(*unwrapped));
  const std::filesystem::path away = bed_->token().token_directory() + "-away";
  std::filesystem::rename(bed_->token().token_directory(), away);
  for (int i = 0; i < 3; ++i) {
    ExpectError(wrapped->signer->Sign(wrapped->spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
    ExpectError(wrapper().GenerateWrappedKey(NewSpec(), wrapping_key_).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
    ExpectError(wrapper().ProveWrappingKey(wrapping_key_), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
    ExpectError(wrapper().ListWrappingKeys("").status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  }
  std::filesystem::rename(away, bed_->token().token_directory());
  while (!hsm().CheckHealth().ok()) std::this_thread::yield();
  EXPECT_TRUE(Signs(*unwrapped));
  EXPECT_TRUE(Signs(*wrapped));
}

TEST_F(Pkcs11KeyWrapperTest, ATokenDirectoryThatComesAndGoesUnderLoadCostsNothingButAvailability) {
  std::vector<std::unique_ptr<WrappedPair>> pairs;
  for (int i = 0; i < 6; ++i) pairs.push_back(NewPair());
  std::atomic<bool> over = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  threads.reserve(2);
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; !over; ++i) {
        const WrappedPair& pair = *pairs[2 * (i % 3) + static_cast<size_t>(t)];
        const absl::StatusOr<std::string> signature = pair.signer->Sign(pair.spec, kDigest);
        if (signature.ok() ? pair.public_key.VerifyDigest(kDigest, *signature).ok()
                           : absl::IsUnavailable(signature.status()) || absl::IsNotFound(signature.status())) {
          continue;
        }
        ++wrong;
        ADD_FAILURE() << signature.status();
        return;
      }
    });
  }
  const std::filesystem::path away = bed_->token().token_directory() + "-away";
  for (int i = 0; i < 4; ++i) {
    std::filesystem::rename(bed_->token().token_directory(), away);
    const uint64_t failures = hsm().GetStatistics().failed_recoveries;
    while (wrong == 0 && hsm().GetStatistics().failed_recoveries == failures) std::this_thread::yield();
    std::filesystem::rename(away, bed_->token().token_directory());
    while (wrong == 0 && !hsm().CheckHealth().ok()) std::this_thread::yield();
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  for (const std::unique_ptr<WrappedPair>& pair : pairs) EXPECT_TRUE(Signs(*pair));
}

}  // namespace
}  // namespace signet::hsm
