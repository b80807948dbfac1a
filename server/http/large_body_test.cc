#include "server/http/large_body.h"

#include <nlohmann/json.hpp>
#include <string>

#include "gtest/gtest.h"

namespace signet::http {
namespace {

nlohmann::ordered_json Refused(absl::string_view target) {
  const Response response = RefuseLargeBody(target);
  EXPECT_EQ(response.status, 413) << target;
  return nlohmann::ordered_json::parse(response.body);
}

TEST(LargeBodyTest, Auth0sClientsGetAuth0sError) {
  for (const char* target :
       {"/api/v2/keys/signing/rotate", "/t/acme/api/v2/clients/x/credentials", "/api/v2/x?y", "https://x/api/v2/y"}) {
    const nlohmann::ordered_json error = Refused(target);
    EXPECT_EQ(error["statusCode"], 413) << target;
    EXPECT_EQ(error["error"], "Content Too Large") << target;
    EXPECT_EQ(error["message"], "Payload content length greater than maximum allowed: 65536") << target;
  }
}

TEST(LargeBodyTest, SapsClientsGetTheErrorOfTheirPart) {
  EXPECT_EQ(Refused("/t/acme/sap/rest/authorization/v2/securitySettings")["error"], "payload_too_large");
  EXPECT_EQ(Refused("/login/v2.49.0").dump(), R"({"error":"The body is larger than 64 KiB."})");
  EXPECT_EQ(Refused("/command/v2.49.0/security/settings?update").dump(), R"({"error":"The body is larger than 64 KiB."})");
}

TEST(LargeBodyTest, OAuthsClientsGetInvalidRequest) {
  for (const char* target : {"/oauth/token", "/t/acme/oauth/token", "/oauth/introspect", "/oauth/revoke"}) {
    EXPECT_EQ(Refused(target)["error"], "invalid_request") << target;
  }
}

TEST(LargeBodyTest, OthersGetAProblem) {
  for (const char* target : {"/livez", "/nothing", "", "*", "/.well-known/jwks.json"}) {
    EXPECT_EQ(Refused(target)["reason"], "REQUEST_MALFORMED") << target;
  }
}

}  // namespace
}  // namespace signet::http
