// What Pkcs11Hsm does that the conformance suite cannot see: logins, sessions and handles that are lost, tokens that fail or do not
// do as they are told.
#include "hsm/pkcs11_hsm.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/attribute_list.h"
#include "hsm/digest.h"
#include "hsm/testing/cryptoki_shim.h"
#include "hsm/testing/pkcs11_bed.h"

namespace signet::hsm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kDigest = ComputeDigest(Hash::kSha256, "message");

void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view reason) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(GetReason(status), reason) << status;
}

std::string GetCkr(const absl::Status& status) { return GetErrorDetail(status)->metadata["ckr"]; }

class Pkcs11HsmTest : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<Pkcs11Bed>> bed = Pkcs11Bed::Create(std::make_unique<CryptokiShim>());
    ASSERT_TRUE(bed.ok()) << bed.status();
    bed_ = *std::move(bed);
    signer_ = hsm().CreateSigner();
  }

  Hsm& hsm() { return bed_->hsm(); }
  CryptokiShim& shim() { return bed_->shim(); }
  const CK_FUNCTION_LIST& token() { return bed_->shim().token(); }

  KeySpec Generate(Algorithm algorithm = Algorithm::kEs256) {
    KeySpec spec = {std::string(kKeyIdSize - 1, 'k') + static_cast<char>('a' + made_++), "signet/test", algorithm};
    const absl::StatusOr<PublicKey> key = hsm().GenerateKey(spec);
    EXPECT_TRUE(key.ok()) << key.status();
    return spec;
  }

  bool Signs(const KeySpec& spec) { return Verifies(spec, signer_->Sign(spec, kDigest)); }

  bool Verifies(const KeySpec& spec, const absl::StatusOr<std::string>& signature) {
    const absl::StatusOr<PublicKey> key = hsm().ProveKey(spec);
    EXPECT_TRUE(signature.ok()) << signature.status();
    EXPECT_TRUE(key.ok()) << key.status();
    return signature.ok() && key.ok() && key->VerifyDigest(kDigest, *signature).ok();
  }

  // Runs `work` on a session of the test's own. It is a part of the same process, so it shares the login of the Hsm.
  void OnForeignSession(const std::function<void(CK_SESSION_HANDLE)>& work) {
    CK_SLOT_ID slots[8];
    CK_ULONG count = 8;
    ASSERT_EQ(token().C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    CK_SESSION_HANDLE session = 0;
    ASSERT_EQ(token().C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session), CKR_OK);
    work(session);
    token().C_CloseSession(session);
  }

  void LogOut() {
    OnForeignSession([&](CK_SESSION_HANDLE session) { ASSERT_EQ(token().C_Logout(session), CKR_OK); });
  }

  // Finds the one object of a class with the spec's id.
  CK_OBJECT_HANDLE FindObject(CK_SESSION_HANDLE session, const KeySpec& spec, CK_OBJECT_CLASS object_class) {
    AttributeList criteria;
    criteria.AddNumber(CKA_CLASS, object_class).AddBytes(CKA_ID, spec.id);
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_ULONG count = 0;
    EXPECT_EQ(token().C_FindObjectsInit(session, criteria.data(), criteria.size()), CKR_OK);
    EXPECT_EQ(token().C_FindObjects(session, &object, 1, &count), CKR_OK);
    EXPECT_EQ(token().C_FindObjectsFinal(session), CKR_OK);
    EXPECT_EQ(count, 1u);
    return object;
  }

  void DestroyHalf(const KeySpec& spec, CK_OBJECT_CLASS object_class) {
    OnForeignSession([&](CK_SESSION_HANDLE session) {
      ASSERT_EQ(token().C_DestroyObject(session, FindObject(session, spec, object_class)), CKR_OK);
    });
  }

  int made_ = 0;
  std::unique_ptr<Pkcs11Bed> bed_;
  std::unique_ptr<Signer> signer_;
};

