// Certificates and requests are written element by element, with OpenSSL only for what has rules of its own (names of objects,
// times): OpenSSL 3.0 signs with a key that it holds, and has no setters for a signature made elsewhere. The other way would be to
// cast away the const of what X509_get0_tbs_sigalg and X509_get0_signature return, to write into an object that may keep an older
// encoding of itself. The structures are few and fixed; OpenSSL parses and verifies each result before it is returned.
#include "hsm/certificate_content.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "hsm/certificate_subject.h"
#include "hsm/der.h"
#include "hsm/digest.h"
#include "hsm/ecdsa_signature.h"
#include "hsm/openssl_certificate.h"
#include "hsm/openssl_handle.h"
#include "hsm/signature_algorithm.h"

namespace signet::hsm {
namespace {

constexpr size_t kMaxSerialSize = 20;
constexpr size_t kIntegerHeaderSize = 2;
// What is earlier, X.509 can state, but nobody expects.
constexpr absl::civil_year_t kMinYear = 1950;
constexpr absl::civil_year_t kMaxYear = 9999;

absl::StatusOr<std::string> TimeToDer(absl::string_view field, absl::Time time) {
  // GeneralizedTime has four digits for the year, which OpenSSL does not check.
  const absl::civil_year_t year = absl::ToCivilSecond(time, absl::UTCTimeZone()).year();
  if (year < kMinYear || year > kMaxYear) {
    return InvalidField(field, absl::StrCat("must be in the years ", kMinYear, " to ", kMaxYear));
  }
  // UTCTime before 2050, as RFC 5280 section 4.1.2.5 asks.
  const Asn1Time asn1_time(ASN1_TIME_set(nullptr, absl::ToTimeT(time)));
  if (!asn1_time) return Defect("out of memory");
  return ToDer(i2d_ASN1_TIME, asn1_time.get());
}

absl::StatusOr<std::string> ValidityToDer(const CertificateSpec& spec) {
  SIGNET_ASSIGN_OR_RETURN(const std::string not_before, TimeToDer("not_before", spec.not_before));
  SIGNET_ASSIGN_OR_RETURN(const std::string not_after, TimeToDer("not_after", spec.not_after));
  if (spec.not_after < spec.not_before) return InvalidField("not_after", "must not be before not_before");
  return Der(DerTag::kSequence, {not_before, not_after});
}

absl::StatusOr<std::string> SerialToDer(absl::string_view serial) {
  const std::string der = DerUnsigned(serial);
  if (der == DerUnsigned("") || der.size() > kIntegerHeaderSize + kMaxSerialSize) {
    return InvalidField("serial", absl::StrCat("must be positive and at most ", kMaxSerialSize, " bytes"));
  }
  return der;
}

absl::Status Verify(absl::string_view der, const PublicKey& issuer_key) {
  const X509Certificate certificate = ParseCertificate(der);
  if (!certificate) return Defect("openssl does not take the certificate that was made");
  const std::string& spki_der = issuer_key.spki_der();
  const unsigned char* begin = reinterpret_cast<const unsigned char*>(spki_der.data());
  const EvpPkey key(d2i_PUBKEY(nullptr, &begin, static_cast<long>(spki_der.size())));
  if (!key) return Defect("openssl does not take the public key");
  return X509_verify(certificate.get(), key.get()) == 1 ? absl::OkStatus() : SignatureMismatch();
}

}  // namespace

absl::Status SignatureMismatch() { return Defect("what was returned as a signature is none by the certificate's key"); }

absl::StatusOr<std::string> SignContent(absl::string_view content, const PublicKey& key, SignDigest sign) {
  const AlgorithmInfo& info = GetAlgorithmInfo(key.algorithm());
  SIGNET_ASSIGN_OR_RETURN(std::string signature,
                          info.hash == Hash::kNone ? sign(content) : sign(ComputeDigest(info.hash, content)));
  if (info.key_type == KeyType::kEc) {
    absl::StatusOr<std::string> der_signature = RawToDerSignature(key.algorithm(), signature);
    if (!der_signature.ok()) return SignatureMismatch();
    signature = *std::move(der_signature);
  }
  const absl::string_view unused_bits("\0", 1);
  return Der(DerTag::kSequence,
             {content, SignatureAlgorithmDer(key.algorithm()), Der(DerTag::kBitString, {unused_bits, signature})});
}

absl::StatusOr<std::string> MakeCertificate(const CertificateSpec& spec, const CertificateContent& content,
                                            const PublicKey& issuer_key, SignDigest sign) {
  const ScopedOpenSslErrors errors;
  SIGNET_RETURN_IF_ERROR(CheckCertificateSubject(spec.subject));
  SIGNET_ASSIGN_OR_RETURN(const std::string serial, SerialToDer(spec.serial));
  SIGNET_ASSIGN_OR_RETURN(const std::string validity, ValidityToDer(spec));
  const std::string version = Der(DerTag::kContext0, {DerUnsigned("\x02")});  // v3
  const std::string subject = SubjectToDer(spec.subject);
  const std::string extensions = Der(DerTag::kContext3, {Der(DerTag::kSequence, {content.extensions})});
  const std::string to_sign =
      Der(DerTag::kSequence, {version, serial, SignatureAlgorithmDer(issuer_key.algorithm()),
                              content.issuer.empty() ? subject : content.issuer, validity, subject, content.spki_der, extensions});
  SIGNET_ASSIGN_OR_RETURN(std::string der, SignContent(to_sign, issuer_key, sign));
  SIGNET_RETURN_IF_ERROR(Verify(der, issuer_key));
  return der;
}

}  // namespace signet::hsm
