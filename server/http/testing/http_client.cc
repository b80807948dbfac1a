#include "server/http/testing/http_client.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace signet::http {

namespace {

std::unique_ptr<BIO, decltype(&BIO_free)> Reader(const std::string& pem) { return {BIO_new_mem_buf(pem.data(), -1), BIO_free}; }

// Has `context` show the client's chain.
bool UseCertificate(SSL_CTX* context, const HttpClient::Tls& tls) {
  const auto chain = Reader(tls.client_chain);
  const std::unique_ptr<X509, decltype(&X509_free)> own(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr), X509_free);
  if (own == nullptr || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
  while (X509* const other = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) SSL_CTX_add0_chain_cert(context, other);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(Reader(tls.client_key).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  return SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

}  // namespace

std::unique_ptr<HttpClient> HttpClient::Connect(const std::string& address, int socket) {
  signal(SIGPIPE, SIG_IGN);
  if (socket < 0) socket = ::socket(AF_INET, SOCK_STREAM, 0);
  auto client = std::unique_ptr<HttpClient>(new HttpClient(socket));
  const timeval limit = {.tv_sec = 10, .tv_usec = 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  uint32_t port = 0;
  if (!absl::SimpleAtoi(std::string(address.substr(address.rfind(':') + 1)), &port)) return nullptr;
  sockaddr_in server = {};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<uint16_t>(port));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<sockaddr*>(&server), sizeof(server)) != 0) return nullptr;
  return client;
}

std::unique_ptr<HttpClient> HttpClient::ConnectTls(const std::string& address, const Tls& tls) {
  std::unique_ptr<HttpClient> client = Connect(address);
  if (client == nullptr) return nullptr;
  client->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = client->context_.get();
  SSL_CTX_set_max_proto_version(context, tls.max_version);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  // Level 0 lets this side offer the versions that the server is to refuse.
  SSL_CTX_set_cipher_list(context, "DEFAULT@SECLEVEL=0");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  const std::unique_ptr<X509, decltype(&X509_free)> trusted(
      PEM_read_bio_X509(Reader(tls.trusted_certificate).get(), nullptr, nullptr, nullptr), X509_free);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), trusted.get());

  if (!tls.client_chain.empty() && !UseCertificate(context, tls)) return nullptr;

  client->ssl_.reset(SSL_new(context));
  SSL_set1_host(client->ssl_.get(), "localhost");
  SSL_set_fd(client->ssl_.get(), client->socket_);
  if (SSL_connect(client->ssl_.get()) != 1) return nullptr;
  return client;
}

HttpClient::~HttpClient() {
  ssl_.reset();
  close(socket_);
}

bool HttpClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ssl_ != nullptr ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                         : write(socket_, bytes.data(), bytes.size());
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool HttpClient::ReadSome() {
  char buffer[4096];
  const ssize_t size = ssl_ != nullptr ? SSL_read(ssl_.get(), buffer, sizeof(buffer)) : read(socket_, buffer, sizeof(buffer));
  if (size <= 0) return false;
  received_.append(buffer, static_cast<size_t>(size));
  return true;
}

std::optional<ReceivedResponse> HttpClient::Receive(absl::string_view method) {
  size_t head_size;
  while ((head_size = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadSome()) return std::nullopt;
  }
  ReceivedResponse response;
  const std::vector<std::string> lines = absl::StrSplit(received_.substr(0, head_size), "\r\n");
  received_.erase(0, head_size + 4);
  // "HTTP/1.1 200 OK"
  if (!absl::StartsWith(lines[0], "HTTP/1.1 ") || !absl::SimpleAtoi(lines[0].substr(9, 3), &response.status)) return std::nullopt;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> field = absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    response.fields[absl::AsciiStrToLower(field.first)] = field.second;
  }
  if (method == "HEAD" || response.status == 304) return response;
  size_t size = 0;
  if (!absl::SimpleAtoi(response.fields["content-length"], &size)) return std::nullopt;
  while (received_.size() < size) {
    if (!ReadSome()) return std::nullopt;
  }
  response.body = received_.substr(0, size);
  received_.erase(0, size);
  return response;
}

std::optional<ReceivedResponse> HttpClient::Get(absl::string_view target, absl::string_view more_fields) {
  if (!Send(absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: localhost\r\n", more_fields, "\r\n"))) return std::nullopt;
  return Receive();
}

std::optional<ReceivedResponse> HttpClient::PostForm(absl::string_view target, absl::string_view body,
                                                     absl::string_view more_fields) {
  if (!Send(absl::StrCat("POST ", target, " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ", body.size(),
                         "\r\nContent-Type: application/x-www-form-urlencoded\r\n", more_fields, "\r\n", body))) {
    return std::nullopt;
  }
  return Receive();
}

bool HttpClient::IsEnded() {
  if (!received_.empty()) return false;
  errno = 0;
  return !ReadSome() && errno != EAGAIN;
}

bool HttpClient::IsSilent() {
  pollfd readable = {.fd = socket_, .events = POLLIN, .revents = 0};
  return received_.empty() && poll(&readable, 1, 100) == 0;
}

}  // namespace signet::http
