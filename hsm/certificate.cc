// Certificates and requests are written element by element, with OpenSSL only for what has rules of its own (names of objects,
// times): OpenSSL 3.0 signs with a key that it holds, and has no setters for a signature made elsewhere. The other way would be to
// cast away the const of what X509_get0_tbs_sigalg and X509_get0_signature return, to write into an object that may keep an older
// encoding of itself. The structures are few and fixed; OpenSSL parses and verifies each result before it is returned.
#include "hsm/certificate.h"

#include <openssl/objects.h>
#include <openssl/sha.h>

#include <cstddef>
#include <ctime>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
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

absl::Status Mismatch() { return Defect("what was returned as a signature is none by the certificate's key"); }

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

// An identifier for a key: the SHA-1 of its bits (RFC 5280 section 4.2.1.2, the first method). It names, it does not protect.
absl::StatusOr<std::string> KeyIdentifier(EVP_PKEY* key) {
  X509_PUBKEY* raw = nullptr;
  if (X509_PUBKEY_set(&raw, key) != 1) return Defect("openssl does not take the public key");
  const std::unique_ptr<X509_PUBKEY, OpenSslFree<X509_PUBKEY_free>> spki(raw);
  const unsigned char* bits = nullptr;
  int size = 0;
  X509_PUBKEY_get0_param(nullptr, &bits, &size, nullptr, spki.get());
  std::string identifier(SHA_DIGEST_LENGTH, '\0');
  if (SHA1(bits, static_cast<size_t>(size), reinterpret_cast<unsigned char*>(identifier.data())) == nullptr) {
    return Defect("openssl has no SHA-1");
  }
  return identifier;
}

enum class Criticality { kNotCritical, kCritical };

std::string Extension(int nid, Criticality criticality, absl::string_view value) {
  const std::string critical =
      criticality == Criticality::kCritical ? Der(DerTag::kBoolean, {"\xff"}) : "";  // The default is not written in DER.
  return Der(DerTag::kSequence, {DerObjectId(nid), critical, Der(DerTag::kOctetString, {value})});
}

std::string ExtensionsToDer(absl::string_view key_identifier) {
  const std::string not_a_ca = Der(DerTag::kSequence, {});
  const std::string digital_signature = Der(DerTag::kBitString, {"\x07\x80"});  // Bit 0; seven bits are unused.
  const std::string extensions =
      Der(DerTag::kSequence,
          {Extension(NID_basic_constraints, Criticality::kCritical, not_a_ca),
           Extension(NID_key_usage, Criticality::kCritical, digital_signature),
           Extension(NID_subject_key_identifier, Criticality::kNotCritical, Der(DerTag::kOctetString, {key_identifier}))});
  return Der(DerTag::kContext3, {extensions});
}

absl::StatusOr<EvpPkey> ToOpenSsl(const PublicKey& key) {
  const unsigned char* begin = reinterpret_cast<const unsigned char*>(key.spki_der().data());
  EvpPkey parsed(d2i_PUBKEY(nullptr, &begin, static_cast<long>(key.spki_der().size())));
  if (!parsed) return Defect("openssl does not take the public key");
  return parsed;
}

// Signs `content` and returns SEQUENCE { content, AlgorithmIdentifier, BIT STRING }: the shape of certificates and of requests.
absl::StatusOr<std::string> Sign(const std::string& content, const PublicKey& key, SignDigest sign) {
  const AlgorithmInfo& info = GetAlgorithmInfo(key.algorithm());
  SIGNET_ASSIGN_OR_RETURN(std::string signature, sign(info.hash == Hash::kNone ? content : ComputeDigest(info.hash, content)));
  if (info.key_type == KeyType::kEc) {
    absl::StatusOr<std::string> der_signature = RawToDerSignature(key.algorithm(), signature);
    if (!der_signature.ok()) return Mismatch();
    signature = *std::move(der_signature);
  }
  const absl::string_view unused_bits("\0", 1);
  return Der(DerTag::kSequence,
             {content, SignatureAlgorithmDer(key.algorithm()), Der(DerTag::kBitString, {unused_bits, signature})});
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
  const ScopedOpenSslErrors errors;
  SIGNET_RETURN_IF_ERROR(CheckCertificateSubject(spec.subject));
  SIGNET_ASSIGN_OR_RETURN(const std::string serial, SerialToDer(spec.serial));
  SIGNET_ASSIGN_OR_RETURN(const std::string validity, ValidityToDer(spec));
  SIGNET_ASSIGN_OR_RETURN(const EvpPkey openssl_key, ToOpenSsl(key));
  SIGNET_ASSIGN_OR_RETURN(const std::string key_identifier, KeyIdentifier(openssl_key.get()));
  const std::string version = Der(DerTag::kContext0, {DerUnsigned("\x02")});  // v3
  const std::string name = SubjectToDer(spec.subject);
  const std::string content = Der(DerTag::kSequence, {version, serial, SignatureAlgorithmDer(key.algorithm()), /*issuer*/ name,
                                                      validity, /*subject*/ name, key.spki_der(), ExtensionsToDer(key_identifier)});
  SIGNET_ASSIGN_OR_RETURN(std::string der, Sign(content, key, sign));
  const X509Certificate certificate = ParseCertificate(der);
  if (!certificate) return Defect("openssl does not take the certificate that was made");
  if (X509_verify(certificate.get(), openssl_key.get()) != 1) return Mismatch();
  return der;
}

absl::StatusOr<std::string> MakeCsr(const CertificateSubject& subject, const PublicKey& key, SignDigest sign) {
  const ScopedOpenSslErrors errors;
  SIGNET_RETURN_IF_ERROR(CheckCertificateSubject(subject));
  SIGNET_ASSIGN_OR_RETURN(const EvpPkey openssl_key, ToOpenSsl(key));
  const std::string version = DerUnsigned("");  // v1 is 0.
  const std::string attributes = Der(DerTag::kContext0, {});
  const std::string content = Der(DerTag::kSequence, {version, SubjectToDer(subject), key.spki_der(), attributes});
  SIGNET_ASSIGN_OR_RETURN(std::string der, Sign(content, key, sign));
  const X509Request request = ParseRequest(der);
  if (!request) return Defect("openssl does not take the request that was made");
  if (X509_REQ_verify(request.get(), openssl_key.get()) != 1) return Mismatch();
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
