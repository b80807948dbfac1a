#ifndef SIGNET_SERVER_HTTP_ACCEPT_LOOP_H_
#define SIGNET_SERVER_HTTP_ACCEPT_LOOP_H_

#include <asio.hpp>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/logger.h"
#include "server/http/open_connections.h"

namespace signet::http {

// AcceptLoop accepts the connections of a listener, at most so many at a time; others wait in the kernel's backlog.
//
// It stands in for RESTinio's own, which never accepts again after an accept has failed once, as it does while the process is out
// of file descriptors. This one tries again. For the thread of the event loop alone; must outlive that loop's last handler.
class AcceptLoop {
 public:
  // Takes over a new connection.
  using StartConnection = std::function<void(asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer)>;

  // `open` lists the connections that count.
  AcceptLoop(asio::ip::tcp::acceptor listener, size_t max_connections, OpenConnections& open);

  // Starts. Call once. `logger` is borrowed.
  void Run(StartConnection start, Logger& logger);

  // Closes the listener. Idempotent.
  void Close();

  // How often a connection was accepted, and could not be. For any thread.
  int64_t accepted() const { return accepted_; }
  int64_t errors() const { return errors_; }

 private:
  void AcceptNext();
  void OnAccepted(const asio::error_code& error, asio::ip::tcp::socket socket);

  asio::ip::tcp::acceptor listener_;
  asio::steady_timer retry_;
  asio::ip::tcp::endpoint peer_;
  const size_t max_connections_;
  OpenConnections& open_;
  StartConnection start_;
  Logger* logger_ = nullptr;
  // At the limit: goes on when a connection has gone.
  bool is_full_ = false;
  // The last accept failed; it was logged.
  bool is_failing_ = false;
  std::atomic<int64_t> accepted_ = 0;
  std::atomic<int64_t> errors_ = 0;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_ACCEPT_LOOP_H_
