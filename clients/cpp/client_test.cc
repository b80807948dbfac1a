#include "clients/cpp/client.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "clients/cpp/scripted_https_server.h"
#include "clients/cpp/scripted_server.h"
#include "clients/cpp/token_source.h"
#include "gmock/gmock.h"
#include "google/protobuf/empty.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/test_certificate.h"

namespace signet::client {
namespace {

class ClientTest : public testing::TestWithParam<ScriptedServer::Transport> {
 protected:
  std::unique_ptr<Client> NewClient() {
    return *Client::Create({.grpc_address = server_.address(), .ca_certificate = server_.ca_certificate()}, random_);
  }

  SystemRandom random_;
  ScriptedServer server_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Transports, ClientTest,
                         testing::Values(ScriptedServer::Transport::kUnixSocket, ScriptedServer::Transport::kTls),
                         [](const auto& info) { return info.param == ScriptedServer::Transport::kTls ? "Tls" : "UnixSocket"; });

TEST_P(ClientTest, CallReachesTheServerAndReturnsItsReply) {
  v1::SigningKey key;
  key.set_kid("k1");
  server_.Reply("GetKey", key);
  v1::GetKeyRequest request;
  request.set_name("tenants/dev/keyRings/access-token/keys/k1");
  const absl::StatusOr<v1::SigningKey> reply = NewClient()->Call(&v1::KeyService::Stub::GetKey, request);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->kid(), "k1");
  EXPECT_EQ(server_.Received<v1::GetKeyRequest>("GetKey").at(0).name(), request.name());
}

TEST_P(ClientTest, CallReturnsReasonAndRetryDelay) {
  server_.Fail("EnableKey", Error(absl::StatusCode::kFailedPrecondition, reason::kKeyNotYetActivatable, "too early",
                                  {{"activatable_time", "t"}}, absl::Hours(12)));
  const absl::Status status = NewClient()->Call(&v1::KeyService::Stub::EnableKey, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(GetErrorDetail(status),
            (ErrorDetail{std::string(reason::kKeyNotYetActivatable), {{"activatable_time", "t"}}, absl::Hours(12)}));
}

TEST_P(ClientTest, EveryChangeGetsARequestIdOfItsOwnUnlessItHasOne) {
  const std::unique_ptr<Client> client = NewClient();
  v1::CreateTenantRequest chosen;
  chosen.set_request_id("mine");
  for (const v1::CreateTenantRequest& request : {v1::CreateTenantRequest(), v1::CreateTenantRequest(), chosen}) {
    server_.Reply("CreateTenant", v1::Tenant());
    ASSERT_TRUE(client->Call(&v1::TenantService::Stub::CreateTenant, request).ok());
  }
  std::set<std::string> ids;
  for (const auto& request : server_.Received<v1::CreateTenantRequest>("CreateTenant")) ids.insert(request.request_id());
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_TRUE(ids.contains("mine"));
  EXPECT_FALSE(ids.contains(""));
}

TEST_P(ClientTest, ARequestIdThatIsAFilterIsLeftAsItIs) {
  for (const char* filter : {"", "r1"}) {
    v1::ListEventsRequest request;
    request.set_request_id(filter);
    server_.Reply("ListEvents", v1::ListEventsResponse());
    ASSERT_TRUE(NewClient()->ListAll(&v1::AuditService::Stub::ListEvents, request, "read").ok());
    EXPECT_EQ(server_.Received<v1::ListEventsRequest>("ListEvents").back().request_id(), filter);
    EXPECT_EQ(server_.LastRequestId("ListEvents"), "read");
  }
}

TEST_P(ClientTest, TheServerLearnsTheRequestIdOfEveryCall) {
  const std::unique_ptr<Client> client = NewClient();
  server_.Reply("GetTenant", v1::Tenant());
  ASSERT_TRUE(client->Call(&v1::TenantService::Stub::GetTenant, {}, "read").ok());
  EXPECT_EQ(server_.LastRequestId("GetTenant"), "read");
  for (const char* id : {"", "mine"}) {
    v1::DeleteTenantRequest request;
    request.set_request_id(id);
    server_.Reply("DeleteTenant", google::protobuf::Empty());
    ASSERT_TRUE(client->Call(&v1::TenantService::Stub::DeleteTenant, request, "other").ok());
    EXPECT_EQ(server_.LastRequestId("DeleteTenant"), request.request_id().empty() ? "other" : "mine");
    EXPECT_EQ(server_.Received<v1::DeleteTenantRequest>("DeleteTenant").back().request_id(), server_.LastRequestId("DeleteTenant"));
  }
}

TEST_P(ClientTest, ARequestIdThatNoHeaderCanHoldStaysInTheRequest) {
  for (const std::string& id : {std::string("a\nb"), std::string(129, 'a'), std::string("\xC3\xBC")}) {
    server_.Reply("DeleteTenant", google::protobuf::Empty());
    v1::DeleteTenantRequest request;
    request.set_request_id(id);
    ASSERT_TRUE(NewClient()->Call(&v1::TenantService::Stub::DeleteTenant, request).ok());
    EXPECT_EQ(server_.LastRequestId("DeleteTenant"), "");
    EXPECT_EQ(server_.Received<v1::DeleteTenantRequest>("DeleteTenant").back().request_id(), id);
  }
}

TEST_P(ClientTest, CallHasADeadline) {
  server_.Reply("GetTenant", v1::Tenant());
  ASSERT_TRUE(NewClient()->Call(&v1::TenantService::Stub::GetTenant, {}).ok());
  EXPECT_GT(server_.LastTimeout("GetTenant"), absl::ZeroDuration());
  // The wire carries a rounded value.
  EXPECT_LT(server_.LastTimeout("GetTenant"), absl::Minutes(2));
}

TEST_P(ClientTest, ListAllMergesEveryPage) {
  v1::ListTenantsResponse page;
  page.add_tenants()->set_name("tenants/a");
  page.set_next_page_token("p2");
  server_.Reply("ListTenants", page);
  page.mutable_tenants(0)->set_name("tenants/b");
  page.clear_next_page_token();
  server_.Reply("ListTenants", page);
  v1::ListTenantsRequest request;
  request.set_parent("tenants/top");
  const absl::StatusOr<v1::ListTenantsResponse> all = NewClient()->ListAll(&v1::TenantService::Stub::ListTenants, request);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->tenants_size(), 2);
  EXPECT_EQ(all->tenants(1).name(), "tenants/b");
  EXPECT_EQ(all->next_page_token(), "");
  const auto requests = server_.Received<v1::ListTenantsRequest>("ListTenants");
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].page_token(), "");
  EXPECT_EQ(requests[1].page_token(), "p2");
  EXPECT_EQ(requests[1].parent(), "tenants/top");
}

