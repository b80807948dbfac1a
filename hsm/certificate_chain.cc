#include "hsm/certificate_chain.h"

#include <openssl/objects.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "hsm/certificate.h"
#include "hsm/der.h"
#include "hsm/digest.h"
#include "hsm/openssl_certificate.h"
#include "hsm/openssl_handle.h"
#include "hsm/pem.h"

namespace signet::hsm {
namespace {

constexpr char kField[] = "pem_chain";
constexpr absl::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr absl::string_view kEnd = "-----END CERTIFICATE-----";

absl::Status Refuse(absl::string_view message) { return InvalidField(kField, message); }

absl::Status RefuseBlock(size_t number, absl::string_view message) { return Refuse(absl::StrCat("block ", number, " ", message)); }

absl::Status RefuseCertificate(size_t number, absl::string_view message) {
  return Refuse(absl::StrCat("certificate ", number, " ", message));
}

absl::Status NotPem() {
  return Refuse(absl::StrCat("is not PEM; send the certificates as base64 between the lines ", kBegin, " and ", kEnd));
}

// Tells what is wrong with a line that is outside of the blocks, after `count` of them.
absl::Status RefuseLine(absl::string_view line, size_t count) {
  if (absl::StartsWith(line, "-----BEGIN ") && absl::StrContains(line, "PRIVATE KEY")) {
    return RefuseBlock(count + 1, "is a private key; send certificates only, and regard that key as disclosed");
  }
  if (absl::StartsWith(line, "-----BEGIN ")) return RefuseBlock(count + 1, "is not a CERTIFICATE; send certificates only");
  if (count == 0) return NotPem();
  return Refuse(absl::StrCat("has text after block ", count, " that is no certificate; remove it, or begin its lines with #"));
}

// Decodes what is between the lines of a block.
absl::StatusOr<std::string> DecodeBlock(const std::string& base64, size_t number) {
  std::string der;
  // absl forgives white space and missing padding: what it does not write again in the same characters was not base64.
  if (!absl::Base64Unescape(base64, &der) || absl::Base64Escape(der) != base64) {
    return RefuseBlock(number, "is not base64 up to its END CERTIFICATE line");
  }
  if (!ParseCertificate(der)) return RefuseBlock(number, "is not an X.509 certificate in DER");
  return der;
}

absl::Status CheckValidity(const CertificateFacts& facts, size_t number, absl::Time now) {
  const auto format = [](absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()); };
  if (now < facts.not_before) {
    return RefuseCertificate(number, absl::StrCat("is not valid before ", format(facts.not_before), "; send it again then"));
  }
  // The last second is a whole one (RFC 5280 section 4.1.2.5).
  if (now >= facts.not_after + absl::Seconds(1)) {
    return RefuseCertificate(number, absl::StrCat("expired at ", format(facts.not_after), "; have it renewed"));
  }
  return absl::OkStatus();
}

absl::Status CheckSignedBy(X509* certificate, X509* issuer, size_t number) {
  if (X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) != 0) {
    return RefuseCertificate(number, absl::StrCat("names another issuer than certificate ", number + 1,
                                                  "; send each one followed by its issuer, without gaps"));
  }
  EVP_PKEY* key = X509_get0_pubkey(issuer);
  if (key == nullptr || X509_verify(certificate, key) != 1) {
    return RefuseCertificate(number, absl::StrCat("is not signed by the key of certificate ", number + 1,
                                                  "; send the issuer's certificate that belongs to it"));
  }
  // RFC 5280 section 6.1.4 (k) and (n): every verifier refuses a chain through a certificate that is no CA's.
  if (X509_check_ca(issuer) == 0) {
    return RefuseCertificate(number + 1, "is not that of a CA; send the certificates that the CA gave you with the key's own");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParsePemChain(absl::string_view pem) {
  const ScopedOpenSslErrors errors;
  if (pem.size() > kMaxPemChainSize) {
    return Refuse(absl::StrCat("is longer than ", kMaxPemChainSize, " bytes; send only the certificates that verifiers lack"));
  }
  std::vector<std::string> chain;
  std::optional<std::string> block;  // The base64 of the block that is being read.
  for (absl::string_view line : absl::StrSplit(pem, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (block && line != kEnd) {
      absl::StrAppend(&*block, line);
    } else if (block) {
      SIGNET_ASSIGN_OR_RETURN(std::string der, DecodeBlock(*block, chain.size() + 1));
      chain.push_back(std::move(der));
      block.reset();
    } else if (line == kBegin) {
      if (chain.size() == kMaxChainLength) return Refuse(absl::StrCat("has more than ", kMaxChainLength, " certificates"));
      block.emplace();
    } else if (!line.empty() && line[0] != '#') {
      return RefuseLine(line, chain.size());
    }
  }
  if (block) return RefuseBlock(chain.size() + 1, "has no END CERTIFICATE line; it was cut off");
  if (chain.empty()) return NotPem();
  return chain;
}

absl::Status CheckChain(const std::vector<std::string>& chain_der, const PublicKey& key, absl::Time now) {
  const ScopedOpenSslErrors errors;
  if (chain_der.empty()) return Refuse("has no certificate");
  std::vector<X509Certificate> chain;
  for (const std::string& der : chain_der) {
    const size_t number = chain.size() + 1;
    const absl::StatusOr<CertificateFacts> facts = ReadCertificate(der);
    if (!facts.ok()) return RefuseCertificate(number, "is not an X.509 certificate in DER");
    if (number == 1 && facts->spki_der != key.spki_der()) {
      return RefuseCertificate(number, "is for another key; put the one that was made from this key's request first");
    }
    SIGNET_RETURN_IF_ERROR(CheckValidity(*facts, number, now));
    chain.push_back(ParseCertificate(der));
  }
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    SIGNET_RETURN_IF_ERROR(CheckSignedBy(chain[i].get(), chain[i + 1].get(), i + 1));
  }
  return absl::OkStatus();
}

std::string ChainToPem(const std::vector<std::string>& chain_der) {
  std::string pem;
  for (const std::string& der : chain_der) absl::StrAppend(&pem, ToPem("CERTIFICATE", der));
  return pem;
}

std::string ToPkcs7(const std::vector<std::string>& chain_der) {
  // Version 1, no digest algorithms, no content, the certificates, no signers. DER would sort the SET of certificates; as OpenSSL
  // and others do, we leave the key's own first, where readers look for it.
  const std::string signed_data =
      Der(DerTag::kSequence, {DerUnsigned("\x01"), Der(DerTag::kSet, {}), Der(DerTag::kSequence, {DerObjectId(NID_pkcs7_data)}),
                              Der(DerTag::kContext0, {absl::StrJoin(chain_der, "")}), Der(DerTag::kSet, {})});
  return Der(DerTag::kSequence, {DerObjectId(NID_pkcs7_signed), Der(DerTag::kContext0, {signed_data})});
}

std::string Sha1Thumbprint(absl::string_view der) {
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  // Fails only when there is no memory left.
  if (SHA1(reinterpret_cast<const unsigned char*>(der.data()), der.size(), reinterpret_cast<unsigned char*>(digest.data())) ==
      nullptr) {
    std::abort();
  }
  return digest;
}

std::string Sha256Thumbprint(absl::string_view der) { return ComputeDigest(Hash::kSha256, der); }

}  // namespace signet::hsm
