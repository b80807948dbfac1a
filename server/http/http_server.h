#ifndef SIGNET_SERVER_HTTP_HTTP_SERVER_H_
#define SIGNET_SERVER_HTTP_HTTP_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/logger.h"
#include "base/secret.h"
#include "server/core/health.h"
#include "server/core/key_directory.h"
#include "server/core/metrics.h"

namespace signet::http {

// What the routes are served from; all borrowed, all thread-safe, none waits for store or HSM.
struct HttpBackend {
  const core::KeyDirectory& directory;
  const core::Health& health;
  core::Metrics& metrics;
  Logger& logger;
};

struct HttpServerOptions {
  // "HOST:PORT"; port 0 picks one.
  std::string address;
  // PEM; both empty for plain text, which only the probe listener uses.
  std::string certificate_chain;
  Secret private_key;
  int max_connections = 1000;
  // kPublic: JWKS, discovery, /livez, /readyz, /metrics. kProbe: /livez and /readyz alone.
  enum class Routes { kPublic, kProbe } routes = Routes::kPublic;
};

// HttpServer serves HTTP/1.1.
//
// Routes: /.well-known/jwks.json and /.well-known/openid-configuration, for the tenant that the Host header names by an alias, or
// behind /t/{tenant}; /livez; /readyz; /metrics. GET and HEAD. Errors are application/problem+json (RFC 9457).
class HttpServer {
 public:
  virtual ~HttpServer() = default;

  // Binds `options.address`, so that a port in use is an error here, but answers only after Serve.
  //   kUnavailable      the address is in use or cannot be bound; the message names it
  //   kInvalidArgument  certificate and key do not fit
  static absl::StatusOr<std::unique_ptr<HttpServer>> Create(const HttpServerOptions& options);

  // "HOST:PORT" as bound.
  virtual const std::string& bound_address() const = 0;

  // Starts to answer, on threads of its own. Call once.
  virtual void Serve(const HttpBackend& backend) = 0;

  // Closes the listener and all connections, and joins the threads. Idempotent; the destructor calls it.
  virtual void Shutdown() = 0;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_HTTP_SERVER_H_
