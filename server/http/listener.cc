#include "server/http/listener.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace signet::http {
namespace {

using asio::ip::tcp;

absl::StatusOr<tcp::endpoint> ParseAddress(absl::string_view address) {
  const absl::Status malformed =
      absl::InvalidArgumentError(absl::StrCat("address \"", address, "\" is not IP:PORT, [IPv6]:PORT or localhost:PORT"));
  const size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos) return malformed;
  absl::string_view host = address.substr(0, colon);
  const absl::string_view port_text = address.substr(colon + 1);
  uint32_t port;
  if (port_text.empty() || !absl::ascii_isdigit(port_text[0]) || !absl::SimpleAtoi(port_text, &port) || port > 65535)
    return malformed;

  const bool is_bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  if (host == "localhost" && !is_bracketed) host = "127.0.0.1";
  asio::error_code error;
  const asio::ip::address ip = asio::ip::make_address(std::string(host), error);
  if (error || ip.is_v6() != is_bracketed) return malformed;
  return tcp::endpoint(ip, static_cast<uint16_t>(port));
}

}  // namespace

absl::StatusOr<tcp::acceptor> Listen(asio::io_context& io_context, absl::string_view address) {
  const absl::StatusOr<tcp::endpoint> endpoint = ParseAddress(address);
  if (!endpoint.ok()) return endpoint.status();

  tcp::acceptor listener(io_context);
  asio::error_code error;
  listener.open(endpoint->protocol(), error);
  // Without it, the port could not be bound again for a minute after connections to it were closed.
  if (!error) listener.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) listener.bind(*endpoint, error);
  // Here and not later: with that option Linux notices only a port that is listened on.
  if (!error) listener.listen(asio::socket_base::max_listen_connections, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", error.message()));
  return listener;
}

std::string FormatBoundAddress(const tcp::acceptor& listener) {
  const tcp::endpoint endpoint = listener.local_endpoint();
  const std::string host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? absl::StrCat("[", host, "]:", endpoint.port()) : absl::StrCat(host, ":", endpoint.port());
}

}  // namespace signet::http
