#include "server/main/config_validator.h"

#include <cstdint>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "server/core/credential_fields.h"
#include "server/core/names.h"
#include "server/core/scope.h"
#include "server/main/access_options.h"
#include "server/main/duration.h"
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
        CheckAddress(path, address, config.authentication());
      }
    }
    if (needs_tls && !config.grpc().has_tls()) Add("grpc.tls", "is required, as an address is not a Unix socket");
    if (config.grpc().has_tls()) CheckTls("grpc.tls", config.grpc().tls());
    CheckGrpcLimits(config.grpc().limits());
  }

  void CheckGrpcLimits(const v1::GrpcLimits& limits) {
    CheckRange("grpc.limits.max_request_bytes", limits.max_request_bytes(), 262'144, 16'777'216);
    CheckRange("grpc.limits.max_metadata_bytes", limits.max_metadata_bytes(), 8192, 1'048'576);
    CheckRange("grpc.limits.max_concurrent_streams", limits.max_concurrent_streams(), 1, 100'000);
    CheckRange("grpc.limits.max_connections", limits.max_connections(), 1, 100'000);
    CheckRange("grpc.limits.max_ping_strikes", limits.max_ping_strikes(), 1, 100);
    CheckRange("grpc.limits.max_memory_mib", limits.max_memory_mib(), 64, 1'048'576);
    const absl::Duration second = absl::Seconds(1);
    const absl::Duration minute = absl::Minutes(1);
    const absl::Duration month = absl::Hours(24 * 30);
    CheckDuration("grpc.limits.max_connection_age", limits.max_connection_age(), minute, month, "1m to 30d");
    CheckDuration("grpc.limits.max_connection_age_grace", limits.max_connection_age_grace(), second, absl::Hours(1), "1s to 1h");
    CheckDuration("grpc.limits.max_connection_idle", limits.max_connection_idle(), minute, month, "1m to 30d");
    CheckDuration("grpc.limits.handshake_timeout", limits.handshake_timeout(), second, absl::Minutes(2), "1s to 2m");
    CheckDuration("grpc.limits.ping_interval", limits.ping_interval(), second, absl::Hours(2), "1s to 2h");
    CheckDuration("grpc.limits.ping_timeout", limits.ping_timeout(), second, absl::Minutes(10), "1s to 10m");
    CheckDuration("grpc.limits.min_client_ping_interval", limits.min_client_ping_interval(), second, absl::Hours(2), "1s to 2h");
  }

  void CheckHttp(const v1::Config& config) {
    if (!config.has_http()) return Add("http", "is required: where and how HTTPS is served");
    const v1::HttpListener& http = config.http();
    CheckAddress("http.address", http.address(), config.authentication());
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
    CheckRange("hsm.verify_one_in", hsm.verify_one_in(), 1, 1'000'000);
    CheckDuration("hsm.call_timeout", hsm.call_timeout(), absl::Seconds(1), absl::Minutes(10), "1s to 10m");
    CheckRange("hsm.spare_sessions", hsm.spare_sessions(), 0, 1024);
    CheckRange("hsm.unwrapped_keys", hsm.unwrapped_keys(), 16, 1'000'000);
  }

  void CheckStore(const v1::Config& config) {
    if (!config.has_store()) return Add("store", "is required: where keys and tenants are recorded");
    CheckPath("store.sqlite_path", config.store().sqlite_path());
  }

  void CheckLimits(const v1::Limits& limits) {
    CheckRange("limits.signing_queue", limits.signing_queue(), 1, 100'000);
    CheckRange("limits.admin_workers", limits.admin_workers(), 1, 64);
    CheckRange("limits.admin_queue", limits.admin_queue(), 1, 100'000);
    CheckRange("limits.token_workers", limits.token_workers(), 1, 64);
    CheckRange("limits.token_queue", limits.token_queue(), 1, 100'000);
    CheckDuration("limits.drain_timeout", limits.drain_timeout(), absl::ZeroDuration(), absl::Minutes(10), "0s to 10m");
  }

  void CheckAuthentication(const v1::Authentication& authentication) {
    if (!authentication.client_ca_file().empty()) CheckPath("authentication.client_ca_file", authentication.client_ca_file());
    if (authentication.identities_size() > 0 && authentication.client_ca_file().empty()) {
      Add("authentication.client_ca_file", "is required, as there are identities");
    }
    std::set<std::string> seen;
    for (int i = 0; i < authentication.identities_size(); ++i) {
      CheckIdentity(absl::StrCat("authentication.identities[", i, "]"), authentication.identities(i), seen);
    }
    for (int i = 0; i < authentication.audiences_size(); ++i) {
      if (authentication.audiences(i).empty()) Add(absl::StrCat("authentication.audiences[", i, "]"), "is empty");
    }
  }

  void CheckQuotas(const v1::Quotas& quotas) {
    CheckQuota("quotas.signing", quotas.signing());
    CheckQuota("quotas.token", quotas.token());
    CheckQuota("quotas.administrative", quotas.administrative());
  }

  void CheckAudit(const v1::Audit& audit) {
    CheckRange("audit.seal_events", audit.seal_events(), 1, 1'000'000);
    CheckDuration("audit.seal_interval", audit.seal_interval(), absl::Seconds(1), absl::Hours(24 * 30), "1s to 30d");
  }

  void CheckKubernetesSigner(const v1::Config& config) {
    if (!config.has_kubernetes_signer()) return;
    const v1::KubernetesSigner& signer = config.kubernetes_signer();
    if (!IsUnixSocketAddress(absl::StrCat("unix:", signer.socket_path()))) {
      Add("kubernetes_signer.socket_path", "must be an absolute path of at most 107 characters");
    }
    if (!core::CheckTenantId("tenant", signer.tenant()).ok()) Add("kubernetes_signer.tenant", "must be the id of a tenant");
    if (!core::CheckRingId("ring", signer.ring()).ok()) Add("kubernetes_signer.ring", "must be the id of a key ring");
    if (signer.has_max_token_expiration()) {
      CheckDuration("kubernetes_signer.max_token_expiration", signer.max_token_expiration(), absl::Minutes(10),
                    absl::Hours(24 * 366), "10m to 366d");
    }
    for (int i = 0; i < signer.allowed_uids_size(); ++i) {
      if (signer.allowed_uids(i) < 0) Add(absl::StrCat("kubernetes_signer.allowed_uids[", i, "]"), "must not be negative");
    }
  }

  // `config` may have malformed addresses; those are reported elsewhere.
  void CheckDistinct(const v1::Config& config) {
    std::vector<std::pair<std::string, std::string>> seen;
    for (int i = 0; i < config.grpc().addresses_size(); ++i) {
      CheckNotSeen(absl::StrCat("grpc.addresses[", i, "]"), config.grpc().addresses(i), seen);
    }
    if (config.has_kubernetes_signer()) {
      CheckNotSeen("kubernetes_signer.socket_path", absl::StrCat("unix:", config.kubernetes_signer().socket_path()), seen);
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

  void CheckAddress(const std::string& path, const std::string& text, const v1::Authentication& authentication) {
    const auto address = ListenAddress::Parse(text);
    if (!address) return Add(path, "must be \"HOST:PORT\", such as \"127.0.0.1:8443\"");
    if (authentication.disabled() && !address->IsLoopback()) {
      Add(path, "must be a loopback address (127.0.0.0/8, [::1] or localhost), as authentication is disabled");
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

  void CheckIdentity(const std::string& path, const v1::Identity& identity, std::set<std::string>& seen) {
    if (identity.spiffe_id().empty() == identity.dns_name().empty()) {
      Add(path, "must have exactly one of spiffe_id and dns_name");
    } else if (!identity.spiffe_id().empty() && !absl::StartsWith(identity.spiffe_id(), "spiffe://")) {
      Add(absl::StrCat(path, ".spiffe_id"), "must begin with spiffe://");
    } else if (!seen.insert(absl::StrCat(identity.spiffe_id(), identity.dns_name())).second) {
      Add(path, "must not be an identity that stands before");
    }
    if (!identity.tenant().empty()) {
      if (const auto tenant = core::CheckTenantId("tenant", identity.tenant()); !tenant.ok()) {
        Add(absl::StrCat(path, ".tenant"), "must be the id of a tenant");
      }
    }
    const std::vector<std::string> scopes(identity.scopes().begin(), identity.scopes().end());
    if (scopes.empty()) Add(absl::StrCat(path, ".scopes"), "is required: what it may do");
    if (!core::ParseScopes("scopes", scopes).ok()) {
      Add(absl::StrCat(path, ".scopes"),
          absl::StrCat("holds what is no scope; use some of ", core::FormatScopes(core::ScopeSet::All())));
    }
    CheckProfile(absl::StrCat(path, ".signing_profile"), identity.signing_profile());
  }

  void CheckProfile(const std::string& path, const v1::SigningProfile& profile) {
    const absl::Status status = core::CheckSigningProfile(path, ToSigningProfile(profile));
    if (status.ok()) return;
    // The message begins with the field that it is about, as InvalidField makes it.
    const std::string field = GetErrorDetail(status)->metadata.at("field");
    Add(field, std::string(absl::StripPrefix(status.message(), absl::StrCat(field, ": "))));
  }

  void CheckQuota(const std::string& path, const v1::Quota& quota) {
    CheckRange(absl::StrCat(path, ".per_principal"), quota.per_principal(), 0, 1'000'000);
    CheckRange(absl::StrCat(path, ".per_tenant"), quota.per_tenant(), 0, 1'000'000);
    CheckDuration(absl::StrCat(path, ".burst"), quota.burst(), absl::Seconds(1), absl::Hours(1), "1s to 1h");
  }

  void CheckDuration(const std::string& path, const google::protobuf::Duration& duration, absl::Duration least, absl::Duration most,
                     absl::string_view range) {
    const absl::Duration value = ToDuration(duration);
    if (value < least || value > most) Add(path, absl::StrCat("must be ", range));
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
  validator.CheckAuthentication(config.authentication());
  validator.CheckQuotas(config.quotas());
  validator.CheckAudit(config.audit());
  validator.CheckKubernetesSigner(config);
  return validator.Take();
}

}  // namespace signet::server
