#include "server/http/http_server.h"

#include <algorithm>
#include <asio.hpp>
#include <chrono>
#include <exception>
#include <restinio/http_server.hpp>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "server/http/accept_loop.h"
#include "server/http/connection_stream.h"
#include "server/http/current_tls_context.h"
#include "server/http/http_message.h"
#include "server/http/large_body.h"
#include "server/http/listener.h"
#include "server/http/open_connections.h"
#include "server/http/request_handler.h"
#include "server/http/responder.h"

namespace signet::http {

// The overloads that RESTinio's templates find by argument-dependent lookup.
template <typename Connection, typename StartRead, typename Failed>
void prepare_connection_and_start_read(ConnectionStream& stream, Connection& connection, StartRead start_read, Failed failed) {
  // Both callbacks point to the connection, which nothing else keeps alive until then.
  stream.AsyncPrepare(
      connection.connection_id(), [start_read, held = connection.shared_from_this()] { start_read(); },
      [failed, held = connection.shared_from_this()](const asio::error_code& error) { failed(error); });
}

inline restinio::impl::tls_socket_t* make_tls_socket_pointer_for_state_listener(ConnectionStream&) noexcept { return nullptr; }

namespace {

// How long clients have to take the last answers when the server ends.
constexpr std::chrono::seconds kFarewell(1);

// ConnectionLog takes what RESTinio says of connections.
class ConnectionLog {
 public:
  explicit ConnectionLog(RequestFlow& flow) : flow_(flow) {}
  template <typename Builder>
  void trace(Builder&&) const {}
  template <typename Builder>
  void info(Builder&&) const {}
  template <typename Builder>
  void warn(Builder&& builder) const {
    flow_.responder->NoteConnectionError(builder());
  }
  template <typename Builder>
  void error(Builder&& builder) const {
    flow_.responder->NoteConnectionError(builder());
  }

 private:
  RequestFlow& flow_;
};

// One thread runs all, so there are no strands.
using Traits =
    restinio::traits_t<restinio::asio_timer_manager_t, ConnectionLog, RequestHandler, restinio::noop_strand_t, ConnectionStream>;
using ConnectionFactory = restinio::impl::connection_factory_t<Traits>;

// A response that ends its connection.
ConnectionStream::Refusal LastResponse(const Response& response) {
  std::string text = absl::StrCat("HTTP/1.1 ", response.status, " ", ReasonPhrase(response.status), "\r\nConnection: close\r\n");
  for (const auto& [name, value] : response.fields) absl::StrAppend(&text, name, ": ", value, "\r\n");
  absl::StrAppend(&text, "X-Content-Type-Options: nosniff\r\nContent-Length: ", response.body.size(), "\r\n\r\n", response.body);
  return {.status = response.status, .response = std::move(text)};
}

ConnectionStream::Refusal RefuseMalformed() {
  return LastResponse(Problem(400, kRequestMalformed, "the request is not HTTP/1.1, or larger than this server accepts"));
}

restinio::http_request_header_t& HeaderOf(const http_parser& parser) {
  return static_cast<restinio::impl::http_parser_ctx_t*>(parser.data)->m_header;
}

// RESTinio's callbacks fail for a body that is too large, and its connection then ends without a word.
int ExplainFailure(const http_parser& parser, int result) {
  if (result != 0) ConnectionStream::RefuseWith(LastResponse(RefuseLargeBody(HeaderOf(parser).request_target())));
  return result;
}

http_parser_settings CreateParserSettings() {
  http_parser_settings settings = restinio::impl::create_parser_settings<restinio::default_http_methods_t>();
  settings.on_headers_complete = [](http_parser* parser) -> int {
    if (parser->http_major != 1) return -1;
    HeaderOf(*parser).http_minor(parser->http_minor);
    const int result = ExplainFailure(*parser, restinio::impl::restinio_headers_complete_cb(parser));
    // A server may ignore Upgrade (RFC 9110 section 7.8). RESTinio would lift its time limits from the connection, for good.
    parser->upgrade = 0;
    return result;
  };
  settings.on_body = [](http_parser* parser, const char* part, size_t size) -> int {
    return ExplainFailure(*parser, restinio::impl::restinio_body_cb(parser, part, size));
  };
  return settings;
}

std::unique_ptr<ConnectionFactory> CreateConnectionFactory(absl::Duration client_timeout, RequestFlow& flow) {
  const auto time_limit = absl::ToChronoNanoseconds(client_timeout);
  restinio::server_settings_t<Traits> settings;
  settings.request_handler(flow)
      .logger(flow)
      .read_next_http_message_timelimit(time_limit)
      .handle_request_timeout(time_limit)
      .write_http_response_timelimit(time_limit)
      .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t()
                                    .max_url_size(4096)
                                    .max_field_name_size(256)
                                    .max_field_value_size(8192)
                                    .max_field_count(64)
                                    .max_body_size(kMaxBodySize));
  auto timers = std::make_shared<restinio::asio_timer_manager_t>(
      flow.io_context, std::min<std::chrono::steady_clock::duration>(time_limit / 4, std::chrono::seconds(1)));
  auto socket_options = settings.socket_options_setter();
  return std::make_unique<ConnectionFactory>(std::make_shared<restinio::impl::connection_settings_t<Traits>>(
                                                 std::move(settings), CreateParserSettings(), std::move(timers)),
                                             std::move(socket_options));
}

// RestinioHttpServer lets RESTinio's connections do the work of HTTP; accepting, TLS and closing are its own, see ConnectionStream
// and AcceptLoop for the reasons.
class RestinioHttpServer final : public HttpServer {
 public:
  RestinioHttpServer(const HttpServerOptions& options, std::unique_ptr<CurrentTlsContext> tls,
                     std::unique_ptr<asio::io_context> io_context, asio::ip::tcp::acceptor listener)
      : tls_(std::move(tls)),
        stream_options_{.time_limit = absl::ToChronoNanoseconds(options.client_timeout),
                        .malformed = RefuseMalformed(),
                        .on_refused = [this](int status) { flow_.responder->NoteMalformed(status); }},
        serving_{.routes = options.routes,
                 .client_certificates = options.client_certificates == tls::ClientCertificates::kAsked,
                 .scheme = tls_ == nullptr ? "http" : "https"},
        bound_address_(FormatBoundAddress(listener)),
        io_context_(std::move(io_context)),
        work_(io_context_->get_executor()),
        farewell_(*io_context_),
        accept_loop_(std::move(listener), static_cast<size_t>(options.max_connections), open_),
        flow_{.io_context = *io_context_, .open = open_, .on_drained = [this] { SayFarewell(); }},
        connections_(CreateConnectionFactory(options.client_timeout, flow_)),
        thread_([this] { RunEventLoop(); }) {}

