#ifndef SIGNET_HSM_SOFTWARE_PAIR_H_
#define SIGNET_HSM_SOFTWARE_PAIR_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"
#include "hsm/algorithm.h"
#include "hsm/key_spec.h"
#include "hsm/openssl_handle.h"
#include "hsm/public_key.h"

namespace signet::hsm {

// SoftwarePair is a key pair in this process's memory, for SoftwareHsm. Immutable.
class SoftwarePair {
 public:
  //   kInternal  DEFECT: OpenSSL failed
  static absl::StatusOr<std::shared_ptr<const SoftwarePair>> Generate(const KeySpec& spec);

  // Reads and writes the private half as PKCS #8 in DER.
  //   kInternal  DEFECT: it is none of the algorithm's, or OpenSSL failed
  static absl::StatusOr<std::shared_ptr<const SoftwarePair>> FromPkcs8(const KeySpec& spec, const Secret& der);
  absl::StatusOr<Secret> ToPkcs8() const;

  const KeySpec& spec() const { return spec_; }
  const PublicKey& public_key() const { return public_key_; }

  // Signs a digest of the length of the algorithm's hash; or the message, for Ed25519. An RSA key signs with any padding and hash.
  //   kInternal  DEFECT: OpenSSL failed
  absl::StatusOr<std::string> Sign(Algorithm algorithm, absl::string_view digest) const;

 private:
  SoftwarePair(KeySpec spec, EvpPkey pair, PublicKey public_key)
      : spec_(std::move(spec)), pair_(std::move(pair)), public_key_(std::move(public_key)) {}
  static absl::StatusOr<std::shared_ptr<const SoftwarePair>> Make(const KeySpec& spec, EvpPkey pair);

  const KeySpec spec_;
  const EvpPkey pair_;
  const PublicKey public_key_;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SOFTWARE_PAIR_H_
