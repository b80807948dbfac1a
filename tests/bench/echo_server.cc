#include "tests/bench/echo_server.h"

#include <grpcpp/grpcpp.h>
#include <signal.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "signet/v1/key_service.grpc.pb.h"

namespace signet::bench {
namespace {

class EchoService final : public v1::KeyService::CallbackService {
 public:
  explicit EchoService(int token_size) : token_(token_size, 'x') {}
  grpc::ServerUnaryReactor* SignToken(grpc::CallbackServerContext* context, const v1::SignTokenRequest*,
                                      v1::SignTokenResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    response->set_token(token_);
    // As long as what SignToken returns beside the token.
    response->set_key(std::string(85, 'k'));
    response->set_token_id(std::string(36, 'j'));
    response->mutable_issue_time()->set_seconds(1'700'000'000);
    response->mutable_expire_time()->set_seconds(1'700'003'600);
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerUnaryReactor* Sign(grpc::CallbackServerContext* context, const v1::SignRequest*,
                                 v1::SignResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    response->set_key(std::string(85, 'k'));
    response->set_algorithm(v1::ES256);
    response->set_signature(std::string(64, 's'));
    response->set_signature_crc32c(0x12345678);
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const std::string token_;
};

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

int RunEchoServer(const std::string& certificate_file, const std::string& private_key_file, int token_size,
                  const std::string& address_file) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({ReadFile(private_key_file), ReadFile(certificate_file)});
  EchoService service(token_size);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return 1;
  // Renamed into place, so that a reader never sees half of it.
  std::ofstream(address_file + ".new") << "127.0.0.1:" << port;
  std::rename((address_file + ".new").c_str(), address_file.c_str());
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown();
  return 0;
}

}  // namespace signet::bench
