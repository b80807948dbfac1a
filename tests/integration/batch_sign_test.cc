// BatchSign: many signatures in one call, each with a result of its own.
#include <grpcpp/grpcpp.h>

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "hsm/digest.h"
#include "hsm/public_key.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

// The reason of an item's error.
std::string ReasonOf(const google::rpc::Status& error) {
  for (const google::protobuf::Any& detail : error.details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

hsm::PublicKey PublicKeyOf(KeyStub& stub, const std::string& key) {
  v1::GetPublicKeyRequest request;
  request.set_name(key);
  const auto reply = Call(stub, &KeyStub::GetPublicKey, request);
  EXPECT_TRUE(reply.status.ok()) << reply.outcome();
  auto parsed = hsm::PublicKey::FromSpki(hsm::Algorithm::kEs256, reply->der());
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return *std::move(parsed);
}

class BatchSignTest : public BackendTest {
 protected:
  v1::BatchSignRequest Batch(int count) const {
    v1::BatchSignRequest request;
    request.set_key_ring(kRing);
    for (int i = 0; i < count; ++i) request.add_items()->set_data(absl::StrCat("data ", i));
    return request;
  }
  Reply<v1::BatchSignResponse> Sign(const v1::BatchSignRequest& request, const CallOptions& options = {}) {
    return Call(&KeyStub::BatchSign, request, options);
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, BatchSignTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite), BackendName);

TEST_P(BatchSignTest, HasASignatureForEachItemInTheirOrder) {
  const v1::SigningKey key = MakeEnabledKey();
  const hsm::PublicKey public_key = PublicKeyOf(*key_stub_, key.name());
  v1::BatchSignRequest request = Batch(256);
  request.mutable_items(1)->set_digest(hsm::ComputeDigest(hsm::Hash::kSha256, "data 1"));
  const auto reply = Sign(request);
  ASSERT_TRUE(reply.status.ok()) << reply.outcome();
  ASSERT_EQ(reply->results_size(), 256);
  for (int i = 0; i < 256; ++i) {
    const v1::SignResponse& signature = reply->results(i).signature();
    EXPECT_TRUE(public_key.VerifyMessage(absl::StrCat("data ", i), signature.signature()).ok()) << i;
    EXPECT_EQ(signature.key(), key.name());
    EXPECT_EQ(signature.algorithm(), v1::ES256);
  }
  EXPECT_EQ(GetKey(key.name()).signature_count(), 256);
}

TEST_P(BatchSignTest, AnItemThatFailsLeavesTheOthersAlone) {
  MakeEnabledKey();
  v1::BatchSignRequest request = Batch(4);
  request.mutable_items(0)->set_digest("short");
  request.mutable_items(1)->clear_data();
  request.mutable_items(2)->set_input_crc32c(1);
  const auto reply = Sign(request);
  ASSERT_TRUE(reply.status.ok()) << reply.outcome();
  EXPECT_EQ(ReasonOf(reply->results(0).error()), "DIGEST_LENGTH");
  EXPECT_EQ(ReasonOf(reply->results(1).error()), "MISSING_FIELD");
  EXPECT_EQ(ReasonOf(reply->results(2).error()), "CHECKSUM_MISMATCH");
  EXPECT_TRUE(reply->results(3).has_signature());
}

TEST_P(BatchSignTest, FailsForWhatIsAboutAllItems) {
  EXPECT_EQ(Sign(Batch(1)).outcome(), "FAILED_PRECONDITION NO_ENABLED_KEY");
  MakeEnabledKey();
  EXPECT_EQ(Sign(Batch(0)).outcome(), "INVALID_ARGUMENT MISSING_FIELD");
  EXPECT_EQ(Sign(Batch(257)).outcome(), "INVALID_ARGUMENT INVALID_FIELD");
  v1::BatchSignRequest request = Batch(1);
  request.set_key_ring("tenants/acme/keyRings/none");
  EXPECT_EQ(Sign(request).outcome(), "NOT_FOUND KEY_RING_NOT_FOUND");
  request.set_key_ring("tenants/none/keyRings/access-token");
  EXPECT_EQ(Sign(request).outcome(), "NOT_FOUND TENANT_NOT_FOUND");
  request.set_key_ring("");
  EXPECT_EQ(Sign(request).outcome(), "INVALID_ARGUMENT MISSING_FIELD");
}

// BatchLoadTest has one worker, which can be held up.
class BatchLoadTest : public RpcTest {
 protected:
  BatchLoadTest() : RpcTest({.signing_workers = 1, .signing_queue = 2}) {}
  v1::BatchSignRequest Batch(int count) const {
    v1::BatchSignRequest request;
    request.set_key_ring(kRing);
    for (int i = 0; i < count; ++i) request.add_items()->set_data("data");
    return request;
  }
};

TEST_F(BatchLoadTest, PartsThatFindTheQueueFullAreRefusedAndTheOthersAreSigned) {
  MakeEnabledKey();
  server_.hsm().gate().Close();
  std::thread working([&] { EXPECT_EQ(Call(&KeyStub::BatchSign, Batch(1)).outcome(), "OK"); });
  server_.hsm().gate().AwaitWaiting(1);
  Reply<v1::BatchSignResponse> reply;
  std::thread call([&] { reply = Call(&KeyStub::BatchSign, Batch(256)); });
  while (server_.signing_executor().queue_depth() < 2) std::this_thread::yield();
  server_.hsm().gate().Open();
  working.join();
  call.join();
  ASSERT_TRUE(reply.status.ok()) << reply.outcome();
  int refused = 0;
  for (const v1::BatchSignResponse::Result& result : reply->results()) {
    if (!result.has_error()) continue;
    EXPECT_EQ(ReasonOf(result.error()), "QUEUE_FULL");
    ++refused;
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 256);
}

TEST_F(BatchLoadTest, ACallThatNobodyWaitsForStopsBetweenItems) {
  MakeEnabledKey();
  const int before = server_.hsm().gate().arrived();
  server_.hsm().gate().Close();
  grpc::ClientContext context;
  std::thread cancelled([&] {
    v1::BatchSignResponse response;
    EXPECT_EQ(key_stub_->BatchSign(&context, Batch(16), &response).error_code(), grpc::StatusCode::CANCELLED);
  });
  server_.hsm().gate().AwaitWaiting(1);
  context.TryCancel();
  cancelled.join();
  // The cancellation travels ahead of these on the same connection.
  for (int i = 0; i < 20; ++i) ASSERT_EQ(Call(&KeyStub::BatchSign, Batch(0)).outcome(), "INVALID_ARGUMENT MISSING_FIELD");

  server_.hsm().gate().Open();
  EXPECT_EQ(server_.log().Await("reason", "CALL_CANCELLED").Text("method"), "signet.v1.KeyService/BatchSign");
  EXPECT_EQ(server_.hsm().gate().arrived(), before + 1) << "the one that had begun";
}

}  // namespace
}  // namespace signet::testing
