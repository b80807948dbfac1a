#ifndef SIGNET_SERVER_HTTP_CONNECTION_STREAM_H_
#define SIGNET_SERVER_HTTP_CONNECTION_STREAM_H_

#include <strings.h>

#include <array>
#include <asio.hpp>
#include <asio/ssl.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/http/open_connections.h"
#include "server/http/tls_context.h"

namespace signet::http {

// ConnectionStream is the byte stream of one HTTP connection, with TLS or in plain text. It is the socket type that RESTinio is
// instantiated with, and adds what RESTinio 0.6.16 lacks:
//   - a time limit for the TLS handshake: RESTinio's begin after it, so that silent clients would use up all connections;
//   - an answer to what is not HTTP: RESTinio closes the connection without a word (RFC 9112 section 2.2 wants a 400);
//   - an end that costs no answer: RESTinio closes the socket with input unread, which resets the connection;
//   - a list of what is open (OpenConnections), so that a server can shut down before its event loop is destroyed;
//   - the client's certificate, for the handlers of its requests;
//   - a buffer that is wiped before it waits for the next request, as that may be long in coming, and the last held a secret.
// For the thread of the socket's event loop alone. Its functions with lower-case names are those that asio's and RESTinio's
// templates call.
class ConnectionStream {
 public:
  // Refusal is a whole response, and its status.
  struct Refusal {
    int status;
    std::string response;
  };

  struct Options {
    // For the handshake, for a refusal, and for the client to end the connection after the last response.
    std::chrono::steady_clock::duration time_limit;
    // Sent if RESTinio gives up a connection on what it read.
    Refusal malformed;
    // Called with the status when a refusal is sent.
    std::function<void(int)> on_refused;
  };

  // The context of a TLS server; null for plain text. Shared: a connection keeps the one that it began with.
  using TlsContext = std::shared_ptr<asio::ssl::context>;

  // `options` and `open` are borrowed, and must outlive the connection.
  ConnectionStream(asio::ip::tcp::socket socket, TlsContext tls, const Options& options, OpenConnections& open)
      : state_(std::make_shared<State>(std::move(socket), std::move(tls), options, open)) {}

  // Makes the stream ready to be read: calls `ready()` at once or after the TLS handshake, or `failed(error_code)`. From then on
  // `open` finds it under `number`, and knows the client's certificates.
  template <typename Ready, typename Failed>
  void AsyncPrepare(uint64_t number, Ready ready, Failed failed) {
    state_->SetNumber(number);
    if (!state_->tls) return ready();
    state_->LimitTime();
    state_->tls->async_handshake(
        asio::ssl::stream_base::server,
        [state = state_, ready = std::move(ready), failed = std::move(failed)](const asio::error_code& error) mutable {
          state->deadline.cancel();
          if (error) return failed(error);
          state->peer_chain_pem = PeerChainPem(state->tls->native_handle());
          ready();
        });
  }

  // For callbacks of RESTinio's parser that are about to have it give up the connection whose input it looks at: `refusal` is sent
  // in the place of Options::malformed.
  static void RefuseWith(Refusal refusal) {
    if (parsed_ != nullptr) parsed_->refusal = std::move(refusal);
  }

  using executor_type = asio::any_io_executor;
  executor_type get_executor() { return state_->socket.get_executor(); }
  asio::ip::tcp::socket& lowest_layer() { return state_->socket; }
  bool is_open() const { return state_->socket.is_open() && !state_->given_up; }
  // Called by RESTinio when it begins to write the last response.
  void cancel(asio::error_code& error) {
    state_->is_last_response = true;
    state_->socket.cancel(error);
  }

  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    // RESTinio has one buffer, and reads only once it has parsed all that it has read.
    const asio::mutable_buffer buffer = *asio::buffer_sequence_begin(buffers);
    explicit_bzero(buffer.data(), state_->last_read);
    auto watched =
        Watch([state = state_.get(), handler = std::forward<Handler>(handler)](const asio::error_code& error, size_t size) mutable {
          state->last_read = size;
          handler(error, size);
        });
    if (state_->tls) {
      state_->tls->async_read_some(buffers, std::move(watched));
    } else {
      state_->socket.async_read_some(buffers, std::move(watched));
    }
  }

  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    // Once a response is written, RESTinio goes on with what it has read behind its request.
    state_->async_write_some(buffers, Watch(std::forward<Handler>(handler)));
  }

  // RESTinio shuts a connection down, then closes it. It does so out of a handler of what has been read or written only after the
  // last response, and if what it has read is malformed. As it looks at that only when all responses are written, nothing else is
  // being written then.
  void shutdown(asio::socket_base::shutdown_type what, asio::error_code& error) {
    if (parsed_ != state_.get()) {
      state_->socket.shutdown(what, error);
    } else if (state_->is_last_response) {
      state_->Linger();
    } else {
      state_->Refuse();
    }
  }
  void close() {
    if (!state_->given_up) state_->Close();
  }

 private:
  // Returns `handler` of an operation that, if that succeeds, has `parsed_` set while it runs. It keeps the state.
  template <typename Handler>
  auto Watch(Handler handler) {
    return [state = state_, handler = std::move(handler)](const asio::error_code& error, size_t size) mutable {
      parsed_ = error ? nullptr : state.get();
      handler(error, size);
      parsed_ = nullptr;
    };
  }

  // What outlives the connection of RESTinio, as a refusal is still sent, and input still taken, after that is gone.
  struct State : OpenConnections::Connection, std::enable_shared_from_this<State> {
    State(asio::ip::tcp::socket accepted, TlsContext context, const Options& options, OpenConnections& open);

    using executor_type = asio::any_io_executor;
    executor_type get_executor() { return socket.get_executor(); }
    template <typename Buffers, typename Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
      if (tls) {
        tls->async_write_some(buffers, std::forward<Handler>(handler));
      } else {
        socket.async_write_some(buffers, std::forward<Handler>(handler));
      }
    }

    // Closes the stream when the time limit has passed, unless `deadline` is cancelled.
    void LimitTime();
    // Sends the refusal, and lingers.
    void Refuse();
    // Lets the client read all that was sent, and closes when it has closed.
    void Linger();
    void DiscardInput();
    void Close() override;

    const Options& options;
    const TlsContext context;
    asio::ip::tcp::socket socket;
    std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls;
    asio::steady_timer deadline;
    // How much the reader's buffer holds of what was read last.
    size_t last_read = 0;
    // In the place of Options::malformed.
    std::optional<Refusal> refusal;
    bool is_last_response = false;
    // RESTinio has given the connection up; the state ends it by itself.
    bool given_up = false;
    std::array<char, 4096> discarded;
  };

  // The connection of this thread whose input RESTinio may be looking at; nullptr while it does not.
  static thread_local State* parsed_;

  std::shared_ptr<State> state_;  // Shared with the operations under way.
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_CONNECTION_STREAM_H_
