#include "hsm/certificate.h"

#include <cstddef>
#include <ctime>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "hsm/certificate_content.h"
#include "hsm/certificate_extension.h"
#include "hsm/der.h"
#include "hsm/openssl_certificate.h"
#include "hsm/openssl_handle.h"

namespace signet::hsm {
namespace {

absl::StatusOr<EvpPkey> ToOpenSsl(const PublicKey& key) {
  const unsigned char* begin = reinterpret_cast<const unsigned char*>(key.spki_der().data());
  EvpPkey parsed(d2i_PUBKEY(nullptr, &begin, static_cast<long>(key.spki_der().size())));
  if (!parsed) return Defect("openssl does not take the public key");
  return parsed;
}

// Writes a name as RFC 4514 has it, but for characters beyond ASCII, which need no escape. The result is UTF-8 whatever the name is
// made of: OpenSSL converts the other types of strings, and parses no certificate with a UTF8String that is none.
std::string NameToText(const X509_NAME* name) {
  constexpr unsigned long kFlags = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  const Bio bio(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, kFlags) < 0) return "";
  const long size = BIO_get_mem_data(bio.get(), &text);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "";
}

absl::StatusOr<absl::Time> ToTime(const ASN1_TIME* asn1_time) {
  std::tm tm = {};
  if (ASN1_TIME_to_tm(asn1_time, &tm) != 1) return InvalidField("certificate", "its validity is not a time");
  return absl::FromTM(tm, absl::UTCTimeZone());
}

std::string SerialToHex(const ASN1_INTEGER* serial) {
  const absl::string_view magnitude(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                                    static_cast<size_t>(ASN1_STRING_length(serial)));
  const bool is_negative = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;
  return absl::StrCat(is_negative ? "-" : "", absl::AsciiStrToUpper(absl::BytesToHexString(magnitude)));
}

}  // namespace

absl::StatusOr<std::string> SelfSign(const CertificateSpec& spec, const PublicKey& key, SignDigest sign) {
  SIGNET_ASSIGN_OR_RETURN(const std::string key_identifier, KeyIdentifier(key.spki_der()));
  const std::string extensions =
      absl::StrCat(EndEntityConstraints(), KeyUsageExtension(KeyUsage::kDigitalSignature), SubjectKeyIdentifier(key_identifier));
  return MakeCertificate(spec, {.spki_der = key.spki_der(), .extensions = extensions}, key, sign);
}

absl::StatusOr<std::string> MakeCsr(const CertificateSubject& subject, const PublicKey& key, SignDigest sign) {
  const ScopedOpenSslErrors errors;
  SIGNET_RETURN_IF_ERROR(CheckCertificateSubject(subject));
  SIGNET_ASSIGN_OR_RETURN(const EvpPkey openssl_key, ToOpenSsl(key));
  const std::string version = DerUnsigned("");  // v1 is 0.
  const std::string attributes = Der(DerTag::kContext0, {});
  const std::string content = Der(DerTag::kSequence, {version, SubjectToDer(subject), key.spki_der(), attributes});
  SIGNET_ASSIGN_OR_RETURN(std::string der, SignContent(content, key, sign));
  const X509Request request = ParseRequest(der);
  if (!request) return Defect("openssl does not take the request that was made");
  if (X509_REQ_verify(request.get(), openssl_key.get()) != 1) return SignatureMismatch();
  return der;
}

absl::StatusOr<CertificateFacts> ReadCertificate(absl::string_view der) {
  const ScopedOpenSslErrors errors;
  const X509Certificate certificate = ParseCertificate(der);
  if (!certificate) return InvalidField("certificate", "is not one DER X.509 certificate");
  CertificateFacts facts;
  facts.subject = NameToText(X509_get_subject_name(certificate.get()));
  facts.issuer = NameToText(X509_get_issuer_name(certificate.get()));
  SIGNET_ASSIGN_OR_RETURN(facts.not_before, ToTime(X509_get0_notBefore(certificate.get())));
  SIGNET_ASSIGN_OR_RETURN(facts.not_after, ToTime(X509_get0_notAfter(certificate.get())));
  facts.serial_hex = SerialToHex(X509_get0_serialNumber(certificate.get()));
  facts.spki_der = ToDer(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(certificate.get()));
  return facts;
}

}  // namespace signet::hsm
