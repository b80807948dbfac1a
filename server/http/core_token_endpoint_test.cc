#include "server/http/core_token_endpoint.h"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/core/authenticator.h"
#include "server/core/executor.h"
#include "server/core/health.h"
#include "server/core/metrics.h"
#include "server/core/rate_limiter.h"
#include "server/core/testing/oauth_fixture.h"
#include "server/http/http_backend.h"
#include "server/http/http_server.h"
#include "server/http/testing/http_client.h"

namespace signet::http {
namespace {

constexpr int kWorkers = 2;

// The OAuth of the core behind a server, with all that is real but the HSM.
class CoreTokenEndpointTest : public core::OAuthTest {
 protected:
  CoreTokenEndpointTest() {
    for (int i = 0; i < kWorkers; ++i) signers_.push_back(process().services.hsm.CreateSigner());
    HttpServerOptions options;
    options.address = "127.0.0.1:0";
    absl::StatusOr<std::unique_ptr<HttpServer>> server = HttpServer::Create(options);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    server_->Serve(backend_);
    client_ = HttpClient::Connect(server_->bound_address());
  }

  static std::string BasicField(const core::ClientEvidence& client) {
    return absl::StrCat("Authorization: Basic ", absl::Base64Escape(absl::StrCat(client.client_id, ":", client.secret->Expose())),
                        "\r\n");
  }
  nlohmann::json Post(const std::string& target, const std::string& body, const std::string& more_fields, int status = 200) {
    const std::optional<ReceivedResponse> response = client_->PostForm(target, body, more_fields);
    EXPECT_TRUE(response.has_value());
    if (!response) return nullptr;
    EXPECT_EQ(response->status, status) << response->body;
    return response->body.empty() ? nullptr : nlohmann::json::parse(response->body, nullptr, /*allow_exceptions=*/false);
  }

  core::Health health_;
  core::Metrics metrics_{"1.2.3"};
  core::OpenAuthenticator authenticator_;
  core::RateLimiter rate_limiter_{{}, clock_};
  std::vector<std::unique_ptr<hsm::Signer>> signers_;
  CoreTokenEndpoint endpoint_{process().oauth, signers_};
  core::Executor token_executor_{{.workers = kWorkers, .queue_limit = 4}};
  const HttpBackend backend_ = {.directory = process().directory,
                                .health = health_,
                                .metrics = metrics_,
                                .logger = process().log,
                                .clock = clock_,
                                .random = random_,
                                .authenticator = authenticator_,
                                .rate_limiter = rate_limiter_,
                                .token_endpoint = endpoint_,
                                .token_executor = token_executor_,
                                .public_url = "https://signet.example"};
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(CoreTokenEndpointTest, ATokenIsIssuedExplainedAndRevoked) {
  const core::ClientEvidence ci = NewSecretClient("ci");
  const std::string basic = BasicField(ci);
  const nlohmann::json issued = Post("/t/acme/oauth/token", "grant_type=client_credentials&scope=read%3Aaudit", basic);
  ASSERT_TRUE(issued.contains("access_token")) << issued;
  EXPECT_EQ(issued["token_type"], "Bearer");
  EXPECT_EQ(issued["scope"], "read:audit");

  const std::string token = absl::StrCat("token=", issued["access_token"].get<std::string>());
  const nlohmann::json explained = Post("/t/acme/oauth/introspect", token, basic);
  EXPECT_EQ(explained["active"], true) << explained;
  EXPECT_EQ(explained["client_id"], ci.client_id);
  EXPECT_EQ(Post("/t/acme/oauth/revoke", token, basic), nullptr);
  EXPECT_EQ(Post("/t/acme/oauth/introspect", token, basic), nlohmann::json({{"active", false}}));
}

TEST_F(CoreTokenEndpointTest, AWrongSecretAndAnUnknownClientGetTheSameAnswer) {
  core::ClientEvidence ci = NewSecretClient("ci");
  ci.secret = Secret("wrong");
  const nlohmann::json wrong = Post("/t/acme/oauth/token", "grant_type=client_credentials", BasicField(ci), 401);
  ci.client_id = "nobody";
  EXPECT_EQ(Post("/t/acme/oauth/token", "grant_type=client_credentials", BasicField(ci), 401), wrong);
  EXPECT_EQ(wrong["error"], "invalid_client");
}

TEST_F(CoreTokenEndpointTest, AClientOfAnotherTenantIsUnknown) {
  const core::ClientEvidence other = NewSecretClient("ci", "other");
  Post("/t/acme/oauth/token", "grant_type=client_credentials", BasicField(other), 401);
  Post("/t/other/oauth/token", "grant_type=client_credentials", BasicField(other), 200);
}

TEST_F(CoreTokenEndpointTest, TheSystemTenantHasItsEndpointToo) {
  const core::ClientEvidence admin = NewSecretClient("admin", "system");
  EXPECT_TRUE(Post("/t/system/oauth/token", "grant_type=client_credentials", BasicField(admin)).contains("access_token"));
}

}  // namespace
}  // namespace signet::http
