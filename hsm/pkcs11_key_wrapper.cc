#include "hsm/pkcs11_key_wrapper.h"

#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/cryptoki_error.h"
#include "hsm/key_objects.h"
#include "hsm/key_proof.h"
#include "hsm/key_template.h"
#include "hsm/pkcs11_wrapped_signer.h"
#include "hsm/public_key.h"
#include "hsm/serial_gate.h"

namespace signet::hsm {
namespace {

// How long to wait for others who make, destroy or search for keys.
constexpr absl::Duration kObjectPatience = absl::Seconds(20);

// What stands for `algorithm` in a trial: of RSA the quickest to make; a token can wrap the keys of one curve and not of another.
Algorithm TrialAlgorithm(Algorithm algorithm) {
  return GetAlgorithmInfo(algorithm).key_type == KeyType::kRsa ? Algorithm::kRs256With2048 : algorithm;
}

}  // namespace

Pkcs11KeyWrapper::Pkcs11KeyWrapper(Pkcs11Token& token, Random& random, size_t capacity)
    : token_(token), random_(random), unwrapper_(token, random, capacity) {}

absl::Status Pkcs11KeyWrapper::CheckWraps(Algorithm algorithm) {
  SIGNET_RETURN_IF_ERROR(token_.CheckSupported(algorithm));
  SIGNET_RETURN_IF_ERROR(unwrapper_.Mechanism().status());
  const Algorithm tried = TrialAlgorithm(algorithm);
  {
    MutexLock lock(mutex_);
    if (const auto known = trials_.find(tried); known != trials_.end()) return known->second;
  }
  absl::Status status = TryToWrap(tried);
  if (IsPassing(status)) {
    SIGNET_RETURN_IF_ERROR(token_.EnsureWorking());
    status = TryToWrap(tried);
  }
  if (status.ok() || absl::IsUnimplemented(status)) {
    MutexLock lock(mutex_);
    trials_[tried] = status;
  }
  return status;
}

// All of it in one session, with which it goes.
absl::Status Pkcs11KeyWrapper::TryToWrap(Algorithm algorithm) {
  SIGNET_ASSIGN_OR_RETURN(const CK_MECHANISM_TYPE mechanism, unwrapper_.Mechanism());
  const KeySpec spec = {random_.Bytes(kKeyIdSize), "signet/trial", algorithm};
  const TrySerialPass pass(token_.object_gate(), kObjectPatience);
  if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
  SIGNET_ASSIGN_OR_RETURN(TokenSession session, token_.OpenSession(SessionMode::kReadWrite));
  SIGNET_ASSIGN_OR_RETURN(const WrappingKeyObjects wrapping_key,
                          GenerateWrappingKeyObjects(session, {spec.id, spec.label}, PairHome::kSession));
  SIGNET_ASSIGN_OR_RETURN(const KeyPairObjects pair, GenerateKeyPair(session, spec, PairHome::kSession));
  SIGNET_RETURN_IF_ERROR(CheckPrivateKeyAttributes(session, pair.private_key, PrivateKeyForm::kToBeWrapped));
  SIGNET_ASSIGN_OR_RETURN(const PublicKey public_key, ReadPublicKey(session, pair.public_key, algorithm));
  SIGNET_ASSIGN_OR_RETURN(const std::string blob, WrapPrivateKey(session, mechanism, wrapping_key.wrapping, pair.private_key));
  SIGNET_ASSIGN_OR_RETURN(const CK_OBJECT_HANDLE unwrapped, UnwrapPrivateKey(session, mechanism, wrapping_key.wrapping, blob,
                                                                             MakeUnwrapTemplate(spec, UnwrapPurpose::kSign)));
  SIGNET_RETURN_IF_ERROR(CheckPrivateKeyAttributes(session, unwrapped, PrivateKeyForm::kUnwrapped));
  SIGNET_RETURN_IF_ERROR(ComputeHmac(session, wrapping_key.binding, blob).status());
  return ProvePrivateKey(session, unwrapped, public_key, random_);
}

absl::Status Pkcs11KeyWrapper::GenerateWrappingKey(const WrappingKeySpec& spec) {
  SIGNET_RETURN_IF_ERROR(CheckKeySpec({spec.id, spec.label, Algorithm::kEs256}));
  SIGNET_RETURN_IF_ERROR(unwrapper_.Mechanism().status());
  const TrySerialPass pass(token_.object_gate(), kObjectPatience);
  if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
  // Also renews the login where it is lost. The generation itself is not repeated: its outcome could be unknown.
  SIGNET_RETURN_IF_ERROR(token_.RunOnSession(SessionMode::kReadOnly, [&](TokenSession& session) -> absl::Status {
    SIGNET_ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> found, FindSecretKeys(session, spec.id));
    if (found.empty()) return absl::OkStatus();
    return Error(absl::StatusCode::kAlreadyExists, reason::kKeyExists,
                 absl::StrCat("the token holds a wrapping key with the id ", absl::BytesToHexString(spec.id)));
  }));
  const auto generate = [&]() -> absl::Status {
    SIGNET_ASSIGN_OR_RETURN(TokenSession session, token_.OpenSession(SessionMode::kReadWrite));
    return GenerateWrappingKeyObjects(session, spec, PairHome::kToken).status();
  };
  const absl::Status status = generate();
  if (status.ok()) return status;
  // If this fails too, the caller's DestroyWrappingKey finds what is left.
  token_.RunOnSession(SessionMode::kReadWrite, [&](TokenSession& session) { return DestroySecretKeys(session, spec.id); })
      .IgnoreError();
  return status;
}

