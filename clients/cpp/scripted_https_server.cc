#include "clients/cpp/scripted_https_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/testing/test_certificate.h"

namespace signet::client {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

void Use(SSL_CTX* context, const TestCertificate& pair) {
  const Bio certificate_pem(BIO_new_mem_buf(pair.certificate_pem.data(), -1), BIO_free);
  const Bio key_pem(BIO_new_mem_buf(pair.private_key_pem.data(), -1), BIO_free);
  const Certificate certificate(PEM_read_bio_X509(certificate_pem.get(), nullptr, nullptr, nullptr), X509_free);
  const Key key(PEM_read_bio_PrivateKey(key_pem.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (SSL_CTX_use_certificate(context, certificate.get()) != 1) std::abort();  // no test can run without
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) std::abort();           // no test can run without
}

// Reads until the text is as long as its headers say; what the peer sent before it left otherwise.
std::string ReadRequest(SSL& connection) {
  std::string text;
  char buffer[4096];
  while (true) {
    const size_t head = text.find("\r\n\r\n");
    if (head != std::string::npos) {
      const size_t at = absl::AsciiStrToLower(text.substr(0, head)).find("content-length:");
      size_t length = 0;
      if (at != std::string::npos && !absl::SimpleAtoi(text.substr(at + 15, text.find("\r\n", at) - at - 15), &length)) return text;
      if (text.size() >= head + 4 + length) return text;
    }
    const int count = SSL_read(&connection, buffer, sizeof buffer);
    if (count <= 0) return text;
    text.append(buffer, static_cast<size_t>(count));
  }
}

ScriptedHttpsServer::Request Parse(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits("\r\n\r\n", 1));
  const std::vector<absl::string_view> lines = absl::StrSplit(parts.first, "\r\n");
  ScriptedHttpsServer::Request request;
  request.line = std::string(lines[0]);
  request.body = std::string(parts.second);
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> header = absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    request.headers[absl::AsciiStrToLower(header.first)] = std::string(header.second);
  }
  return request;
}

std::string Render(int status, absl::string_view body, absl::string_view headers) {
  return absl::StrCat("HTTP/1.1 ", status, " Scripted\r\nConnection: close\r\nContent-Type: application/json\r\n", headers,
                      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace

ScriptedHttpsServer::ScriptedHttpsServer() : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
  // A client that does not trust the certificate closes the connection.
  signal(SIGPIPE, SIG_IGN);
  const TestCertificate pair = MakeTestCertificate();
  ca_certificate_ = pair.certificate_pem;
  Use(context_.get(), pair);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, SOMAXCONN) != 0) std::abort();  // no test can run without
  if (getsockname(listener_, generic, &size) != 0) std::abort();                               // no test can run without
  url_ = absl::StrCat("https://127.0.0.1:", ntohs(address.sin_port));
  thread_ = std::thread([this] { Serve(); });
}

ScriptedHttpsServer::~ScriptedHttpsServer() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void ScriptedHttpsServer::Reply(int status, absl::string_view body, absl::string_view headers) {
  MutexLock lock(mutex_);
  answers_.push_back(Render(status, body, headers));
}

void ScriptedHttpsServer::ReplyToken(absl::string_view token, int expires_in) {
  Reply(200, absl::StrCat(R"({"access_token":")", token, R"(","token_type":"Bearer","expires_in":)", expires_in, "}"));
}

std::vector<ScriptedHttpsServer::Request> ScriptedHttpsServer::requests() const {
  MutexLock lock(mutex_);
  return requests_;
}

void ScriptedHttpsServer::Serve() {
  for (int peer = accept(listener_, nullptr, nullptr); peer >= 0; peer = accept(listener_, nullptr, nullptr)) {
    // A client that never says a word must not hang the test.
    const timeval patience = {.tv_sec = 10, .tv_usec = 0};
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const std::unique_ptr<SSL, decltype(&SSL_free)> connection(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(connection.get(), peer);
    if (SSL_accept(connection.get()) == 1) Answer(*connection);
    close(peer);
  }
}

void ScriptedHttpsServer::Answer(SSL& connection) {
  Request request = Parse(ReadRequest(connection));
  request.has_client_certificate = SSL_get0_peer_certificate(&connection) != nullptr;
  std::string answer = Render(501, "", "");
  {
    MutexLock lock(mutex_);
    requests_.push_back(std::move(request));
    if (!answers_.empty()) {
      answer = std::move(answers_.front());
      answers_.pop_front();
    }
  }
  SSL_write(&connection, answer.data(), static_cast<int>(answer.size()));
  SSL_shutdown(&connection);
}

}  // namespace signet::client
