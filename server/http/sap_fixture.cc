#include "server/http/sap_fixture.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace signet::http {

using core::IsOk;
using nlohmann::ordered_json;

SapTest::SapTest() {
  core::RingUpdate update;
  update.preset = keystore::Preset::kSapBtp;
  update.activation_delay = std::optional<absl::Duration>();
  EXPECT_THAT(rings().Update(ring_, update, core::Call()), IsOk());
}

Response SapTest::Rest(const std::string& method, const std::string& body, const std::string& authorization,
                       const std::string& target) {
  Request request = {.method = method, .target = target, .fields = {{"Host", "x"}, {"Authorization", authorization}}};
  request.body = Secret(body);
  return Send(request);
}

Response SapTest::Patch(const std::string& mode, const std::string& key) {
  return Rest("PATCH", absl::StrCat(R"({"tokenPolicySettings":{"keyId":")", key, R"(","changeMode":")", mode, R"("}})"));
}

Response SapTest::Command(const std::string& target, const ordered_json& more, const std::string& session) {
  ordered_json values = {{"subaccount", "acme"}};
  if (more.is_object()) values.update(more);  // Braces without anything in them are a null.
  return CommandWith(target, ordered_json({{"paramValues", values}}).dump(), session);
}

Response SapTest::CommandWith(const std::string& target, const std::string& body, const std::string& session,
                              const Fields& more_fields) {
  Request request = {.method = "POST", .target = target, .fields = {{"Host", "x"}, {"X-Cpcli-Sessionid", session}}};
  request.fields.insert(request.fields.end(), more_fields.begin(), more_fields.end());
  request.body = Secret(body);
  return Send(request);
}

Response SapTest::LogIn(const std::string& body, const std::string& version) {
  Request request = {.method = "POST", .target = absl::StrCat("/login/", version), .fields = {{"Host", "x"}}};
  request.body = Secret(body);
  return Send(request);
}

ordered_json SapTest::Json(const Response& response) {
  return ordered_json::parse(response.body, nullptr, /*allow_exceptions=*/false);
}

std::string SapTest::BackendStatus(const Response& response) {
  EXPECT_EQ(response.status, 200) << response.body;
  const std::string status = FieldOf(response, "X-Cpcli-Backend-Status");
  EXPECT_EQ(absl::StrCat(response.outcome.value_or(0)), status) << "what it is counted and logged as";
  return status;
}

}  // namespace signet::http
