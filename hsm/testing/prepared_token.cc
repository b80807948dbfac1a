#include "hsm/testing/prepared_token.h"

#include <stdlib.h>

#include <vector>

#include "absl/status/status.h"
#include "base/error.h"
#include "base/secret.h"

namespace signet::hsm {
namespace {

std::string Variable(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

PreparedToken PreparedToken::FromEnvironment() {
  return {.name = Variable("SIGNET_TOKEN_NAME"),
          .module_path = Variable("SIGNET_TOKEN_MODULE"),
          .module_parameters = Variable("SIGNET_TOKEN_PARAMETERS"),
          .label = Variable("SIGNET_TOKEN_LABEL"),
          .pin = Variable("SIGNET_TOKEN_PIN")};
}

Pkcs11HsmOptions PreparedToken::Options(Random& random) const {
  return {.module_path = module_path,
          .token_label = label,
          .pin = Secret(pin),
          .random = &random,
          .unwrapped_keys = HsmBed::kUnwrappedKeys,
          .module_parameters = module_parameters};
}

absl::StatusOr<std::unique_ptr<HsmBed>> PreparedTokenBed::Create(const PreparedToken& token) {
  std::unique_ptr<PreparedTokenBed> bed(new PreparedTokenBed);
  SIGNET_ASSIGN_OR_RETURN(bed->hsm_, Pkcs11Hsm::Create(token.Options(bed->random_)));
  SIGNET_ASSIGN_OR_RETURN(const std::vector<StoredKey> keys, bed->hsm_->ListKeys(""));
  for (const StoredKey& key : keys) {
    const absl::Status status = bed->hsm_->DestroyKey(key.id);
    if (!status.ok()) return absl::FailedPreconditionError(status.message());
  }
  SIGNET_ASSIGN_OR_RETURN(const std::vector<StoredWrappingKey> wrapping_keys, bed->key_wrapper().ListWrappingKeys(""));
  for (const StoredWrappingKey& key : wrapping_keys) {
    const absl::Status status = bed->key_wrapper().DestroyWrappingKey(key.id);
    if (!status.ok()) return absl::FailedPreconditionError(status.message());
  }
  return bed;
}

}  // namespace signet::hsm
