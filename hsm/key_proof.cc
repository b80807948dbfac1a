#include "hsm/key_proof.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/attribute_check.h"
#include "hsm/digest.h"
#include "hsm/object_search.h"
#include "hsm/sign_digest.h"

namespace signet::hsm {
namespace {

constexpr ExpectedAttribute kOnToken[] = {
    {CKA_TOKEN, "CKA_TOKEN", CK_TRUE},
    {CKA_PRIVATE, "CKA_PRIVATE", CK_TRUE},
    {CKA_LOCAL, "CKA_LOCAL", CK_TRUE},
    {CKA_SENSITIVE, "CKA_SENSITIVE", CK_TRUE},
    {CKA_ALWAYS_SENSITIVE, "CKA_ALWAYS_SENSITIVE", CK_TRUE},
    {CKA_EXTRACTABLE, "CKA_EXTRACTABLE", CK_FALSE},
    {CKA_NEVER_EXTRACTABLE, "CKA_NEVER_EXTRACTABLE", CK_TRUE},
    {CKA_SIGN, "CKA_SIGN", CK_TRUE},
    {CKA_DECRYPT, "CKA_DECRYPT", CK_FALSE, true},
    {CKA_UNWRAP, "CKA_UNWRAP", CK_FALSE, true},
    {CKA_DERIVE, "CKA_DERIVE", CK_FALSE, true},
};

// Of the pair that is about to be wrapped.
constexpr ExpectedAttribute kToBeWrapped[] = {
    {CKA_TOKEN, "CKA_TOKEN", CK_FALSE},
    {CKA_PRIVATE, "CKA_PRIVATE", CK_TRUE},
    {CKA_LOCAL, "CKA_LOCAL", CK_TRUE},
    {CKA_SENSITIVE, "CKA_SENSITIVE", CK_TRUE},
    {CKA_ALWAYS_SENSITIVE, "CKA_ALWAYS_SENSITIVE", CK_TRUE},
    {CKA_EXTRACTABLE, "CKA_EXTRACTABLE", CK_TRUE},
};

// What came from outside was not made on the token, nor always sensitive, nor never extractable.
constexpr ExpectedAttribute kToBeWrappedAnew[] = {
    {CKA_TOKEN, "CKA_TOKEN", CK_FALSE},
    {CKA_PRIVATE, "CKA_PRIVATE", CK_TRUE},
    {CKA_SENSITIVE, "CKA_SENSITIVE", CK_TRUE},
    {CKA_EXTRACTABLE, "CKA_EXTRACTABLE", CK_TRUE},
};

constexpr ExpectedAttribute kUnwrapped[] = {
    {CKA_TOKEN, "CKA_TOKEN", CK_FALSE},
    {CKA_PRIVATE, "CKA_PRIVATE", CK_TRUE},
    {CKA_SENSITIVE, "CKA_SENSITIVE", CK_TRUE},
    {CKA_EXTRACTABLE, "CKA_EXTRACTABLE", CK_FALSE},
    {CKA_SIGN, "CKA_SIGN", CK_TRUE},
    {CKA_DECRYPT, "CKA_DECRYPT", CK_FALSE, true},
    {CKA_UNWRAP, "CKA_UNWRAP", CK_FALSE, true},
    {CKA_DERIVE, "CKA_DERIVE", CK_FALSE, true},
};

absl::Span<const ExpectedAttribute> Expected(PrivateKeyForm form) {
  switch (form) {
    case PrivateKeyForm::kOnToken:
      return kOnToken;
    case PrivateKeyForm::kToBeWrapped:
      return kToBeWrapped;
    case PrivateKeyForm::kToBeWrappedAnew:
      return kToBeWrappedAnew;
    case PrivateKeyForm::kUnwrapped:
      break;
  }
  return kUnwrapped;
}

// Takes a DER OCTET STRING of `size` bytes, or just those. The two cannot be confused: their lengths differ.
absl::string_view UnwrapPoint(absl::string_view attribute, size_t size) {
  const std::string header = size < 128 ? absl::StrCat("\x04", std::string(1, static_cast<char>(size)))
                                        : absl::StrCat("\x04\x81", std::string(1, static_cast<char>(size)));
  if (attribute.size() == header.size() + size && attribute.substr(0, header.size()) == header) {
    attribute.remove_prefix(header.size());
  }
  return attribute;
}

absl::Status Broken(const absl::Status& cause) {
  return Error(absl::StatusCode::kDataLoss, reason::kHsmUnavailable,
               absl::StrCat("the token's key pair does not work: ", cause.message()));
}

}  // namespace

absl::Status CheckPrivateKeyAttributes(TokenSession& session, CK_OBJECT_HANDLE private_key, PrivateKeyForm form) {
  return CheckAttributes(session, private_key, Expected(form));
}

absl::StatusOr<PublicKey> ReadPublicKey(TokenSession& session, CK_OBJECT_HANDLE public_key, Algorithm algorithm) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  if (info.key_type == KeyType::kRsa) {
    SIGNET_ASSIGN_OR_RETURN(const std::string modulus, ReadAttribute(session, public_key, CKA_MODULUS));
    SIGNET_ASSIGN_OR_RETURN(const std::string exponent, ReadAttribute(session, public_key, CKA_PUBLIC_EXPONENT));
    return PublicKey::FromRsa(algorithm, modulus, exponent);
  }
  SIGNET_ASSIGN_OR_RETURN(const std::string point, ReadAttribute(session, public_key, CKA_EC_POINT));
  if (info.key_type == KeyType::kEd25519) return PublicKey::FromEd25519(UnwrapPoint(point, 32));
  return PublicKey::FromEcPoint(algorithm, UnwrapPoint(point, info.signature_size + 1));
}

absl::StatusOr<PublicKey> ProveKeyPair(TokenSession& session, const KeyPairObjects& pair, Algorithm algorithm, Random& random) {
  SIGNET_RETURN_IF_ERROR(CheckPrivateKeyAttributes(session, pair.private_key, PrivateKeyForm::kOnToken));
  absl::StatusOr<PublicKey> key = ReadPublicKey(session, pair.public_key, algorithm);
  if (absl::IsInvalidArgument(key.status())) return Broken(key.status());
  if (!key.ok()) return key;
  SIGNET_RETURN_IF_ERROR(ProvePrivateKey(session, pair.private_key, *key, random));
  return key;
}

absl::Status ProvePrivateKey(TokenSession& session, CK_OBJECT_HANDLE private_key, const PublicKey& public_key, Random& random) {
  const std::string message = random.Bytes(32);
  const Hash hash = GetAlgorithmInfo(public_key.algorithm()).hash;
  const std::string digest = hash == Hash::kNone ? message : ComputeDigest(hash, message);
  SIGNET_ASSIGN_OR_RETURN(const std::string signature, SignDigest(session, private_key, public_key.algorithm(), digest));
  const absl::Status verified = public_key.VerifyMessage(message, signature);
  return verified.ok() ? verified : Broken(verified);
}

}  // namespace signet::hsm
