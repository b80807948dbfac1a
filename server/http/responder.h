#ifndef SIGNET_SERVER_HTTP_RESPONDER_H_
#define SIGNET_SERVER_HTTP_RESPONDER_H_

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/http/http_backend.h"
#include "server/http/http_message.h"
#include "server/http/routes.h"

namespace signet::http {

// Responder answers requests and leaves a trace of each: a log line and a metric, with nothing of a body, a token or an
// Authorization field. Thread-safe.
class Responder {
 public:
  // Takes the one response to a request.
  using Answer = absl::AnyInvocable<void(Response)>;

  // What `backend` refers to must outlive this, and this the work that it gives to executors.
  Responder(const HttpBackend& backend, const Serving& serving) : backend_(backend), serving_(serving) {}

  // Answers with what Route says, and the fields that every response has: Date, X-Content-Type-Options and X-Request-Id. `answer`
  // is called before this returns, or if there is work to do by the worker that has done it.
  //
  // Work that waited for longer than kPatience is not begun: its client has gone, or soon will. Work that hangs in the HSM is given
  // up when its executor says so.
  //
  // The request id is that of the request's X-Request-Id, or else X-Correlationid, as ChooseCallId takes it. Requests for /livez,
  // /readyz and /metrics, which come all the time, are logged at DEBUG, others at INFO.
  void Respond(const Request& request, Answer answer);
  static constexpr absl::Duration kPatience = absl::Seconds(10);

  // Notes that a request could not be read and was answered with `status`; logs it at DEBUG.
  void NoteMalformed(int status);

  // Logs at DEBUG why a connection ended: the peer's doing as a rule.
  void NoteConnectionError(const std::string& error);

 private:
  struct Exchange;
  class Working;
  // Answers with the response of an exchange.
  void End(Exchange& exchange);

  const HttpBackend backend_;
  const Serving serving_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_RESPONDER_H_
