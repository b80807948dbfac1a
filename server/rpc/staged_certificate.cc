#include "server/rpc/staged_certificate.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"

namespace signet::rpc {
namespace {

absl::Status Failed(absl::string_view what) { return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", what)); }

absl::Status WriteAll(int fd, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write a certificate to memory");
    content.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status Fill(int fd, const tls::CertificatePair& pair, time_t modified) {
  SIGNET_RETURN_IF_ERROR(WriteAll(fd, pair.certificate_chain));
  SIGNET_RETURN_IF_ERROR(WriteAll(fd, "\n"));
  SIGNET_RETURN_IF_ERROR(WriteAll(fd, pair.private_key.Expose()));
  const timespec times[] = {{modified, 0}, {modified, 0}};
  return futimens(fd, times) == 0 ? absl::OkStatus() : Failed("set the time of a file in memory");
}

// Returns the descriptor of a new file.
absl::StatusOr<int> Stage(const tls::CertificatePair& pair, time_t modified) {
  const int fd = memfd_create("signet-tls", MFD_CLOEXEC);
  if (fd < 0) return Failed("make a file in memory");
  const absl::Status filled = Fill(fd, pair, modified);
  if (filled.ok()) return fd;
  close(fd);
  return filled;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StagedCertificate>> StagedCertificate::Create(const tls::CertificatePair& pair) {
  constexpr time_t kFirst = 1;
  SIGNET_ASSIGN_OR_RETURN(const int fd, Stage(pair, kFirst));
  return std::unique_ptr<StagedCertificate>(new StagedCertificate(fd, kFirst));
}

StagedCertificate::StagedCertificate(int fd, time_t modified)
    : fd_(fd), path_(absl::StrCat("/proc/self/fd/", fd)), modified_(modified) {}

StagedCertificate::~StagedCertificate() { close(fd_); }

absl::Status StagedCertificate::Replace(const tls::CertificatePair& pair) {
  MutexLock lock(mutex_);
  SIGNET_ASSIGN_OR_RETURN(const int fd, Stage(pair, modified_ + 1));
  const absl::Status replaced = dup3(fd, fd_, O_CLOEXEC) == fd_ ? absl::OkStatus() : Failed("replace a file in memory");
  close(fd);
  if (replaced.ok()) ++modified_;
  return replaced;
}

}  // namespace signet::rpc
