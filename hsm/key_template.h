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

// Makes the template of every private key that Signet has: a token object, visible after login only, that signs and does nothing
// else, sensitive, never extractable. There is no other place that names these attributes to generate a key. `curve_parameters` is
// one of CurveParameters(spec.algorithm), and "" for RSA, whose exponent is 65537.
KeyPairTemplate MakeKeyPairTemplate(const KeySpec& spec, absl::string_view curve_parameters);

// Returns the values of CKA_EC_PARAMS that name the algorithm's curve, the most portable first; for RSA one empty value.
// A curve has its object identifier (RFC 5480 section 2.1.1.1, RFC 8410 section 3). PKCS#11 3.0 section 2.3.10 also lets a token
// name edwards25519 by a PrintableString only.
std::vector<std::string> CurveParameters(Algorithm algorithm);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_KEY_TEMPLATE_H_
