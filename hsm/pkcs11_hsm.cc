#include "hsm/pkcs11_hsm.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/cryptoki_error.h"
#include "hsm/key_objects.h"
#include "hsm/key_proof.h"
#include "hsm/key_template.h"
#include "hsm/pkcs11_key_wrapper.h"
#include "hsm/pkcs11_signer.h"
#include "hsm/pkcs11_token.h"
#include "hsm/serial_gate.h"

namespace signet::hsm {
namespace {

// How long to wait for others who make, destroy or search for keys: some large keys, made one after another.
constexpr absl::Duration kObjectPatience = absl::Seconds(20);

// Tells whether the proof of a pair that was found failed by the pair rather than by the token.
bool CanBeFlawOfThePair(const absl::Status& status) {
  if (absl::IsDataLoss(status) || absl::IsUnimplemented(status)) return true;
  // SoftHSM answers CKR_GENERAL_ERROR to a signature with a key that a crash left half made, and to much else.
  const std::string ckr = GetCkr(status);
  return ckr == "CKR_GENERAL_ERROR" || ckr == "CKR_FUNCTION_FAILED" || ckr == "CKR_KEY_TYPE_INCONSISTENT" ||
         ckr == "CKR_KEY_FUNCTION_NOT_PERMITTED";
}

}  // namespace

absl::StatusOr<std::unique_ptr<Pkcs11Hsm>> Pkcs11Hsm::Create(Pkcs11HsmOptions options) {
  SIGNET_ASSIGN_OR_RETURN(
      std::unique_ptr<Pkcs11Token> token,
      Pkcs11Token::Open(options.module_path, std::move(options.module_parameters), options.token_label, std::move(options.pin)));
  return std::unique_ptr<Pkcs11Hsm>(new Pkcs11Hsm(std::move(token), *options.random, options.unwrapped_keys));
}

Pkcs11Hsm::Pkcs11Hsm(std::unique_ptr<Pkcs11Token> token, Random& random, size_t unwrapped_keys)
    : token_(std::move(token)),
      random_(random),
      key_wrapper_(std::make_unique<Pkcs11KeyWrapper>(*token_, random, unwrapped_keys)) {}

Pkcs11Hsm::~Pkcs11Hsm() = default;

bool Pkcs11Hsm::Supports(Algorithm algorithm) const { return token_->Supports(algorithm); }

absl::StatusOr<PublicKey> Pkcs11Hsm::GenerateKey(const KeySpec& spec) {
  SIGNET_RETURN_IF_ERROR(CheckKeySpec(spec));
  SIGNET_RETURN_IF_ERROR(token_->CheckSupported(spec.algorithm));
  const TrySerialPass pass(token_->object_gate(), kObjectPatience);
  if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
  // Also renews the login where it is lost. The generation itself is not repeated: its outcome could be unknown.
  SIGNET_RETURN_IF_ERROR(
      token_->RunOnSession(SessionMode::kReadOnly, [&](TokenSession& session) { return CheckUnused(session, spec.id); }));
  absl::StatusOr<PublicKey> key = GenerateAndProve(spec);
  // On a new session: the old one may have an active operation. If this fails too, the caller's DestroyKey finds what is left.
  if (!key.ok()) DestroyInGate(spec.id).IgnoreError();
  return key;
}

absl::StatusOr<PublicKey> Pkcs11Hsm::GenerateAndProve(const KeySpec& spec) {
  SIGNET_ASSIGN_OR_RETURN(TokenSession session, token_->OpenSession(SessionMode::kReadWrite));
  const uint64_t generation = token_->handles().generation();
  SIGNET_ASSIGN_OR_RETURN(const KeyPairObjects pair, GenerateKeyPair(session, spec, PairHome::kToken));
  absl::StatusOr<PublicKey> key = ProveKeyPair(session, pair, spec.algorithm, random_);
  if (absl::IsDataLoss(key.status())) {
    return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, key.status().message());
  }
  if (key.ok()) token_->handles().Insert(generation, spec, pair.private_key);
  return key;
}

absl::StatusOr<PublicKey> Pkcs11Hsm::ProveKey(const KeySpec& spec) {
  SIGNET_RETURN_IF_ERROR(CheckKeySpec(spec));
  SIGNET_RETURN_IF_ERROR(token_->CheckSupported(spec.algorithm));
  std::optional<PublicKey> key;
  bool found = false;
  absl::Status status;
  {
    const TrySerialPass pass(token_->object_gate(), kObjectPatience);
    if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
    status = token_->RunOnSession(SessionMode::kReadOnly, [&](TokenSession& session) -> absl::Status {
      SIGNET_ASSIGN_OR_RETURN(const KeyPairObjects pair, FindKeyPair(session, spec));
      found = true;
      SIGNET_ASSIGN_OR_RETURN(key, ProveKeyPair(session, pair, spec.algorithm, random_));
      return absl::OkStatus();
    });
  }
  if (status.ok()) return *key;
  if (!found || !CanBeFlawOfThePair(status)) return status;
  // A pair that does not work in a token that does is as good as none.
  SIGNET_RETURN_IF_ERROR(token_->EnsureWorking());
  return Error(absl::StatusCode::kNotFound, reason::kKeyNotFound, absl::StrCat("the pair is not usable: ", status.message()));
}

absl::Status Pkcs11Hsm::DestroyKey(absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(id));
  const TrySerialPass pass(token_->object_gate(), kObjectPatience);
  if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
  return DestroyInGate(id);
}

absl::Status Pkcs11Hsm::DestroyInGate(absl::string_view id) {
  absl::Status status =
      token_->RunOnSession(SessionMode::kReadWrite, [&](TokenSession& session) { return DestroyObjects(session, id); });
  token_->handles().Erase(std::string(id));
  return status;
}

absl::StatusOr<std::vector<StoredKey>> Pkcs11Hsm::ListKeys(absl::string_view label_prefix) {
  std::vector<StoredKey> keys;
  const TrySerialPass pass(token_->object_gate(), kObjectPatience);
  if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
  SIGNET_RETURN_IF_ERROR(token_->RunOnSession(SessionMode::kReadOnly, [&](TokenSession& session) -> absl::Status {
    SIGNET_ASSIGN_OR_RETURN(keys, ListStoredKeys(session, label_prefix));
    return absl::OkStatus();
  }));
  return keys;
}

std::unique_ptr<Signer> Pkcs11Hsm::CreateSigner() { return std::make_unique<Pkcs11Signer>(*token_); }

KeyWrapper& Pkcs11Hsm::key_wrapper() { return *key_wrapper_; }

absl::Status Pkcs11Hsm::CheckHealth() { return token_->EnsureWorking(); }

HsmStatistics Pkcs11Hsm::GetStatistics() const { return token_->statistics(); }

}  // namespace signet::hsm
