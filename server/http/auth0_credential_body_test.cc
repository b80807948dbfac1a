#include "server/http/auth0_credential_body.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hsm/algorithm.h"

namespace signet::http {
namespace {

// The key of RFC 7515 appendix A.3.
constexpr char kPem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
    "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
    "-----END PUBLIC KEY-----\n";

nlohmann::json Body() { return {{"credential_type", "public_key"}, {"pem", kPem}}; }

TEST(Auth0CredentialBodyTest, ReadsWhatAuth0sClientsSend) {
  nlohmann::json body = Body();
  body["name"] = "a name";
  body["kid"] = "k1";
  body["alg"] = "ES256";
  body["expires_at"] = "2030-01-02T03:04:05Z";
  body["parse_expiry_from_cert"] = nullptr;
  const auto key = ReadAuth0Credential(body.dump());
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->id, "k1");
  EXPECT_EQ(key->algorithm, hsm::Algorithm::kEs256);
  EXPECT_EQ(key->expire_time, absl::FromUnixSeconds(1893553445));
  EXPECT_EQ(ReadAuth0Credential(Body().dump())->expire_time, std::nullopt);
}

TEST(Auth0CredentialBodyTest, RefusesEverythingElse) {
  const auto refused = [](const std::string& body) { return absl::IsInvalidArgument(ReadAuth0Credential(body).status()); };
  for (const char* body : {"", "[]", "{", "null", R"({"credential_type":"public_key"})", R"({"pem":"x"})"}) {
    EXPECT_TRUE(refused(body)) << body;
  }
  const nlohmann::json wrong[] = {{{"credential_type", "x509_cert"}},
                                  {{"pem", 1}},
                                  {{"pem", "x"}},
                                  {{"alg", "RS256"}},
                                  {{"alg", "none"}},
                                  {{"expires_at", "soon"}},
                                  {{"parse_expiry_from_cert", "x"}},
                                  {{"unknown", "x"}},
                                  {{"kid", nlohmann::json::array()}},
                                  {{"parse_expiry_from_cert", true}}};
  for (const nlohmann::json& change : wrong) {
    nlohmann::json body = Body();
    body.update(change);
    EXPECT_TRUE(refused(body.dump())) << change;
  }
}

}  // namespace
}  // namespace signet::http
