// What becomes of calls whose signature hangs in the HSM: their callers are answered, others are served by spare workers, and
// whatever returns late harms nobody.
#include <chrono>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

// Two hang before there is nobody left.
class HungCallTest : public RpcTest {
 protected:
  HungCallTest() : RpcTest({.signing_workers = 1, .spare_workers = 1, .call_timeout = absl::Milliseconds(100)}) {
    MakeEnabledKey();
  }

  v1::SignTokenRequest TokenRequest() const {
    v1::SignTokenRequest request;
    request.set_key_ring(kRing);
    request.set_claims_json(R"({"sub":"x"})");
    return request;
  }
  v1::BatchSignRequest Batch(int count) const {
    v1::BatchSignRequest request;
    request.set_key_ring(kRing);
    for (int i = 0; i < count; ++i) request.add_items()->set_data("data");
    return request;
  }
  Gate& gate() { return server_.hsm().gate(); }
  core::Executor& executor() { return server_.signing_executor(); }
  void AwaitReturn() {
    while (executor().hanging_workers() > 0) std::this_thread::yield();
  }
};

TEST_F(HungCallTest, ACallThatHangsIsAnsweredAndTheNextOneServedByASpareWorker) {
  gate().Close();
  EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "UNAVAILABLE HSM_UNAVAILABLE");
  EXPECT_EQ(executor().hung_calls(), 1u);
  EXPECT_EQ(executor().hanging_workers(), 1);
  gate().Open();
  EXPECT_NE(MakeToken(), "");
  AwaitReturn();
  EXPECT_NE(MakeToken(), "");
  EXPECT_EQ(executor().hung_calls(), 1u);
}

TEST_F(HungCallTest, ACallThatHangsWhileSignaturesWereQuickHoldsUpNobody) {
  // Now the worker takes calls from gRPC itself.
  for (int i = 0; i < 100; ++i) ASSERT_NE(MakeToken(), "");
  gate().Close();
  std::thread hanging([this] { EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "UNAVAILABLE HSM_UNAVAILABLE"); });
  gate().AwaitWaiting(1);
  v1::GetJwksRequest jwks;
  jwks.set_parent(kTenant);
  EXPECT_EQ(Call(&KeyStub::GetJwks, jwks).outcome(), "OK");
  hanging.join();
  gate().Open();
  AwaitReturn();
  EXPECT_NE(MakeToken(), "");
}

TEST_F(HungCallTest, OnceAllWorkersHangCallsAreRefusedAtOnceAndReadsGoOn) {
  gate().Close();
  v1::SignRequest sign;
  sign.set_key_ring(kRing);
  sign.set_data("data");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Call(&KeyStub::Sign, sign).outcome(), "UNAVAILABLE HSM_UNAVAILABLE");
  const int arrived = gate().arrived();
  EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "UNAVAILABLE HSM_UNAVAILABLE");
  EXPECT_EQ(Call(&KeyStub::BatchSign, Batch(2)).outcome(), "UNAVAILABLE HSM_UNAVAILABLE");
  EXPECT_EQ(gate().arrived(), arrived);
  v1::GetJwksRequest jwks;
  jwks.set_parent(kTenant);
  EXPECT_EQ(Call(&KeyStub::GetJwks, jwks).outcome(), "OK");
  v1::ListKeysRequest list;
  list.set_parent(kRing);
  EXPECT_EQ(Call(&KeyStub::ListKeys, list).outcome(), "OK");
  gate().Open();
  AwaitReturn();
  EXPECT_NE(MakeToken(), "") << "those who came back sign again";
}

TEST_F(HungCallTest, ACallIsAnsweredByItsDeadlineThoughItsSignatureIsNotGivenUpYet) {
  gate().Close();
  EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest(), {.timeout = std::chrono::milliseconds(50)}).status.error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  gate().Open();
  AwaitReturn();
  EXPECT_NE(MakeToken(), "");
}

TEST_F(HungCallTest, ABatchGetsWhatWasSignedAndErrorsForWhatHangs) {
  gate().Close();
  const auto reply = Call(&KeyStub::BatchSign, Batch(40));
  ASSERT_EQ(reply.outcome(), "OK");
  for (const v1::BatchSignResponse::Result& result : reply->results()) {
    EXPECT_EQ(result.error().code(), static_cast<int>(grpc::StatusCode::UNAVAILABLE));
  }
  gate().Open();
  AwaitReturn();
  const auto again = Call(&KeyStub::BatchSign, Batch(40));
  ASSERT_EQ(again.outcome(), "OK");
  for (const v1::BatchSignResponse::Result& result : again->results()) EXPECT_TRUE(result.has_signature());
}

TEST_F(HungCallTest, AStreamGetsOneAnswerToEachItemAndGoesOn) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  const auto stream = key_stub_->StreamSign(&context);
  v1::StreamSignRequest request;
  request.set_key_ring(kRing);
  for (uint64_t i = 0; i < 8; ++i) {
    v1::StreamSignRequest::Item& item = *request.add_items();
    item.set_id(i);
    item.mutable_input()->set_data("data");
  }
  const auto answers = [&](bool signed_ones) {
    int count = 0;
    v1::StreamSignResponse response;
    while (count < 8 && stream->Read(&response)) {
      for (const v1::StreamSignResponse::Result& result : response.results()) EXPECT_EQ(result.has_signature(), signed_ones);
      count += response.results_size();
    }
    return count;
  };
  gate().Close();
  ASSERT_TRUE(stream->Write(request));
  EXPECT_EQ(answers(false), 8);
  gate().Open();
  AwaitReturn();
  ASSERT_TRUE(stream->Write(request));
  EXPECT_EQ(answers(true), 8);
  stream->WritesDone();
  EXPECT_EQ(answers(true), 0);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(HungCallTest, AnExecutorThatShutsDownLeavesHangingCallsBehind) {
  gate().Close();
  EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "UNAVAILABLE HSM_UNAVAILABLE");
  executor().Shutdown();
  EXPECT_EQ(executor().hanging_workers(), 1);
  EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "UNAVAILABLE SHUTTING_DOWN");
  gate().Open();
}

}  // namespace
}  // namespace signet::testing
