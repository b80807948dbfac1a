#ifndef SIGNET_HSM_TESTING_PKCS11_HSM_FIXTURE_H_
#define SIGNET_HSM_TESTING_PKCS11_HSM_FIXTURE_H_

#include <p11-kit/pkcs11.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "gtest/gtest.h"
#include "hsm/attribute_list.h"
#include "hsm/digest.h"
#include "hsm/hsm.h"
#include "hsm/testing/cryptoki_shim.h"
#include "hsm/testing/pkcs11_bed.h"

namespace signet::hsm {

inline const std::string kDigest = ComputeDigest(Hash::kSha256, "message");

inline void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view reason) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(GetReason(status), reason) << status;
}

// Pkcs11HsmTest has a Pkcs11Hsm on a SoftHSM token behind the shim.
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

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_PKCS11_HSM_FIXTURE_H_
