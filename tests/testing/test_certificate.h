#ifndef SIGNET_TESTS_TESTING_TEST_CERTIFICATE_H_
#define SIGNET_TESTS_TESTING_TEST_CERTIFICATE_H_

#include <openssl/types.h>

#include <string>

namespace signet {

struct TestCertificate {
  std::string certificate_pem;
  std::string private_key_pem;
};

// Makes a self-signed certificate for localhost and 127.0.0.1, valid for an hour. Aborts if OpenSSL cannot.
TestCertificate MakeTestCertificate();

// Returns a private key as PEM, unencrypted. Aborts if OpenSSL cannot.
std::string PrivateKeyToPem(const EVP_PKEY* key);

}  // namespace signet

#endif  // SIGNET_TESTS_TESTING_TEST_CERTIFICATE_H_
