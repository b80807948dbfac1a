#ifndef SIGNET_SERVER_RPC_MEASURED_SIGNER_H_
#define SIGNET_SERVER_RPC_MEASURED_SIGNER_H_

#include "hsm/hsm.h"
#include "server/core/metrics.h"

namespace signet::rpc {

// MeasuredSigner passes each signature on to a worker's own signer and records how it went. Borrows both; as cheap as a pointer.
class MeasuredSigner : public hsm::Signer {
 public:
  MeasuredSigner(hsm::Signer& signer, core::Metrics& metrics) : signer_(signer), metrics_(metrics) {}
  absl::StatusOr<std::string> Sign(const hsm::KeySpec& key, absl::string_view digest) override;

 private:
  hsm::Signer& signer_;
  core::Metrics& metrics_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_MEASURED_SIGNER_H_
