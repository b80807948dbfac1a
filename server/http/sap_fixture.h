#ifndef SIGNET_SERVER_HTTP_SAP_FIXTURE_H_
#define SIGNET_SERVER_HTTP_SAP_FIXTURE_H_

#include <nlohmann/json.hpp>
#include <string>

#include "server/http/http_message.h"
#include "server/http/management_fixture.h"

namespace signet::http {

inline constexpr char kSettings[] = "/t/acme/sap/rest/authorization/v2/securitySettings";
inline constexpr char kTokenKey[] = "/command/v2.49.0/security/token-key";
inline constexpr char kCredential[] = "/command/v2.49.0/security/api-credential";
inline constexpr char kSettingsCommand[] = "/command/v2.49.0/security/settings";

// SapTest has SAP's routes. The tenant is acme, whose ring access-token has the preset SAP_BTP.
class SapTest : public ManagementTest {
 protected:
  SapTest();

  Response Rest(const std::string& method, const std::string& body = "", const std::string& authorization = "Bearer system",
                const std::string& target = kSettings);
  Response Patch(const std::string& mode, const std::string& key);
  // A command about acme.
  Response Command(const std::string& target, const nlohmann::ordered_json& more = nlohmann::ordered_json::object(),
                   const std::string& session = "system");
  Response CommandWith(const std::string& target, const std::string& body, const std::string& session = "system",
                       const Fields& more_fields = {});
  Response LogIn(const std::string& body, const std::string& version = "v2.49.0");

  static nlohmann::ordered_json Json(const Response& response);
  // Of a command: the HTTP status must be 200.
  static std::string BackendStatus(const Response& response);
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_SAP_FIXTURE_H_
