#ifndef SIGNET_SERVER_HTTP_REQUEST_HANDLER_H_
#define SIGNET_SERVER_HTTP_REQUEST_HANDLER_H_

#include <asio.hpp>
#include <functional>
#include <optional>
#include <restinio/http_server.hpp>

#include "server/http/http_message.h"
#include "server/http/open_connections.h"
#include "server/http/responder.h"

namespace signet::http {

// RequestFlow is what a server knows of the requests that it has read and not yet answered. For the event loop's thread alone.
struct RequestFlow {
  asio::io_context& io_context;
  OpenConnections& open;
  // There until Serve: a connection exists only after that.
  std::optional<Responder> responder = std::nullopt;
  // Requests that were read and have no answer yet.
  int awaited = 0;
  // The server is shutting down: each connection ends with the answer that it awaits.
  bool draining = false;
  // Called when `draining` and nothing is awaited any more.
  std::function<void()> on_drained = nullptr;
};

// RequestHandler takes requests from RESTinio, and hands the responses back, whatever thread they come from.
//
// On a connection RESTinio reads the next request when the one before it has been answered, so answers keep the order of pipelined
// requests. A connection that is gone when its answer comes loses the answer.
class RequestHandler {
 public:
  explicit RequestHandler(RequestFlow& flow) : flow_(flow) {}

  restinio::request_handling_status_t operator()(const restinio::request_handle_t& handle) const;

 private:
  RequestFlow& flow_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_REQUEST_HANDLER_H_
