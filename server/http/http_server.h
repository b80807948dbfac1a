#ifndef SIGNET_SERVER_HTTP_HTTP_SERVER_H_
#define SIGNET_SERVER_HTTP_HTTP_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "server/http/http_backend.h"
#include "server/http/routes.h"

namespace signet::http {

struct HttpServerOptions {
  // "HOST:PORT", where HOST is an IP address ("[::1]" for IPv6) or "localhost", which is 127.0.0.1; port 0 picks one.
  std::string address;
  // PEM; both empty for plain text, which only the probe listener uses.
  std::string certificate_chain;
  Secret private_key;
  // Connections beyond these wait in the kernel's backlog.
  int max_connections = 1000;
  // How long a client may take for the TLS handshake, for each request (counted from the end of the one before it, so it bounds
  // idle connections too), and to take in a response. Whoever takes longer is cut off.
  absl::Duration client_timeout = absl::Seconds(15);
  using Routes = RouteSet;
  Routes routes = Routes::kPublic;
};

// HttpServer serves HTTP/1.1 (RFC 9112), with one thread of its own, as everything that it serves is in memory.
//
// What is served is said by Route in routes.h. A request line longer than 4 KiB, a field longer than 8 KiB, more than 64 fields, a
// body of more than 4 KiB or anything that is not HTTP/1 is answered with 400 and the connection closed. Upgrades are ignored.
class HttpServer {
 public:
  virtual ~HttpServer() = default;

  // Binds `options.address` and listens, so that a port in use is an error here. Connections wait in the kernel's backlog until
  // Serve; those still there at Shutdown are reset.
  //   kUnavailable      the address is in use or cannot be bound; the message names it
  //   kInvalidArgument  the address is not of that form; certificate and key are not PEM, or do not fit
  static absl::StatusOr<std::unique_ptr<HttpServer>> Create(const HttpServerOptions& options);

  // "HOST:PORT" as bound.
  virtual const std::string& bound_address() const = 0;

  // Starts to answer. Call once, not after Shutdown. What `backend` refers to must outlive the Shutdown.
  virtual void Serve(const HttpBackend& backend) = 0;

  // Closes the listener and all connections, requests under way included, and joins the thread. Idempotent, but not to be called
  // by two threads at once; the destructor calls it.
  virtual void Shutdown() = 0;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_HTTP_SERVER_H_
