#include "hsm/certificate_extension.h"

#include <openssl/objects.h>
#include <openssl/sha.h>

#include <cstddef>
#include <memory>

#include "base/error.h"
#include "hsm/der.h"
#include "hsm/openssl_handle.h"

namespace signet::hsm {
namespace {

enum class Criticality { kNotCritical, kCritical };

std::string Extension(int nid, Criticality criticality, absl::string_view value) {
  const std::string critical =
      criticality == Criticality::kCritical ? Der(DerTag::kBoolean, {"\xff"}) : "";  // The default is not written in DER.
  return Der(DerTag::kSequence, {DerObjectId(nid), critical, Der(DerTag::kOctetString, {value})});
}

}  // namespace

std::string CaConstraints() {
  const std::string value = Der(DerTag::kSequence, {Der(DerTag::kBoolean, {"\xff"}), DerUnsigned("")});
  return Extension(NID_basic_constraints, Criticality::kCritical, value);
}

std::string EndEntityConstraints() { return Extension(NID_basic_constraints, Criticality::kCritical, Der(DerTag::kSequence, {})); }

std::string KeyUsageExtension(KeyUsage usage) {
  // The first byte counts the unused bits at the end. Bit 0, or bits 5 and 6.
  const absl::string_view bits = usage == KeyUsage::kDigitalSignature ? "\x07\x80" : "\x01\x06";
  return Extension(NID_key_usage, Criticality::kCritical, Der(DerTag::kBitString, {bits}));
}

std::string ClientAuthExtension() {
  return Extension(NID_ext_key_usage, Criticality::kNotCritical, Der(DerTag::kSequence, {DerObjectId(NID_client_auth)}));
}

std::string SubjectKeyIdentifier(absl::string_view key_identifier) {
  return Extension(NID_subject_key_identifier, Criticality::kNotCritical, Der(DerTag::kOctetString, {key_identifier}));
}

std::string AuthorityKeyIdentifier(absl::string_view key_identifier) {
  const std::string value = Der(DerTag::kSequence, {Der(DerTag::kPrimitiveContext0, {key_identifier})});
  return Extension(NID_authority_key_identifier, Criticality::kNotCritical, value);
}

absl::StatusOr<std::string> KeyIdentifier(absl::string_view spki_der) {
  const ScopedOpenSslErrors errors;
  const unsigned char* begin = reinterpret_cast<const unsigned char*>(spki_der.data());
  const std::unique_ptr<X509_PUBKEY, OpenSslFree<X509_PUBKEY_free>> spki(
      d2i_X509_PUBKEY(nullptr, &begin, static_cast<long>(spki_der.size())));
  const unsigned char* bits = nullptr;
  int size = 0;
  if (!spki || X509_PUBKEY_get0_param(nullptr, &bits, &size, nullptr, spki.get()) != 1) {
    return Defect("openssl does not take the public key");
  }
  std::string identifier(SHA_DIGEST_LENGTH, '\0');
  if (SHA1(bits, static_cast<size_t>(size), reinterpret_cast<unsigned char*>(identifier.data())) == nullptr) {
    return Defect("openssl has no SHA-1");
  }
  return identifier;
}

}  // namespace signet::hsm
