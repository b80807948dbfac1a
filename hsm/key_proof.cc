#include "hsm/key_proof.h"

#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/digest.h"
#include "hsm/object_search.h"
#include "hsm/sign_digest.h"

namespace signet::hsm {
namespace {

struct ExpectedAttribute {
  CK_ATTRIBUTE_TYPE type;
  absl::string_view name;
  CK_BBOOL value;
  // An attribute that forbids nothing when it is missing: a key without CKA_DECRYPT does not decrypt.
  bool may_be_missing;
};

constexpr ExpectedAttribute kExpected[] = {
    {CKA_TOKEN, "CKA_TOKEN", CK_TRUE, false},
    {CKA_PRIVATE, "CKA_PRIVATE", CK_TRUE, false},
    {CKA_LOCAL, "CKA_LOCAL", CK_TRUE, false},
    {CKA_SENSITIVE, "CKA_SENSITIVE", CK_TRUE, false},
    {CKA_ALWAYS_SENSITIVE, "CKA_ALWAYS_SENSITIVE", CK_TRUE, false},
    {CKA_EXTRACTABLE, "CKA_EXTRACTABLE", CK_FALSE, false},
    {CKA_NEVER_EXTRACTABLE, "CKA_NEVER_EXTRACTABLE", CK_TRUE, false},
    {CKA_SIGN, "CKA_SIGN", CK_TRUE, false},
    {CKA_DECRYPT, "CKA_DECRYPT", CK_FALSE, true},
    {CKA_UNWRAP, "CKA_UNWRAP", CK_FALSE, true},
    {CKA_DERIVE, "CKA_DERIVE", CK_FALSE, true},
};

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

absl::Status CheckPrivateKeyAttributes(TokenSession& session, CK_OBJECT_HANDLE private_key) {
  constexpr size_t kCount = std::size(kExpected);
  CK_BBOOL values[kCount] = {};
  CK_ATTRIBUTE attributes[kCount];
  for (size_t i = 0; i < kCount; ++i) attributes[i] = {kExpected[i].type, &values[i], sizeof(values[i])};
  const CK_RV result =
      session.functions().C_GetAttributeValue(session.handle(), private_key, attributes, static_cast<CK_ULONG>(kCount));
  // With this result the call still reports all the others, and the missing one by its length (PKCS#11 2.40 section 5.7).
  if (result != CKR_ATTRIBUTE_TYPE_INVALID) SIGNET_RETURN_IF_ERROR(session.Check("C_GetAttributeValue", result));
  for (size_t i = 0; i < kCount; ++i) {
    const bool missing = attributes[i].ulValueLen != sizeof(values[i]);
    if (missing ? kExpected[i].may_be_missing : values[i] == kExpected[i].value) continue;
    // That a key was not imported is then told by the other two that are false of an imported one.
    if (kExpected[i].type == CKA_LOCAL && session.quirks().denies_local) continue;
    return Error(absl::StatusCode::kUnimplemented, reason::kHsmUnsupported,
                 absl::StrCat("the token's key has not the ", kExpected[i].name, " that was asked for"),
                 {{"attribute", std::string(kExpected[i].name)}});
  }
  return absl::OkStatus();
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
  SIGNET_RETURN_IF_ERROR(CheckPrivateKeyAttributes(session, pair.private_key));
  absl::StatusOr<PublicKey> key = ReadPublicKey(session, pair.public_key, algorithm);
  if (absl::IsInvalidArgument(key.status())) return Broken(key.status());
  if (!key.ok()) return key;
  const std::string message = random.Bytes(32);
  const Hash hash = GetAlgorithmInfo(algorithm).hash;
  const std::string digest = hash == Hash::kNone ? message : ComputeDigest(hash, message);
  SIGNET_ASSIGN_OR_RETURN(const std::string signature, SignDigest(session, pair.private_key, algorithm, digest));
  const absl::Status verified = key->VerifyMessage(message, signature);
  if (!verified.ok()) return Broken(verified);
  return key;
}

}  // namespace signet::hsm
