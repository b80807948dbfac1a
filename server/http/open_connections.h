#ifndef SIGNET_SERVER_HTTP_OPEN_CONNECTIONS_H_
#define SIGNET_SERVER_HTTP_OPEN_CONNECTIONS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace signet::http {

// OpenConnections knows the connections of a server, so that they can be counted, found and closed: RESTinio keeps no list of them,
// and tells the handler of a request no more of its connection than a number. For one thread, but for size; must outlive its
// connections.
class OpenConnections {
 public:
  // Connection is listed for its lifetime.
  class Connection {
   public:
    explicit Connection(OpenConnections& open) : open_(open) {
      open_.connections_.insert(this);
      ++open_.count_;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() {
      open_.connections_.erase(this);
      --open_.count_;
      if (number_ != 0) open_.numbered_.erase(number_);
      if (open_.on_gone_) open_.on_gone_();
    }
    // Ends the connection: whatever waits for it is told so by the event loop, later. Idempotent.
    virtual void Close() = 0;

    // Lets Find find the connection by `number`, which no other has. Call once.
    void SetNumber(uint64_t number) {
      number_ = number;
      open_.numbered_[number] = this;
    }

    // The certificates that the client presented in the TLS handshake, as PEM, its own first; empty without.
    std::string peer_chain_pem;
    // Where it comes from, without the port; empty until its first request.
    std::string peer_address;
    // A request that it brought is being worked on elsewhere.
    bool is_awaited = false;

   private:
    OpenConnections& open_;
    // RESTinio counts from 1; 0 until SetNumber.
    uint64_t number_ = 0;
  };

  // For any thread.
  size_t size() const { return count_; }

  // The connection of that number; nullptr if it has gone.
  Connection* Find(uint64_t number) const {
    const auto found = numbered_.find(number);
    return found == numbered_.end() ? nullptr : found->second;
  }

  // Has `on_gone` called whenever a connection has gone. It must not destroy connections.
  void WatchGone(std::function<void()> on_gone) { on_gone_ = std::move(on_gone); }

  // Closes all connections; and all that await no answer.
  void CloseAll() {
    for (Connection* connection : connections_) connection->Close();
  }
  void CloseIdle() {
    for (Connection* connection : connections_) {
      if (!connection->is_awaited) connection->Close();
    }
  }

 private:
  std::set<Connection*> connections_;
  std::atomic<size_t> count_ = 0;
  std::unordered_map<uint64_t, Connection*> numbered_;
  std::function<void()> on_gone_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_OPEN_CONNECTIONS_H_
