#ifndef SIGNET_SERVER_HTTP_HTTP_SERVER_H_
#define SIGNET_SERVER_HTTP_HTTP_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/http/http_backend.h"
#include "server/http/routes.h"
#include "server/http/tls_context.h"
#include "server/tls/certificate_source.h"
#include "server/tls/client_certificates.h"

namespace signet::http {

struct HttpServerOptions {
  // "HOST:PORT", where HOST is an IP address ("[::1]" for IPv6) or "localhost", which is 127.0.0.1; port 0 picks one.
  std::string address;
  // What the server shows who it is with; each connection begins with what is current then. Borrowed; nullptr for plain text, which
  // only the probe listener uses.
  const tls::CertificateSource* certificates = nullptr;
  // Connections beyond these wait in the kernel's backlog.
  int max_connections = 1000;
  // How long a client may take for the TLS handshake, for each request (counted from the end of the one before it, so it bounds
  // idle connections too), and to take in a response. Whoever takes longer is cut off; so is a client whose request takes longer to
  // be worked on.
  absl::Duration client_timeout = absl::Seconds(15);
  using Routes = RouteSet;
  Routes routes = Routes::kPublic;
  // Whether clients are asked for a certificate; meaningless for plain text. With kAsked, OAuth clients can authenticate by theirs.
  tls::ClientCertificates client_certificates = tls::ClientCertificates::kIgnored;
};

// ConnectionCounts are those of a listener.
struct ConnectionCounts {
  // Now.
  int64_t open = 0;
  // Since the start: connections accepted, and attempts to accept one that failed.
  int64_t accepted = 0;
  int64_t accept_errors = 0;
};

// HttpServer serves HTTP/1.1 (RFC 9112), with one thread of its own for what is in memory. What waits for store or HSM is done by
// the backend's executors, and the connection then waits for it without a thread.
//
// What is served is said by Route in routes.h. A request line longer than 4 KiB, a field longer than 8 KiB, more than 64 fields or
// anything that is not HTTP/1 is answered with 400, a body of more than kMaxBodySize as RefuseLargeBody has it, behind the answers
// to the requests before it. The connection then ends, once the client has ended its side, so that no answer is lost. Upgrades are
// ignored.
class HttpServer {
 public:
  virtual ~HttpServer() = default;

  // Binds `options.address` and listens, so that a port in use is an error here. Connections wait in the kernel's backlog until
  // Serve; those still there at Shutdown are reset.
  //   kUnavailable      the address is in use or cannot be bound; the message names it
  //   kInvalidArgument  the address is not of that form; the certificates are not what they should be
  static absl::StatusOr<std::unique_ptr<HttpServer>> Create(const HttpServerOptions& options);

  // "HOST:PORT" as bound.
  virtual const std::string& bound_address() const = 0;

  // Thread-safe; never waits.
  virtual ConnectionCounts connection_counts() const = 0;

  // Starts to answer. Call once, not after Shutdown. What `backend` refers to must outlive the Shutdown.
  virtual void Serve(const HttpBackend& backend) = 0;

  // Closes the listener and the connections, and joins the thread. A connection whose request is being worked on by an executor is
  // closed when it has been sent the answer, for which it has a second once the last one is there: so this waits for as long as
  // that work takes, and the executors must still be there. Idempotent, but not to be called by two threads at once; the destructor
  // calls it.
  virtual void Shutdown() = 0;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_HTTP_SERVER_H_
