#ifndef SIGNET_HSM_CERTIFICATE_SPEC_H_
#define SIGNET_HSM_CERTIFICATE_SPEC_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hsm/certificate_subject.h"

namespace signet::hsm {

// CertificateSpec says what a certificate states beside its key.
struct CertificateSpec {
  CertificateSubject subject;
  // The first and the last moment of validity, cut to whole seconds, in the years 1950 to 9999.
  absl::Time not_before;
  absl::Time not_after;
  // The serial number: big endian, positive, at most 20 bytes in DER (RFC 5280 section 4.1.2.2), thus with the first bit of 20
  // clear.
  std::string serial;
};

// SignDigest signs a digest made with the algorithm's hash, for Ed25519 the message itself, and returns the raw signature as JOSE
// lays it out: Signer::Sign with a key.
using SignDigest = absl::FunctionRef<absl::StatusOr<std::string>(absl::string_view digest)>;

}  // namespace signet::hsm

#endif  // SIGNET_HSM_CERTIFICATE_SPEC_H_
