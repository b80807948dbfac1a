#include "tests/bench/dev_signet.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "clients/cpp/token_source.h"

namespace signet::bench {

void Die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
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
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ReadFile(announcement_["ca_certificate"]);
  return v1::KeyService::NewStub(grpc::CreateChannel(
      address.empty() ? announcement_["grpc_address"].get<std::string>() : address,
      grpc::CompositeChannelCredentials(grpc::SslCredentials(tls), grpc::AccessTokenCredentials(std::string(token.Expose())))));
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
