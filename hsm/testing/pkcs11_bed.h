#ifndef SIGNET_HSM_TESTING_PKCS11_BED_H_
#define SIGNET_HSM_TESTING_PKCS11_BED_H_

#include <memory>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "hsm/pkcs11_hsm.h"
#include "hsm/testing/cryptoki_shim.h"
#include "hsm/testing/hsm_bed.h"
#include "hsm/testing/soft_token.h"

namespace signet::hsm {

// Pkcs11Bed is a Pkcs11Hsm on a fresh SoftHSM token.
class Pkcs11Bed : public HsmBed {
 public:
  // Without a `shim`, the module is SoftHSM itself.
  static absl::StatusOr<std::unique_ptr<Pkcs11Bed>> Create(std::unique_ptr<CryptokiShim> shim = nullptr);

  Hsm& hsm() override { return *hsm_; }
  KeyWrapper& key_wrapper() override { return hsm_->key_wrapper(); }
  SoftToken& token() { return *token_; }
  // WARNING: only if made with one.
  CryptokiShim& shim() { return *shim_; }

 private:
  Pkcs11Bed() = default;

  SystemRandom random_;
  std::unique_ptr<SoftToken> token_;
  std::unique_ptr<CryptokiShim> shim_;
  std::unique_ptr<Pkcs11Hsm> hsm_;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_PKCS11_BED_H_
