#ifndef SIGNET_HSM_KEY_TEMPLATE_H_
#define SIGNET_HSM_KEY_TEMPLATE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"
#include "hsm/attribute_list.h"
#include "hsm/key_spec.h"

namespace signet::hsm {

// KeyPairTemplate is what C_GenerateKeyPair is asked for.
struct KeyPairTemplate {
  AttributeList public_key;
  AttributeList private_key;
};

// Where a pair is generated: on the token, or in a session, to be wrapped and destroyed at once.
enum class PairHome { kToken, kSession };

// Makes the template of every private key that Signet has: visible after login only, sensitive, signs and does nothing else; on the
// token never extractable, in a session extractable, as it could not be wrapped otherwise. There is no other place that names these
// attributes to generate a key. `curve_parameters` is one of CurveParameters(spec.algorithm), and "" for RSA, whose exponent is
// 65537.
KeyPairTemplate MakeKeyPairTemplate(const KeySpec& spec, PairHome home, absl::string_view curve_parameters);

// What a private key is unwrapped for: to sign, not extractable; or to be wrapped by another wrapping key, extractable, and neither
// to sign.
enum class UnwrapPurpose { kSign, kWrap };

// Makes the template of a private key that is unwrapped: a session object, visible after login only, sensitive.
AttributeList MakeUnwrapTemplate(const KeySpec& spec, UnwrapPurpose purpose);

// WrappingKeyTemplate is what C_GenerateKey is asked for, twice: AES-256 that wraps and unwraps only, and a generic secret for
// HMAC; visible after login only, sensitive, never extractable.
struct WrappingKeyTemplate {
  AttributeList wrapping;
  AttributeList binding;
};
WrappingKeyTemplate MakeWrappingKeyTemplate(absl::string_view id, absl::string_view label, PairHome home);

// Returns the values of CKA_EC_PARAMS that name the algorithm's curve, the most portable first; for RSA one empty value.
// A curve has its object identifier (RFC 5480 section 2.1.1.1, RFC 8410 section 3). PKCS#11 3.0 section 2.3.10 also lets a token
// name edwards25519 by a PrintableString only.
std::vector<std::string> CurveParameters(Algorithm algorithm);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_KEY_TEMPLATE_H_
