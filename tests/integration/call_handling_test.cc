// What happens to a call on its way: queues, deadlines, cancellation, request ids, limits, log and metrics.
#include <chrono>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

v1::SignTokenRequest TokenRequest(const std::string& claims_json = "{}") {
  v1::SignTokenRequest request;
  request.set_key_ring("tenants/acme/keyRings/access-token");
  request.set_claims_json(claims_json);
  return request;
}

v1::GetJwksRequest JwksRequest() {
  v1::GetJwksRequest request;
  request.set_parent("tenants/acme");
  return request;
}

class CallHandlingTest : public RpcTest {};

TEST_F(CallHandlingTest, ARequestIdOfTheCallerIsSentBack) {
  EXPECT_EQ(Call(&KeyStub::GetJwks, JwksRequest(), {.metadata = {{"x-request-id", "caller 1"}}}).request_id, "caller 1");
  const std::string longest(40, 'i');
  EXPECT_EQ(Call(&KeyStub::GetJwks, JwksRequest(), {.metadata = {{"x-request-id", longest}}}).request_id, longest);
}

TEST_F(CallHandlingTest, WithoutAUsableRequestIdTheCallGetsAUuid) {
  const std::string uuid = Call(&KeyStub::GetJwks, JwksRequest()).request_id;
  EXPECT_THAT(uuid, ::testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_EQ(Call(&KeyStub::GetJwks, JwksRequest(), {.metadata = {{"x-request-id", std::string(41, 'i')}}}).request_id.size(), 36u);
  EXPECT_EQ(Call(&KeyStub::GetJwks, JwksRequest(), {.metadata = {{"x-request-id", ""}}}).request_id.size(), 36u);
}

TEST_F(CallHandlingTest, AFailedCallCarriesItsRequestIdToo) {
  const auto reply = Call(&KeyStub::GetKey, v1::GetKeyRequest(), {.metadata = {{"x-request-id", "r-1"}}});
  EXPECT_EQ(reply.outcome(), "INVALID_ARGUMENT MISSING_FIELD");
  EXPECT_EQ(reply.request_id, "r-1");
}

TEST_F(CallHandlingTest, EachCallIsOneLogLineWithoutClaimsTokensOrData) {
  MakeEnabledKey();
  const size_t before = server_.log().lines().size();
  const auto token = Call(&KeyStub::SignToken, TokenRequest(R"({"sub":"very-secret"})"), {.metadata = {{"x-request-id", "r-1"}}});
  ASSERT_EQ(token.outcome(), "OK");
  ASSERT_EQ(Verify(token->token()).outcome(), "OK");
  ASSERT_EQ(Call(&KeyStub::GetKey, v1::GetKeyRequest()).outcome(), "INVALID_ARGUMENT MISSING_FIELD");

  const std::vector<RecordingLogger::Line> lines = server_.log().lines();
  ASSERT_EQ(lines.size(), before + 3);
  for (size_t i = before; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i].message, "call");
    EXPECT_EQ(lines[i].level, LogLevel::kInfo);
    EXPECT_THAT(lines[i].fields, UnorderedElementsAre(Key("method"), Key("code"), Key("reason"), Key("duration_ms"),
                                                      Key("request_id"), Key("peer"), Key("principal")));
    for (const auto& [name, value] : lines[i].fields) {
      const std::string text = std::visit([](const auto& v) { return absl::StrCat(v); }, value);
      EXPECT_THAT(text, Not(HasSubstr("very-secret")));
      EXPECT_THAT(text, Not(HasSubstr(token->token())));
    }
  }
  EXPECT_EQ(lines[before].Text("method"), "signet.v1.KeyService/SignToken");
  EXPECT_EQ(lines[before].Text("code"), "OK");
  EXPECT_EQ(lines[before].Text("reason"), "");
  EXPECT_EQ(lines[before].Text("request_id"), "r-1");
  EXPECT_THAT(lines[before].Text("peer"), HasSubstr("127.0.0.1"));
  EXPECT_EQ(lines[before + 2].Text("code"), "INVALID_ARGUMENT");
  EXPECT_EQ(lines[before + 2].Text("reason"), "MISSING_FIELD");
}

TEST_F(CallHandlingTest, CallsAreMeasuredByMethodAndStatusAndSignaturesCounted) {
  MakeEnabledKey();
  ASSERT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "OK");
  ASSERT_EQ(Call(&KeyStub::SignToken, TokenRequest("[]")).outcome(), "INVALID_ARGUMENT CLAIMS_INVALID");
  server_.hsm().FailSigning(Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "gone"));
  ASSERT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "UNAVAILABLE HSM_UNAVAILABLE");
  const std::string metrics = server_.metrics().Expose();
  for (const char* status : {"OK", "INVALID_ARGUMENT", "UNAVAILABLE"}) {
    EXPECT_THAT(metrics,
                HasSubstr(absl::StrCat("\ngrpc_server_call_duration_seconds_count{grpc_method=\"signet.v1.KeyService/SignToken\","
                                       "grpc_status=\"",
                                       status, "\"} 1\n")));
  }
  EXPECT_THAT(metrics, HasSubstr(R"(signet_signatures_total{algorithm="ES256",outcome="ok"} 1)"));
  EXPECT_THAT(metrics, HasSubstr(R"(signet_signatures_total{algorithm="ES256",outcome="error"} 1)"));
}

