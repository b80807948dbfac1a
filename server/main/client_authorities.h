#ifndef SIGNET_SERVER_MAIN_CLIENT_AUTHORITIES_H_
#define SIGNET_SERVER_MAIN_CLIENT_AUTHORITIES_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/logger.h"
#include "base/mutex.h"
#include "server/core/trusted_certificates.h"

namespace signet::server {

// Reads the certificates of authorities from a PEM file: 1 to 8, as DER.
//   kInvalidArgument  the file holds something else; otherwise as ReadFile
absl::StatusOr<std::vector<std::string>> ReadAuthorities(const std::string& path);

// ClientAuthorities keeps TrustedCertificates as a file has them: whoever replaces an authority replaces the file, without a
// restart. A file that cannot be read or holds something else leaves them as they are, and is said once in the log.
class ClientAuthorities {
 public:
  struct Options {
    std::string path;
    // How often the file is read. InfiniteDuration: only by Look.
    absl::Duration interval = absl::Seconds(1);
  };
  // Reads the file, and goes on to do so. `trusted` and `logger` are borrowed.
  //   as ReadAuthorities
  static absl::StatusOr<std::unique_ptr<ClientAuthorities>> Create(Options options, core::TrustedCertificates& trusted,
                                                                   Logger& logger);
  ~ClientAuthorities();

  // Reads the file now. Serialised.
  void Look();

 private:
  ClientAuthorities(Options options, std::vector<std::string> authorities, core::TrustedCertificates& trusted, Logger& logger);
  void Run();

  const Options options_;
  core::TrustedCertificates& trusted_;
  Logger& logger_;
  Mutex look_mutex_;
  std::vector<std::string> current_ ABSL_GUARDED_BY(look_mutex_);
  std::string problem_ ABSL_GUARDED_BY(look_mutex_);
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_CLIENT_AUTHORITIES_H_