  ~RestinioHttpServer() override { Shutdown(); }

  const std::string& bound_address() const override { return bound_address_; }
  ConnectionCounts connection_counts() const override {
    return {static_cast<int64_t>(open_.size()), accept_loop_.accepted(), accept_loop_.errors()};
  }

  void Serve(const HttpBackend& backend) override {
    flow_.responder.emplace(backend, serving_);
    asio::post(*io_context_, [this, &logger = backend.logger] {
      accept_loop_.Run([this, &logger](asio::ip::tcp::socket socket,
                                       const asio::ip::tcp::endpoint& peer) { StartConnection(std::move(socket), peer, logger); },
                       logger);
    });
  }

  void Shutdown() override {
    if (!thread_.joinable()) return;
    // The event loop ends when nothing is left to wait for. It is never stopped instead: a connection that would be destroyed with
    // the loop, and not before it, would reach for what is gone.
    asio::post(*io_context_, [this] {
      accept_loop_.Close();
      flow_.draining = true;
      open_.CloseIdle();
      if (flow_.awaited == 0) open_.CloseAll();
    });
    work_.reset();
    thread_.join();
  }

 private:
  void StartConnection(asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer, Logger& logger) {
    try {
      // A response is several small writes, which must not wait for one another's acknowledgements.
      asio::error_code ignored;
      socket.set_option(asio::ip::tcp::no_delay(true), ignored);
      connections_
          ->create_new_connection(
              ConnectionStream(std::move(socket), tls_ == nullptr ? nullptr : tls_->Get(logger), stream_options_, open_), peer,
              restinio::impl::connection_t<Traits>::lifetime_monitor_t(nullptr))
          ->init();
    } catch (const std::exception& exception) {
      flow_.responder->NoteConnectionError(exception.what());
    }
  }

  // The last answer was handed over for writing, after which RESTinio closes its connection. A client that does not take it is not
  // waited for.
  void SayFarewell() {
    open_.WatchGone([this] {
      if (open_.size() == 0) farewell_.cancel();
    });
    if (open_.size() == 0) return;
    farewell_.expires_after(kFarewell);
    farewell_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled) open_.CloseAll();
    });
  }

  void RunEventLoop() {
    for (;;) {
      try {
        io_context_->run();
        return;
      } catch (const std::exception& exception) {
        // What a handler of asio or RESTinio threw, such as bad_alloc, is that connection's end, not the server's.
        if (flow_.responder) flow_.responder->NoteConnectionError(exception.what());
      }
    }
  }

  const std::unique_ptr<CurrentTlsContext> tls_;
  const ConnectionStream::Options stream_options_;
  const Serving serving_;
  const std::string bound_address_;
  OpenConnections open_;
  const std::unique_ptr<asio::io_context> io_context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer farewell_;
  AcceptLoop accept_loop_;
  RequestFlow flow_;
  const std::unique_ptr<ConnectionFactory> connections_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Create(const HttpServerOptions& options) {
  try {
    std::unique_ptr<CurrentTlsContext> tls;
    if (options.certificates != nullptr) {
      SIGNET_ASSIGN_OR_RETURN(tls, CurrentTlsContext::Create(*options.certificates, options.client_certificates));
    }
    auto io_context = std::make_unique<asio::io_context>(1);
    SIGNET_ASSIGN_OR_RETURN(asio::ip::tcp::acceptor listener, Listen(*io_context, options.address));
    return std::make_unique<RestinioHttpServer>(options, std::move(tls), std::move(io_context), std::move(listener));
  } catch (const std::exception& exception) {
    // Descriptors, memory or threads have run out.
    return absl::UnavailableError(absl::StrCat("cannot serve HTTP on ", options.address, ": ", exception.what()));
  }
}

}  // namespace signet::http
