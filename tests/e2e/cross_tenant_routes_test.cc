// Attempts over every HTTP route on what belongs to another tenant, on the real binary: none succeeds.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/cpp/https_post.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/http/auth0_route_table.h"
#include "server/http/route_table.h"
#include "server/http/sap_route_table.h"
#include "server/http/testing/http_client.h"
#include "tests/e2e/access_fixture.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Form = std::vector<std::pair<std::string, std::string>>;

std::string* signetd_path;

constexpr char kUnlimited[] = R"(quotas:
  token: {per_principal: 0, per_tenant: 0}
  administrative: {per_principal: 0, per_tenant: 0}
)";

// How a request says who it comes from.
struct Sender {
  std::string authorization;
  Form form;
};

// CrossTenantRoutesTest has two tenants, each with a client and its tokens: acme, whose they are, and mine, which wants them.
class CrossTenantRoutesTest : public AccessFixture {
 protected:
  struct Client {
    std::string id;
    std::string secret;
    // For Signet's own API, and for another audience.
    std::vector<std::string> tokens;
  };

  CrossTenantRoutesTest() : AccessFixture(*signetd_path, kUnlimited) {}
  void SetUp() override {
    ASSERT_EQ(Bootstrap("admin.json"), 0) << log();
    Start();
    const auto admin = ConnectAs("admin.json");
    acme_ = MakeClientOf("acme", *admin);
    mine_ = MakeClientOf("mine", *admin);
  }

  Client MakeClientOf(const std::string& tenant, client::Client& admin) {
    MakeTenant(admin, tenant);
    v1::CreateCredentialRequest request;
    request.set_parent("tenants/" + tenant);
    request.mutable_credential()->add_scopes("read:signing_keys");
    request.mutable_credential()->add_scopes("sign:tokens");
    v1::AudienceGrant& grant = *request.mutable_credential()->add_grants();
    grant.set_audience("https://api.example");
    grant.add_scopes("x");
    const auto issued = admin.Call(&v1::CredentialService::Stub::CreateCredential, request);
    EXPECT_TRUE(issued.ok()) << issued.status();
    if (!issued.ok()) return {};
    Client client = {issued->credential().client_id(), issued->client_secret(), {}};
    for (const char* audience : {"", "https://api.example"}) {
      Form form = {{"grant_type", "client_credentials"}, {"client_id", client.id}, {"client_secret", client.secret}};
      if (*audience != '\0') form.emplace_back("audience", audience);
      const http::ReceivedResponse response = Post(absl::StrCat("/t/", tenant, "/oauth/token"), {"", {}}, form);
      EXPECT_EQ(response.status, 200) << response.body;
      client.tokens.push_back(nlohmann::json::parse(response.body, nullptr, false).value("access_token", ""));
    }
    return client;
  }

  template <typename Exchange>
  http::ReceivedResponse Send(const Exchange& exchange) {
    if (http_ == nullptr) http_ = http::HttpClient::ConnectTls(https_address(), {.trusted_certificate = Tcp().ca_certificate});
    const auto response = http_ == nullptr ? std::nullopt : exchange(*http_);
    EXPECT_TRUE(response.has_value());
    if (!response || response->fields.count("connection") == 0 || response->fields.at("connection") != "keep-alive")
      http_ = nullptr;
    return response.value_or(http::ReceivedResponse());
  }
  static std::string FieldOf(const Sender& sender) {
    return sender.authorization.empty() ? "" : absl::StrCat("Authorization: ", sender.authorization, "\r\n");
  }
  http::ReceivedResponse Post(const std::string& path, const Sender& sender, Form form) {
    form.insert(form.end(), sender.form.begin(), sender.form.end());
    std::string body;
    for (const auto& [name, value] : form) {
      absl::StrAppend(&body, body.empty() ? "" : "&", name, "=", client::FormEncoded(value));
    }
    return Send([&](http::HttpClient& http) { return http.PostForm(path, body, FieldOf(sender)); });
  }
  http::ReceivedResponse Get(const std::string& path, const Sender& sender) {
    return Send([&](http::HttpClient& http) { return http.Get(path, FieldOf(sender)); });
  }

  // Whoever `mine` can say that it is.
  std::vector<Sender> Senders() const {
    const auto basic = [](const std::string& id, const std::string& secret) {
      return "Basic " + absl::Base64Escape(absl::StrCat(id, ":", secret));
    };
    std::vector<Sender> senders = {{"", {}},
                                   {basic(mine_.id, mine_.secret), {}},
                                   {basic(acme_.id, mine_.secret), {}},
                                   {"", {{"client_id", mine_.id}, {"client_secret", mine_.secret}}},
                                   {"", {{"client_id", acme_.id}, {"client_secret", mine_.secret}}},
                                   {"", {{"client_id", acme_.id}}}};
    for (const std::string& token : mine_.tokens) {
      senders.push_back({"Bearer " + token, {}});
      senders.push_back({"Bearer " + token, {{"client_id", acme_.id}}});
    }
    return senders;
  }
  // All that may be asked of the endpoints for clients.
  std::vector<Form> Requests() const {
    std::vector<Form> requests;
    for (const char* audience : {"", "https://api.example", "https://localhost", "x"}) {
      for (const char* scope : {"", "x", "read:signing_keys", "manage:tenants"}) {
        Form form = {{"grant_type", "client_credentials"}};
        if (*audience != '\0') form.emplace_back("audience", audience);
        if (*scope != '\0') form.emplace_back("scope", scope);
        requests.push_back(form);
      }
    }
    for (const Client* client : {&acme_, &mine_}) {
      for (const std::string& token : client->tokens) requests.push_back({{"token", token}});
    }
    return requests;
  }

