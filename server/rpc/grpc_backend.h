#ifndef SIGNET_SERVER_RPC_GRPC_BACKEND_H_
#define SIGNET_SERVER_RPC_GRPC_BACKEND_H_

#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/logger.h"
#include "base/random.h"
#include "hsm/hsm.h"
#include "server/core/audit_trail.h"
#include "server/core/authenticator.h"
#include "server/core/certificates.h"
#include "server/core/credentials.h"
#include "server/core/executor.h"
#include "server/core/key_directory.h"
#include "server/core/key_rings.h"
#include "server/core/keys.h"
#include "server/core/metrics.h"
#include "server/core/rate_limiter.h"
#include "server/core/services.h"
#include "server/core/tenants.h"
#include "server/core/tokens.h"
#include "server/core/wrapping_keys.h"

namespace signet::rpc {

// What the RPCs are served from; all borrowed, all thread-safe.
struct GrpcBackend {
  core::Keys& keys;
  core::KeyRings& key_rings;
  core::WrappingKeys& wrapping_keys;
  core::Certificates& certificates;
  core::Tenants& tenants;
  core::Tokens& tokens;
  core::AuditTrail& audit_trail;
  core::Credentials& credentials;
  // Who may call, and how often.
  std::reference_wrapper<core::Authenticator> authenticator;
  core::RateLimiter& rate_limiter;
  // For what is more than one call of a use case.
  const core::Services& services;
  core::KeyDirectory& directory;
  // Its workers sign; worker i uses signers[i].
  core::Executor& signing_executor;
  std::vector<std::unique_ptr<hsm::Signer>>& signers;
  // Its workers wait for store and HSM.
  core::Executor& admin_executor;
  core::Metrics& metrics;
  Logger& logger;
  Random& random;
  const Clock& clock;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_GRPC_BACKEND_H_
