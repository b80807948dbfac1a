#include "tests/e2e/dev_server.h"

#include <signal.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace signet::testing {

TestFolder::TestFolder() {
  char name[] = "/dev/shm/signet-test-XXXXXX";
  if (mkdtemp(name) == nullptr) std::abort();
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

std::string ReadTextFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool DevServer::Start(const std::map<std::string, std::string>& environment) {
  process_ = std::make_unique<SignetdProcess>(
      SignetdProcess::Options{program_,
                              {"--dev", "--data_dir", data_dir(), "--grpc_address", "127.0.0.1:0", "--http_address", "127.0.0.1:0"},
                              environment,
                              folder_ / "signetd.log"});
  return process_->WaitUntilReady();
}

int DevServer::Stop() {
  process_->Signal(SIGTERM);
  return process_->Wait();
}

void DevServer::Kill() {
  process_->Signal(SIGKILL);
  process_->Wait();
}

nlohmann::json DevServer::announcement() const {
  nlohmann::json json = nlohmann::json::parse(ReadTextFile(data_dir() + "/dev.json"), nullptr, false);
  return json.is_object() ? json : nlohmann::json::object();
}

client::TokenSource& DevServer::NewTokenSource() {
  const nlohmann::json json = announcement();
  const nlohmann::json admin = nlohmann::json::parse(ReadTextFile(json.value("admin_credential_file", "")), nullptr, false);
  absl::StatusOr<std::unique_ptr<client::TokenSource>> tokens =
      client::TokenSource::Create({.token_url = admin.value("token_url", ""),
                                   .client_id = admin.value("client_id", ""),
                                   .client_secret = Secret(admin.value("client_secret", "")),
                                   .trust = {.ca_certificate = ReadTextFile(json.value("ca_certificate", ""))}},
                                  clock_);
  if (!tokens.ok()) std::abort();
  MutexLock lock(mutex_);
  token_sources_.push_back(*std::move(tokens));
  return *token_sources_.back();
}

std::string DevServer::AccessToken() {
  const absl::StatusOr<Secret> token = NewTokenSource().Token();
  if (!token.ok()) std::abort();
  return std::string(token->Expose());
}

std::unique_ptr<client::Client> DevServer::Connect(absl::Duration call_timeout) {
  const nlohmann::json json = announcement();
  client::ClientOptions options;
  options.grpc_address = json.value("grpc_address", "");
  options.ca_certificate = ReadTextFile(json.value("ca_certificate", ""));
  options.call_timeout = call_timeout;
  options.token_source = &NewTokenSource();
  absl::StatusOr<std::unique_ptr<client::Client>> client = client::Client::Create(options, random_);
  if (!client.ok()) std::abort();
  return *std::move(client);
}

}  // namespace signet::testing