  Client acme_;
  Client mine_;
  std::unique_ptr<http::HttpClient> http_;
};

TEST_F(CrossTenantRoutesTest, NoneOfThousandsOfAttemptsSucceeds) {
  int attempts = 0;
  int routes = 0;
  for (const http::RouteEntry& route : http::AllRoutes()) {
    using http::Resource;
    const bool is_private = route.is_post || route.resource == Resource::kMetrics;
    if (!is_private) continue;  // Anybody's: JWKS, discovery, health.
    ++routes;
    for (const char* tenant : {"acme", "system", "nope"}) {
      const std::string path = absl::StrReplaceAll(route.path, {{"{tenant}", tenant}});
      for (const Sender& sender : Senders()) {
        const http::ReceivedResponse got = Get(path, sender);
        EXPECT_GE(got.status, 400) << path;
        ++attempts;
        for (const Form& form : Requests()) {
          const http::ReceivedResponse posted = Post(path, sender, form);
          EXPECT_GE(posted.status, 400) << path << " " << posted.body;
          EXPECT_LT(posted.status, 500) << path << " " << posted.body;
          EXPECT_THAT(posted.body, Not(HasSubstr("access_token"))) << path;
          EXPECT_THAT(posted.body, Not(HasSubstr("active"))) << path;
          ++attempts;
        }
      }
      // It is the same for each tenant.
      if (!absl::StrContains(route.path, "{tenant}")) break;
    }
  }
  EXPECT_EQ(routes, 7) << "a new route belongs here, or is anybody's";
  EXPECT_GT(attempts, 2'000);
}

TEST_F(CrossTenantRoutesTest, Auth0sRoutesKnowNoCallerOfAnotherTenant) {
  for (const http::Auth0Route& route : http::Auth0Routes()) {
    if (route.rule.who == core::AccessRule::Who::kAnybody) continue;
    for (const char* tenant : {"acme", "system", "nope"}) {
      const std::string path = absl::StrReplaceAll(
          route.tenant_path, {{"{tenant}", tenant}, {"{kid}", "x"}, {"{id}", acme_.id}, {"{credential_id}", "cred_x"}});
      for (const Sender& sender : Senders()) {
        const http::ReceivedResponse got = Send([&](http::HttpClient& http) {
          http.Send(absl::StrCat(route.method, " ", path, " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n", FieldOf(sender),
                                 "\r\n"));
          return http.Receive(route.method);
        });
        EXPECT_EQ(got.status, tenant == std::string("nope") ? 404 : 401) << route.method << " " << path << " " << got.body;
      }
    }
  }
}

TEST_F(CrossTenantRoutesTest, SapsRoutesKnowNoCallerOfAnotherTenant) {
  const auto send = [&](const http::SapRoute& route, const std::string& path, const std::string& fields, const std::string& body) {
    return Send([&](http::HttpClient& http) {
      http.Send(absl::StrCat(route.method, " ", path, " HTTP/1.1\r\nHost: nobody\r\nContent-Length: ", body.size(), "\r\n", fields,
                             "\r\n", body));
      return http.Receive(route.method);
    });
  };
  int attempts = 0;
  for (const http::SapRoute& route : http::SapRoutes()) {
    for (const char* tenant : {"acme", "system", "nope"}) {
      const std::string path = absl::StrReplaceAll(route.tenant_path.empty() ? route.path : route.tenant_path,
                                                   {{"{tenant}", tenant}, {"{version}", "v2"}});
      const std::string session = absl::StrCat("X-Cpcli-Sessionid: ", mine_.tokens[0], "\r\nX-Cpcli-Subdomain: ", tenant, "\r\n");
      for (const char* action : {"", "?list", "?get", "?create", "?update", "?enable", "?delete", "?rotate"}) {
        const std::string body = absl::StrCat(R"({"paramValues":{"subaccount":")", tenant, R"(","name":"x","key":"x"}})");
        for (const Sender& sender : Senders()) {
          const http::ReceivedResponse got = send(route, path + action, absl::StrCat(FieldOf(sender), session), body);
          const bool is_backend = got.status == 200 && got.fields.count("x-cpcli-backend-status") == 1;
          EXPECT_TRUE(is_backend ? got.fields.at("x-cpcli-backend-status") == "404" : got.status >= 400 && got.status < 500)
              << route.method << " " << path << action << " " << got.status << " " << got.body;
          ++attempts;
        }
      }
    }
  }
  EXPECT_GT(attempts, 1'000);
}

TEST_F(CrossTenantRoutesTest, ItsOwnEndpointsTellAndEndNothingOfOthers) {
  const Sender mine = {"", {{"client_id", mine_.id}, {"client_secret", mine_.secret}}};
  const Sender acme = {"", {{"client_id", acme_.id}, {"client_secret", acme_.secret}}};
  for (const std::string& token : acme_.tokens) {
    EXPECT_EQ(Post("/t/mine/oauth/introspect", mine, {{"token", token}}).body, R"({"active":false})");
    EXPECT_EQ(Post("/t/mine/oauth/revoke", mine, {{"token", token}}).status, 200) << "as of any token that is none (RFC 7009)";
    EXPECT_THAT(Post("/t/acme/oauth/introspect", acme, {{"token", token}}).body, HasSubstr(R"("active":true)"));
  }
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
