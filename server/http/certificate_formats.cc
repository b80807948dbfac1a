#include "server/http/certificate_formats.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hsm/certificate_chain.h"
#include "hsm/pem.h"

namespace signet::http {
namespace {

std::string WithCrLf(absl::string_view pem) { return absl::StrReplaceAll(pem, {{"\n", "\r\n"}}); }

}  // namespace

std::string CertificateToPem(absl::string_view der) { return WithCrLf(hsm::ToPem("CERTIFICATE", der)); }

std::string ChainToPkcs7Pem(const std::vector<std::string>& chain) { return WithCrLf(hsm::ToPem("PKCS7", hsm::ToPkcs7(chain))); }

std::string CertificateThumbprint(absl::string_view der) {
  return absl::AsciiStrToUpper(absl::BytesToHexString(hsm::Sha1Thumbprint(der)));
}

std::string CertificateFingerprint(absl::string_view der) {
  const std::string thumbprint = CertificateThumbprint(der);
  std::string fingerprint;
  for (size_t i = 0; i < thumbprint.size(); i += 2) {
    absl::StrAppend(&fingerprint, i == 0 ? "" : ":", thumbprint.substr(i, 2));
  }
  return fingerprint;
}

}  // namespace signet::http
