#ifndef SIGNET_HSM_ECDSA_SIGNATURE_H_
#define SIGNET_HSM_ECDSA_SIGNATURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"

namespace signet::hsm {

// Turns an ECDSA signature from R and S of the curve's length (RFC 7518 section 3.4) into a DER SEQUENCE (RFC 3279 section 2.2.3),
// and back. Strict: each signature has one raw and one DER form.
//   kInvalidArgument  the input is not such a signature of `algorithm`: another length, a zero or negative number, BER that is not
//                     DER, trailing bytes, or an algorithm that is not ECDSA
absl::StatusOr<std::string> RawToDerSignature(Algorithm algorithm, absl::string_view raw_signature);
absl::StatusOr<std::string> DerToRawSignature(Algorithm algorithm, absl::string_view der_signature);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_ECDSA_SIGNATURE_H_
