#ifndef SIGNET_SERVER_CORE_TRUSTED_CERTIFICATES_H_
#define SIGNET_SERVER_CORE_TRUSTED_CERTIFICATES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace signet::core {

// TrustedCertificates holds the self-signed certificates, as DER, of the authorities that vouch for TLS clients. Thread-safe; they
// can be replaced while they are used, as their files are read anew. Without any, no certificate is trusted.
class TrustedCertificates {
 public:
  using List = std::vector<std::string>;

  explicit TrustedCertificates(List der = {}) : list_(std::make_shared<const List>(std::move(der))) {}

  void Set(List der) {
    auto list = std::make_shared<const List>(std::move(der));
    MutexLock lock(mutex_);
    list_.swap(list);
  }
  // Another object after each Set. Shared: it stays as it is while it is used.
  std::shared_ptr<const List> Get() const {
    MutexLock lock(mutex_);
    return list_;
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const List> list_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TRUSTED_CERTIFICATES_H_
