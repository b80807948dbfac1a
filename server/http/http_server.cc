#include "server/http/http_server.h"

#include <algorithm>
#include <asio.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <restinio/http_server.hpp>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/http/accept_loop.h"
#include "server/http/connection_stream.h"
#include "server/http/http_message.h"
#include "server/http/listener.h"
#include "server/http/open_connections.h"
#include "server/http/responder.h"
#include "server/http/tls_context.h"

namespace signet::http {

// The overloads that RESTinio's templates find by argument-dependent lookup.
template <typename Connection, typename StartRead, typename Failed>
void prepare_connection_and_start_read(ConnectionStream& stream, Connection& connection, StartRead start_read, Failed failed) {
  // Both callbacks point to the connection, which nothing else keeps alive until then.
  stream.AsyncPrepare([start_read, held = connection.shared_from_this()] { start_read(); },
                      [failed, held = connection.shared_from_this()](const asio::error_code& error) { failed(error); });
}

inline restinio::impl::tls_socket_t* make_tls_socket_pointer_for_state_listener(ConnectionStream&) noexcept { return nullptr; }

namespace {

// There until Serve: a connection exists only after that.
using ResponderSlot = std::optional<Responder>;

// ConnectionLog takes what RESTinio says of connections.
class ConnectionLog {
 public:
  explicit ConnectionLog(ResponderSlot& responder) : responder_(responder) {}
  template <typename Builder>
  void trace(Builder&&) const {}
  template <typename Builder>
  void info(Builder&&) const {}
  template <typename Builder>
  void warn(Builder&& builder) const {
    responder_->NoteConnectionError(builder());
  }
  template <typename Builder>
  void error(Builder&& builder) const {
    responder_->NoteConnectionError(builder());
  }

 private:
  ResponderSlot& responder_;
};

// RequestHandler takes a request from RESTinio and hands the response back.
class RequestHandler {
 public:
  RequestHandler(asio::io_context& io_context, ResponderSlot& responder) : io_context_(io_context), responder_(responder) {}

  // Answers in a later turn of the event loop. Answered at once, RESTinio reads on while it writes, and gives up a connection on
  // which requests are pipelined ("response_context_table is full").
  restinio::request_handling_status_t operator()(const restinio::request_handle_t& handle) const {
    asio::post(io_context_, [handle, &responder = responder_] { Answer(*handle, *responder); });
    return restinio::request_accepted();
  }

 private:
  static void Answer(restinio::request_t& handle, Responder& responder) {
    const restinio::http_request_header_t& header = handle.header();
    Request request = {
        .method = header.method().c_str(), .target = header.request_target(), .minor_version = header.http_minor(), .fields = {}};
    header.for_each_field(
        [&request](const restinio::http_header_field_t& field) { request.fields.emplace_back(field.name(), field.value()); });

    Response response = responder.Respond(request);
    auto builder = handle.create_response<restinio::user_controlled_output_t>(restinio::http_status_line_t(
        restinio::http_status_code_t(static_cast<uint16_t>(response.status)), std::string(ReasonPhrase(response.status))));
    for (auto& [name, value] : response.fields) builder.append_header(std::move(name), std::move(value));
    builder.set_content_length(response.content_length).append_body(std::move(response.body)).done();
  }