TEST_F(Pkcs11HsmTest, ANewKeyIsSignedWithWithoutASearch) {
  const KeySpec spec = Generate();
  const int searches = shim().Calls(ShimFunction::kFindObjectsInit);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(signer_->Sign(spec, kDigest).ok());
  ASSERT_TRUE(hsm().CreateSigner()->Sign(spec, kDigest).ok());
  EXPECT_EQ(shim().Calls(ShimFunction::kFindObjectsInit), searches);
}

TEST_F(Pkcs11HsmTest, ASignerOpensItsSessionAtTheFirstSignature) {
  const KeySpec spec = Generate();
  const int sessions = shim().Calls(ShimFunction::kOpenSession);
  const std::unique_ptr<Signer> signer = hsm().CreateSigner();
  EXPECT_EQ(shim().Calls(ShimFunction::kOpenSession), sessions);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(signer->Sign(spec, kDigest).ok());
  EXPECT_EQ(shim().Calls(ShimFunction::kOpenSession), sessions + 1) << "and keeps it";
}

TEST_F(Pkcs11HsmTest, ALostLoginIsRenewedOnceForAllThreads) {
  const KeySpec spec = Generate();
  ASSERT_TRUE(Signs(spec));
  ASSERT_EQ(shim().Calls(ShimFunction::kLogin), 1);
  LogOut();
  const int searches = shim().Calls(ShimFunction::kFindObjectsInit);
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      const std::unique_ptr<Signer> signer = hsm().CreateSigner();
      for (int i = 0; i < 20; ++i) {
        const absl::StatusOr<std::string> signature = signer->Sign(spec, kDigest);
        EXPECT_TRUE(signature.ok()) << signature.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shim().Calls(ShimFunction::kFindObjectsInit), searches + 1) << "the key is looked up once for all signers";
  EXPECT_TRUE(Signs(spec)) << "a signer from before the loss works on";
  EXPECT_EQ(shim().Calls(ShimFunction::kLogin), 2);
}

TEST_F(Pkcs11HsmTest, EveryCallRenewsALostLogin) {
  const KeySpec spec = Generate();
  LogOut();
  EXPECT_TRUE(hsm().ProveKey(spec).ok());
  LogOut();
  EXPECT_THAT(*hsm().ListKeys(""), ElementsAre(testing::Field(&StoredKey::has_private_key, true)))
      << "the private key is invisible without a login";
  LogOut();
  Generate();
  LogOut();
  EXPECT_TRUE(hsm().CheckHealth().ok());
  LogOut();
  EXPECT_TRUE(hsm().DestroyKey(spec.id).ok());
  ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
  EXPECT_EQ(shim().Calls(ShimFunction::kLogin), 6);
}

