#include "hsm/spare_sessions.h"

#include <p11-kit/pkcs11.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error.h"
#include "gtest/gtest.h"
#include "hsm/cryptoki_error.h"
#include "hsm/pkcs11_token.h"
#include "hsm/shimmed_token_fixture.h"

namespace signet::hsm {
namespace {

class SpareSessionsTest : public ShimmedTokenFixture {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(ShimmedTokenFixture::SetUp());
    sessions_ = std::make_unique<SpareSessions>(*token_);
  }

  // The session that is lent next, in which the user is logged in.
  CK_SESSION_HANDLE Lent() {
    CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
    const absl::Status status = sessions_->Run([&](TokenSession& session) {
      handle = session.handle();
      return session.CheckLoggedIn();
    });
    EXPECT_TRUE(status.ok()) << status;
    return handle;
  }

  // Borrows so many at the same time.
  std::set<CK_SESSION_HANDLE> LentTogether(size_t count) {
    std::set<CK_SESSION_HANDLE> handles;
    std::function<absl::Status(TokenSession&)> borrow = [&](TokenSession& session) {
      handles.insert(session.handle());
      return handles.size() == count ? absl::OkStatus() : sessions_->Run(borrow);
    };
    EXPECT_TRUE(sessions_->Run(borrow).ok());
    return handles;
  }

  // Has a call in the session that is lent next fail, and returns that session.
  CK_SESSION_HANDLE Fail(CK_RV result) {
    CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
    const absl::Status status = sessions_->Run([&](TokenSession& session) {
      handle = session.handle();
      return session.Check("C_Sign", result);
    });
    EXPECT_EQ(GetCkr(status), CkrName(result)) << status;
    return handle;
  }

  int64_t OpenSessions() { return token_->statistics().open_sessions; }

  std::unique_ptr<SpareSessions> sessions_;
};

TEST_F(SpareSessionsTest, ASessionIsLentAgain) {
  const CK_SESSION_HANDLE first = Lent();
  EXPECT_EQ(Lent(), first);
  EXPECT_EQ(Lent(), first);
}

TEST_F(SpareSessionsTest, WhoBorrowsAtTheSameTimeHasASessionOfTheirOwn) {
  const std::set<CK_SESSION_HANDLE> first = LentTogether(3);
  EXPECT_EQ(first.size(), 3u);
  EXPECT_EQ(LentTogether(3), first);
}

TEST_F(SpareSessionsTest, NoMoreAreKeptThanWork) {
  const int64_t before = OpenSessions();
  LentTogether(SpareSessions::kMost + 2);
  EXPECT_EQ(OpenSessions(), before + static_cast<int64_t>(SpareSessions::kMost));
  sessions_.reset();
  EXPECT_EQ(OpenSessions(), before);
}

TEST_F(SpareSessionsTest, AfterAnErrorASessionIsNotLentAgainAndTheOthersAre) {
  const std::set<CK_SESSION_HANDLE> lent = LentTogether(2);
  const CK_SESSION_HANDLE failed = Fail(CKR_MECHANISM_INVALID);
  const CK_SESSION_HANDLE next = Lent();
  EXPECT_NE(next, failed);
  EXPECT_TRUE(lent.contains(next));
}

TEST_F(SpareSessionsTest, AfterAnErrorThatMayPassNoneIsLentAgain) {
  for (const CK_RV result : {CKR_SESSION_HANDLE_INVALID, CKR_DEVICE_ERROR}) {
    const std::set<CK_SESSION_HANDLE> lent = LentTogether(2);
    Fail(result);
    for (const CK_SESSION_HANDLE handle : LentTogether(2)) EXPECT_FALSE(lent.contains(handle)) << CkrName(result);
  }
}

TEST_F(SpareSessionsTest, AfterTheModuleWasInitialisedAnewOthersAreLent) {
  LentTogether(2);
  shim_.Break();
  while (token_->statistics().recoveries == 0) token_->EnsureWorking().IgnoreError();
  LentTogether(2);
  EXPECT_EQ(OpenSessions(), 3) << "two, and the one that keeps the login alive";
}

}  // namespace
}  // namespace signet::hsm
