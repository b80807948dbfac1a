#include "hsm/certificate_subject.h"

#include <openssl/asn1.h>
#include <openssl/objects.h>

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "hsm/der.h"
#include "hsm/openssl_handle.h"

namespace signet::hsm {
namespace {

constexpr size_t kMaxCharacters = 64;  // ub-common-name, ub-organization-name, ub-organizational-unit-name.
constexpr size_t kMaxBytesOfACharacter = 4;

absl::Status CheckText(absl::string_view field, const std::string& text) {
  if (text.empty()) return absl::OkStatus();
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); })) {
    return InvalidField(field, "has a control character");
  }
  const ScopedOpenSslErrors errors;
  // Without a place for the copy, this only decodes and counts the characters.
  if (text.size() > kMaxCharacters * kMaxBytesOfACharacter ||
      ASN1_mbstring_ncopy(nullptr, reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()),
                          MBSTRING_UTF8, B_ASN1_UTF8STRING, 1, kMaxCharacters) < 0) {
    return InvalidField(field, absl::StrCat("must be UTF-8 of at most ", kMaxCharacters, " characters"));
  }
  return absl::OkStatus();
}

// An attribute alone in its RelativeDistinguishedName; "" if it is absent.
std::string Attribute(int nid, DerTag tag, absl::string_view value) {
  if (value.empty()) return "";
  return Der(DerTag::kSet, {Der(DerTag::kSequence, {DerObjectId(nid), Der(tag, {value})})});
}

}  // namespace

absl::Status CheckCertificateSubject(const CertificateSubject& subject) {
  if (subject.common_name.empty()) return InvalidField("common_name", "must be set");
  SIGNET_RETURN_IF_ERROR(CheckText("common_name", subject.common_name));
  SIGNET_RETURN_IF_ERROR(CheckText("organization", subject.organization));
  SIGNET_RETURN_IF_ERROR(CheckText("organizational_unit", subject.organizational_unit));
  const std::string& country = subject.country;
  const bool is_code = country.size() == 2 && absl::ascii_isalpha(static_cast<unsigned char>(country[0])) &&
                       absl::ascii_isalpha(static_cast<unsigned char>(country[1]));
  if (!country.empty() && !is_code) return InvalidField("country", "must be the two letters of ISO 3166, such as DE");
  return absl::OkStatus();
}

std::string SubjectToDer(const CertificateSubject& subject) {
  // RFC 5280 section 4.1.2.4: UTF8String for text; X.520 fixes the country to PrintableString.
  return Der(DerTag::kSequence, {Attribute(NID_countryName, DerTag::kPrintableString, subject.country),
                                 Attribute(NID_organizationName, DerTag::kUtf8String, subject.organization),
                                 Attribute(NID_organizationalUnitName, DerTag::kUtf8String, subject.organizational_unit),
                                 Attribute(NID_commonName, DerTag::kUtf8String, subject.common_name)});
}

}  // namespace signet::hsm
