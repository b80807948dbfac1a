#ifndef SIGNET_HSM_OPENSSL_CERTIFICATE_H_
#define SIGNET_HSM_OPENSSL_CERTIFICATE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "hsm/openssl_handle.h"

namespace signet::hsm {

// Writes `object` in DER with the function of OpenSSL that does so for its type, such as i2d_X509_NAME; "" if it fails.
template <typename Object, typename Write>
std::string ToDer(Write write, Object* object) {
  const int size = write(object, nullptr);
  std::string der(size > 0 ? static_cast<size_t>(size) : 0, '\0');
  unsigned char* end = reinterpret_cast<unsigned char*>(der.data());
  if (size > 0) write(object, &end);
  return der;
}

// Parses one X.509 certificate; null unless `der` is DER, of this one certificate, to its last byte.
X509Certificate ParseCertificate(absl::string_view der);

// Parses a PKCS#10 request in the same way.
X509Request ParseRequest(absl::string_view der);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_OPENSSL_CERTIFICATE_H_
