#ifndef SIGNET_CLIENTS_CPP_SCRIPTED_HTTPS_SERVER_H_
#define SIGNET_CLIENTS_CPP_SCRIPTED_HTTPS_SERVER_H_

#include <openssl/ssl.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"

namespace signet::client {

// ScriptedHttpsServer is an HTTPS server on a free loopback port that answers as a test told it to, one request after the other,
// and remembers what it was asked. It asks for a client certificate, and takes any or none. Thread-safe.
class ScriptedHttpsServer {
 public:
  struct Request {
    // "POST /oauth/token HTTP/1.1".
    std::string line;
    // By their names in lower case.
    std::map<std::string, std::string> headers;
    std::string body;
    // Whether the client showed a certificate.
    bool has_client_certificate = false;
  };

  ScriptedHttpsServer();
  ~ScriptedHttpsServer();

  // "https://127.0.0.1:PORT", and the certificate to trust, as PEM.
  const std::string& url() const { return url_; }
  const std::string& ca_certificate() const { return ca_certificate_; }

  // Scripts the answer to the next request that has none yet. `headers` are whole lines, each with its line break. A request that
  // no answer was scripted for gets 501.
  void Reply(int status, absl::string_view body, absl::string_view headers = "");
  // As an OAuth token endpoint answers.
  void ReplyToken(absl::string_view token, int expires_in = 3600);

  // The requests so far.
  std::vector<Request> requests() const;

 private:
  void Serve();
  void Answer(SSL& connection);

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  int listener_ = -1;
  std::string url_;
  std::string ca_certificate_;
  mutable Mutex mutex_;
  std::deque<std::string> answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<Request> requests_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace signet::client

#endif  // SIGNET_CLIENTS_CPP_SCRIPTED_HTTPS_SERVER_H_
