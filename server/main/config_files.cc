#include "server/main/config_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "server/main/client_authorities.h"
#include "server/main/listen_address.h"
#include "server/tls/certificate_files.h"

namespace signet::server {
namespace {

namespace v1 = config::v1;

// FileChecker collects what is wrong with files; `setting` is the path of the field that names one.
class FileChecker {
 public:
  void CheckGrpc(const v1::GrpcListener& grpc) {
    for (int i = 0; i < grpc.addresses_size(); ++i) {
      absl::string_view path = grpc.addresses(i);
      if (IsUnixSocketAddress(path) && absl::ConsumePrefix(&path, "unix:")) {
        CheckFolderOf(absl::StrCat("grpc.addresses[", i, "]"), path);
      }
    }
    if (grpc.has_tls()) CheckTls("grpc.tls", grpc.tls());
  }

  void CheckTls(const std::string& setting, const v1::Tls& tls) {
    const size_t before = invalid_.size();
    CheckReadable(absl::StrCat(setting, ".certificate_file"), tls.certificate_file(), Content::kPublic);
    CheckReadable(absl::StrCat(setting, ".private_key_file"), tls.private_key_file(), Content::kSecret);
    if (invalid_.size() > before) return;
    tls::CertificateFiles::Options options;
    options.certificate_file = tls.certificate_file();
    options.private_key_file = tls.private_key_file();
    options.interval = absl::InfiniteDuration();
    const absl::Status status = tls::CertificateFiles::Create(std::move(options)).status();
    if (!status.ok()) Add(setting, std::string(status.message()));
  }

  void CheckAuthentication(const v1::Authentication& authentication) {
    if (authentication.client_ca_file().empty()) return;
    const absl::Status status = ReadAuthorities(authentication.client_ca_file()).status();
    if (!status.ok()) Add("authentication.client_ca_file", std::string(status.message()));
  }

  void CheckHsm(const v1::Hsm& hsm) {
    CheckReadable("hsm.module", hsm.module(), Content::kPublic);
    if (!hsm.pin_file().empty()) CheckReadable("hsm.pin_file", hsm.pin_file(), Content::kSecret);
  }

  void CheckStore(const std::string& path) {
    struct stat status;
    if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
      return Add("store.sqlite_path", absl::StrCat("must be a file, and ", path, " is a folder"));
    }
    CheckFolderOf("store.sqlite_path", path);
  }

  std::vector<InvalidSetting> Take() { return std::move(invalid_); }

 private:
  // `kSecret`: no other user of the machine may read it.
  enum class Content { kPublic, kSecret };

  void Add(std::string setting, std::string message) { invalid_.emplace_back(std::move(setting), std::move(message)); }

  void CheckReadable(const std::string& setting, const std::string& file, Content content) {
    struct stat status;
    if (stat(file.c_str(), &status) != 0 || access(file.c_str(), R_OK) != 0) {
      return Add(setting, absl::StrCat("cannot be read: ", file, ": ", std::strerror(errno)));
    }
    if (S_ISDIR(status.st_mode)) return Add(setting, absl::StrCat("must be a file, and ", file, " is a folder"));
    if (content == Content::kSecret && (status.st_mode & S_IROTH) != 0) {
      Add(setting, absl::StrCat("must not be readable by every user of the machine: chmod o-r ", file));
    }
  }

  void CheckFolderOf(const std::string& setting, absl::string_view path) {
    const std::string folder(path.substr(0, path.rfind('/') + 1));  // "/" at least, as the path is absolute.
    struct stat status;
    if (stat(folder.c_str(), &status) != 0) Add(setting, absl::StrCat("must be in a folder: ", folder, ": ", std::strerror(errno)));
  }

  std::vector<InvalidSetting> invalid_;
};

}  // namespace

std::vector<InvalidSetting> FindUnusableFiles(const v1::Config& config) {
  FileChecker checker;
  checker.CheckGrpc(config.grpc());
  checker.CheckTls("http.tls", config.http().tls());
  checker.CheckAuthentication(config.authentication());
  checker.CheckHsm(config.hsm());
  checker.CheckStore(config.store().sqlite_path());
  return checker.Take();
}

}  // namespace signet::server