TEST_F(Pkcs11HsmTest, LostSessionsAreOpenedAnew) {
  const KeySpec spec = Generate();
  ASSERT_TRUE(Signs(spec));
  CK_SLOT_ID slots[8];
  CK_ULONG count = 8;
  ASSERT_EQ(token().C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
  ASSERT_EQ(token().C_CloseAllSessions(slots[0]), CKR_OK);
  const int closed = shim().Calls(ShimFunction::kCloseSession);
  ASSERT_TRUE(signer_->Sign(spec, kDigest).ok());
  EXPECT_EQ(shim().Calls(ShimFunction::kCloseSession), closed) << "a handle that the token does not know is not closed";
  EXPECT_TRUE(Signs(spec));
}

TEST_F(Pkcs11HsmTest, APinThatIsRefusedWhileRunningIsNeverTriedAgain) {
  const KeySpec spec = Generate();
  ASSERT_TRUE(Signs(spec));
  OnForeignSession([&](CK_SESSION_HANDLE session) {
    std::string old_pin(bed_->token().user_pin().Expose());
    std::string new_pin = "changed";
    ASSERT_EQ(token().C_SetPIN(session, reinterpret_cast<CK_UTF8CHAR*>(old_pin.data()), old_pin.size(),
                               reinterpret_cast<CK_UTF8CHAR*>(new_pin.data()), new_pin.size()),
              CKR_OK);
    ASSERT_EQ(token().C_Logout(session), CKR_OK);
  });
  for (int i = 0; i < 3; ++i) {
    for (const absl::Status& status :
         {signer_->Sign(spec, kDigest).status(), hsm().CreateSigner()->Sign(spec, kDigest).status(), hsm().CheckHealth(),
          hsm().GenerateKey({std::string(kKeyIdSize, 'n'), "signet/test", Algorithm::kEs256}).status(),
          hsm().ProveKey(spec).status(), hsm().DestroyKey(spec.id), hsm().ListKeys("").status()}) {
      ExpectError(status, absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED");
    }
  }
  EXPECT_EQ(shim().Calls(ShimFunction::kLogin), 2) << "at the start, and once after the loss";
}

TEST_F(Pkcs11HsmTest, AfterAnErrorOfTheDeviceItSignsOnceMoreAndOnAnotherSession) {
  const KeySpec spec = Generate();
  ASSERT_TRUE(signer_->Sign(spec, kDigest).ok());
  for (const CK_RV result : {CKR_DEVICE_ERROR, CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED, CKR_VENDOR_DEFINED + 7}) {
    shim().Fail(ShimFunction::kSign, result);
    const int closed = shim().Calls(ShimFunction::kCloseSession);
    const int opened = shim().Calls(ShimFunction::kOpenSession);
    const absl::StatusOr<std::string> signature = signer_->Sign(spec, kDigest);
    EXPECT_EQ(shim().Calls(ShimFunction::kCloseSession), closed + 1);
    EXPECT_EQ(shim().Calls(ShimFunction::kOpenSession), opened + 1);
    EXPECT_TRUE(Verifies(spec, signature));

    shim().Fail(ShimFunction::kSign, result, 2);
    ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
    EXPECT_TRUE(signer_->Sign(spec, kDigest).ok());
  }
  EXPECT_EQ(shim().Calls(ShimFunction::kLogin), 1);
  EXPECT_EQ(hsm().GetStatistics().recoveries, 0u) << "the token says that all is well";
  shim().Fail(ShimFunction::kSign, CKR_VENDOR_DEFINED + 7, 2);
  EXPECT_EQ(GetCkr(signer_->Sign(spec, kDigest).status()), "CKR_VENDOR_DEFINED+0x7");
}

TEST_F(Pkcs11HsmTest, AStaleHandleIsLookedUpAnewOnceAndThenGivenUp) {
  const KeySpec spec = Generate();
  ASSERT_TRUE(signer_->Sign(spec, kDigest).ok());
  for (const CK_RV result :
       {CKR_OBJECT_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID, CKR_SESSION_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN}) {
    const int searches = shim().Calls(ShimFunction::kFindObjectsInit);
    shim().Fail(ShimFunction::kSignInit, result, 1);
    EXPECT_TRUE(signer_->Sign(spec, kDigest).ok());
    EXPECT_EQ(shim().Calls(ShimFunction::kFindObjectsInit), searches + 1);

    const int attempts = shim().Calls(ShimFunction::kSignInit);
    shim().Fail(ShimFunction::kSignInit, result, 100);
    ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
    EXPECT_EQ(shim().Calls(ShimFunction::kSignInit), attempts + 2);
    shim().Fail(ShimFunction::kSignInit, CKR_OK, 0);
    EXPECT_TRUE(signer_->Sign(spec, kDigest).ok());
  }
  EXPECT_EQ(shim().Calls(ShimFunction::kLogin), 1) << "the login was never lost";
}

TEST_F(Pkcs11HsmTest, NoSessionLeftIsUnavailable) {
  const KeySpec spec = Generate();
  shim().Fail(ShimFunction::kOpenSession, CKR_SESSION_COUNT);
  EXPECT_TRUE(signer_->Sign(spec, kDigest).ok()) << "one may be free at the second attempt";
  signer_ = hsm().CreateSigner();
  shim().Fail(ShimFunction::kOpenSession, CKR_SESSION_COUNT, 2);
  ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  EXPECT_TRUE(signer_->Sign(spec, kDigest).ok());
}

TEST_F(Pkcs11HsmTest, AVanishedTokenDirectoryIsUnavailableAndCrashesNothing) {
  const KeySpec spec = Generate();
  const KeySpec unsigned_yet = Generate();
  ASSERT_TRUE(Signs(spec));
  ASSERT_GT(std::filesystem::remove_all(bed_->token().token_directory()), 0u);
  for (int i = 0; i < 3; ++i) {
    for (const absl::Status& status : {signer_->Sign(spec, kDigest).status(), signer_->Sign(unsigned_yet, kDigest).status(),
                                       hsm().CreateSigner()->Sign(spec, kDigest).status(), hsm().CheckHealth(),
                                       hsm().GenerateKey({std::string(kKeyIdSize, 'n'), "signet/test", Algorithm::kEs256}).status(),
                                       hsm().ProveKey(spec).status(), hsm().DestroyKey(spec.id), hsm().ListKeys("").status()}) {
      ExpectError(status, absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
    }
  }
}

TEST_F(Pkcs11HsmTest, ATokenDirectoryThatComesBackIsRecoveredByItself) {
  const KeySpec spec = Generate();
  ASSERT_TRUE(Signs(spec));
  const std::filesystem::path away = bed_->token().token_directory() + "-away";
  std::filesystem::rename(bed_->token().token_directory(), away);
  ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  std::filesystem::rename(away, bed_->token().token_directory());
  while (hsm().GetStatistics().recoveries == 0) std::this_thread::yield();
  EXPECT_TRUE(hsm().CheckHealth().ok());
  EXPECT_TRUE(Signs(spec));
  EXPECT_GT(hsm().GetStatistics().failed_recoveries, 0u);
  EXPECT_GE(shim().Calls(ShimFunction::kLogin), 2);
}

TEST_F(Pkcs11HsmTest, AModuleThatWasFinalisedIsInitialisedAndTheSameCallSigns) {
  const KeySpec spec = Generate();
  ASSERT_TRUE(Signs(spec));
  ASSERT_EQ(token().C_Finalize(nullptr), CKR_OK);
  EXPECT_TRUE(Signs(spec));
  EXPECT_EQ(hsm().GetStatistics().recoveries, 1u);
}

TEST_F(Pkcs11HsmTest, TheHealthCheckRecoversAnIdleToken) {
  ASSERT_EQ(token().C_Finalize(nullptr), CKR_OK);
  EXPECT_TRUE(hsm().CheckHealth().ok());
  EXPECT_EQ(hsm().GetStatistics().recoveries, 1u);
}

TEST_F(Pkcs11HsmTest, EverySignatureIsRightWhileTheModuleIsInitialisedAnewAgainAndAgain) {
  std::vector<KeySpec> specs;
  std::vector<PublicKey> keys;
  for (int i = 0; i < 4; ++i) {
    specs.push_back(Generate());
    keys.push_back(*hsm().ProveKey(specs.back()));
  }
  std::atomic<bool> over = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::unique_ptr<Signer> signer = hsm().CreateSigner();
      for (size_t i = t; !over; ++i) {
        const absl::StatusOr<std::string> signature = signer->Sign(specs[i % 4], kDigest);
        if (signature.ok() ? !keys[i % 4].VerifyDigest(kDigest, *signature).ok() : !absl::IsUnavailable(signature.status()))
          ++wrong;
      }
    });
  }
  for (uint64_t restarts = 1; restarts <= 5; ++restarts) {
    shim().Break();
    while (hsm().GetStatistics().recoveries < restarts) std::this_thread::yield();
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_TRUE(Signs(specs[0]));
}

TEST_F(Pkcs11HsmTest, ATokenThatSaysThatAllIsWellAndDoesNotSignIsRecovered) {
  const KeySpec spec = Generate();
  shim().Fail(ShimFunction::kSign, CKR_GENERAL_ERROR, 1000);
  while (hsm().GetStatistics().recoveries == 0) {
    ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  }
  shim().Fail(ShimFunction::kSign, CKR_OK, 0);
  EXPECT_TRUE(Signs(spec));
}

TEST_F(Pkcs11HsmTest, ACallThatHangsKeepsTheModuleFromRecoveryButNobodyWaiting) {
  const KeySpec spec = Generate();
  std::promise<void> hang;
  shim().HangSign(hang.get_future().share());
  std::thread hung([&] { EXPECT_TRUE(absl::IsUnavailable(hsm().CreateSigner()->Sign(spec, kDigest).status())); });
  shim().AwaitHungSign();
  shim().Break();
  for (int i = 0; i < 3; ++i) {
    ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
    ExpectError(hsm().CheckHealth(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  }
  EXPECT_EQ(hsm().GetStatistics().recoveries, 0u);
  hang.set_value();
  hung.join();
  while (hsm().GetStatistics().recoveries == 0) std::this_thread::yield();
  EXPECT_TRUE(Signs(spec));
}

TEST_F(Pkcs11HsmTest, ARecoveryEndsWhereThePinIsRefused) {
  const KeySpec spec = Generate();
  shim().Fail(ShimFunction::kLogin, CKR_PIN_INCORRECT);
  shim().Break();
  for (int i = 0; i < 3; ++i) {
    ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED");
    ExpectError(hsm().CheckHealth(), absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED");
  }
  EXPECT_EQ(shim().Calls(ShimFunction::kLogin), 2);
}

TEST_F(Pkcs11HsmTest, CountsTheSessionsThatAreOpen) {
  const KeySpec spec = Generate();
  EXPECT_EQ(hsm().GetStatistics().open_sessions, 1) << "the one that keeps the login alive";
  ASSERT_TRUE(signer_->Sign(spec, kDigest).ok());
  EXPECT_EQ(hsm().GetStatistics().open_sessions, 2);
  signer_.reset();
  EXPECT_EQ(hsm().GetStatistics().open_sessions, 1);
}

TEST_F(Pkcs11HsmTest, TheTokenNeitherShowsNorWrapsAPrivateKey) {
  const KeySpec spec = Generate();
  OnForeignSession([&](CK_SESSION_HANDLE session) {
    const CK_OBJECT_HANDLE key = FindObject(session, spec, CKO_PRIVATE_KEY);
    CK_BYTE buffer[1024];
    CK_ATTRIBUTE value = {CKA_VALUE, buffer, sizeof(buffer)};
    EXPECT_EQ(token().C_GetAttributeValue(session, key, &value, 1), CKR_ATTRIBUTE_SENSITIVE);

    AttributeList wrapping_template;
    wrapping_template.AddBool(CKA_TOKEN, false).AddBool(CKA_WRAP, true).AddNumber(CKA_VALUE_LEN, 32);
    CK_MECHANISM generation = {CKM_AES_KEY_GEN, nullptr, 0};
    CK_OBJECT_HANDLE wrapping_key = CK_INVALID_HANDLE;
    ASSERT_EQ(token().C_GenerateKey(session, &generation, wrapping_template.data(), wrapping_template.size(), &wrapping_key),
              CKR_OK);
    CK_MECHANISM wrapping = {CKM_AES_KEY_WRAP_PAD, nullptr, 0};
    CK_ULONG size = sizeof(buffer);
    EXPECT_EQ(token().C_WrapKey(session, &wrapping, wrapping_key, key, buffer, &size), CKR_KEY_UNEXTRACTABLE);
  });
}

TEST_F(Pkcs11HsmTest, AKeyThatCameOutExtractableIsDestroyedAndRefused) {
  shim().control().makes_extractable_keys = true;
  const absl::Status status = hsm().GenerateKey({std::string(kKeyIdSize, 'n'), "signet/test", Algorithm::kEs256}).status();
  ExpectError(status, absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
  EXPECT_EQ(GetErrorDetail(status)->metadata["attribute"], "CKA_EXTRACTABLE");
  EXPECT_THAT(*hsm().ListKeys(""), IsEmpty());
}

TEST_F(Pkcs11HsmTest, AKeyWhoseProofFailsIsDestroyedAndTheFailureCanBeRetried) {
  const KeySpec spec = {std::string(kKeyIdSize, 'n'), "signet/test", Algorithm::kEs256};
  shim().control().signs_wrongly = true;
  ExpectError(hsm().GenerateKey(spec).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  shim().control().signs_wrongly = false;
  shim().Fail(ShimFunction::kSign, CKR_DEVICE_ERROR);
  ExpectError(hsm().GenerateKey(spec).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  EXPECT_THAT(*hsm().ListKeys(""), IsEmpty());
  EXPECT_TRUE(hsm().GenerateKey(spec).ok());
}

TEST_F(Pkcs11HsmTest, AGenerationOfUnknownOutcomeIsNotRepeatedAndLeavesNothing) {
  const KeySpec spec = {std::string(kKeyIdSize, 'n'), "signet/test", Algorithm::kEs256};
  for (const CK_RV result : {CKR_DEVICE_ERROR, CKR_SESSION_HANDLE_INVALID}) {
    const int calls = shim().Calls(ShimFunction::kGenerateKeyPair);
    shim().Fail(ShimFunction::kGenerateKeyPair, result);
    ExpectError(hsm().GenerateKey(spec).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
    EXPECT_EQ(shim().Calls(ShimFunction::kGenerateKeyPair), calls + 1);
    EXPECT_THAT(*hsm().ListKeys(""), IsEmpty());
  }
}

TEST_F(Pkcs11HsmTest, AFullTokenIsResourceExhausted) {
  shim().Fail(ShimFunction::kGenerateKeyPair, CKR_DEVICE_MEMORY);
  ExpectError(hsm().GenerateKey({std::string(kKeyIdSize, 'n'), "signet/test", Algorithm::kEs256}).status(),
              absl::StatusCode::kResourceExhausted, "STORAGE_FULL");
}

TEST_F(Pkcs11HsmTest, HalfAPairIsNotProvenButListedAndDestroyed) {
  const KeySpec without_public = Generate();
  const KeySpec without_private = Generate();
  DestroyHalf(without_public, CKO_PUBLIC_KEY);
  DestroyHalf(without_private, CKO_PRIVATE_KEY);
  EXPECT_THAT(
      *hsm().ListKeys(""),
      ElementsAre(
          testing::AllOf(testing::Field(&StoredKey::has_private_key, true), testing::Field(&StoredKey::has_public_key, false)),
          testing::AllOf(testing::Field(&StoredKey::has_private_key, false), testing::Field(&StoredKey::has_public_key, true))));
  for (const KeySpec& spec : {without_public, without_private}) {
    ExpectError(hsm().ProveKey(spec).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
    ExpectError(hsm().GenerateKey(spec).status(), absl::StatusCode::kAlreadyExists, "KEY_EXISTS");
    EXPECT_TRUE(hsm().DestroyKey(spec.id).ok());
    EXPECT_TRUE(hsm().GenerateKey(spec).ok());
  }
}

TEST_F(Pkcs11HsmTest, APairThatCannotSignIsNotProvenUnlessTheTokenFails) {
  const KeySpec spec = Generate();
  for (const CK_RV result : {CKR_GENERAL_ERROR, CKR_KEY_FUNCTION_NOT_PERMITTED}) {
    shim().Fail(ShimFunction::kSign, result, 2);
    ExpectError(hsm().ProveKey(spec).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
  }
  shim().Fail(ShimFunction::kSign, CKR_DEVICE_ERROR, 2);
  ExpectError(hsm().ProveKey(spec).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  shim().control().signs_wrongly = true;
  ExpectError(hsm().ProveKey(spec).status(), absl::StatusCode::kNotFound, "KEY_NOT_FOUND");
  shim().control().signs_wrongly = false;
  EXPECT_TRUE(hsm().ProveKey(spec).ok());
}

}  // namespace
}  // namespace signet::hsm