TEST_F(CallHandlingTest, ADefectTellsTheCallerOnlyItsRequestIdAndTheLogTheRest) {
  MakeEnabledKey();
  server_.hsm().FailSigning(absl::InternalError("slot 7 said 0x30"));
  const auto reply = Call(&KeyStub::SignToken, TokenRequest(), {.metadata = {{"x-request-id", "r-1"}}});
  EXPECT_EQ(reply.outcome(), "INTERNAL DEFECT");
  EXPECT_THAT(reply.status.error_message(), HasSubstr("r-1"));
  EXPECT_THAT(reply.status.error_message(), Not(HasSubstr("slot 7")));
  EXPECT_THAT(reply.status.error_details(), Not(HasSubstr("slot 7")));
  const RecordingLogger::Line line = server_.log().Await("code", "INTERNAL");
  EXPECT_EQ(line.level, LogLevel::kError);
  EXPECT_EQ(line.Text("request_id"), "r-1");
  EXPECT_THAT(line.Text("error"), HasSubstr("slot 7 said 0x30"));
}

TEST_F(CallHandlingTest, ARequestOfMoreThan256KiBIsRefusedWithTheLimit) {
  const auto reply = Verify(std::string(300 * 1024, 'a'));
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(reply.status.error_message(), HasSubstr("262144"));
}

TEST_F(CallHandlingTest, MetadataOfMoreThan16KiBIsRefusedAndOtherConnectionsAreServed) {
  const auto reply = Call(&KeyStub::GetJwks, JwksRequest(), {.metadata = {{"x-padding", std::string(40 * 1024, 'p')}}});
  // gRPC closes the connection as well, which can come first.
  EXPECT_THAT(reply.status.error_code(), ::testing::AnyOf(grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::UNAVAILABLE));
  KeyStub other(server_.Connect());
  EXPECT_EQ(testing::Call(other, &KeyStub::GetJwks, JwksRequest()).outcome(), "OK");
}

