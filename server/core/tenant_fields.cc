#include "server/core/tenant_fields.h"

#include <cstddef>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/error.h"

namespace signet::core {
namespace {

constexpr size_t kMaxDisplayName = 255;
constexpr size_t kMaxIssuer = 512;
constexpr size_t kMaxHostAliases = 16;
// RFC 1035 section 2.3.4.
constexpr size_t kMaxDnsName = 253;
constexpr size_t kMaxDnsLabel = 63;

bool IsDnsLabel(absl::string_view label) {
  if (label.empty() || label.size() > kMaxDnsLabel || label.front() == '-' || label.back() == '-') return false;
  for (const char c : label) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-') return false;
  }
  return true;
}

bool IsLowerCaseDnsName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxDnsName) return false;
  for (const absl::string_view label : absl::StrSplit(name, '.')) {
    if (!IsDnsLabel(label)) return false;
  }
  return true;
}

bool IsPort(absl::string_view text) {
  int port = 0;
  return !text.empty() && text.size() <= 5 && absl::ascii_isdigit(text.front()) && absl::SimpleAtoi(text, &port) && port > 0 &&
         port <= 65535;
}

bool IsIpv6Literal(absl::string_view text) {
  if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
  for (const char c : text.substr(1, text.size() - 2)) {
    if (!absl::ascii_isxdigit(c) && c != ':' && c != '.') return false;
  }
  return true;
}

// RFC 3986 section 3.2 without userinfo: a host, which may be in upper case, and perhaps a port.
bool IsAuthority(absl::string_view authority) {
  const size_t host_end = absl::StartsWith(authority, "[") ? authority.find(']') : 0;
  if (host_end == absl::string_view::npos) return false;
  const size_t colon = authority.find(':', host_end);
  if (colon != absl::string_view::npos && !IsPort(authority.substr(colon + 1))) return false;
  const absl::string_view host = authority.substr(0, colon);
  return IsIpv6Literal(host) || IsLowerCaseDnsName(absl::AsciiStrToLower(host));
}

// RFC 3986 section 3.3: what a path may hold unescaped, and "%" with two hex digits.
bool IsPath(absl::string_view path) {
  constexpr absl::string_view kOthers = "/-._~!$&'()*+,;=:@";
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%') {
      if (i + 2 >= path.size() || !absl::ascii_isxdigit(path[i + 1]) || !absl::ascii_isxdigit(path[i + 2])) return false;
      i += 2;
    } else if (!absl::ascii_isalnum(path[i]) && !absl::StrContains(kOthers, path[i])) {
      return false;
    }
  }
  return true;
}

bool HasControlCharacter(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (absl::ascii_iscntrl(text[i])) return true;
    // U+0080 to U+009F in UTF-8.
    if (text[i] == '\xc2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) <= 0x9f) return true;
  }
  return false;
}

}  // namespace

absl::Status CheckDisplayName(const std::string& display_name) {
  if (display_name.size() > kMaxDisplayName) return InvalidField("tenant.display_name", "must not be longer than 255 bytes");
  if (HasControlCharacter(display_name)) return InvalidField("tenant.display_name", "must not hold control characters");
  return absl::OkStatus();
}

absl::Status CheckIssuer(const std::string& issuer) {
  if (issuer.empty()) return absl::OkStatus();
  if (issuer.size() > kMaxIssuer) return InvalidField("tenant.issuer", "must not be longer than 512 bytes");
  absl::string_view rest = issuer;
  if (!absl::ConsumePrefix(&rest, "https://")) return InvalidField("tenant.issuer", "must begin with https://");
  if (absl::EndsWith(rest, "//")) return InvalidField("tenant.issuer", "must not end with more than one slash");
  const size_t path = rest.find('/');
  if (!IsAuthority(rest.substr(0, path))) return InvalidField("tenant.issuer", "must name a host, without user");
  if (path != absl::string_view::npos && !IsPath(rest.substr(path))) {
    return InvalidField("tenant.issuer", "must be a URL without query and fragment");
  }
  return absl::OkStatus();
}

absl::Status CheckHostAliases(const std::vector<std::string>& host_aliases) {
  if (host_aliases.size() > kMaxHostAliases) return InvalidField("tenant.host_aliases", "must not be more than 16");
  std::set<absl::string_view> seen;
  for (const std::string& alias : host_aliases) {
    if (!IsLowerCaseDnsName(alias)) {
      return InvalidField("tenant.host_aliases", "each must be a host name in lower case, without port");
    }
    if (absl::StrContains(alias, kCertificateHostLabel)) {
      return InvalidField("tenant.host_aliases", absl::StrCat(alias, " stands for the alias without `cert.`: leave it out"));
    }
    if (!seen.insert(alias).second) return InvalidField("tenant.host_aliases", absl::StrCat(alias, " is there twice"));
  }
  return absl::OkStatus();
}

}  // namespace signet::core
