#include "server/main/config_validator.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "server/main/listen_address.h"

namespace signet::server {
namespace {

namespace v1 = config::v1;

class Validator {
 public:
  void CheckGrpc(const v1::Config& config) {
    if (!config.has_grpc()) return Add("grpc", "is required: where and how gRPC is served");
    bool needs_tls = false;
    for (int i = 0; i < config.grpc().addresses_size(); ++i) {
      const std::string& address = config.grpc().addresses(i);
      const std::string path = absl::StrCat("grpc.addresses[", i, "]");
      if (absl::StartsWith(address, "unix:")) {
        if (!IsUnixSocketAddress(address)) Add(path, "must be \"unix:\" and an absolute path of at most 107 characters");
      } else {
        needs_tls = true;
        CheckLoopback(path, address);
      }
    }
    if (needs_tls && !config.grpc().has_tls()) Add("grpc.tls", "is required, as an address is not a Unix socket");
    if (config.grpc().has_tls()) CheckTls("grpc.tls", config.grpc().tls());
  }

  void CheckHttp(const v1::Config& config) {
    if (!config.has_http()) return Add("http", "is required: where and how HTTPS is served");
    const v1::HttpListener& http = config.http();
    CheckLoopback("http.address", http.address());
    if (http.has_tls()) {
      CheckTls("http.tls", http.tls());
    } else {
      Add("http.tls", "is required");
    }
    if (!http.public_url().empty()) CheckPublicUrl(http.public_url());
    CheckRange("http.max_connections", http.max_connections(), 1, 100'000);
  }

  void CheckProbe(const v1::ProbeListener& probe) {
    CheckProbeAddress("probe.grpc_address", probe.grpc_address());
    CheckProbeAddress("probe.http_address", probe.http_address());
  }

  void CheckHsm(const v1::Config& config) {
    if (!config.has_hsm()) return Add("hsm", "is required: the token that holds the private keys");
    const v1::Hsm& hsm = config.hsm();
    CheckPath("hsm.module", hsm.module());
    if (hsm.token_label().empty()) Add("hsm.token_label", "is required: the label of an initialised token");
    if (hsm.token_label().size() > 32) Add("hsm.token_label", "must have at most 32 bytes");
    if (hsm.pin_file().empty() == hsm.pin_env().empty()) {
      Add(hsm.pin_file().empty() ? "hsm" : "hsm.pin_env", "must have exactly one of pin_file and pin_env");
    }
    if (!hsm.pin_file().empty()) CheckPath("hsm.pin_file", hsm.pin_file());
    if (absl::StrContains(hsm.pin_env(), '=')) Add("hsm.pin_env", "must be the name of an environment variable, without '='");
    CheckRange("hsm.sessions", hsm.sessions(), 1, 1024);
  }

  void CheckStore(const v1::Config& config) {
    if (!config.has_store()) return Add("store", "is required: where keys and tenants are recorded");
    CheckPath("store.sqlite_path", config.store().sqlite_path());
  }

  void CheckLimits(const v1::Limits& limits) {
    CheckRange("limits.signing_queue", limits.signing_queue(), 1, 100'000);
    CheckRange("limits.admin_workers", limits.admin_workers(), 1, 64);
    CheckRange("limits.admin_queue", limits.admin_queue(), 1, 100'000);
    const auto& drain = limits.drain_timeout();
    if (drain.seconds() < 0 || drain.nanos() < 0 || drain.seconds() > 600 || (drain.seconds() == 600 && drain.nanos() > 0)) {
      Add("limits.drain_timeout", "must be 0s to 10m");
    }
  }

  // `config` may have malformed addresses; those are reported elsewhere.
  void CheckDistinct(const v1::Config& config) {
    std::vector<std::pair<std::string, std::string>> seen;
    for (int i = 0; i < config.grpc().addresses_size(); ++i) {
      CheckNotSeen(absl::StrCat("grpc.addresses[", i, "]"), config.grpc().addresses(i), seen);
    }
    CheckNotSeen("http.address", config.http().address(), seen);
    CheckNotSeen("probe.grpc_address", config.probe().grpc_address(), seen);
    CheckNotSeen("probe.http_address", config.probe().http_address(), seen);
  }

  std::vector<InvalidSetting> Take() { return std::move(invalid_); }

 private:
  void Add(std::string path, std::string message) { invalid_.emplace_back(std::move(path), std::move(message)); }

  void CheckNotSeen(const std::string& path, const std::string& text, std::vector<std::pair<std::string, std::string>>& seen) {
    for (const auto& [other_path, other] : seen) {
      if (Overlap(text, other)) return Add(path, absl::StrCat("must not be the address of ", other_path, " as well: ", other));
    }
    seen.emplace_back(path, text);
  }

  void CheckLoopback(const std::string& path, const std::string& text) {
    const auto address = ListenAddress::Parse(text);
    if (!address) return Add(path, "must be \"HOST:PORT\", such as \"127.0.0.1:8443\"");
    if (!address->IsLoopback()) {
      Add(path, "must be a loopback address (127.0.0.0/8, [::1] or localhost), as callers are not authenticated");
    }
  }

  void CheckProbeAddress(const std::string& path, const std::string& text) {
    if (!text.empty() && !ListenAddress::Parse(text)) Add(path, "must be \"HOST:PORT\", such as \"0.0.0.0:8080\"");
  }

  void CheckTls(const std::string& path, const v1::Tls& tls) {
    CheckPath(absl::StrCat(path, ".certificate_file"), tls.certificate_file());
    CheckPath(absl::StrCat(path, ".private_key_file"), tls.private_key_file());
  }

  void CheckPath(const std::string& path, const std::string& file) {
    if (file.empty()) {
      Add(path, "is required: an absolute path");
    } else if (file[0] != '/') {
      Add(path, "must be an absolute path");
    }
  }

  void CheckRange(const std::string& path, int32_t value, int32_t least, int32_t most) {
    if (value < least || value > most) Add(path, absl::StrCat("must be ", least, " to ", most));
  }

  void CheckPublicUrl(absl::string_view url) {
    const bool https = absl::ConsumePrefix(&url, "https://");
    const bool has_host = !url.empty() && url[0] != '/' && url[0] != ':';
    const bool plain = url.find_first_of("?#@ \t\"\\<>") == absl::string_view::npos;
    if (!https || !has_host || !plain || url.back() == '/' || url.size() > 400) {
      Add("http.public_url", "must be an https URL without query, fragment or trailing slash, such as https://signet.example.com");
    }
  }

  std::vector<InvalidSetting> invalid_;
};

}  // namespace

std::vector<InvalidSetting> FindInvalidSettings(const v1::Config& config) {
  Validator validator;
  validator.CheckGrpc(config);
  validator.CheckHttp(config);
  validator.CheckProbe(config.probe());
  validator.CheckHsm(config);
  validator.CheckStore(config);
  validator.CheckDistinct(config);
  validator.CheckLimits(config.limits());
  return validator.Take();
}

}  // namespace signet::server
