#ifndef SIGNET_SERVER_HTTP_OPEN_CONNECTIONS_H_
#define SIGNET_SERVER_HTTP_OPEN_CONNECTIONS_H_

#include <cstddef>
#include <functional>
#include <set>
#include <utility>

namespace signet::http {

// OpenConnections knows the connections of a server, so that they can be counted, and closed: RESTinio keeps no list of them.
// For one thread; must outlive its connections.
class OpenConnections {
 public:
  // Connection is listed for its lifetime.
  class Connection {
   public:
    explicit Connection(OpenConnections& open) : open_(open) { open_.connections_.insert(this); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() {
      open_.connections_.erase(this);
      if (open_.on_gone_) open_.on_gone_();
    }
    // Ends the connection: whatever waits for it is told so by the event loop, later. Idempotent.
    virtual void Close() = 0;

   private:
    OpenConnections& open_;
  };

  size_t size() const { return connections_.size(); }

  // Has `on_gone` called whenever a connection has gone. It must not destroy connections.
  void WatchGone(std::function<void()> on_gone) { on_gone_ = std::move(on_gone); }

  // Closes all connections.
  void CloseAll() {
    for (Connection* connection : connections_) connection->Close();
  }

 private:
  std::set<Connection*> connections_;
  std::function<void()> on_gone_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_OPEN_CONNECTIONS_H_
