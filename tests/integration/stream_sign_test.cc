// StreamSign: signatures for as long as the caller likes.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "hsm/public_key.h"
#include "tests/integration/rpc_test.h"
#include "tests/integration/scripted_authenticator.h"

namespace signet::testing {
namespace {

// A stream, and what came back on it.
class Stream {
 public:
  explicit Stream(KeyStub& stub, const std::string& token = "") {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    if (!token.empty()) context_.AddMetadata("authorization", "Bearer " + token);
    stream_ = stub.StreamSign(&context_);
  }
  ~Stream() {
    if (!finished_) {
      context_.TryCancel();
      End();
    }
  }

  // Sends `count` items with the ids from `first_id` on.
  bool Send(const std::string& ring, uint64_t first_id, int count) {
    v1::StreamSignRequest request;
    request.set_key_ring(ring);
    for (int i = 0; i < count; ++i) {
      v1::StreamSignRequest::Item& item = *request.add_items();
      item.set_id(first_id + i);
      item.mutable_input()->set_data(absl::StrCat("data ", first_id + i));
    }
    return stream_->Write(request);
  }
  // Reads until that many results are there in all, or the stream ends.
  void Await(size_t count) {
    v1::StreamSignResponse response;
    while (results_.size() < count && stream_->Read(&response)) {
      for (const v1::StreamSignResponse::Result& result : response.results()) {
        EXPECT_TRUE(results_.emplace(result.id(), result).second) << "twice: " << result.id();
      }
    }
  }
  void HalfClose() { stream_->WritesDone(); }
  void Cancel() { context_.TryCancel(); }
  // Reads to the end. Returns how the call ended.
  std::string End() {
    Await(SIZE_MAX);
    finished_ = true;
    return OutcomeOf(stream_->Finish());
  }
  const std::map<uint64_t, v1::StreamSignResponse::Result>& results() const { return results_; }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::StreamSignRequest, v1::StreamSignResponse>> stream_;
  std::map<uint64_t, v1::StreamSignResponse::Result> results_;
  bool finished_ = false;
};

class StreamSignTest : public BackendTest {};

INSTANTIATE_TEST_SUITE_P(Backends, StreamSignTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite), BackendName);

TEST_P(StreamSignTest, AnswersEachItemOnceUnderItsIdAndEndsWithItsCaller) {
  const v1::SigningKey key = MakeEnabledKey();
  Stream stream(*key_stub_);
  // More than the server takes without reply: the writer is held up, so somebody must read.
  std::thread writer([&] {
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(stream.Send(i == 0 ? kRing : "", static_cast<uint64_t>(i) * 50, 50));
    stream.HalfClose();
  });
  EXPECT_EQ(stream.End(), "OK");
  writer.join();
  ASSERT_EQ(stream.results().size(), 2000u);
  v1::GetPublicKeyRequest request;
  request.set_name(key.name());
  const auto public_key = hsm::PublicKey::FromSpki(hsm::Algorithm::kEs256, Call(&KeyStub::GetPublicKey, request)->der());
  ASSERT_TRUE(public_key.ok()) << public_key.status();
  for (const auto& [id, result] : stream.results()) {
    ASSERT_TRUE(public_key->VerifyMessage(absl::StrCat("data ", id), result.signature().signature()).ok()) << id;
  }
  EXPECT_EQ(GetKey(key.name()).signature_count(), 2000);
}

TEST_P(StreamSignTest, AnItemThatFailsLeavesTheOthersAlone) {
  const v1::SigningKey key = MakeEnabledKey();
  Stream stream(*key_stub_);
  ASSERT_TRUE(stream.Send(kRing, 1, 1));
  stream.Await(1);
  v1::RevokeKeyRequest revoke;
  revoke.set_name(key.name());
  revoke.set_force(true);
  ASSERT_EQ(Call(&KeyStub::RevokeKey, revoke).outcome(), "OK");
  ASSERT_TRUE(stream.Send("", 2, 1));
  stream.Await(2);
  EXPECT_TRUE(stream.results().at(1).has_signature());
  EXPECT_EQ(stream.results().at(2).error().code(), static_cast<int>(grpc::StatusCode::FAILED_PRECONDITION));
  MakeEnabledKey();
  ASSERT_TRUE(stream.Send("", 3, 1));
  stream.HalfClose();
  EXPECT_EQ(stream.End(), "OK");
  EXPECT_TRUE(stream.results().at(3).has_signature());
}

TEST_P(StreamSignTest, EndsWhereAMessageNamesAWrongRingOrTooMuch) {
  MakeEnabledKey();
  const auto outcome_of = [&](const std::string& ring, int count) {
    Stream stream(*key_stub_);
    stream.Send(ring, 0, count);
    return stream.End();
  };
  EXPECT_EQ(outcome_of("", 1), "INVALID_ARGUMENT MISSING_FIELD");
  EXPECT_EQ(outcome_of("tenants/acme/keyRings/none", 1), "NOT_FOUND KEY_RING_NOT_FOUND");
  EXPECT_EQ(outcome_of("tenants/none/keyRings/access-token", 1), "NOT_FOUND TENANT_NOT_FOUND");
  EXPECT_EQ(outcome_of(kRing, 257), "INVALID_ARGUMENT INVALID_FIELD");
}

// Made before the server, which asks it.
struct Callers {
  Callers() {
    authenticator.SetAnonymous(core::LocalPrincipal());
    authenticator.Set("ci", PrincipalOf("acme"));
    authenticator.Set("other", PrincipalOf("other"));
  }
  ScriptedAuthenticator authenticator;
};

// StreamCallerTest has callers who may be forgotten, and a worker who may be held up.
class StreamCallerTest : protected Callers, public RpcTest {
 protected:
  explicit StreamCallerTest(absl::Duration check_interval = absl::Milliseconds(10))
      : RpcTest({.signing_workers = 1, .stream_check_interval = check_interval, .authenticator = &authenticator}) {}
};

TEST_F(StreamCallerTest, EndsWithTheTokenOfItsCaller) {
  MakeEnabledKey();
  Stream idle(*key_stub_, "ci");
  ASSERT_TRUE(idle.Send(kRing, 1, 1));
  idle.Await(1);
  authenticator.Remove("ci");
  EXPECT_EQ(idle.End(), "UNAUTHENTICATED BEARER_TOKEN_INVALID");
  EXPECT_EQ(Stream(*key_stub_, "ci").End(), "UNAUTHENTICATED BEARER_TOKEN_INVALID");
}

TEST_F(StreamCallerTest, DoesNotReachOtherTenantsInAnyMessage) {
  MakeTenant("other");
  MakeEnabledKey();
  MakeEnabledKey("tenants/other/keyRings/access-token");
  Stream stream(*key_stub_, "other");
  ASSERT_TRUE(stream.Send("tenants/other/keyRings/access-token", 1, 1));
  stream.Await(1);
  EXPECT_TRUE(stream.results().at(1).has_signature());
  ASSERT_TRUE(stream.Send(kRing, 2, 1));
  EXPECT_EQ(stream.End(), "NOT_FOUND TENANT_NOT_FOUND");
}

TEST_F(StreamCallerTest, SignsNothingFurtherForACallerWhoHasGone) {
  MakeEnabledKey();
  const int before = server_.hsm().gate().arrived();
  server_.hsm().gate().Close();
  Stream stream(*key_stub_);
  ASSERT_TRUE(stream.Send(kRing, 1, 100));
  server_.hsm().gate().AwaitWaiting(1);
  stream.Cancel();
  EXPECT_EQ(stream.End(), "CANCELLED");
  server_.log().Await("reason", "CALL_CANCELLED");
  server_.hsm().gate().Open();
  server_.signing_executor().Shutdown();
  EXPECT_EQ(server_.hsm().gate().arrived(), before + 1) << "the one that had begun";
}

TEST_F(StreamCallerTest, EndsWhenTheServerDoes) {
  MakeEnabledKey();
  Stream stream(*key_stub_);
  ASSERT_TRUE(stream.Send(kRing, 1, 1));
  stream.Await(1);
  server_.grpc_server().Shutdown(absl::Now() + absl::Seconds(10));
  EXPECT_EQ(stream.End(), "UNAVAILABLE SHUTTING_DOWN");
}

// StreamMessageTest has a server that does not look at the callers of idle streams while a test lasts.
class StreamMessageTest : public StreamCallerTest {
 protected:
  StreamMessageTest() : StreamCallerTest(absl::Hours(1)) {}
};

TEST_F(StreamMessageTest, EachMessageHasItsCallerLookedAt) {
  MakeEnabledKey();
  Stream stream(*key_stub_, "ci");
  ASSERT_TRUE(stream.Send(kRing, 1, 1));
  stream.Await(1);
  authenticator.Remove("ci");
  ASSERT_TRUE(stream.Send("", 2, 1));
  EXPECT_EQ(stream.End(), "UNAUTHENTICATED BEARER_TOKEN_INVALID");
  EXPECT_EQ(stream.results().size(), 1u);
}

class StreamLimitTest : public RpcTest {
 protected:
  StreamLimitTest() : RpcTest({.max_streams = 2}) {}
};

TEST_F(StreamLimitTest, OneStreamTooManyIsRefusedUntilAnotherHasEnded) {
  MakeEnabledKey();
  Stream first(*key_stub_);
  Stream second(*key_stub_);
  for (Stream* stream : {&first, &second}) {
    ASSERT_TRUE(stream->Send(kRing, 1, 1));
    stream->Await(1);
  }
  EXPECT_EQ(Stream(*key_stub_).End(), "RESOURCE_EXHAUSTED STREAM_LIMIT");
  first.HalfClose();
  EXPECT_EQ(first.End(), "OK");
  // Its caller may hear of its end before the server has counted it out.
  std::string outcome;
  do {
    Stream third(*key_stub_);
    third.HalfClose();
    outcome = third.End();
  } while (outcome == "RESOURCE_EXHAUSTED STREAM_LIMIT");
  EXPECT_EQ(outcome, "OK");
}

class StreamShareTest : protected Callers, public RpcTest {
 protected:
  StreamShareTest() : RpcTest({.max_streams = 4, .authenticator = &authenticator}) {}
};

TEST_F(StreamShareTest, ATenantGetsHalfOfTheStreamsAndLeavesTheOthersToOthers) {
  const std::string other_ring = "tenants/other/keyRings/access-token";
  MakeTenant("other");
  MakeEnabledKey();
  MakeEnabledKey(other_ring);
  Stream first(*key_stub_, "ci"), second(*key_stub_, "ci");
  for (Stream* stream : {&first, &second}) {
    ASSERT_TRUE(stream->Send(kRing, 1, 1));
    stream->Await(1);
  }
  EXPECT_EQ(Stream(*key_stub_, "ci").End(), "RESOURCE_EXHAUSTED STREAM_LIMIT");
  Stream other(*key_stub_, "other");
  ASSERT_TRUE(other.Send(other_ring, 1, 1));
  other.HalfClose();
  EXPECT_EQ(other.End(), "OK");
  EXPECT_EQ(other.results().size(), 1u);
}

}  // namespace
}  // namespace signet::testing