  asio::io_context& io_context_;
  ResponderSlot& responder_;
};

// One thread runs all, so there are no strands.
using Traits =
    restinio::traits_t<restinio::asio_timer_manager_t, ConnectionLog, RequestHandler, restinio::noop_strand_t, ConnectionStream>;
using ConnectionFactory = restinio::impl::connection_factory_t<Traits>;

http_parser_settings CreateParserSettings() {
  http_parser_settings settings = restinio::impl::create_parser_settings<restinio::default_http_methods_t>();
  settings.on_headers_complete = [](http_parser* parser) -> int {
    if (parser->http_major != 1) return -1;
    static_cast<restinio::impl::http_parser_ctx_t*>(parser->data)->m_header.http_minor(parser->http_minor);
    const int result = restinio::impl::restinio_headers_complete_cb(parser);
    // A server may ignore Upgrade (RFC 9110 section 7.8). RESTinio would lift its time limits from the connection, for good.
    parser->upgrade = 0;
    return result;
  };
  return settings;
}

std::unique_ptr<ConnectionFactory> CreateConnectionFactory(asio::io_context& io_context, absl::Duration client_timeout,
                                                           ResponderSlot& responder) {
  const auto time_limit = absl::ToChronoNanoseconds(client_timeout);
  restinio::server_settings_t<Traits> settings;
  settings.request_handler(io_context, responder)
      .logger(responder)
      .read_next_http_message_timelimit(time_limit)
      .handle_request_timeout(time_limit)
      .write_http_response_timelimit(time_limit)
      .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t()
                                    .max_url_size(4096)
                                    .max_field_name_size(256)
                                    .max_field_value_size(8192)
                                    .max_field_count(64)
                                    .max_body_size(4096));
  auto timers = std::make_shared<restinio::asio_timer_manager_t>(
      io_context, std::min<std::chrono::steady_clock::duration>(time_limit / 4, std::chrono::seconds(1)));
  auto socket_options = settings.socket_options_setter();
  return std::make_unique<ConnectionFactory>(std::make_shared<restinio::impl::connection_settings_t<Traits>>(
                                                 std::move(settings), CreateParserSettings(), std::move(timers)),
                                             std::move(socket_options));
}

std::string MalformedResponse() {
  const Response problem = Problem(400, kRequestMalformed, "the request is not HTTP/1.1, or larger than this server accepts");
  std::string text = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n";
  for (const auto& [name, value] : problem.fields) absl::StrAppend(&text, name, ": ", value, "\r\n");
  absl::StrAppend(&text, "X-Content-Type-Options: nosniff\r\nContent-Length: ", problem.body.size(), "\r\n\r\n", problem.body);
  return text;
}

// RestinioHttpServer lets RESTinio's connections do the work of HTTP; accepting, TLS and closing are its own, see ConnectionStream
// and AcceptLoop for the reasons.
class RestinioHttpServer final : public HttpServer {
 public:
  RestinioHttpServer(const HttpServerOptions& options, std::unique_ptr<asio::ssl::context> tls,
                     std::unique_ptr<asio::io_context> io_context, asio::ip::tcp::acceptor listener)
      : tls_(std::move(tls)),
        stream_options_{.tls = tls_.get(),
                        .time_limit = absl::ToChronoNanoseconds(options.client_timeout),
                        .malformed_response = MalformedResponse(),
                        .on_malformed = [this] { responder_->NoteMalformed(); }},
        routes_(options.routes),
        bound_address_(FormatBoundAddress(listener)),
        io_context_(std::move(io_context)),
        work_(io_context_->get_executor()),
        accept_loop_(std::move(listener), static_cast<size_t>(options.max_connections), open_),
        connections_(CreateConnectionFactory(*io_context_, options.client_timeout, responder_)),
        thread_([this] { RunEventLoop(); }) {}

  ~RestinioHttpServer() override { Shutdown(); }

  const std::string& bound_address() const override { return bound_address_; }

  void Serve(const HttpBackend& backend) override {
    responder_.emplace(backend, routes_);
    asio::post(*io_context_, [this, &logger = backend.logger] {
      accept_loop_.Run(
          [this](asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer) { StartConnection(std::move(socket), peer); },
          logger);
    });
  }

  void Shutdown() override {
    if (!thread_.joinable()) return;
    // The event loop ends when nothing is left to wait for. It is never stopped instead: a connection that would be destroyed with
    // the loop, and not before it, would reach for what is gone.
    asio::post(*io_context_, [this] {
      accept_loop_.Close();
      open_.CloseAll();
    });
    work_.reset();
    thread_.join();
  }

 private:
  void StartConnection(asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer) {
    try {
      // A response is several small writes, which must not wait for one another's acknowledgements.
      asio::error_code ignored;
      socket.set_option(asio::ip::tcp::no_delay(true), ignored);
      connections_
          ->create_new_connection(ConnectionStream(std::move(socket), stream_options_, open_), peer,
                                  restinio::impl::connection_t<Traits>::lifetime_monitor_t(nullptr))
          ->init();
    } catch (const std::exception& exception) {
      responder_->NoteConnectionError(exception.what());
    }
  }

  void RunEventLoop() {
    for (;;) {
      try {
        io_context_->run();
        return;
      } catch (const std::exception& exception) {
        // What a handler of asio or RESTinio threw, such as bad_alloc, is that connection's end, not the server's.
        if (responder_) responder_->NoteConnectionError(exception.what());
      }
    }
  }

  const std::unique_ptr<asio::ssl::context> tls_;
  const ConnectionStream::Options stream_options_;
  const RouteSet routes_;
  const std::string bound_address_;
  ResponderSlot responder_;
  OpenConnections open_;
  const std::unique_ptr<asio::io_context> io_context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  AcceptLoop accept_loop_;
  const std::unique_ptr<ConnectionFactory> connections_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Create(const HttpServerOptions& options) {
  try {
    std::unique_ptr<asio::ssl::context> tls;
    if (!options.certificate_chain.empty() || !options.private_key.empty()) {
      absl::StatusOr<std::unique_ptr<asio::ssl::context>> context =
          CreateTlsContext(options.certificate_chain, options.private_key);
      if (!context.ok()) return context.status();
      tls = *std::move(context);
    }
    auto io_context = std::make_unique<asio::io_context>(1);
    absl::StatusOr<asio::ip::tcp::acceptor> listener = Listen(*io_context, options.address);
    if (!listener.ok()) return listener.status();
    return std::make_unique<RestinioHttpServer>(options, std::move(tls), std::move(io_context), *std::move(listener));
  } catch (const std::exception& exception) {
    // Descriptors, memory or threads have run out.
    return absl::UnavailableError(absl::StrCat("cannot serve HTTP on ", options.address, ": ", exception.what()));
  }
}

}  // namespace signet::http
