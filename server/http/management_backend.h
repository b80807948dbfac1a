#ifndef SIGNET_SERVER_HTTP_MANAGEMENT_BACKEND_H_
#define SIGNET_SERVER_HTTP_MANAGEMENT_BACKEND_H_

#include "server/core/credential_directory.h"
#include "server/core/credentials.h"
#include "server/core/executor.h"
#include "server/core/key_rings.h"
#include "server/core/keys.h"
#include "server/core/tenants.h"
#include "server/core/trusted_certificates.h"

namespace signet::http {

// What the routes that change keys and credentials are served from; borrowed, thread-safe. All of it but `clients` and
// `authorities` waits for store and HSM, and is only called on workers of `executor`.
struct ManagementBackend {
  core::Keys& keys;
  core::KeyRings& rings;
  core::Tenants& tenants;
  core::Credentials& credentials;
  const core::CredentialDirectory& clients;
  // Those that vouch for the certificates of clients.
  const core::TrustedCertificates& authorities;
  core::Executor& executor;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_MANAGEMENT_BACKEND_H_
