#include "server/main/config.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/main/config_files.h"
#include "server/main/config_validator.h"
#include "server/main/file.h"
#include "server/main/yaml_reader.h"

namespace signet::server {
namespace {

using config::v1::Config;

constexpr size_t kConfigSizeLimit = 1 << 20;

absl::Status Invalid(absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidField, message);
}

// The line of a field, or of the nearest field around it that is set.
int LineOf(const std::map<std::string, int>& lines, std::string path) {
  while (!path.empty()) {
    if (const auto line = lines.find(path); line != lines.end()) return line->second;
    const size_t end = path.find_last_of(".[");
    path.resize(end == std::string::npos ? 0 : end);
  }
  return 1;
}

// Tells whether `problem` is about the field at `path` or one around it.
bool Covers(const FieldProblem& problem, absl::string_view path) {
  if (!absl::ConsumePrefix(&path, problem.field)) return false;
  return problem.field.empty() || path.empty() || path[0] == '.' || path[0] == '[';
}

// Adds what is wrong with the values, but not of a field that could not even be read.
void AddProblems(const std::vector<InvalidSetting>& settings, YamlReading& reading) {
  const std::vector<FieldProblem> unread = reading.problems;
  for (const InvalidSetting& setting : settings) {
    const std::string& path = setting.first;
    if (std::any_of(unread.begin(), unread.end(), [&](const auto& problem) { return Covers(problem, path); })) continue;
    reading.problems.push_back({LineOf(reading.lines, path), path, setting.second});
  }
}

absl::Status ToStatus(std::vector<FieldProblem> problems, absl::string_view file_name) {
  if (problems.empty()) return absl::OkStatus();
  std::stable_sort(problems.begin(), problems.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  std::string text;
  for (const FieldProblem& problem : problems) {
    absl::StrAppend(&text, text.empty() ? "" : "\n", file_name, ":", problem.line, ": ", problem.field,
                    problem.field.empty() ? "" : ": ", problem.message);
  }
  return Invalid(text);
}

// Reads and checks; says by `reading` how it went.
Config Read(absl::string_view yaml, YamlReading& reading) {
  Config config;
  reading = ReadYaml(yaml, config);
  SetDefaults(config);
  AddProblems(FindInvalidSettings(config), reading);
  return config;
}

void SetQuotaDefaults(int per_principal, int per_tenant, config::v1::Quota& quota) {
  if (!quota.has_per_principal()) quota.set_per_principal(per_principal);
  if (!quota.has_per_tenant()) quota.set_per_tenant(per_tenant);
  if (!quota.has_burst()) quota.mutable_burst()->set_seconds(10);
}

void SetTlsDefaults(const Config& config, config::v1::Tls& tls) {
  if (tls.has_request_client_certificates()) return;
  tls.set_request_client_certificates(!config.authentication().client_ca_file().empty());
}

void SetDurationDefault(int seconds, bool is_set, google::protobuf::Duration* (config::v1::GrpcLimits::*field)(),
                        config::v1::GrpcLimits& limits) {
  if (!is_set) (limits.*field)()->set_seconds(seconds);
}

void SetGrpcLimitDefaults(config::v1::GrpcLimits& limits) {
  using config::v1::GrpcLimits;
  if (!limits.has_max_request_bytes()) limits.set_max_request_bytes(262'144);
  if (!limits.has_max_metadata_bytes()) limits.set_max_metadata_bytes(16'384);
  if (!limits.has_max_concurrent_streams()) limits.set_max_concurrent_streams(1024);
  if (!limits.has_max_connections()) limits.set_max_connections(10'000);
  if (!limits.has_max_ping_strikes()) limits.set_max_ping_strikes(2);
  if (!limits.has_max_memory_mib()) limits.set_max_memory_mib(1024);
  SetDurationDefault(3600, limits.has_max_connection_age(), &GrpcLimits::mutable_max_connection_age, limits);
  SetDurationDefault(300, limits.has_max_connection_age_grace(), &GrpcLimits::mutable_max_connection_age_grace, limits);
  SetDurationDefault(900, limits.has_max_connection_idle(), &GrpcLimits::mutable_max_connection_idle, limits);
  SetDurationDefault(10, limits.has_handshake_timeout(), &GrpcLimits::mutable_handshake_timeout, limits);
  SetDurationDefault(60, limits.has_ping_interval(), &GrpcLimits::mutable_ping_interval, limits);
  SetDurationDefault(20, limits.has_ping_timeout(), &GrpcLimits::mutable_ping_timeout, limits);
  SetDurationDefault(10, limits.has_min_client_ping_interval(), &GrpcLimits::mutable_min_client_ping_interval, limits);
}

}  // namespace

void SetDefaults(Config& config) {
  if (config.has_grpc()) SetGrpcLimitDefaults(*config.mutable_grpc()->mutable_limits());
  if (config.has_grpc() && config.grpc().addresses().empty()) config.mutable_grpc()->add_addresses("127.0.0.1:8443");
  if (config.has_http()) {
    auto& http = *config.mutable_http();
    if (http.address().empty()) http.set_address("127.0.0.1:8444");
    if (!http.has_max_connections()) http.set_max_connections(1000);
  }
  if (config.has_hsm() && !config.hsm().has_sessions()) config.mutable_hsm()->set_sessions(16);
  if (config.has_hsm() && !config.hsm().has_verify_one_in()) config.mutable_hsm()->set_verify_one_in(100);
  if (config.has_hsm() && !config.hsm().has_call_timeout()) config.mutable_hsm()->mutable_call_timeout()->set_seconds(5);
  if (config.has_hsm() && !config.hsm().has_spare_sessions()) config.mutable_hsm()->set_spare_sessions(16);
  if (config.has_hsm() && !config.hsm().has_unwrapped_keys()) config.mutable_hsm()->set_unwrapped_keys(10'000);
  auto& limits = *config.mutable_limits();
  if (!limits.has_signing_queue()) limits.set_signing_queue(1024);
  if (!limits.has_admin_workers()) limits.set_admin_workers(4);
  if (!limits.has_admin_queue()) limits.set_admin_queue(256);
  if (!limits.has_drain_timeout()) limits.mutable_drain_timeout()->set_seconds(20);
  if (!limits.has_token_workers()) limits.set_token_workers(4);
  if (!limits.has_token_queue()) limits.set_token_queue(256);
  if (config.grpc().has_tls()) SetTlsDefaults(config, *config.mutable_grpc()->mutable_tls());
  if (config.http().has_tls()) SetTlsDefaults(config, *config.mutable_http()->mutable_tls());
  auto& quotas = *config.mutable_quotas();
  SetQuotaDefaults(0, 0, *quotas.mutable_signing());
  SetQuotaDefaults(50, 500, *quotas.mutable_token());
  SetQuotaDefaults(100, 500, *quotas.mutable_administrative());
  auto& audit = *config.mutable_audit();
  if (!audit.has_seal_events()) audit.set_seal_events(1000);
  if (!audit.has_seal_interval()) audit.mutable_seal_interval()->set_seconds(600);
  if (config.log().level() == config::v1::Log::LEVEL_UNSPECIFIED) config.mutable_log()->set_level(config::v1::Log::INFO);
}

absl::StatusOr<Config> ParseConfig(absl::string_view yaml, absl::string_view file_name) {
  if (yaml.size() > kConfigSizeLimit) return Invalid(absl::StrCat(file_name, ":1: is longer than 1 MiB"));
  YamlReading reading;
  Config config = Read(yaml, reading);
  SIGNET_RETURN_IF_ERROR(ToStatus(std::move(reading.problems), file_name));
  return config;
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  const absl::StatusOr<std::string> yaml = ReadFile(path, kConfigSizeLimit);
  if (!yaml.ok()) return Invalid(yaml.status().message());
  YamlReading reading;
  Config config = Read(*yaml, reading);
  if (reading.problems.empty()) AddProblems(FindUnusableFiles(config), reading);
  SIGNET_RETURN_IF_ERROR(ToStatus(std::move(reading.problems), path));
  return config;
}

}  // namespace signet::server
