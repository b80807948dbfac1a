// Tokens that nobody may take, against the real server.
#include <signal.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/base64url.h"
#include "base/secret.h"
#include "clients/cpp/https_post.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/hostile_token_fixture.h"
#include "tests/e2e/hostile_tokens.h"

namespace signet::testing {
namespace {

using nlohmann::json;

json Decoded(const std::string& part) { return json::parse(Base64UrlDecode(part).value_or(""), nullptr, false); }

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
    const bool is_too_large = BodyOf({{"token", hostile.token}}).size() > kMaxBody;
    const auto introspected = introspect(hostile.token);
    ASSERT_TRUE(introspected.has_value());
    if (introspected->status == 200) {
      EXPECT_FALSE(is_too_large);
      EXPECT_EQ(introspected->body, R"({"active":false})");
    } else {
      EXPECT_EQ(introspected->status, is_too_large ? 413 : 400);
    }
    // A token that is worthless is revoked (RFC 7009 section 2.2).
    const auto revoked = Post("/t/system/oauth/revoke", {{"token", hostile.token}}, AdminBasic());
    ASSERT_TRUE(revoked.has_value());
    if (is_too_large) {
      EXPECT_EQ(revoked->status, 413);
    } else {
      EXPECT_TRUE(revoked->status == 200 || revoked->status == 400) << revoked->status;
    }
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
  const auto form = [](const std::string& assertion) {
    return Form{{"grant_type", "client_credentials"},
                {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
                {"client_assertion", assertion}};
  };
  const auto post = [&](const std::string& assertion) { return Post("/t/dev/oauth/token", form(assertion)); };
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
    if (BodyOf(form(hostile.token)).size() > kMaxBody) {
      EXPECT_EQ(response->status, 413);
    } else {
      EXPECT_TRUE(response->status == 401 || response->status == 400) << response->status;
    }
    const json body = json::parse(response->body, nullptr, false);
    const std::string error = body.value("error", "");
    EXPECT_TRUE(error == "invalid_client" || error == "invalid_request") << response->body;
  }
  EXPECT_NE(TokenOf(post(mould().Token())), "");
}

TEST_F(HostileTokenTest, TwentyThousandLeaveTheServersMemoryAsItIs) {
  const TokenMould mould = AccessTokenMould();
  const std::vector<NamedToken> hostiles = HostileTokens(mould, *bench_->ec, *bench_->rsa);
  const auto send = [&](int count) {
    for (size_t i = 0; count > 0; ++i) {
      // Each is another one, so that nothing that is remembered by its text helps.
      const std::string token = absl::StrCat(hostiles[i % hostiles.size()].token, i);
      if (!IsFieldText(token) || token.size() > kMaxMetadataToken) continue;
      --count;
      // Each goes one way and the other, from round to round.
      if ((i + i / hostiles.size()) % 4 == 0 && token.size() <= kMaxFieldToken) {
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
  ExpectCounts(mould.Token());
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps what is freed";
#endif
  ASSERT_GT(before, 0u);
  EXPECT_LT(after, before + 32 * 1024);
}

}  // namespace
}  // namespace signet::testing

// Usage: hostile_token_test SIGNETD
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) return 2;
  // The server closes connections on which too much comes.
  signal(SIGPIPE, SIG_IGN);
  signet::testing::HostileTokenTest::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
