#ifndef SIGNET_SERVER_HTTP_HTTP_BACKEND_H_
#define SIGNET_SERVER_HTTP_HTTP_BACKEND_H_

#include <string>

#include "base/clock.h"
#include "base/logger.h"
#include "base/random.h"
#include "server/core/health.h"
#include "server/core/key_directory.h"
#include "server/core/metrics.h"

namespace signet::http {

// What the routes are served from; the references are borrowed, all are thread-safe, none waits for store or HSM.
struct HttpBackend {
  const core::KeyDirectory& directory;
  const core::Health& health;
  core::Metrics& metrics;
  Logger& logger;
  // For the Date field, and for how long documents may be cached.
  const Clock& clock;
  // For request ids.
  Random& random;
  // Where clients reach this server, such as "https://localhost:8444", without a trailing slash: discovery builds jwks_uri from it.
  std::string public_url;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_HTTP_BACKEND_H_
