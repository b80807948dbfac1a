#ifndef SIGNET_SERVER_RPC_STAGED_CERTIFICATE_H_
#define SIGNET_SERVER_RPC_STAGED_CERTIFICATE_H_

#include <ctime>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "server/tls/certificate_pair.h"

namespace signet::rpc {

// StagedCertificate shows a certificate with its chain, and its key, as one file that no other process sees and no disk holds. Who
// opens it sees one pair or the next, whole; its time of modification, in whole seconds, grows with each. Thread-safe.
class StagedCertificate {
 public:
  //   kInternal, kResourceExhausted, …  as errno says
  static absl::StatusOr<std::unique_ptr<StagedCertificate>> Create(const tls::CertificatePair& pair);
  ~StagedCertificate();
  StagedCertificate(const StagedCertificate&) = delete;
  StagedCertificate& operator=(const StagedCertificate&) = delete;

  // The path by which this process opens the file.
  const std::string& path() const { return path_; }

  // Shows another pair. The former one stays if this fails, which is as Create's failure.
  absl::Status Replace(const tls::CertificatePair& pair);

 private:
  StagedCertificate(int fd, time_t modified);

  // Its number is the file's name, so that it stays the same.
  const int fd_;
  const std::string path_;
  Mutex mutex_;
  time_t modified_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_STAGED_CERTIFICATE_H_
