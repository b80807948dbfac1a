#ifndef SIGNET_SERVER_HTTP_TESTING_HTTP_CLIENT_H_
#define SIGNET_SERVER_HTTP_TESTING_HTTP_CLIENT_H_

#include <openssl/ssl.h>

#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace signet::http {

struct ReceivedResponse {
  int status = 0;
  // Names in lower case.
  std::map<std::string, std::string> fields;
  std::string body;
};

// HttpClient is one connection on which a test sends what it likes, byte for byte. Whatever takes 10 s fails.
class HttpClient {
 public:
  struct Tls {
    // PEM: what the server must show. Its name is checked as well.
    std::string trusted_certificate = {};
    int max_version = TLS1_3_VERSION;
    // PEM: what this side shows, its own certificate first; empty to show none.
    std::string client_chain = {};
    std::string client_key = {};
  };

  // Connects to 127.0.0.1:PORT, in plain text. On a socket made before, if one is given; it is taken over.
  static std::unique_ptr<HttpClient> Connect(const std::string& address, int socket = -1);
  // The same with TLS; nullptr if the handshake fails.
  static std::unique_ptr<HttpClient> ConnectTls(const std::string& address, const Tls& tls);
  ~HttpClient();

  // Returns false if the server has gone.
  bool Send(absl::string_view bytes);
  // Reads one response; nullopt if the connection ended first. `method` says whether it has a body.
  std::optional<ReceivedResponse> Receive(absl::string_view method = "GET");
  // Sends "GET `target` HTTP/1.1" with a Host and `more_fields` (each ending in CRLF), and reads the response.
  std::optional<ReceivedResponse> Get(absl::string_view target, absl::string_view more_fields = "");
  // Sends "POST `target` HTTP/1.1" with a Host, a form as `body` and `more_fields`, and reads the response.
  std::optional<ReceivedResponse> PostForm(absl::string_view target, absl::string_view body, absl::string_view more_fields = "");
  // Whether the TLS session, after a response, could be resumed on another connection.
  bool CanResume() const { return SSL_SESSION_is_resumable(SSL_get0_session(ssl_.get())) == 1; }
  // Tells whether the server has closed the connection, having sent nothing more. Waits for it.
  bool IsEnded();
  // The same of an end that is no reset, which could lose what was sent before it.
  bool IsEndedInOrder() { return IsEnded() && errno == 0; }
  // Tells whether nothing comes for 100 ms.
  bool IsSilent();

 private:
  explicit HttpClient(int socket) : socket_(socket) {}
  // Reads more into received_; false at the end of the connection.
  bool ReadSome();

  int socket_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_ = {nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_ = {nullptr, SSL_free};
  std::string received_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_TESTING_HTTP_CLIENT_H_
