#include "server/core/idempotency.h"

#include <memory>
#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/memory_key_store.h"

namespace signet::core {
namespace {

class IdempotencyTest : public testing::Test {
 protected:
  static ChangeRequest Call(const std::string& request_id, const std::string& fingerprint) {
    ChangeRequest request;
    request.request_id = request_id;
    request.fingerprint = fingerprint;
    return request;
  }

  void Store(keystore::RequestRecord record) {
    keystore::Change change;
    change.puts.emplace_back(std::move(record));
    change.events.emplace_back();
    ASSERT_TRUE(store_->Commit(change).ok());
  }

  std::unique_ptr<keystore::KeyStore> store_ = keystore::CreateMemoryKeyStore();
};

TEST_F(IdempotencyTest, ARepetitionFindsTheFirstResultInItsScopeOnly) {
  keystore::Change change;
  RememberResult("acme", Call("id", "print"), "{\"x\":1}", absl::UnixEpoch(), change);
  change.events.emplace_back();
  ASSERT_TRUE(store_->Commit(change).ok());
  EXPECT_EQ(FindFirstResult(*store_, "acme", Call("id", "print")).value(), "{\"x\":1}");
  EXPECT_EQ(FindFirstResult(*store_, "other", Call("id", "print")).value(), std::nullopt);
  EXPECT_EQ(FindFirstResult(*store_, "acme", Call("other", "print")).value(), std::nullopt);
}

TEST_F(IdempotencyTest, ACallWithoutRequestIdIsNeitherRememberedNorFound) {
  keystore::Change change;
  RememberResult("acme", Call("", "print"), "{}", absl::UnixEpoch(), change);
  EXPECT_TRUE(change.puts.empty());
  EXPECT_EQ(FindFirstResult(*store_, "acme", Call("", "print")).value(), std::nullopt);
}

TEST_F(IdempotencyTest, ACallThatOnlyValidatesIsNotTheRepetitionOfAnything) {
  Store(BeginRequest("acme", Call("id", "print"), absl::UnixEpoch()));
  ChangeRequest validate = Call("id", "another");
  validate.mode = Mode::kValidateOnly;
  EXPECT_EQ(FindFirstResult(*store_, "acme", validate).value(), std::nullopt);
}

TEST_F(IdempotencyTest, ARequestIdOfAnotherRequestIsRefused) {
  Store(BeginRequest("acme", Call("id", "print"), absl::UnixEpoch()));
  const absl::Status status = FindFirstRequest(*store_, "acme", Call("id", "another")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetReason(status), reason::kRequestIdReused);
  EXPECT_EQ(GetErrorDetail(status)->metadata["request_id"], "id");
}

TEST_F(IdempotencyTest, ARequestWithoutResultIsStillAtWork) {
  Store(BeginRequest("acme", Call("id", "print"), absl::UnixEpoch()));
  EXPECT_TRUE(FindFirstRequest(*store_, "acme", Call("id", "print")).value().has_value());
  const absl::Status status = FindFirstResult(*store_, "acme", Call("id", "print")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(GetReason(status), reason::kRequestInProgress);
}

TEST_F(IdempotencyTest, RequestIdsAreUpTo128PrintableAsciiCharacters) {
  EXPECT_TRUE(FindFirstResult(*store_, "acme", Call(std::string(128, '~'), "")).ok());
  EXPECT_TRUE(FindFirstResult(*store_, "acme", Call("a b\"c", "")).ok());
  for (const std::string& id : {std::string(129, 'x'), std::string(10'000, 'x'), std::string("a\nb"), std::string("\xc3\xa4"),
                                std::string("a\0b", 3), std::string("\x7f")}) {
    for (const Mode mode : {Mode::kExecute, Mode::kValidateOnly}) {
      ChangeRequest request = Call(id, "");
      request.mode = mode;
      const absl::Status status = FindFirstResult(*store_, "acme", request).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
      EXPECT_EQ(GetReason(status), reason::kInvalidField);
    }
  }
}

}  // namespace
}  // namespace signet::core