TEST_P(ClientTest, ListAllEndsWhenTheServerRepeatsAPageToken) {
  v1::ListTenantsResponse page;
  page.set_next_page_token("same");
  server_.Reply("ListTenants", page);
  server_.Reply("ListTenants", page);
  const absl::Status status = NewClient()->ListAll(&v1::TenantService::Stub::ListTenants, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(GetReason(status), reason::kDefect);
}

// A client whose tokens come from a scripted endpoint.
class TokenClientTest : public ClientTest {
 protected:
  TokenClientTest() {
    source_ = *TokenSource::Create({.token_url = endpoint_.url() + "/oauth/token",
                                    .client_id = "c",
                                    .client_secret = Secret("s"),
                                    .trust = {.ca_certificate = endpoint_.ca_certificate()}},
                                   clock_);
    client_ = *Client::Create(
        {.grpc_address = server_.address(), .ca_certificate = server_.ca_certificate(), .token_source = source_.get()}, random_);
  }
  static absl::Status Refusal() {
    return Error(absl::StatusCode::kUnauthenticated, reason::kBearerTokenInvalid, "the token was revoked");
  }

  FakeClock clock_;
  ScriptedHttpsServer endpoint_;
  std::unique_ptr<TokenSource> source_;
  std::unique_ptr<Client> client_;
};

INSTANTIATE_TEST_SUITE_P(Transports, TokenClientTest,
                         testing::Values(ScriptedServer::Transport::kUnixSocket, ScriptedServer::Transport::kTls),
                         [](const auto& info) { return info.param == ScriptedServer::Transport::kTls ? "Tls" : "UnixSocket"; });

TEST_P(TokenClientTest, EveryCallCarriesTheToken) {
  endpoint_.ReplyToken("t1");
  for (int i = 0; i < 2; ++i) {
    server_.Reply("GetCredential", v1::Credential());
    EXPECT_TRUE(client_->Call(&v1::CredentialService::Stub::GetCredential, {}).ok());
  }
  EXPECT_THAT(server_.Authorizations("GetCredential"), testing::ElementsAre("Bearer t1", "Bearer t1"));
  EXPECT_EQ(endpoint_.requests().size(), 1u);
}

TEST_P(TokenClientTest, ACallWhoseTokenIsRefusedIsRepeatedOnceWithAnotherAndTheSameRequestId) {
  endpoint_.ReplyToken("t1");
  endpoint_.ReplyToken("t2");
  server_.Fail("CreateTenant", Refusal());
  server_.Reply("CreateTenant", v1::Tenant());
  EXPECT_TRUE(client_->Call(&v1::TenantService::Stub::CreateTenant, {}).ok());
  EXPECT_THAT(server_.Authorizations("CreateTenant"), testing::ElementsAre("Bearer t1", "Bearer t2"));
  const auto requests = server_.Received<v1::CreateTenantRequest>("CreateTenant");
  EXPECT_NE(requests[0].request_id(), "");
  EXPECT_EQ(requests[0].request_id(), requests[1].request_id());
}

TEST_P(TokenClientTest, ASecondRefusalIsTold) {
  endpoint_.ReplyToken("t1");
  endpoint_.ReplyToken("t2");
  for (int i = 0; i < 3; ++i) server_.Fail("GetKey", Refusal());
  EXPECT_EQ(GetReason(client_->Call(&v1::KeyService::Stub::GetKey, {}).status()), reason::kBearerTokenInvalid);
  EXPECT_EQ(server_.Authorizations("GetKey").size(), 2u);
}

TEST_P(TokenClientTest, AnyOtherFailureIsNotRepeated) {
  endpoint_.ReplyToken("t1");
  for (const absl::Status& failure : {Error(absl::StatusCode::kUnauthenticated, reason::kCredentialsMissing, "who are you"),
                                      Error(absl::StatusCode::kPermissionDenied, reason::kInsufficientScope, "you may not"),
                                      absl::UnauthenticatedError("no reason")}) {
    server_.Fail("GetKey", failure);
    EXPECT_EQ(client_->Call(&v1::KeyService::Stub::GetKey, {}).status().code(), failure.code());
  }
  EXPECT_EQ(server_.Authorizations("GetKey").size(), 3u);
}

TEST_P(TokenClientTest, WithoutATokenNothingIsCalled) {
  endpoint_.Reply(401, R"({"error":"invalid_client"})");
  EXPECT_EQ(client_->Call(&v1::KeyService::Stub::GetKey, {}).status().code(), absl::StatusCode::kUnauthenticated);
  endpoint_.Reply(503, "");
  EXPECT_EQ(client_->Open(&v1::KeyService::Stub::WatchKeys, {})->Next().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(server_.Authorizations("GetKey").empty());
  EXPECT_TRUE(server_.Authorizations("WatchKeys").empty());
}

TEST_P(TokenClientTest, AStreamWhoseTokenIsRefusedForgetsIt) {
  endpoint_.ReplyToken("t1");
  endpoint_.ReplyToken("t2");
  server_.Stream<v1::WatchKeysResponse>("WatchKeys", {}, Refusal());
  server_.Stream<v1::WatchKeysResponse>("WatchKeys", {}, absl::OkStatus());
  EXPECT_EQ(GetReason(client_->Open(&v1::KeyService::Stub::WatchKeys, {})->Next().status()), reason::kBearerTokenInvalid);
  EXPECT_TRUE(client_->Open(&v1::KeyService::Stub::WatchKeys, {})->Next().ok());
  EXPECT_THAT(server_.Authorizations("WatchKeys"), testing::ElementsAre("Bearer t1", "Bearer t2"));
}

TEST_P(ClientTest, WithoutASourceThereIsNoToken) {
  server_.Reply("GetKey", v1::SigningKey());
  ASSERT_TRUE(NewClient()->Call(&v1::KeyService::Stub::GetKey, {}).ok());
  EXPECT_THAT(server_.Authorizations("GetKey"), testing::ElementsAre(""));
}

TEST(Client, ShowsItsCertificate) {
  SystemRandom random;
  ScriptedServer server(ScriptedServer::Transport::kTls);
  server.Reply("GetKey", v1::SigningKey());
  const TestCertificate pair = MakeTestCertificate();
  const auto client = *Client::Create({.grpc_address = server.address(),
                                       .ca_certificate = server.ca_certificate(),
                                       .client_certificate = pair.certificate_pem,
                                       .client_key = Secret(pair.private_key_pem)},
                                      random);
  EXPECT_TRUE(client->Call(&v1::KeyService::Stub::GetKey, {}).ok());
  EXPECT_EQ(server.LastClientCertificate("GetKey"), pair.certificate_pem);
}

TEST(Client, AnEmptyAddressIsRefused) {
  SystemRandom random;
  EXPECT_EQ(Client::Create({}, random).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Client, AServerThatIsNotThereIsUnavailable) {
  SystemRandom random;
  const auto client = *Client::Create({.grpc_address = "unix:/nowhere/grpc.sock", .ca_certificate = ""}, random);
  EXPECT_EQ(client->Call(&v1::KeyService::Stub::GetKey, {}).status().code(), absl::StatusCode::kUnavailable);
}

TEST(Client, AServerWithAnotherCertificateIsNotTrusted) {
  SystemRandom random;
  ScriptedServer server(ScriptedServer::Transport::kTls);
  server.Reply("GetKey", v1::SigningKey());
  const auto client =
      *Client::Create({.grpc_address = server.address(), .ca_certificate = MakeTestCertificate().certificate_pem}, random);
  EXPECT_EQ(client->Call(&v1::KeyService::Stub::GetKey, {}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(server.Received<v1::GetKeyRequest>("GetKey").empty());
}

}  // namespace
}  // namespace signet::client
