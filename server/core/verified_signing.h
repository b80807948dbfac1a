#ifndef SIGNET_SERVER_CORE_VERIFIED_SIGNING_H_
#define SIGNET_SERVER_CORE_VERIFIED_SIGNING_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/logger.h"
#include "hsm/hsm.h"
#include "server/core/metrics.h"
#include "server/core/tenant_snapshot.h"

namespace signet::core {

// VerifiedSigning has the HSM sign, and lets out no signature that it found to be wrong. Thread-safe; the signer is the calling
// worker's own.
//
// A share of the signatures is verified in software (hsm::PublicKey) with the key that is published; and, whatever the share, those
// of a key until the first one that proved right in this process, and again after one that was wrong. A wrong one is made once
// more.
class VerifiedSigning {
 public:
  struct Options {
    // 0 to 1. To verify takes about as long as SoftHSM takes to sign with ECDSA.
    double share = 0.01;
    // Are told of wrong signatures; borrowed. nullptr: nobody is.
    Logger* logger = nullptr;
    Metrics* metrics = nullptr;
  };
  explicit VerifiedSigning(const Options& options) : options_(options) {}

  // As hsm::Signer::Sign, but
  //   kUnavailable  HSM_UNAVAILABLE: the HSM does not hold the private key, or no longer; a retry sees what became of it
  //                 HSM_WRONG_SIGNATURE: it signed wrongly, twice; safe to retry
  //                 HSM_PIN_REFUSED: the token refused the PIN; this server signs again once it was restarted with the right one
  absl::StatusOr<std::string> Sign(const PublishedKey& key, absl::string_view digest, hsm::Signer& signer) const;

 private:
  bool IsToBeVerified(const PublishedKey& key) const;
  void ReportWrong(const PublishedKey& key) const;

  const Options options_;
  // Signatures of proven keys so far.
  mutable std::atomic<uint64_t> count_ = 0;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_VERIFIED_SIGNING_H_
