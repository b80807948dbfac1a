#ifndef SIGNET_HSM_TESTING_PREPARED_TOKEN_H_
#define SIGNET_HSM_TESTING_PREPARED_TOKEN_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "hsm/hsm.h"
#include "hsm/pkcs11_hsm.h"
#include "hsm/testing/hsm_bed.h"

namespace signet::hsm {

// PreparedToken is an initialised token that somebody else has prepared for tests: tools/test-tokens, or the owner of an HSM.
// WARNING: tests destroy all keys on it.
struct PreparedToken {
  // What it is, as hsm/testing/token_limits.h knows it.
  std::string name;
  std::string module_path;
  std::string module_parameters;
  std::string label;
  std::string pin;

  // Reads the environment: SIGNET_TOKEN_NAME, _MODULE, _PARAMETERS, _LABEL and _PIN.
  static PreparedToken FromEnvironment();

  // `random` is borrowed.
  Pkcs11HsmOptions Options(Random& random) const;
};

// PreparedTokenBed is a Pkcs11Hsm on a prepared token, which it empties first.
class PreparedTokenBed : public HsmBed {
 public:
  //   kFailedPrecondition  a key cannot be destroyed; and what Pkcs11Hsm::Create says
  static absl::StatusOr<std::unique_ptr<HsmBed>> Create(const PreparedToken& token);

  Hsm& hsm() override { return *hsm_; }
  KeyWrapper& key_wrapper() override { return hsm_->key_wrapper(); }

 private:
  PreparedTokenBed() = default;

  SystemRandom random_;
  std::unique_ptr<Pkcs11Hsm> hsm_;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_PREPARED_TOKEN_H_
