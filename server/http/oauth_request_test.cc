#include "server/http/oauth_request.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/http/form_body.h"

namespace signet::http {
namespace {

using core::ClientEvidence;
using core::OAuthError;

constexpr char kForm[] = "application/x-www-form-urlencoded";
constexpr char kAssertionType[] = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

Request Post(const std::string& body, Fields fields = {}) {
  Request request = {.method = "POST", .target = "/oauth/token", .fields = std::move(fields)};
  request.body = Secret(body);
  return request;
}

std::string Basic(const std::string& pair) { return absl::StrCat("Basic ", absl::Base64Escape(pair)); }

// The error's name; "" without one.
template <typename T>
std::string ErrorOf(const core::OAuthResult<T>& outcome) {
  const OAuthError* const error = std::get_if<OAuthError>(&outcome);
  return error == nullptr ? "" : error->error;
}

core::OAuthResult<ClientEvidence> Read(const std::string& body, Fields fields = {}) {
  const auto parameters = ParseForm(body);
  EXPECT_TRUE(parameters.ok()) << parameters.status();
  return ReadClient(Post(body, std::move(fields)), *parameters);
}

core::OAuthResult<core::TokenRequest> ReadToken(const std::string& body) {
  const auto parameters = ParseForm(body);
  EXPECT_TRUE(parameters.ok()) << parameters.status();
  return ReadTokenRequest(Post(body), *parameters);
}

std::string SecretOf(const ClientEvidence& client) { return client.secret ? std::string(client.secret->Expose()) : "absent"; }

TEST(OAuthRequestTest, AFormIsReadWhateverParametersItsMediaTypeHas) {
  for (const char* type : {kForm, "APPLICATION/X-WWW-Form-Urlencoded", "application/x-www-form-urlencoded; charset=UTF-8",
                           "application/x-www-form-urlencoded ;charset=utf-8"}) {
    const auto read = ReadParameters(Post("a=1", {{"content-type", type}}), BodyForms::kForm);
    ASSERT_EQ(ErrorOf(read), "") << type;
    EXPECT_EQ(std::get<RequestParameters>(read).Find("a"), "1");
  }
}

TEST(OAuthRequestTest, JsonIsReadOnlyWhereItIsAllowed) {
  const Request request = Post(R"({"a":"1"})", {{"Content-Type", "application/json"}});
  EXPECT_EQ(ErrorOf(ReadParameters(request, BodyForms::kFormOrJson)), "");
  EXPECT_EQ(ErrorOf(ReadParameters(request, BodyForms::kForm)), "invalid_request");
}

TEST(OAuthRequestTest, AnotherBodyIsAnInvalidRequest) {
  EXPECT_EQ(ErrorOf(ReadParameters(Post("a=1"), BodyForms::kFormOrJson)), "invalid_request");
  for (const char* type : {"", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded2"}) {
    EXPECT_EQ(ErrorOf(ReadParameters(Post("a=1", {{"Content-Type", type}}), BodyForms::kFormOrJson)), "invalid_request") << type;
  }
  EXPECT_EQ(ErrorOf(ReadParameters(Post("a=1", {{"Content-Type", kForm}, {"Content-Type", kForm}}), BodyForms::kForm)),
            "invalid_request");
  EXPECT_EQ(ErrorOf(ReadParameters(Post("a=1&a=2", {{"Content-Type", kForm}}), BodyForms::kForm)), "invalid_request");
  EXPECT_EQ(ErrorOf(ReadParameters(Post("{", {{"Content-Type", "application/json"}}), BodyForms::kFormOrJson)), "invalid_request");
}

TEST(OAuthRequestTest, BasicHoldsTheFormEncodedIdAndSecret) {
  const auto read = Read("", {{"authorization", Basic("sb-ci%21a:s%3Ae%25+c")}});
  ASSERT_EQ(ErrorOf(read), "");
  EXPECT_EQ(std::get<ClientEvidence>(read).client_id, "sb-ci!a");
  EXPECT_EQ(SecretOf(std::get<ClientEvidence>(read)), "s:e% c");
  EXPECT_EQ(ErrorOf(Read("client_id=ci", {{"Authorization", absl::StrCat("bASIC ", absl::Base64Escape("ci:x"))}})), "")
      << "the scheme in any case, and the same client_id in the body";
}

TEST(OAuthRequestTest, AnAuthorizationThatCannotBeReadIsAnInvalidClient) {
  for (const std::string& field : {std::string("Bearer token"), std::string("Basic"), std::string("Basic "),
                                   std::string("Basic !!!"), Basic("ci"), Basic(":secret"), Basic("ci:"), Basic("ci:%"),
                                   Basic("ci:%zz"), Basic("c i:x"), Basic(std::string("ci:\0", 4)), std::string()}) {
    EXPECT_EQ(ErrorOf(Read("", {{"Authorization", field}})), "invalid_client") << field;
  }
}

TEST(OAuthRequestTest, ASecretInTheBodyIsThatOfTheClientIdThere) {
  const auto read = Read("client_id=ci&client_secret=hush");
  ASSERT_EQ(ErrorOf(read), "");
  EXPECT_EQ(std::get<ClientEvidence>(read).client_id, "ci");
  EXPECT_EQ(SecretOf(std::get<ClientEvidence>(read)), "hush");
  EXPECT_EQ(ErrorOf(Read("client_secret=hush")), "invalid_client");
}

TEST(OAuthRequestTest, AnAssertionMayStandWithoutAClientId) {
  const auto read = Read(absl::StrCat("client_assertion=a.b.c&client_assertion_type=", kAssertionType));
  ASSERT_EQ(ErrorOf(read), "");
  EXPECT_EQ(std::get<ClientEvidence>(read).client_id, "");
  EXPECT_EQ(std::get<ClientEvidence>(read).assertion, "a.b.c");
  EXPECT_EQ(SecretOf(std::get<ClientEvidence>(read)), "absent");
  EXPECT_EQ(ErrorOf(Read("client_assertion=a.b.c")), "invalid_client");
  EXPECT_EQ(ErrorOf(Read("client_assertion=a&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer")),
            "invalid_client");
}

TEST(OAuthRequestTest, AClientIdAloneLeavesTheCertificate) {
  Request request = Post("client_id=ci");
  request.peer_chain_pem = "-----BEGIN CERTIFICATE-----";
  const auto read = ReadClient(request, *ParseForm("client_id=ci"));
  ASSERT_EQ(ErrorOf(read), "");
  EXPECT_EQ(std::get<ClientEvidence>(read).peer_chain_pem, "-----BEGIN CERTIFICATE-----");
  EXPECT_EQ(SecretOf(std::get<ClientEvidence>(read)), "absent");
}

TEST(OAuthRequestTest, WhoShowsNothingIsAnInvalidClient) {
  EXPECT_EQ(ErrorOf(Read("")), "invalid_client");
  Request request = Post("");
  request.peer_chain_pem = "-----BEGIN CERTIFICATE-----";
  EXPECT_EQ(ErrorOf(ReadClient(request, *ParseForm(""))), "invalid_client") << "RFC 8705 section 2 wants the client_id";
}

TEST(OAuthRequestTest, AClientAuthenticatesInOneWay) {
  const std::string assertion = absl::StrCat("client_assertion=a.b.c&client_assertion_type=", kAssertionType);
  EXPECT_EQ(ErrorOf(Read("client_secret=hush&client_id=ci", {{"Authorization", Basic("ci:hush")}})), "invalid_request");
  EXPECT_EQ(ErrorOf(Read(assertion, {{"Authorization", Basic("ci:hush")}})), "invalid_request");
  EXPECT_EQ(ErrorOf(Read(absl::StrCat("client_id=ci&client_secret=x&", assertion))), "invalid_request");
  EXPECT_EQ(ErrorOf(Read("", {{"Authorization", Basic("ci:x")}, {"Authorization", Basic("ci:x")}})), "invalid_request");
  EXPECT_EQ(ErrorOf(Read("client_id=other", {{"Authorization", Basic("ci:hush")}})), "invalid_request");
}

TEST(OAuthRequestTest, WhatIsNotPrintableAsciiIsAnInvalidRequest) {
  EXPECT_EQ(ErrorOf(Read("client_id=%C3%A9&client_secret=x")), "invalid_request");
  EXPECT_EQ(ErrorOf(Read("client_id=ci&client_secret=%FF")), "invalid_request");
  EXPECT_EQ(ErrorOf(Read("", {{"Authorization", Basic("ci%FF:x")}})), "invalid_request");
  EXPECT_EQ(ErrorOf(ReadToken("grant_type=client_credentials&client_id=ci&scope=%FF")), "invalid_request");
  EXPECT_EQ(ErrorOf(ReadToken("grant_type=client_credentials&client_id=ci&audience=%FF")), "invalid_request");
}

TEST(OAuthRequestTest, ATokenRequestNamesGrantAudienceAndScope) {
  const auto read = ReadToken("grant_type=client_credentials&client_id=ci&client_secret=x&audience=https://api&scope=a+b&x=y");
  ASSERT_EQ(ErrorOf(read), "");
  EXPECT_EQ(std::get<core::TokenRequest>(read).client.client_id, "ci");
  EXPECT_EQ(std::get<core::TokenRequest>(read).audience, "https://api");
  EXPECT_EQ(std::get<core::TokenRequest>(read).scope, "a b");
}

TEST(OAuthRequestTest, AResourceIsAnAudience) {
  const auto read = ReadToken("grant_type=client_credentials&client_id=ci&resource=https://api");
  ASSERT_EQ(ErrorOf(read), "");
  EXPECT_EQ(std::get<core::TokenRequest>(read).audience, "https://api");
  EXPECT_EQ(ErrorOf(ReadToken("grant_type=client_credentials&client_id=ci&resource=a&audience=a")), "");
  EXPECT_EQ(ErrorOf(ReadToken("grant_type=client_credentials&client_id=ci&resource=a&audience=b")), "invalid_request");
}

TEST(OAuthRequestTest, AnotherGrantIsUnsupportedAndNoneIsAnInvalidRequest) {
  EXPECT_EQ(ErrorOf(ReadToken("client_id=ci&client_secret=x")), "invalid_request");
  EXPECT_EQ(ErrorOf(ReadToken("grant_type=&client_id=ci")), "invalid_request");
  for (const char* grant : {"password", "authorization_code", "refresh_token", "Client_Credentials"}) {
    EXPECT_EQ(ErrorOf(ReadToken(absl::StrCat("grant_type=", grant, "&client_id=ci"))), "unsupported_grant_type") << grant;
  }
}

}  // namespace
}  // namespace signet::http