absl::Status Pkcs11KeyWrapper::ProveWrappingKey(absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(id));
  const TrySerialPass pass(token_.object_gate(), kObjectPatience);
  if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
  const absl::Status status = token_.RunOnSession(SessionMode::kReadOnly, [&](TokenSession& session) -> absl::Status {
    SIGNET_ASSIGN_OR_RETURN(const WrappingKeyObjects objects, FindWrappingKeyObjects(session, id));
    return CheckWrappingKeyObjects(session, objects, PairHome::kToken);
  });
  if (!absl::IsUnimplemented(status)) return status;
  // What is not as it was asked for is as good as none.
  return Error(absl::StatusCode::kNotFound, reason::kKeyNotFound,
               absl::StrCat("the wrapping key is not usable: ", status.message()));
}

absl::Status Pkcs11KeyWrapper::DestroyWrappingKey(absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(id));
  const TrySerialPass pass(token_.object_gate(), kObjectPatience);
  if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
  absl::Status status =
      token_.RunOnSession(SessionMode::kReadWrite, [&](TokenSession& session) { return DestroySecretKeys(session, id); });
  unwrapper_.ForgetWrappingKey(id);
  return status;
}

absl::StatusOr<std::vector<StoredWrappingKey>> Pkcs11KeyWrapper::ListWrappingKeys(absl::string_view label_prefix) {
  std::vector<StoredWrappingKey> keys;
  const TrySerialPass pass(token_.object_gate(), kObjectPatience);
  if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
  SIGNET_RETURN_IF_ERROR(token_.RunOnSession(SessionMode::kReadOnly, [&](TokenSession& session) -> absl::Status {
    SIGNET_ASSIGN_OR_RETURN(keys, ListWrappingKeyObjects(session, label_prefix));
    return absl::OkStatus();
  }));
  return keys;
}

std::unique_ptr<Signer> Pkcs11KeyWrapper::CreateSigner(const WrappedKeySource& source) {
  return std::make_unique<Pkcs11WrappedSigner>(token_, unwrapper_,
                                               [this, &source](const KeySpec& spec) { return unwrapper_.Unwrap(spec, source); });
}

std::unique_ptr<Signer> Pkcs11KeyWrapper::CreateSignerOf(WrappedKey key) {
  return std::make_unique<Pkcs11WrappedSigner>(
      token_, unwrapper_, [this, key = std::move(key)](const KeySpec& spec) { return unwrapper_.UnwrapWithDoubt(spec, key); });
}

absl::StatusOr<WrappedKey> Pkcs11KeyWrapper::AttemptTwice(absl::Span<const absl::string_view> wrapping_keys,
                                                          absl::FunctionRef<absl::StatusOr<WrappedKey>()> attempt) {
  absl::StatusOr<WrappedKey> wrapped = attempt();
  if (!IsPassing(wrapped.status())) return wrapped;
  SIGNET_RETURN_IF_ERROR(token_.EnsureWorking());
  for (const absl::string_view id : wrapping_keys) unwrapper_.ForgetWrappingKey(id);
  return attempt();
}

absl::StatusOr<WrappedKey> Pkcs11KeyWrapper::GenerateWrappedKey(const KeySpec& spec, absl::string_view wrapping_key_id) {
  SIGNET_RETURN_IF_ERROR(CheckKeySpec(spec));
  SIGNET_RETURN_IF_ERROR(CheckKeyId(wrapping_key_id));
  SIGNET_RETURN_IF_ERROR(CheckWraps(spec.algorithm));
  return AttemptTwice({wrapping_key_id}, [&]() -> absl::StatusOr<WrappedKey> {
    SIGNET_ASSIGN_OR_RETURN(WrappedKey wrapped, WrapNewPair(spec, wrapping_key_id));
    return BindAndProve(spec, std::move(wrapped));
  });
}

