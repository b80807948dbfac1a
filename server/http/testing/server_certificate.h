#ifndef SIGNET_SERVER_HTTP_TESTING_SERVER_CERTIFICATE_H_
#define SIGNET_SERVER_HTTP_TESTING_SERVER_CERTIFICATE_H_

#include <string>

#include "base/secret.h"

namespace signet::http {

// ServerCertificate is a certificate for localhost and 127.0.0.1, signed by its own key.
struct ServerCertificate {
  std::string certificate_pem;
  Secret private_key_pem;
};

// Makes one with a new P-256 key.
ServerCertificate MakeServerCertificate();

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_TESTING_SERVER_CERTIFICATE_H_
