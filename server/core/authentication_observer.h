#ifndef SIGNET_SERVER_CORE_AUTHENTICATION_OBSERVER_H_
#define SIGNET_SERVER_CORE_AUTHENTICATION_OBSERVER_H_

#include <string>

#include "keystore/ids.h"

namespace signet::core {

// AuthenticationFailure tells of somebody who was not recognised.
struct AuthenticationFailure {
  // A word such as "TOKEN_EXPIRED", "CERTIFICATE_UNTRUSTED" or "CLIENT_SECRET".
  std::string reason;
  // Who they said they are: the `client_id` of a credential, or a name of their certificate, as long and as strange as that allows.
  // Empty for an id that is none: it may be a secret in the wrong field.
  std::string client = {};
  // Where: the tenant of the endpoint, or of the client of a token; empty if it is not known.
  keystore::TenantId tenant = {};
};

// AuthenticationObserver is told of failures to authenticate, such as for the audit trail. Thread-safe; called by threads that
// serve others, so that it waits for nothing.
class AuthenticationObserver {
 public:
  virtual ~AuthenticationObserver() = default;
  virtual void OnFailure(const AuthenticationFailure& failure) = 0;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_AUTHENTICATION_OBSERVER_H_
