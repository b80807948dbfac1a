#ifndef SIGNET_SERVER_TLS_CERTIFICATE_SOURCE_H_
#define SIGNET_SERVER_TLS_CERTIFICATE_SOURCE_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "server/tls/certificate_pair.h"

namespace signet::tls {

// CertificateFollower is told of each new pair that a source has.
class CertificateFollower {
 public:
  virtual ~CertificateFollower() = default;
  // Takes a pair over. If it cannot, it is asked again, and the former one stays in use.
  virtual absl::Status Use(const CertificatePair& pair) = 0;
};

// CertificateSource has the pair that new connections are to be opened with; those that are open keep theirs. Thread-safe.
class CertificateSource {
 public:
  virtual ~CertificateSource() = default;
  // A pair that passed CheckCertificatePair. Shared: immutable, and another object once it has changed, so that whoever keeps it
  // can tell by the pointer. Never nullptr; waits for nothing.
  virtual std::shared_ptr<const CertificatePair> Current() const = 0;
  // Has `follower` told of each change from now on, for as long as it lives. Nobody need be told where nothing changes.
  virtual void Follow(std::weak_ptr<CertificateFollower>) {}
};

// FixedCertificate is a pair that never changes. The caller has checked it.
class FixedCertificate final : public CertificateSource {
 public:
  explicit FixedCertificate(CertificatePair pair) : pair_(std::make_shared<const CertificatePair>(std::move(pair))) {}
  std::shared_ptr<const CertificatePair> Current() const override { return pair_; }

 private:
  const std::shared_ptr<const CertificatePair> pair_;
};

}  // namespace signet::tls

#endif  // SIGNET_SERVER_TLS_CERTIFICATE_SOURCE_H_
