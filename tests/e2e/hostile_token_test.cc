// Tokens that nobody may take, against the real server. What only the right key could have signed is signed by it: the test has the
// server's HSM open as well.
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "base/random.h"
#include "base/secret.h"
#include "clients/cpp/client.h"
#include "clients/cpp/https_post.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "hsm/pkcs11_hsm.h"
#include "hsm/software_hsm.h"
#include "nlohmann/json.hpp"
#include "server/http/testing/http_client.h"
#include "tests/e2e/dev_server.h"
#include "tests/e2e/hostile_tokens.h"

namespace signet::testing {
namespace {

using nlohmann::json;

std::string* signetd_path;

// A generous bound: what is refused costs at most a signature check.
constexpr absl::Duration kQuickly = absl::Seconds(1);
// The largest tokens that go into gRPC's metadata and the head of a request of HTTP. The server bounds both, and refuses what is
// larger before anybody looks at it.
constexpr size_t kMaxMetadataToken = 15 * 1024;
constexpr size_t kMaxFieldToken = 8000;

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  EXPECT_TRUE(value.ok()) << value.status();
  if (!value.ok()) std::abort();
  return *std::move(value);
}

json Decoded(const std::string& part) { return json::parse(Base64UrlDecode(part).value_or(""), nullptr, false); }

// Text that is good as the value of a field of HTTP and of metadata.
bool IsFieldText(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isprint(c); });
}

class HostileTokenTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { bench_ = new Bench; }
  static void TearDownTestSuite() {
    delete bench_;
    bench_ = nullptr;
  }

  // The server, its administrator, and the keys that there are.
  struct Bench {
    Bench() {
      EXPECT_TRUE(server.Start()) << server.log();
      announcement = server.announcement();
      admin = json::parse(ReadTextFile(announcement.value("admin_credential_file", "")));
      https_url = announcement.value("https_url", "");
      trust.ca_certificate = ReadTextFile(announcement.value("ca_certificate", ""));
      client = server.Connect();
      grpc::SslCredentialsOptions tls;
      tls.pem_root_certs = trust.ca_certificate;
      stub = v1::TenantService::NewStub(grpc::CreateChannel(announcement.value("grpc_address", ""), grpc::SslCredentials(tls)));
      setenv("SOFTHSM2_CONF", (server.data_dir() + "/softhsm2.conf").c_str(), 1);
      hsm = OrDie(hsm::Pkcs11Hsm::Create({.module_path = announcement.value("token_module", ""),
                                          .token_label = "signet-dev",
                                          .pin = Secret(ReadTextFile(announcement.value("token_pin_file", ""))),
                                          .random = &random}));
      hsm_signer = hsm->CreateSigner();
      ec.emplace(NewKey(hsm::Algorithm::kEs256, "attacker's ec key"));
      rsa.emplace(NewKey(hsm::Algorithm::kRs256With2048, "attacker's rsa key"));
    }
    TextSigner NewKey(hsm::Algorithm algorithm, const std::string& id) {
      const hsm::KeySpec spec{.id = (id + std::string(16, ' ')).substr(0, 16), .label = id, .algorithm = algorithm};
      return TextSigner(*software_signer, spec, OrDie(software->GenerateKey(spec)));
    }

    TestFolder folder;
    DevServer server{*signetd_path, folder};
    json announcement, admin;
    std::string https_url;
    client::HttpsTrust trust;
    std::unique_ptr<client::Client> client;
    std::unique_ptr<v1::TenantService::Stub> stub;
    SystemRandom random;
    std::unique_ptr<hsm::Hsm> hsm;
    std::unique_ptr<hsm::Signer> hsm_signer;
    std::unique_ptr<hsm::Hsm> software = hsm::CreateSoftwareHsm();
    std::unique_ptr<hsm::Signer> software_signer = software->CreateSigner();
    std::optional<TextSigner> ec, rsa;
  };

  // --- Calls. Each must come back quickly.

  static grpc::Status CallApi(const std::string& token) {
    const absl::Time start = absl::Now();
    grpc::Status status = CallOnce(token, /*wait_for_ready=*/false);
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE) {
      EXPECT_LT(absl::Now() - start, kQuickly);
    } else if (token.size() <= kMaxMetadataToken) {
      // The transport is still ending the connection on which it was sent far too much just before.
      status = CallOnce(token, /*wait_for_ready=*/true);
    }
    return status;
  }
  static grpc::Status CallOnce(const std::string& token, bool wait_for_ready) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    context.set_wait_for_ready(wait_for_ready);
    context.AddMetadata("authorization", "Bearer " + token);
    v1::ListTenantsResponse response;
    return bench_->stub->ListTenants(&context, v1::ListTenantsRequest(), &response);
  }
  // The status of GET /metrics; 0 if the connection ended without an answer.
  int GetMetrics(const std::string& token) {
    const auto response = Exchange(
        [&](http::HttpClient& http) { return http.Get("/metrics", absl::StrCat("Authorization: Bearer ", token, "\r\n")); });
    return response ? response->status : 0;
  }
  std::optional<http::ReceivedResponse> Post(const std::string& path, const std::vector<std::pair<std::string, std::string>>& form,
                                             const std::string& authorization = "") {
    std::string body;
    for (const auto& [name, value] : form) {
      absl::StrAppend(&body, body.empty() ? "" : "&", name, "=", client::FormEncoded(value));
    }
    return Exchange([&](http::HttpClient& http) {
      return http.PostForm(path, body, authorization.empty() ? "" : absl::StrCat("Authorization: ", authorization, "\r\n"));
    });
  }
  // On the connection at hand, or where the server has closed it, on another.
  template <typename Send>
  std::optional<http::ReceivedResponse> Exchange(const Send& send) {
    if (http_ == nullptr) {
      const std::string address = bench_->https_url.substr(std::string("https://").size());
      http_ = http::HttpClient::ConnectTls(address, {.trusted_certificate = bench_->trust.ca_certificate});
    }
    const absl::Time start = absl::Now();
    const auto response = send(*http_);
    EXPECT_LT(absl::Now() - start, kQuickly);
    if (!response || response->fields.count("connection") == 0 || response->fields.at("connection") != "keep-alive")
      http_ = nullptr;
    return response;
  }

  // --- What counts.

  static std::string AdminBasic() {
    return "Basic " +
           absl::Base64Escape(absl::StrCat(bench_->admin.value("client_id", ""), ":", bench_->admin.value("client_secret", "")));
  }
  // Has a tenant's endpoint issue a token.
  std::string IssueToken(const std::string& tenant, const v1::IssuedCredential& client, const std::string& audience = "") {
    std::vector<std::pair<std::string, std::string>> form = {{"grant_type", "client_credentials"},
                                                             {"client_id", client.credential().client_id()},
                                                             {"client_secret", client.client_secret()}};
    if (!audience.empty()) form.emplace_back("audience", audience);
    return TokenOf(Post(absl::StrCat("/t/", tenant, "/oauth/token"), form));
  }
  static std::string TokenOf(const std::optional<http::ReceivedResponse>& response) {
    EXPECT_TRUE(response.has_value());
    if (!response) return "";
    EXPECT_EQ(response->status, 200) << response->body;
    return json::parse(response->body, nullptr, false).value("access_token", "");
  }
  std::string IssueAdminToken() {
    return TokenOf(Post("/t/system/oauth/token", {{"grant_type", "client_credentials"}}, AdminBasic()));
  }
  // An access token of the administrator as the endpoint makes them, and the key that signs those.
  TokenMould AccessTokenMould() {
    const std::vector<std::string> parts = absl::StrSplit(IssueAdminToken(), '.');
    const std::string header = Base64UrlDecode(parts[0]).value();
    return {ReadMembers(header), ReadMembers(Base64UrlDecode(parts[1]).value()), SystemKey(json::parse(header)["kid"])};
  }
  // The key of the system tenant that its JWK set has under `kid`, as the HSM knows it.
  const TextSigner& SystemKey(const std::string& kid) {
    std::string x;
    for (const json& jwk : SystemJwks()) {
      if (jwk["kid"] == kid) x = jwk["x"];
    }
    for (const hsm::StoredKey& stored : OrDie(bench_->hsm->ListKeys("signet/"))) {
      const hsm::KeySpec spec{.id = stored.id, .label = stored.label, .algorithm = hsm::Algorithm::kEs256};
      const auto key = bench_->hsm->ProveKey(spec);
      if (!key.ok() || key->jwk_members().at("x") != x) continue;
      signers_.push_back(std::make_unique<TextSigner>(*bench_->hsm_signer, spec, *key));
      return *signers_.back();
    }
    ADD_FAILURE() << "the HSM has no key " << kid;
    std::abort();
  }
  json SystemJwks() {
    const auto response = Exchange([](http::HttpClient& http) { return http.Get("/t/system/.well-known/jwks.json"); });
    return json::parse(response.value().body)["keys"];
  }

  static v1::IssuedCredential NewClient(const std::string& id, v1::Credential::Kind kind,
                                        v1::CreateCredentialRequest request = {}) {
    request.set_parent("tenants/dev");
    request.set_credential_id(id);
    request.mutable_credential()->set_kind(kind);
    request.mutable_credential()->add_scopes("read:tenants");
    return OrDie(bench_->client->Call(&v1::CredentialService::Stub::CreateCredential, request));
  }
  static void MakeDevKey() {
    v1::CreateKeyRequest create;
    create.set_parent("tenants/dev/keyRings/access-token");
    v1::EnableKeyRequest enable;
    enable.set_name(OrDie(bench_->client->Call(&v1::KeyService::Stub::CreateKey, create)).name());
    enable.set_force(true);
    OrDie(bench_->client->Call(&v1::KeyService::Stub::EnableKey, enable));
  }

  // --- What does not.

  void ExpectRefused(const NamedToken& hostile) {
    SCOPED_TRACE(absl::StrCat(hostile.name, ", ", hostile.token.size(), " bytes: ", absl::CHexEscape(hostile.token.substr(0, 60))));
    if (!IsFieldText(hostile.token)) return;
    const grpc::StatusCode code = CallApi(hostile.token).error_code();
    if (hostile.token.size() <= kMaxMetadataToken) {
      EXPECT_EQ(code, grpc::StatusCode::UNAUTHENTICATED);
    } else {
      // The transport's answers: to a stream whose metadata is too large, and to a connection where it is much too large.
      EXPECT_TRUE(code == grpc::StatusCode::RESOURCE_EXHAUSTED || code == grpc::StatusCode::UNAVAILABLE) << code;
    }
    EXPECT_EQ(GetMetrics(hostile.token), hostile.token.size() <= kMaxFieldToken ? 401 : 400);
  }
  void ExpectCounts(const std::string& token) {
    const grpc::Status status = CallApi(token);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(GetMetrics(token), 200);
  }
  static size_t ResidentKib() {
    const std::string status = ReadTextFile(absl::StrCat("/proc/", bench_->server.process().pid(), "/status"));
    size_t kib = 0;
    for (absl::string_view line : absl::StrSplit(status, '\n')) {
      if (absl::ConsumePrefix(&line, "VmRSS:") && absl::ConsumeSuffix(&line, "kB") && !absl::SimpleAtoi(line, &kib)) return 0;
    }
    return kib;
  }

  static Bench* bench_;
  std::vector<std::unique_ptr<TextSigner>> signers_;
  std::unique_ptr<http::HttpClient> http_;
};