TEST_F(CallHandlingTest, ACompressedRequestIsRefused) {
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::VerifyTokenRequest request;
  request.set_parent(kTenant);
  request.set_token(std::string(100'000, 'a'));
  v1::VerifyTokenResponse response;
  EXPECT_EQ(key_stub_->VerifyToken(&context, request, &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(CallHandlingTest, BytesThatAreNoRequestAreRefusedAndDoNoHarm) {
  for (const char* method : {"GetKey", "SignToken", "VerifyToken", "BatchSign", "WatchKeys", "StreamSign"}) {
    for (const std::string& bytes :
         {std::string("\xff\xff\xff\xff"), std::string("\x0a\x7fshort"), std::string("\x0a\x02\xc3\x28")}) {
      const RawReply reply = CallRaw(channel_, absl::StrCat("/signet.v1.KeyService/", method), bytes);
      EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
    }
  }
  EXPECT_EQ(Call(&KeyStub::GetJwks, JwksRequest()).outcome(), "OK");
}

TEST_F(CallHandlingTest, AMethodThatDoesNotExistIsUnimplemented) {
  EXPECT_EQ(CallRaw(channel_, "/signet.v1.KeyService/Nothing", "").status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

// One worker and one place in the queue for each kind of work, and an HSM that can be held up.
class BusyServerTest : public RpcTest {
 protected:
  BusyServerTest() : RpcTest({.signing_workers = 1, .signing_queue = 1, .admin_workers = 1, .admin_queue = 1}) {}

  // Has calls answered until `done`, which shows that they are, while others wait.
  template <typename Predicate>
  void CallUntil(Predicate done) {
    while (!done()) ASSERT_EQ(Call(&KeyStub::GetJwks, JwksRequest()).outcome(), "OK");
  }
  // A thread with a call that the HSM holds up.
  std::thread HoldUpSigning() {
    server_.hsm().gate().Close();
    std::thread thread([this] { EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "OK"); });
    server_.hsm().gate().AwaitWaiting(1);
    return thread;
  }
};

TEST_F(BusyServerTest, AFullSigningQueueIsAnsweredAtOnceAndOtherCallsAreServed) {
  MakeEnabledKey();
  const std::string token = MakeToken();
  std::thread working = HoldUpSigning();
  std::thread waiting([&] { EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "OK"); });
  CallUntil([&] { return server_.signing_executor().queue_depth() == 1; });

  const auto refused = Call(&KeyStub::SignToken, TokenRequest());
  EXPECT_EQ(refused.outcome(), "RESOURCE_EXHAUSTED QUEUE_FULL");
  EXPECT_GT(RetryInfoOf(refused.status).retry_delay().nanos(), 0);
  v1::SignRequest sign;
  sign.set_key_ring(kRing);
  sign.set_data("data");
  EXPECT_EQ(Call(&KeyStub::Sign, sign).outcome(), "RESOURCE_EXHAUSTED QUEUE_FULL");
  EXPECT_EQ(Verify(token).outcome(), "OK");
  EXPECT_EQ(Call(&TenantStub::ListTenants, v1::ListTenantsRequest()).outcome(), "OK");

  server_.hsm().gate().Open();
  working.join();
  waiting.join();
}

TEST_F(BusyServerTest, AFullAdminQueueIsAnsweredAtOnceAndSigningGoesOn) {
  MakeEnabledKey();
  v1::CreateKeyRequest create;
  create.set_parent(kRing);
  server_.hsm().gate().Close();
  std::thread working([&] { EXPECT_EQ(Call(&KeyStub::CreateKey, create).outcome(), "OK"); });
  server_.hsm().gate().AwaitWaiting(1);
  std::thread waiting([&] { EXPECT_EQ(Call(&KeyStub::CreateKey, create).outcome(), "OK"); });
  CallUntil([&] { return server_.admin_executor().queue_depth() == 1; });

  EXPECT_EQ(Call(&KeyStub::CreateKey, create).outcome(), "RESOURCE_EXHAUSTED QUEUE_FULL");
  EXPECT_EQ(Call(&TenantStub::ListTenants, v1::ListTenantsRequest()).outcome(), "RESOURCE_EXHAUSTED QUEUE_FULL");
  std::thread signing([&] { EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "OK"); });
  server_.hsm().gate().AwaitWaiting(2);

  server_.hsm().gate().Open();
  working.join();
  waiting.join();
  signing.join();
}

TEST_F(BusyServerTest, ACallWhoseDeadlinePassedInTheQueueNeverReachesTheHsm) {
  MakeEnabledKey();
  std::thread working = HoldUpSigning();
  const int arrived = server_.hsm().gate().arrived();
  const auto late = Call(&KeyStub::SignToken, TokenRequest(), {.timeout = std::chrono::milliseconds(100)});
  EXPECT_EQ(late.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  // The server counts from when the call arrived there.
  const auto surely_passed = std::chrono::system_clock::now() + std::chrono::milliseconds(100);
  CallUntil([&] { return std::chrono::system_clock::now() > surely_passed; });

  server_.hsm().gate().Open();
  working.join();
  EXPECT_EQ(server_.log().Await("reason", "DEADLINE_PASSED").Text("code"), "DEADLINE_EXCEEDED");
  EXPECT_EQ(server_.hsm().gate().arrived(), arrived);
}

TEST_F(BusyServerTest, ACallThatWasCancelledInTheQueueNeverReachesTheHsm) {
  MakeEnabledKey();
  std::thread working = HoldUpSigning();
  const int arrived = server_.hsm().gate().arrived();
  grpc::ClientContext context;
  std::thread cancelled([&] {
    v1::SignTokenResponse response;
    EXPECT_EQ(key_stub_->SignToken(&context, TokenRequest(), &response).error_code(), grpc::StatusCode::CANCELLED);
  });
  CallUntil([&] { return server_.signing_executor().queue_depth() == 1; });
  context.TryCancel();
  cancelled.join();
  // The cancellation travels ahead of these on the same connection.
  for (int i = 0; i < 20; ++i) ASSERT_EQ(Call(&KeyStub::GetJwks, JwksRequest()).outcome(), "OK");

  server_.hsm().gate().Open();
  working.join();
  EXPECT_EQ(server_.log().Await("reason", "CALL_CANCELLED").Text("code"), "CANCELLED");
  EXPECT_EQ(server_.hsm().gate().arrived(), arrived);
}

TEST_F(BusyServerTest, ACallThatIsCancelledAtWorkIsStillFinished) {
  MakeEnabledKey();
  server_.hsm().gate().Close();
  grpc::ClientContext context;
  std::thread cancelled([&] {
    v1::SignTokenResponse response;
    EXPECT_EQ(key_stub_->SignToken(&context, TokenRequest(), &response).error_code(), grpc::StatusCode::CANCELLED);
  });
  server_.hsm().gate().AwaitWaiting(1);
  context.TryCancel();
  cancelled.join();
  server_.hsm().gate().Open();
  EXPECT_EQ(server_.log().Await("method", "signet.v1.KeyService/SignToken").Text("code"), "OK");
  EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "OK");
}

TEST_F(BusyServerTest, ACallAfterTheExecutorsHaveStoppedIsToldToGoElsewhere) {
  MakeEnabledKey();
  server_.signing_executor().Shutdown();
  EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "UNAVAILABLE SHUTTING_DOWN");
}

}  // namespace
}  // namespace signet::testing
