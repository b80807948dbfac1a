#include "server/http/connection_stream.h"

#include <utility>

namespace signet::http {

thread_local ConnectionStream::State* ConnectionStream::parsed_ = nullptr;

ConnectionStream::State::State(asio::ip::tcp::socket accepted, TlsContext context, const Options& options, OpenConnections& open)
    : Connection(open),
      options(options),
      context(std::move(context)),
      socket(std::move(accepted)),
      deadline(socket.get_executor()) {
  if (this->context == nullptr) return;
  tls.emplace(socket, *this->context);
  // asio has OpenSSL give its two buffers of 16 KiB back after each record. To get them again, and to wipe them whole, takes as
  // long as to decrypt a request. (What was read out of them is wiped anyway: SSL_OP_CLEANSE_PLAINTEXT.)
  SSL_clear_mode(tls->native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

void ConnectionStream::State::LimitTime() {
  deadline.expires_after(options.time_limit);
  deadline.async_wait([weak = weak_from_this()](const asio::error_code& error) {
    if (error) return;
    if (const std::shared_ptr<State> state = weak.lock()) state->Close();
  });
}

void ConnectionStream::State::Refuse() {
  given_up = true;
  const Refusal& sent = refusal ? *refusal : options.malformed;
  options.on_refused(sent.status);
  LimitTime();
  asio::async_write(*this, asio::buffer(sent.response), [state = shared_from_this()](const asio::error_code& error, size_t) {
    if (error) return state->Close();
    state->Linger();
  });
}

// A socket that is closed with unread input resets the connection, and the client may lose the answers (RFC 9112 section 9.6).
void ConnectionStream::State::Linger() {
  given_up = true;
  LimitTime();
  asio::error_code ignored;
  socket.shutdown(asio::socket_base::shutdown_send, ignored);
  DiscardInput();
}

void ConnectionStream::State::DiscardInput() {
  socket.async_read_some(asio::buffer(discarded), [state = shared_from_this()](const asio::error_code& error, size_t) {
    if (error) return state->Close();
    state->DiscardInput();
  });
}

void ConnectionStream::State::Close() {
  asio::error_code ignored;
  deadline.cancel();
  socket.close(ignored);
}

}  // namespace signet::http