HostileTokenTest::Bench* HostileTokenTest::bench_ = nullptr;

TEST_F(HostileTokenTest, TheApiTakesNone) {
  const TokenMould mould = AccessTokenMould();
  ExpectCounts(mould.Token());
  for (const NamedToken& hostile : HostileTokens(mould, *bench_->ec, *bench_->rsa)) ExpectRefused(hostile);
  ExpectCounts(mould.Token());
}

TEST_F(HostileTokenTest, TheApiTakesNoOtherKindOfToken) {
  const TokenMould mould = AccessTokenMould();
  for (const char* typ : {R"("JWT")", R"("")", R"("at+jwt ")", R"("application/jwt")", R"("logout+jwt")", "1", "null", "[]"}) {
    ExpectRefused({absl::StrCat("typ ", typ), mould.WithHeader(With(mould.header, "typ", typ))});
  }
  for (const char* name : {"typ", "kid"}) ExpectRefused({absl::StrCat("no ", name), mould.WithHeader(Without(mould.header, name))});
  for (const char* name : {"iat", "client_id"}) {
    ExpectRefused({absl::StrCat("no ", name), mould.WithClaims(Without(mould.claims, name))});
  }
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"client_id", R"("nobody")"},
      {"scope", "1"},
      {"scope", "[]"},
      {"cnf", "null"},
      {"cnf", "{}"},
      {"cnf", R"({"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"})"},
      {"cnf", R"({"x5t#S256":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"})"},
      {"cnf", R"({"x5t#S256":""})"}};
  for (const auto& [name, value] : changes) {
    ExpectRefused({absl::StrCat(name, " ", value), mould.WithClaims(With(mould.claims, name, value))});
  }
  const JsonMembers nobody = With(With(mould.claims, "sub", R"("nobody")"), "client_id", R"("nobody")");
  ExpectRefused({"a client that does not exist", mould.WithClaims(nobody)});
  // The keys that seal the audit trail and sign certificates.
  v1::ListKeysRequest list;
  list.set_parent("tenants/system/keyRings/access-token");
  std::set<std::string> of_access_tokens;
  const v1::ListKeysResponse listed = OrDie(bench_->client->ListAll(&v1::KeyService::Stub::ListKeys, list));
  for (const v1::SigningKey& key : listed.keys()) {
    of_access_tokens.insert(key.kid());
  }
  int others = 0;
  for (const json& jwk : SystemJwks()) {
    if (of_access_tokens.count(jwk["kid"]) != 0) continue;
    const JsonMembers header = With(mould.header, "kid", jwk["kid"].dump());
    ExpectRefused({"another key of the system tenant", mould.SignedBy(SystemKey(jwk["kid"]), header)});
    ++others;
  }
  EXPECT_EQ(others, 2);
  ExpectCounts(mould.Token());
}

TEST_F(HostileTokenTest, TheApiTakesNoTokenOfAClientThatIsGoneOrOfAnotherPurpose) {
  MakeDevKey();
  const TokenMould mould = AccessTokenMould();
  const v1::IssuedCredential deleted = NewClient("deleted", v1::Credential::CLIENT_SECRET);
  const std::string of_deleted = IssueToken("dev", deleted);
  EXPECT_TRUE(CallApi(of_deleted).ok());
  v1::DeleteCredentialRequest remove;
  remove.set_name(deleted.credential().name());
  OrDie(bench_->client->Call(&v1::CredentialService::Stub::DeleteCredential, remove));
  ExpectRefused({"of a deleted credential", of_deleted});

  v1::CreateCredentialRequest granted;
  granted.mutable_credential()->add_grants()->set_audience("https://orders.example.com");
  const v1::IssuedCredential client = NewClient("client", v1::Credential::CLIENT_SECRET, granted);
  const std::string revoked = IssueToken("dev", client);
  EXPECT_TRUE(CallApi(revoked).ok());
  EXPECT_EQ(Post("/t/dev/oauth/revoke",
                 {{"token", revoked}, {"client_id", client.credential().client_id()}, {"client_secret", client.client_secret()}})
                ->status,
            200);
  ExpectRefused({"revoked", revoked});
  ExpectRefused({"for another audience", IssueToken("dev", client, "https://orders.example.com")});

  v1::CreateCredentialRequest generated;
  generated.mutable_certificate()->mutable_generate()->set_type(v1::GeneratedKey::EC_P256);
  const v1::IssuedCredential certified = NewClient("certified", v1::Credential::CERTIFICATE, generated);
  client::HttpsTrust trust = bench_->trust;
  trust.client_certificate = certified.credential().certificate().pem();
  trust.client_key = Secret(certified.private_key());
  const auto bound = client::PostForm(
      {.url = bench_->https_url + "/t/dev/oauth/token",
       .form = {{"grant_type", Secret("client_credentials")}, {"client_id", Secret(certified.credential().client_id())}}},
      trust);
  ASSERT_TRUE(bound.ok()) << bound.status();
  ASSERT_EQ(bound->status, 200) << bound->body;
  ExpectRefused({"bound to a certificate", json::parse(bound->body)["access_token"]});

  // What whoever may sign with a tenant's ring can make: a JWT of any claims, and a signature of any bytes.
  v1::SignTokenRequest sign_token;
  sign_token.set_key_ring("tenants/dev/keyRings/access-token");
  sign_token.set_claims_json(ToJson({{"aud", Get(mould.claims, "aud")}, {"sub", R"("x")"}, {"client_id", R"("x")"}}));
  const std::string jwt = OrDie(bench_->client->Call(&v1::KeyService::Stub::SignToken, sign_token)).token();
  ExpectRefused({"of SignToken", jwt});
  const std::vector<std::string> jwt_parts = absl::StrSplit(jwt, '.');
  const std::string dev_kid = Decoded(jwt_parts[0])["kid"].dump();
  for (const std::string& kid : {dev_kid, Get(mould.header, "kid")}) {
    for (const std::string& iss : {Decoded(jwt_parts[1])["iss"].dump(), Get(mould.claims, "iss")}) {
      const std::string input = absl::StrCat(Base64UrlEncode(ToJson(With(mould.header, "kid", kid))), ".",
                                             Base64UrlEncode(ToJson(With(mould.claims, "iss", iss))));
      v1::SignRequest sign;
      sign.set_key_ring("tenants/dev/keyRings/access-token");
      sign.set_data(input);
      const std::string signature = OrDie(bench_->client->Call(&v1::KeyService::Stub::Sign, sign)).signature();
      ExpectRefused({"signed by a tenant's key", absl::StrCat(input, ".", Base64UrlEncode(signature))});
    }
  }
  ExpectCounts(mould.Token());
}

TEST_F(HostileTokenTest, AreNothingToIntrospectionAndRevocation) {
  const TokenMould mould = AccessTokenMould();
  const auto introspect = [&](const std::string& token) {
    return Post("/t/system/oauth/introspect", {{"token", token}}, AdminBasic());
  };
  EXPECT_EQ(json::parse(introspect(mould.Token())->body)["active"], true);
  for (const NamedToken& hostile : HostileTokens(mould, *bench_->ec, *bench_->rsa)) {
    // Whom a token is for, introspection tells, and leaves to who asks.
    if (absl::StartsWith(hostile.name, "aud ")) continue;
    SCOPED_TRACE(absl::StrCat(hostile.name, ": ", absl::CHexEscape(hostile.token.substr(0, 60))));
    const auto introspected = introspect(hostile.token);
    ASSERT_TRUE(introspected.has_value());
    if (introspected->status == 200) {
      EXPECT_EQ(introspected->body, R"({"active":false})");
    } else {
      EXPECT_EQ(introspected->status, 400);
    }
    // A token that is worthless is revoked (RFC 7009 section 2.2).
    const auto revoked = Post("/t/system/oauth/revoke", {{"token", hostile.token}}, AdminBasic());
    ASSERT_TRUE(revoked.has_value());
    EXPECT_TRUE(revoked->status == 200 || revoked->status == 400) << revoked->status;
    if (!IsFieldText(hostile.token) || hostile.token.size() > kMaxFieldToken) continue;
    for (const char* path : {"/t/system/oauth/introspect", "/t/system/oauth/revoke", "/t/system/oauth/token"}) {
      const auto response = Post(path, {{"token", mould.Token()}, {"grant_type", "client_credentials"}}, "Bearer " + hostile.token);
      ASSERT_TRUE(response.has_value());
      EXPECT_EQ(response->status, 401) << path;
    }
  }
  ExpectCounts(mould.Token());
}

TEST_F(HostileTokenTest, TheTokenEndpointTakesNoneForAnAssertion) {
  const TextSigner key = bench_->NewKey(hsm::Algorithm::kEs256, "client's key");
  v1::CreateCredentialRequest request;
  request.mutable_public_key()->set_id("my-key");
  request.mutable_public_key()->set_public_key(key.public_key().ToPem());
  const std::string client = json(NewClient("assertion", v1::Credential::PUBLIC_KEY, request).credential().client_id()).dump();
  const auto now = absl::ToUnixSeconds(absl::Now());
  int count = 0;
  const auto mould = [&] {
    return TokenMould{{{"alg", R"("ES256")"}, {"kid", R"("my-key")"}, {"typ", R"("JWT")"}},
                      {{"iss", client},
                       {"sub", client},
                       {"aud", json(bench_->https_url + "/t/dev").dump()},
                       {"iat", absl::StrCat(now)},
                       {"exp", absl::StrCat(now + 240)},
                       {"jti", absl::StrCat("\"", ++count, "\"")}},
                      key};
  };
  const auto post = [&](const std::string& assertion) {
    return Post("/t/dev/oauth/token", {{"grant_type", "client_credentials"},
                                       {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
                                       {"client_assertion", assertion}});
  };
  const std::string good = mould().Token();
  EXPECT_NE(TokenOf(post(good)), "");
  std::vector<NamedToken> hostiles = HostileTokens(mould(), *bench_->ec, *bench_->rsa);
  hostiles.push_back({"used before", good});
  hostiles.push_back({"an access token", IssueAdminToken()});
  hostiles.push_back({"of an access token's typ", mould().WithHeader(With(mould().header, "typ", R"("at+jwt")"))});
  hostiles.push_back({"that lives for long", mould().WithClaims(With(mould().claims, "exp", absl::StrCat(now + 3700)))});
  hostiles.push_back(
      {"for others too",
       mould().WithClaims(With(mould().claims, "aud", absl::StrCat("[", json(bench_->https_url + "/t/dev").dump(), ",\"x\"]")))});
  for (const NamedToken& hostile : hostiles) {
    SCOPED_TRACE(absl::StrCat(hostile.name, ": ", absl::CHexEscape(hostile.token.substr(0, 60))));
    const auto response = post(hostile.token);
    ASSERT_TRUE(response.has_value());
    EXPECT_TRUE(response->status == 401 || response->status == 400) << response->status;
    const json body = json::parse(response->body, nullptr, false);
    const std::string error = body.value("error", "");
    EXPECT_TRUE(error == "invalid_client" || error == "invalid_request" || body.value("reason", "") == "REQUEST_MALFORMED")
        << response->body;
  }
  EXPECT_NE(TokenOf(post(mould().Token())), "");
}

TEST_F(HostileTokenTest, TwentyThousandLeaveTheServersMemoryAsItIs) {
  const TokenMould mould = AccessTokenMould();
  const std::vector<NamedToken> hostiles = HostileTokens(mould, *bench_->ec, *bench_->rsa);
  const auto send = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      // Each is another one, so that nothing that is remembered by its text helps.
      const std::string token = absl::StrCat(hostiles[i % hostiles.size()].token, i);
      if (!IsFieldText(token) || token.size() > kMaxMetadataToken) continue;
      if (i % 4 == 0 && token.size() <= kMaxFieldToken) {
        EXPECT_EQ(GetMetrics(token), 401) << hostiles[i % hostiles.size()].name;
      } else {
        EXPECT_EQ(CallApi(token).error_code(), grpc::StatusCode::UNAUTHENTICATED) << hostiles[i % hostiles.size()].name;
      }
    }
  };
  send(2000);
  const size_t before = ResidentKib();
  send(20000);
  const size_t after = ResidentKib();
  ASSERT_GT(before, 0u);
  EXPECT_LT(after, before + 32 * 1024);
  ExpectCounts(mould.Token());
}

}  // namespace
}  // namespace signet::testing

// Usage: hostile_token_test SIGNETD
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) return 2;
  // The server closes connections on which too much comes.
  signal(SIGPIPE, SIG_IGN);
  signet::testing::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
