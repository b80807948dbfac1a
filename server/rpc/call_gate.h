#ifndef SIGNET_SERVER_RPC_CALL_GATE_H_
#define SIGNET_SERVER_RPC_CALL_GATE_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/ids.h"
#include "server/core/access.h"
#include "server/core/authenticator.h"
#include "server/core/key_directory.h"
#include "server/core/principal.h"
#include "server/core/rate_limiter.h"
#include "server/rpc/peer_evidence.h"

namespace signet::rpc {

// CallGate is the one place that decides who may make a call. Cheap to copy; thread-safe; waits for nothing, so that a flood of
// calls is refused before it costs more than memory.
class CallGate {
 public:
  // All are borrowed.
  CallGate(core::Authenticator& authenticator, core::RateLimiter& rate_limiter, const core::KeyDirectory& directory)
      : authenticator_(authenticator), rate_limiter_(rate_limiter), directory_(directory) {}

  // Tells who calls.
  //   kUnauthenticated  as core::Authenticator, and PeerEvidence::Read
  absl::StatusOr<std::shared_ptr<const core::Principal>> Authenticate(  // Shared with the authenticator.
      const grpc::ServerContext& context) const;
  // The same by what was read before; for streams, whose callers are looked at time and again.
  absl::StatusOr<std::shared_ptr<const core::Principal>> Authenticate(const PeerEvidence& evidence) const {
    return authenticator_.Authenticate(evidence.view());
  }

  // OK if `principal` may make a call of `rule` about `tenants`. What does not exist and what is out of reach look the same.
  //   kPermissionDenied  INSUFFICIENT_SCOPE, OUT_OF_REACH
  //   kNotFound          TENANT_NOT_FOUND
  absl::Status CheckMay(const core::AccessRule& rule, const core::Principal& principal,
                        const std::vector<keystore::TenantId>& tenants) const;

  // As CheckMay, for one more call, which counts against the rates.
  //   kResourceExhausted  RATE_LIMITED
  absl::Status Admit(const core::AccessRule& rule, const core::Principal& principal,
                     const std::vector<keystore::TenantId>& tenants) const;

  // Grant is how many of the calls that were asked for are let in, and what the others are refused with; OK without any.
  struct Grant {
    int granted = 0;
    absl::Status refusal;
  };
  // Counts `calls` calls at once, at least 1, against the rates, for a caller who was found by CheckMay.
  //   RATE_LIMITED, as the refusal
  Grant Count(const core::AccessRule& rule, const core::Principal& principal, int calls) const;
  // As Admit, for `calls` calls at once, at least 1. Fails only if none is let in.
  absl::StatusOr<Grant> AdmitMany(const core::AccessRule& rule, const core::Principal& principal,
                                  const std::vector<keystore::TenantId>& tenants, int calls) const;

 private:
  core::Authenticator& authenticator_;
  core::RateLimiter& rate_limiter_;
  const core::KeyDirectory& directory_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CALL_GATE_H_
