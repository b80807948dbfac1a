#include "server/tls/certificate_files.h"

#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace signet::tls {
namespace {

constexpr size_t kSizeLimit = size_t{1} << 20;

// OpenFile is an open file, closed by its destructor.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

// Reads what may be a private key: it leaves no copy behind, neither in its buffer nor in a string that grew.
absl::StatusOr<std::string> ReadWiping(const std::string& path) {
  const auto failed = [&path] { return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path)); };
  const OpenFile file(path);
  if (file.fd() < 0) return failed();
  std::string content;
  std::array<char, 4096> buffer;
  ssize_t count = 0;
  while ((count = read(file.fd(), buffer.data(), buffer.size())) != 0) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed();
    std::string longer;
    longer.reserve(content.size() + static_cast<size_t>(count));
    longer.append(content).append(buffer.data(), static_cast<size_t>(count));
    explicit_bzero(buffer.data(), buffer.size());
    explicit_bzero(content.data(), content.size());
    content = std::move(longer);
    if (content.size() > kSizeLimit) return absl::InvalidArgumentError(absl::StrCat(path, " is longer than a certificate can be"));
  }
  return content;
}

absl::StatusOr<CertificatePair> ReadPair(const CertificateFiles::Options& options) {
  CertificatePair pair;
  SIGNET_ASSIGN_OR_RETURN(pair.certificate_chain, ReadWiping(options.certificate_file));
  SIGNET_ASSIGN_OR_RETURN(std::string private_key, ReadWiping(options.private_key_file));
  pair.private_key = Secret(private_key);
  explicit_bzero(private_key.data(), private_key.size());
  return pair;
}

absl::Status Check(const CertificateFiles::Options& options, const CertificatePair& pair) {
  return Annotate(CheckCertificatePair(pair), absl::StrCat(options.certificate_file, ", ", options.private_key_file));
}

bool Same(const CertificatePair& a, const CertificatePair& b) {
  // Compared with what this process holds itself: no caller learns anything from the time that it takes.
  return a.certificate_chain == b.certificate_chain && a.private_key.Expose() == b.private_key.Expose();
}

}  // namespace

absl::StatusOr<std::unique_ptr<CertificateFiles>> CertificateFiles::Create(Options options) {
  SIGNET_ASSIGN_OR_RETURN(CertificatePair pair, ReadPair(options));
  SIGNET_RETURN_IF_ERROR(Check(options, pair));
  return std::unique_ptr<CertificateFiles>(new CertificateFiles(std::move(options), std::move(pair)));
}

CertificateFiles::CertificateFiles(Options options, CertificatePair pair)
    : options_(std::move(options)), current_(std::make_shared<const CertificatePair>(std::move(pair))) {
  if (options_.interval != absl::InfiniteDuration()) thread_ = std::thread([this] { Run(); });
}

CertificateFiles::~CertificateFiles() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const CertificatePair> CertificateFiles::Current() const {
  MutexLock lock(mutex_);
  return current_;
}

void CertificateFiles::Follow(std::weak_ptr<CertificateFollower> follower) {
  MutexLock lock(look_mutex_);
  followers_.push_back(std::move(follower));
}

void CertificateFiles::TellFollowers() {
  untold_ = false;
  const std::shared_ptr<const CertificatePair> current = Current();
  for (const std::weak_ptr<CertificateFollower>& held : followers_) {
    const std::shared_ptr<CertificateFollower> follower = held.lock();
    const absl::Status status = follower == nullptr ? absl::OkStatus() : follower->Use(*current);
    if (status.ok()) continue;
    untold_ = true;
    Report(LogLevel::kError, absl::StrCat("a listener goes on with the former certificate: ", status.message()));
  }
}

void CertificateFiles::Run() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!stopping_) stop_.WaitFor(mutex_, options_.interval);
      if (stopping_) return;
    }
    Look();
  }
}

bool CertificateFiles::IsSettled(const absl::StatusOr<CertificatePair>& read) {
  if (read.ok() && Same(*read, *Current())) {
    pending_ = nullptr;
    if (!untold_) reported_.clear();
    return false;
  }
  if (read.ok() && pending_ != nullptr && Same(*read, *pending_)) return true;
  pending_ = read.ok() ? std::make_shared<const CertificatePair>(*read) : nullptr;
  // A file that is away for a moment is being replaced.
  if (!read.ok()) Report(LogLevel::kWarning, std::string(read.status().message()));
  return false;
}

void CertificateFiles::Report(LogLevel level, const std::string& outcome) {
  if (outcome == reported_) return;
  reported_ = outcome;
  ++(level == LogLevel::kInfo ? reloads_ : reload_failures_);
  if (options_.logger == nullptr) return;
  options_.logger->Log(level, "TLS certificate files", {{"certificate_file", options_.certificate_file}, {"outcome", outcome}});
}

void CertificateFiles::Look() {
  MutexLock looking(look_mutex_);
  const absl::StatusOr<CertificatePair> read = ReadPair(options_);
  if (!IsSettled(read)) {
    if (untold_) TellFollowers();
    return;
  }
  const absl::Status status = Check(options_, *read);
  if (!status.ok()) {
    Report(LogLevel::kError, absl::StrCat("the former certificate stays in use: ", status.message()));
    return;
  }
  {
    MutexLock lock(mutex_);
    current_ = std::exchange(pending_, nullptr);
  }
  Report(LogLevel::kInfo, "a new certificate is in use");
  TellFollowers();
}

}  // namespace signet::tls
