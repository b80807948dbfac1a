#ifndef SIGNET_HSM_TESTING_TEST_AUTHORITY_H_
#define SIGNET_HSM_TESTING_TEST_AUTHORITY_H_

#include <string>

#include "absl/time/time.h"
#include "hsm/openssl_handle.h"

namespace signet::hsm {

// Returns a new key on P-256.
EvpPkey NewEcKey();

// TestAuthority is a party that issues certificates, made with OpenSSL's own functions.
struct TestAuthority {
  std::string name;
  EvpPkey key = NewEcKey();
};

// The time at which certificates are issued, to make the same ones in every run.
inline const absl::Time kIssuingTime = absl::FromUnixSeconds(1'700'000'000);

// Issuing says what a certificate states. Extensions are in the words of openssl's x509v3_config; an empty one is left out.
struct Issuing {
  absl::Time not_before = kIssuingTime - absl::Hours(1);
  absl::Time not_after = kIssuingTime + absl::Hours(1);
  std::string basic_constraints = "critical,CA:TRUE";
  std::string key_usage = {};
  std::string extended_key_usage = {};
  std::string subject_alt_name = {};
  // The value of a subjectAltName in DER, for what openssl would not write.
  std::string subject_alt_name_der = {};
};

// Issues a certificate of the common name `subject` and `key`, in DER. An empty name stands for no subject at all.
std::string Issue(const TestAuthority& issuer, const std::string& subject, EVP_PKEY* key, const Issuing& options = {});

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_TEST_AUTHORITY_H_
