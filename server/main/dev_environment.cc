#include "server/main/dev_environment.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "nlohmann/json.hpp"
#include "server/main/config.h"
#include "server/main/dev_certificates.h"
#include "server/main/dev_token.h"
#include "server/main/file.h"
#include "server/main/listen_address.h"

namespace signet::server {
namespace {

namespace fs = std::filesystem;

constexpr char kCa[] = "ca.pem";
constexpr char kCertificate[] = "server.pem";
constexpr char kPrivateKey[] = "server.key";
constexpr size_t kPemSizeLimit = 64 << 10;

absl::Status CheckAddress(absl::string_view flag, const std::string& text) {
  const std::optional<ListenAddress> address = ListenAddress::Parse(text);
  if (address && (address->host == "localhost" || address->host == "127.0.0.1" || address->host == "::1")) return absl::OkStatus();
  return InvalidField(flag, absl::StrCat("must be HOST:PORT on 127.0.0.1, [::1] or localhost, not ", text));
}

// SoftHSM 2.6 ends a value in its configuration at '#', splits lines at '=', and reads 1 KiB of each.
absl::Status CheckFolderName(const std::string& folder) {
  bool fits = folder.size() < 900;
  for (const char c : folder) fits = fits && c != '#' && c != '=' && !absl::ascii_iscntrl(static_cast<unsigned char>(c));
  if (fits) return absl::OkStatus();
  return InvalidField("--data_dir", "must be shorter than 900 bytes, without '#', '=' and control characters");
}

absl::StatusOr<UniqueFd> Lock(const std::string& folder) {
  const std::string path = absl::StrCat(folder, "/signetd.lock");
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (fd.get() < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write to ", folder));
  if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno == EWOULDBLOCK) return absl::FailedPreconditionError(absl::StrCat(folder, " is in use by another signetd"));
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot lock ", path));
}

std::string ReadPem(const std::string& path) { return ReadFile(path, kPemSizeLimit).value_or(""); }

absl::Status WriteJson(const std::string& path, const nlohmann::ordered_json& json) {
  return WriteFileAtomically(path, absl::StrCat(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace), "\n"), 0600);
}

}  // namespace

absl::StatusOr<DevEnvironment> DevEnvironment::Prepare(const DevCommand& command, Random& random, const Clock& clock) {
  SIGNET_RETURN_IF_ERROR(CheckAddress("--grpc_address", command.grpc_address));
  SIGNET_RETURN_IF_ERROR(CheckAddress("--http_address", command.http_address));
  SIGNET_RETURN_IF_ERROR(MakeFolder(command.data_dir));
  std::error_code error;
  const std::string folder = fs::canonical(command.data_dir, error).string();
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot use the folder ", command.data_dir));
  SIGNET_RETURN_IF_ERROR(CheckFolderName(folder));
  SIGNET_ASSIGN_OR_RETURN(UniqueFd lock, Lock(folder));

  DevEnvironment environment(folder, std::move(lock));
  fs::remove(environment.PathOf("dev.json"), error);
  SIGNET_RETURN_IF_ERROR(environment.PrepareCertificates(clock.Now()));
  SIGNET_ASSIGN_OR_RETURN(const DevToken token, PrepareDevToken(folder, random));

  auto& config = environment.config_;
  config.mutable_grpc()->add_addresses(command.grpc_address);
  config.mutable_grpc()->set_reflection(true);
  config.mutable_http()->set_address(command.http_address);
  for (config::v1::Tls* tls : {config.mutable_grpc()->mutable_tls(), config.mutable_http()->mutable_tls()}) {
    tls->set_certificate_file(environment.PathOf(kCertificate));
    tls->set_private_key_file(environment.PathOf(kPrivateKey));
    tls->set_request_client_certificates(true);
  }
  config.mutable_hsm()->set_module(token.module_path);
  config.mutable_hsm()->set_token_label(token.label);
  config.mutable_hsm()->set_pin_file(token.pin_file);
  config.mutable_store()->set_sqlite_path(environment.PathOf("signet.db"));
  SetDefaults(config);
  return environment;
}

absl::Status DevEnvironment::Announce(const std::string& grpc_address, const std::string& https_url) const {
  const std::string ca = PathOf(kCa);
  SIGNET_RETURN_IF_ERROR(WriteJson(PathOf("signet.json"), {{"grpc_address", grpc_address},
                                                           {"https_url", https_url},
                                                           {"ca_certificate", ca},
                                                           {"admin_credential_file", admin_credential_file()}}));
  return WriteJson(PathOf("dev.json"), {{"grpc_address", grpc_address},
                                        {"https_url", https_url},
                                        {"ca_certificate", ca},
                                        {"admin_credential_file", admin_credential_file()},
                                        {"token_module", config_.hsm().module()},
                                        {"token_pin_file", config_.hsm().pin_file()}});
}

absl::Status DevEnvironment::PrepareCertificates(absl::Time now) const {
  // A crash between two of the files leaves some that do not belong together; they are made anew.
  if (AreUsable({ReadPem(PathOf(kCa)), ReadPem(PathOf(kCertificate)), ReadPem(PathOf(kPrivateKey))}, now)) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const DevCertificates made, MakeDevCertificates(now));
  SIGNET_RETURN_IF_ERROR(WriteFileAtomically(PathOf(kPrivateKey), made.private_key, 0600));
  SIGNET_RETURN_IF_ERROR(WriteFileAtomically(PathOf(kCertificate), made.certificate, 0644));
  return WriteFileAtomically(PathOf(kCa), made.ca, 0644);
}

std::string DevEnvironment::PathOf(const char* name) const { return absl::StrCat(folder_, "/", name); }

}  // namespace signet::server
