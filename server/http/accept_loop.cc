#include "server/http/accept_loop.h"

#include <chrono>
#include <utility>

namespace signet::http {
namespace {

constexpr std::chrono::milliseconds kRetryDelay(100);

}  // namespace

AcceptLoop::AcceptLoop(asio::ip::tcp::acceptor listener, size_t max_connections, OpenConnections& open)
    : listener_(std::move(listener)), retry_(listener_.get_executor()), max_connections_(max_connections), open_(open) {}

void AcceptLoop::Run(StartConnection start, Logger& logger) {
  start_ = std::move(start);
  logger_ = &logger;
  open_.WatchGone([this] {
    if (!is_full_) return;
    is_full_ = false;
    // Not at once, as this is called out of a destructor.
    asio::post(listener_.get_executor(), [this] { AcceptNext(); });
  });
  AcceptNext();
}

void AcceptLoop::AcceptNext() {
  if (!listener_.is_open()) return;
  if (open_.size() >= max_connections_) {
    is_full_ = true;
    return;
  }
  listener_.async_accept(
      peer_, [this](const asio::error_code& error, asio::ip::tcp::socket socket) { OnAccepted(error, std::move(socket)); });
}

void AcceptLoop::OnAccepted(const asio::error_code& error, asio::ip::tcp::socket socket) {
  if (!listener_.is_open()) return;
  if (error) {
    ++errors_;
    if (!is_failing_) logger_->Log(LogLevel::kWarning, "http listener cannot accept", {{"error", error.message()}});
    is_failing_ = true;
    retry_.expires_after(kRetryDelay);
    retry_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled) AcceptNext();
    });
    return;
  }
  is_failing_ = false;
  ++accepted_;
  start_(std::move(socket), peer_);
  AcceptNext();
}

void AcceptLoop::Close() {
  asio::error_code ignored;
  listener_.close(ignored);
  retry_.cancel();
}

}  // namespace signet::http
