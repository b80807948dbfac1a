#include "hsm/session_objects.h"

#include <p11-kit/pkcs11.h>

#include <array>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error.h"
#include "gtest/gtest.h"
#include "hsm/attribute_list.h"
#include "hsm/cryptoki_error.h"
#include "hsm/pkcs11_token.h"
#include "hsm/shimmed_token_fixture.h"

namespace signet::hsm {
namespace {

using Object = std::shared_ptr<const SessionObject>;

// As many as there are sessions.
constexpr int kPlaces = 4;

class SessionObjectsTest : public ShimmedTokenFixture {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(ShimmedTokenFixture::SetUp());
    objects_ = std::make_unique<SessionObjects>(*token_);
  }

  static absl::StatusOr<CK_OBJECT_HANDLE> MakeObject(TokenSession& session) {
    AttributeList attributes;
    attributes.AddNumber(CKA_CLASS, CKO_DATA).AddBool(CKA_TOKEN, false).AddBytes(CKA_VALUE, "object");
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    SIGNET_RETURN_IF_ERROR(session.Check(
        "C_CreateObject", session.functions().C_CreateObject(session.handle(), attributes.data(), attributes.size(), &handle)));
    return handle;
  }

  Object Make() {
    absl::StatusOr<Object> object = objects_->Make(MakeObject);
    EXPECT_TRUE(object.ok()) << object.status();
    return object.ok() ? *object : nullptr;
  }

  // Has the token answer `result` to what is to make an object in each of the sessions.
  void FailInEachPlace(CK_RV result) {
    for (int i = 0; i < kPlaces; ++i) {
      const absl::Status status =
          objects_->Make([&](TokenSession& session) { return session.Check("C_UnwrapKey", result); }).status();
      EXPECT_EQ(GetCkr(status), CkrName(result)) << status;
    }
  }

  // Whether the token has the object.
  bool Exists(const SessionObject& object) {
    absl::StatusOr<TokenSession> session = token_->OpenSession(SessionMode::kReadOnly);
    EXPECT_TRUE(session.ok()) << session.status();
    CK_ULONG size = 0;
    return session.ok() && session->functions().C_GetObjectSize(session->handle(), object.handle, &size) == CKR_OK;
  }

  std::unique_ptr<SessionObjects> objects_;
};

TEST_F(SessionObjectsTest, AnObjectIsDestroyedAfterItsLastPointer) {
  Object object = Make();
  ASSERT_NE(object, nullptr);
  const SessionObject known = *object;
  EXPECT_TRUE(objects_->IsAlive(known));
  objects_->Sweep();
  EXPECT_TRUE(Exists(known));
  object.reset();
  objects_->Sweep();
  EXPECT_FALSE(Exists(known));
}

TEST_F(SessionObjectsTest, WhatALostSessionHadMadeIsKnownToBeGone) {
  for (const CK_RV result : {CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED, CKR_USER_NOT_LOGGED_IN}) {
    const Object object = Make();
    ASSERT_NE(object, nullptr);
    FailInEachPlace(result);
    EXPECT_FALSE(objects_->IsAlive(*object)) << CkrName(result);
  }
  const Object object = Make();
  ASSERT_NE(object, nullptr);
  EXPECT_TRUE(objects_->IsAlive(*object));
  EXPECT_TRUE(Exists(*object));
}

TEST_F(SessionObjectsTest, AnErrorThatIsNotOfTheSessionCostsNoObject) {
  std::vector<Object> objects;
  for (int i = 0; i < kPlaces; ++i) objects.push_back(Make());
  for (const CK_RV result : {CKR_UNWRAPPING_KEY_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID,
                             CKR_GENERAL_ERROR, CKR_WRAPPED_KEY_INVALID}) {
    FailInEachPlace(result);
  }
  for (const Object& object : objects) {
    ASSERT_NE(object, nullptr);
    EXPECT_TRUE(objects_->IsAlive(*object));
    EXPECT_TRUE(Exists(*object));
  }
}

TEST_F(SessionObjectsTest, ACallThatHangsInOneSessionHoldsUpNoOther) {
  std::promise<void> hanging;
  std::promise<void> end;
  std::thread hung([&] {
    const absl::StatusOr<Object> object = objects_->Make([&](TokenSession& session) {
      hanging.set_value();
      end.get_future().wait();
      return MakeObject(session);
    });
    EXPECT_TRUE(object.ok()) << object.status();
  });
  hanging.get_future().wait();
  for (int i = 0; i < 2 * kPlaces; ++i) EXPECT_NE(Make(), nullptr);
  objects_->Sweep();
  end.set_value();
  hung.join();
}

TEST_F(SessionObjectsTest, WhileCallsHangInAllSessionsAnotherOneIsUnavailable) {
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  std::array<std::promise<void>, kPlaces> hanging;
  std::vector<std::thread> hung;
  hung.reserve(kPlaces);
  for (std::promise<void>& one : hanging) {
    hung.emplace_back([&] {
      const absl::StatusOr<Object> object = objects_->Make([&](TokenSession& session) {
        one.set_value();
        ended.wait();
        return MakeObject(session);
      });
      EXPECT_TRUE(object.ok()) << object.status();
    });
  }
  for (std::promise<void>& one : hanging) one.get_future().wait();
  const absl::Status status = objects_->Make(MakeObject).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(GetReason(status), "HSM_UNAVAILABLE");
  end.set_value();
  for (std::thread& thread : hung) thread.join();
  EXPECT_NE(Make(), nullptr);
}

}  // namespace
}  // namespace signet::hsm
