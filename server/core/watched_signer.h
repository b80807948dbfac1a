#ifndef SIGNET_SERVER_CORE_WATCHED_SIGNER_H_
#define SIGNET_SERVER_CORE_WATCHED_SIGNER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/hsm.h"
#include "server/core/call_mark.h"

namespace signet::core {

// WatchedSigner is the signer of one worker of an executor, whose signatures the executor sees, so that it notices one that hangs.
// Thread-compatible, as any signer.
class WatchedSigner final : public hsm::Signer {
 public:
  // Borrows `mark`, that of the worker.
  WatchedSigner(std::unique_ptr<hsm::Signer> signer, CallMark& mark) : signer_(std::move(signer)), mark_(mark) {}

  // As the signer, and
  //   kUnavailable  HSM_UNAVAILABLE: the worker's task was given up, during this signature or an earlier one. Whoever gets this
  //                 must touch nothing that belongs to the caller of the task.
  absl::StatusOr<std::string> Sign(const hsm::KeySpec& key, absl::string_view digest) override;

 private:
  const std::unique_ptr<hsm::Signer> signer_;
  CallMark& mark_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_WATCHED_SIGNER_H_
