// What Pkcs11Hsm does that the conformance suite cannot see: logins, sessions and handles that are lost, tokens that fail or do not
// do as they are told. What needs more than a new session is in pkcs11_hsm_recovery_test.cc.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/attribute_list.h"
#include "hsm/cryptoki_error.h"
#include "hsm/testing/pkcs11_hsm_fixture.h"

namespace signet::hsm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
