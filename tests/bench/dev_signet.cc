#include "tests/bench/dev_signet.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "clients/cpp/token_source.h"
#include "tests/testing/shell.h"

namespace signet::bench {
namespace {

// Writes what dev mode would do with `folder`, as a configuration, and returns the command that serves it.
std::vector<std::string> ConfiguredCommand(const std::string& signetd, const std::string& folder, const nlohmann::json& dev,
                                           int unwrapped_keys) {
  const nlohmann::json tls = {{"certificate_file", folder + "/server.pem"}, {"private_key_file", folder + "/server.key"}};
  const std::string url = dev["https_url"];
  const nlohmann::json config = {
      {"grpc", {{"addresses", nlohmann::json::array({dev["grpc_address"]})}, {"tls", tls}, {"reflection", true}}},
      {"http", {{"address", std::string(absl::StripPrefix(url, "https://"))}, {"tls", tls}, {"public_url", url}}},
      {"hsm",
       {{"module", dev["token_module"]},
        {"token_label", kDevTokenLabel},
        {"pin_file", dev["token_pin_file"]},
        {"unwrapped_keys", unwrapped_keys}}},
      {"probe", {{"http_address", "127.0.0.1:0"}}},
      {"store", {{"sqlite_path", folder + "/signet.db"}}}};
  // JSON is YAML.
  std::ofstream(folder + "/signetd.yaml") << config.dump(1);
  return {"/usr/bin/env", absl::StrCat("SOFTHSM2_CONF=", folder, "/softhsm2.conf"), signetd, "--config", folder + "/signetd.yaml"};
}

// Where a server that logs to `file` has its probes.
std::string AwaitProbeAddress(const std::string& file) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  for (; absl::Now() < deadline; absl::SleepFor(absl::Milliseconds(20))) {
    std::ifstream log(file);
    for (std::string line; std::getline(log, line);) {
      const auto fields = nlohmann::json::parse(line, nullptr, false);
      if (fields.is_object() && fields.contains("http_probe")) return fields["http_probe"];
    }
  }
  Die(absl::StrCat(file, " does not say where the probes are"));
}

std::shared_ptr<grpc::ChannelCredentials> Tls(const nlohmann::json& dev) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ReadFile(dev["ca_certificate"]);
  return grpc::SslCredentials(tls);
}

}  // namespace

void Die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string ReadLine(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

std::string AwaitFile(const std::string& path) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (access(path.c_str(), R_OK) != 0) {
    if (absl::Now() > deadline) Die(absl::StrCat(path, " did not appear"));
    absl::SleepFor(absl::Milliseconds(20));
  }
  return ReadFile(path);
}

DevSignet::DevSignet(const std::string& signetd, const std::string& folder)
    : process_({signetd, "--dev", "--data_dir", folder, "--grpc_address", "127.0.0.1:0", "--http_address", "127.0.0.1:0"},
               folder + "/signetd.log"),
      announcement_(nlohmann::json::parse(AwaitFile(folder + "/dev.json"))) {}

DevSignet::DevSignet(const std::string& signetd, const std::string& folder, int unwrapped_keys, absl::Duration patience)
    : process_(ConfiguredCommand(signetd, folder, nlohmann::json::parse(ReadFile(folder + "/dev.json")), unwrapped_keys),
               folder + "/signetd.log"),
      announcement_(nlohmann::json::parse(ReadFile(folder + "/dev.json"))) {
  grpc::ChannelArguments often;  // Otherwise ever more seldom, and the start would seem to take longer than it does.
  often.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  often.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  often.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  const auto channel = grpc::CreateCustomChannel(announcement_["grpc_address"].get<std::string>(), Tls(announcement_), often);
  if (!channel->WaitForConnected(absl::ToChronoTime(absl::Now() + patience)))
    Die(absl::StrCat(signetd, " does not serve ", folder));
  probe_address_ = AwaitProbeAddress(folder + "/signetd.log");
}

Secret DevSignet::AccessToken() const {
  const auto credential = nlohmann::json::parse(ReadFile(announcement_["admin_credential_file"]));
  const SystemClock clock;
  const auto source = client::TokenSource::Create({.token_url = credential["token_url"],
                                                   .client_id = credential["client_id"],
                                                   .client_secret = Secret(credential["client_secret"]),
                                                   .trust = {.ca_certificate = ReadFile(announcement_["ca_certificate"])}},
                                                  clock);
  if (!source.ok()) Die(std::string(source.status().message()));
  absl::StatusOr<Secret> token = (*source)->Token();
  if (!token.ok()) Die(std::string(token.status().message()));
  return *std::move(token);
}

std::unique_ptr<v1::KeyService::Stub> DevSignet::Connect(const Secret& token, const std::string& address) const {
  return v1::KeyService::NewStub(grpc::CreateChannel(
      address.empty() ? announcement_["grpc_address"].get<std::string>() : address,
      grpc::CompositeChannelCredentials(Tls(announcement_), grpc::AccessTokenCredentials(std::string(token.Expose())))));
}

double DevSignet::Metric(const std::string& name) const {
  const std::string text =
      testing::RunShell(absl::StrCat("curl --silent --fail --max-time 20 http://", probe_address_, "/metrics")).out;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    double value = 0;
    if (parts.first == name && absl::SimpleAtod(parts.second, &value)) return value;
  }
  Die(absl::StrCat("there is no metric ", name));
}

void CreateEnabledKey(v1::KeyService::Stub& stub, const std::string& ring) {
  v1::CreateKeyRequest create;
  create.set_parent(ring);
  v1::SigningKey key;
  grpc::ClientContext create_context;
  if (const grpc::Status status = stub.CreateKey(&create_context, create, &key); !status.ok()) Die(status.error_message());
  v1::EnableKeyRequest enable;
  enable.set_name(key.name());
  grpc::ClientContext enable_context;
  if (const grpc::Status status = stub.EnableKey(&enable_context, enable, &key); !status.ok()) Die(status.error_message());
}

v1::SignTokenRequest TenClaims(const std::string& ring) {
  v1::SignTokenRequest request;
  request.set_key_ring(ring);
  request.set_claims_json(R"({"sub":"user-1","aud":"orders","azp":"web","scope":"read write","sid":"s-1","zid":"z-1",)"
                          R"("email":"user@example.com","name":"A User","roles":["a","b"],"acr":"1"})");
  return request;
}

}  // namespace signet::bench
