#ifndef SIGNET_SERVER_TLS_CERTIFICATE_FILES_H_
#define SIGNET_SERVER_TLS_CERTIFICATE_FILES_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/logger.h"
#include "base/mutex.h"
#include "server/tls/certificate_source.h"

namespace signet::tls {

// CertificateFiles is a pair in two files, followed without a restart: whoever renews a certificate replaces or rewrites them, in
// any order and not at once, or moves a link to them.
//
// A changed pair is taken over when it was read twice, an interval apart, without a difference, and passes CheckCertificatePair;
// until then the former one stays in use. What cannot be used is said once in the log, and costs nothing but that the former pair
// goes on.
class CertificateFiles final : public CertificateSource {
 public:
  struct Options {
    std::string certificate_file;
    std::string private_key_file;
    // How often the files are read. InfiniteDuration: only by Look.
    absl::Duration interval = absl::Seconds(1);
    // Borrowed; told of each pair that is taken over, and of one that cannot be.
    Logger* logger = nullptr;
  };

  // Reads the files.
  //   kNotFound, kPermissionDenied, …  as errno says; the message names the file
  //   kInvalidArgument                 they hold no pair, or more than 1 MiB; the message names them
  static absl::StatusOr<std::unique_ptr<CertificateFiles>> Create(Options options);
  ~CertificateFiles() override;

  std::shared_ptr<const CertificatePair> Current() const override;
  void Follow(std::weak_ptr<CertificateFollower> follower) override;

  // How often a changed pair was taken over, and could not be; what goes on to fail is counted once. Thread-safe; never wait.
  int64_t reloads() const { return reloads_; }
  int64_t reload_failures() const { return reload_failures_; }

  // Reads the files now, as it is done at each interval. Serialised.
  void Look();

 private:
  CertificateFiles(Options options, CertificatePair pair);

  void Run();
  // Whether `read` is to be taken over now; remembers it otherwise.
  bool IsSettled(const absl::StatusOr<CertificatePair>& read) ABSL_EXCLUSIVE_LOCKS_REQUIRED(look_mutex_);
  // Tells the followers of what is in use, those again that could not take it over.
  void TellFollowers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(look_mutex_);
  // Counts and logs an outcome, unless it is the one that was reported last.
  void Report(LogLevel level, const std::string& outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(look_mutex_);

  const Options options_;

  // Held while the files are read.
  Mutex look_mutex_;
  // What was read last, if it differs from what is in use.
  std::shared_ptr<const CertificatePair> pending_ ABSL_GUARDED_BY(look_mutex_);
  std::string reported_ ABSL_GUARDED_BY(look_mutex_);
  // Some follower uses another pair than the current one.
  bool untold_ ABSL_GUARDED_BY(look_mutex_) = false;
  std::vector<std::weak_ptr<CertificateFollower>> followers_ ABSL_GUARDED_BY(look_mutex_);

  std::atomic<int64_t> reloads_ = 0;
  std::atomic<int64_t> reload_failures_ = 0;

  // Held only for a look or a swap.
  mutable Mutex mutex_;
  CondVar stop_;
  std::shared_ptr<const CertificatePair> current_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace signet::tls

#endif  // SIGNET_SERVER_TLS_CERTIFICATE_FILES_H_
