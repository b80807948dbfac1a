#ifndef SIGNET_SERVER_HTTP_RESPONDER_H_
#define SIGNET_SERVER_HTTP_RESPONDER_H_

#include "server/http/http_backend.h"
#include "server/http/http_message.h"
#include "server/http/routes.h"

namespace signet::http {

// Responder answers requests and leaves a trace of each: a log line and a metric. Thread-safe.
class Responder {
 public:
  // What `backend` refers to must outlive this.
  Responder(const HttpBackend& backend, RouteSet routes) : backend_(backend), routes_(routes) {}

  // Returns what Route does, with the fields that every response has: Date, X-Content-Type-Options and X-Request-Id.
  //
  // The request id is that of the request's X-Request-Id if it is of 1 to 128 printable ASCII characters, else a new UUID. Requests
  // for /livez, /readyz and /metrics, which come all the time, are logged at DEBUG, others at INFO.
  Response Respond(const Request& request);

  // Notes that a request could not be read and was answered with 400: as route "malformed", at DEBUG.
  void NoteMalformed();

  // Logs at DEBUG why a connection ended: the peer's doing as a rule.
  void NoteConnectionError(const std::string& error);

 private:
  const HttpBackend backend_;
  const RouteSet routes_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_RESPONDER_H_
