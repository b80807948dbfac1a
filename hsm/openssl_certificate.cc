#include "hsm/openssl_certificate.h"

namespace signet::hsm {
namespace {

// d2i takes BER and stops at the end of the outermost SEQUENCE: what it does not write again in the same bytes was not DER.
template <typename Handle, typename Read, typename Write>
Handle ParseStrictly(Read read, Write write, absl::string_view der) {
  const ScopedOpenSslErrors errors;
  const unsigned char* begin = reinterpret_cast<const unsigned char*>(der.data());
  Handle object(read(nullptr, &begin, static_cast<long>(der.size())));
  if (!object || ToDer(write, object.get()) != der) return nullptr;
  return object;
}

}  // namespace

X509Certificate ParseCertificate(absl::string_view der) { return ParseStrictly<X509Certificate>(d2i_X509, i2d_X509, der); }

X509Request ParseRequest(absl::string_view der) { return ParseStrictly<X509Request>(d2i_X509_REQ, i2d_X509_REQ, der); }

}  // namespace signet::hsm
