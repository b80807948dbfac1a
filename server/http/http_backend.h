#ifndef SIGNET_SERVER_HTTP_HTTP_BACKEND_H_
#define SIGNET_SERVER_HTTP_HTTP_BACKEND_H_

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/logger.h"
#include "base/random.h"
#include "server/core/authenticator.h"
#include "server/core/executor.h"
#include "server/core/health.h"
#include "server/core/key_directory.h"
#include "server/core/metrics.h"
#include "server/core/rate_limiter.h"
#include "server/http/management_backend.h"
#include "server/http/token_endpoint.h"

namespace signet::http {

// What the routes are served from; the references are borrowed, all are thread-safe.
struct HttpBackend {
  const core::KeyDirectory& directory;
  const core::Health& health;
  core::Metrics& metrics;
  Logger& logger;
  // For the Date field, for how long documents may be cached, and for how long requests may wait.
  const Clock& clock;
  // For request ids.
  Random& random;
  // Who calls what is not for everybody.
  core::Authenticator& authenticator;
  // How often clients of OAuth may come.
  core::RateLimiter& rate_limiter;
  // The only one that waits for store and HSM: it is called on workers of this executor alone.
  TokenEndpoint& token_endpoint;
  core::Executor& token_executor;
  // Where clients reach this server, such as "https://localhost:8444", without a trailing slash: discovery builds its URLs from it.
  std::string public_url;
  // Without it, there are no routes that change keys and credentials.
  std::optional<ManagementBackend> management = std::nullopt;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_HTTP_BACKEND_H_