absl::StatusOr<WrappedKey> Pkcs11KeyWrapper::WrapNewPair(const KeySpec& spec, absl::string_view wrapping_key_id) {
  SIGNET_ASSIGN_OR_RETURN(const CK_MECHANISM_TYPE mechanism, unwrapper_.Mechanism());
  SIGNET_ASSIGN_OR_RETURN(const WrappingKeyObjects wrapping_key, unwrapper_.FindWrappingKey(wrapping_key_id));
  const TrySerialPass pass(token_.object_gate(), kObjectPatience);
  if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
  // The pair goes with it, whatever happens.
  SIGNET_ASSIGN_OR_RETURN(TokenSession session, token_.OpenSession(SessionMode::kReadWrite));
  SIGNET_ASSIGN_OR_RETURN(const KeyPairObjects pair, GenerateKeyPair(session, spec, PairHome::kSession));
  SIGNET_RETURN_IF_ERROR(CheckPrivateKeyAttributes(session, pair.private_key, PrivateKeyForm::kToBeWrapped));
  SIGNET_ASSIGN_OR_RETURN(const PublicKey public_key, ReadPublicKey(session, pair.public_key, spec.algorithm));
  SIGNET_ASSIGN_OR_RETURN(std::string blob, WrapPrivateKey(session, mechanism, wrapping_key.wrapping, pair.private_key));
  return WrappedKey{std::string(wrapping_key_id), public_key.spki_der(), std::move(blob), ""};
}

absl::StatusOr<WrappedKey> Pkcs11KeyWrapper::Rewrap(const KeySpec& spec, const WrappedKey& key, absl::string_view wrapping_key_id) {
  SIGNET_RETURN_IF_ERROR(CheckKeySpec(spec));
  SIGNET_RETURN_IF_ERROR(CheckKeyId(wrapping_key_id));
  return AttemptTwice({key.wrapping_key_id, wrapping_key_id}, [&]() -> absl::StatusOr<WrappedKey> {
    // As a signature would: a key that is not this one must not be bound anew.
    SIGNET_RETURN_IF_ERROR(unwrapper_.UnwrapWithDoubt(spec, key).status());
    SIGNET_ASSIGN_OR_RETURN(WrappedKey wrapped, WrapAnew(spec, key, wrapping_key_id));
    return BindAndProve(spec, std::move(wrapped));
  });
}

absl::StatusOr<WrappedKey> Pkcs11KeyWrapper::WrapAnew(const KeySpec& spec, const WrappedKey& key,
                                                      absl::string_view wrapping_key_id) {
  SIGNET_ASSIGN_OR_RETURN(const CK_MECHANISM_TYPE mechanism, unwrapper_.Mechanism());
  SIGNET_ASSIGN_OR_RETURN(const WrappingKeyObjects former, unwrapper_.FindWrappingKey(key.wrapping_key_id));
  SIGNET_ASSIGN_OR_RETURN(const WrappingKeyObjects next, unwrapper_.FindWrappingKey(wrapping_key_id));
  // The extractable key goes with it.
  SIGNET_ASSIGN_OR_RETURN(TokenSession session, token_.OpenSession(SessionMode::kReadOnly));
  SIGNET_ASSIGN_OR_RETURN(const CK_OBJECT_HANDLE private_key, UnwrapPrivateKey(session, mechanism, former.wrapping, key.blob,
                                                                               MakeUnwrapTemplate(spec, UnwrapPurpose::kWrap)));
  SIGNET_RETURN_IF_ERROR(CheckPrivateKeyAttributes(session, private_key, PrivateKeyForm::kToBeWrappedAnew));
  SIGNET_ASSIGN_OR_RETURN(std::string blob, WrapPrivateKey(session, mechanism, next.wrapping, private_key));
  return WrappedKey{std::string(wrapping_key_id), key.public_key_der, std::move(blob), ""};
}

absl::StatusOr<WrappedKey> Pkcs11KeyWrapper::BindAndProve(const KeySpec& spec, WrappedKey wrapped) {
  SIGNET_ASSIGN_OR_RETURN(wrapped.mac, unwrapper_.Bind(spec, wrapped));
  SIGNET_RETURN_IF_ERROR(unwrapper_.UnwrapWithDoubt(spec, wrapped).status());
  unwrapper_.Sweep();
  return wrapped;
}

}  // namespace signet::hsm
