#include "server/main/listen_address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace signet::server {
namespace {

bool IsAddress(int family, const std::string& text) {
  in6_addr address;  // The larger of the two.
  return inet_pton(family, text.c_str(), &address) == 1;
}

// Tells whether who listens on `outer` has the port of `inner`, too.
bool IsWithin(absl::string_view inner, absl::string_view outer) {
  if (outer == "::") return true;  // Linux has it include IPv4.
  if (outer == "0.0.0.0") return !absl::StrContains(inner, ':');
  return outer == "localhost" && (inner == "127.0.0.1" || inner == "::1");
}

}  // namespace

std::optional<ListenAddress> ListenAddress::Parse(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return std::nullopt;
  absl::string_view host = text.substr(0, colon);
  const absl::string_view port = text.substr(colon + 1);
  ListenAddress address;
  // SimpleAtoi would take white space and a sign.
  if (port.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(port[0])) || !absl::SimpleAtoi(port, &address.port) ||
      address.port > 65535) {
    return std::nullopt;
  }
  const bool bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  address.host = std::string(host);
  if (bracketed ? !IsAddress(AF_INET6, address.host) : address.host != "localhost" && !IsAddress(AF_INET, address.host)) {
    return std::nullopt;
  }
  return address;
}

bool ListenAddress::IsLoopback() const { return host == "localhost" || host == "::1" || absl::StartsWith(host, "127."); }

bool Overlap(absl::string_view left, absl::string_view right) {
  if (IsUnixSocketAddress(left)) return left == right;
  const std::optional<ListenAddress> a = ListenAddress::Parse(left);
  const std::optional<ListenAddress> b = ListenAddress::Parse(right);
  if (!a || !b || a->port != b->port || a->port == 0) return false;
  return a->host == b->host || IsWithin(a->host, b->host) || IsWithin(b->host, a->host);
}

bool IsUnixSocketAddress(absl::string_view text) {
  return absl::ConsumePrefix(&text, "unix:") && absl::StartsWith(text, "/") && text.size() < sizeof(sockaddr_un::sun_path);
}

}  // namespace signet::server
