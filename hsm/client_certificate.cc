#include "hsm/client_certificate.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/certificate.h"
#include "hsm/certificate_chain.h"
#include "hsm/openssl_certificate.h"
#include "hsm/openssl_handle.h"
#include "hsm/pem.h"

namespace signet::hsm {
namespace {

// That of TLS in Debian. OpenSSL's own default for a bare X509_STORE_CTX is not to look at strength at all.
constexpr int kSecurityLevel = 2;

void FreeStack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }

using GeneralNames = std::unique_ptr<GENERAL_NAMES, OpenSslFree<GENERAL_NAMES_free>>;
using X509Stack = std::unique_ptr<STACK_OF(X509), OpenSslFree<FreeStack>>;
using X509Store = std::unique_ptr<X509_STORE, OpenSslFree<X509_STORE_free>>;
using X509StoreCtx = std::unique_ptr<X509_STORE_CTX, OpenSslFree<X509_STORE_CTX_free>>;

absl::Status Untrusted(absl::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, reason::kCertificateUntrusted, absl::StrCat("the client certificate ", message));
}

// Returns the text of a name, unless a byte of it is not printable ASCII.
std::optional<std::string> ToText(const ASN1_IA5STRING* name) {
  std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)), static_cast<size_t>(ASN1_STRING_length(name)));
  const bool is_printable =
      std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); });
  if (text.empty() || !is_printable) return std::nullopt;
  return text;
}

absl::Status ReadAlternativeNames(const X509* certificate, ClientCertificate& result) {
  constexpr int kAbsent = -1;
  int criticality = kAbsent;
  const GeneralNames names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, &criticality, nullptr)));
  if (!names) {
    if (criticality == kAbsent) return absl::OkStatus();
    return InvalidField("certificate", "its subjectAltName cannot be read, or it has several");
  }
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI && name->type != GEN_DNS) continue;
    std::optional<std::string> text = ToText(name->d.ia5);
    if (text) (name->type == GEN_URI ? result.uris : result.dns_names).push_back(*std::move(text));
  }
  return absl::OkStatus();
}

absl::Status ToStatus(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Untrusted("or an issuer of it has expired; have it renewed");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Untrusted("or an issuer of it is not valid yet; check the clocks");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return Untrusted("is of an unknown issuer; present one of a trusted authority, with its intermediates");
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_CERT_REJECTED:
      return Untrusted("or an issuer of it is for another purpose than the authentication of TLS clients");
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return Untrusted("is of an issuer whose own certificate is not for issuing it");
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return Untrusted("or an issuer of it is not signed by the key of its issuer");
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return Untrusted("or an issuer of it is too weak; use RSA of 2048 bits or more or an elliptic curve, and SHA-256 or better");
    default:
      return Untrusted("does not lead to a trusted authority");
  }
}

// Makes a store of the anchors of trust.
absl::StatusOr<X509Store> MakeStore(const std::vector<std::string>& trusted_der) {
  X509Store store(X509_STORE_new());
  if (!store) return Defect("out of memory");
  for (const std::string& der : trusted_der) {
    const X509Certificate certificate = ParseCertificate(der);
    if (!certificate) return InvalidField("trusted_certificates", "one is not an X.509 certificate in DER");
    if (X509_STORE_add_cert(store.get(), certificate.get()) != 1) return Defect("openssl does not take a trusted certificate");
  }
  return store;
}

// Parses what the client sent behind its own certificate.
absl::StatusOr<X509Stack> MakeIntermediates(const std::vector<std::string>& chain_der) {
  X509Stack stack(sk_X509_new_null());
  if (!stack) return Defect("out of memory");
  for (size_t i = 1; i < chain_der.size(); ++i) {
    X509Certificate certificate = ParseCertificate(chain_der[i]);
    if (!certificate) return Untrusted("is followed by what is not an X.509 certificate in DER");
    if (sk_X509_push(stack.get(), certificate.get()) == 0) return Defect("out of memory");
    certificate.release();  // The stack's now.
  }
  return stack;
}

absl::Status RefusePem(absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidField, absl::StrCat("the certificate ", message),
               {{"field", "certificate"}});
}

// The words that SAP's clients know.
absl::Status NotPem() { return RefusePem("is not valid PEM format"); }

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseClientPem(absl::string_view pem) {
  const ScopedOpenSslErrors errors;
  constexpr absl::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr absl::string_view kEnd = "-----END CERTIFICATE-----";
  // Also where it is cut off, or not on a line of its own.
  if (absl::StrContains(pem, "PRIVATE KEY-----")) {
    return RefusePem("comes with a private key; send the certificate alone, and regard that key as disclosed");
  }
  if (pem.size() > kMaxPemChainSize) return RefusePem(absl::StrCat("is longer than ", kMaxPemChainSize, " bytes"));
  std::vector<std::string> chain;
  std::string block;
  for (absl::string_view line : absl::StrSplit(pem, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (block.empty() && line != kBegin) continue;
    absl::StrAppend(&block, line, "\n");
    if (line != kEnd) continue;
    absl::StatusOr<PemBlock> parsed = ParsePemBlock("certificate", block);
    if (!parsed.ok() || !ParseCertificate(parsed->der)) return NotPem();
    chain.push_back(std::move(parsed->der));
    block.clear();
  }
  if (chain.empty() || !block.empty()) return NotPem();
  return chain;
}

absl::StatusOr<ClientCertificate> ReadClientCertificate(absl::string_view der) {
  const ScopedOpenSslErrors errors;
  SIGNET_ASSIGN_OR_RETURN(CertificateFacts facts, ReadCertificate(der));
  ClientCertificate result;
  result.der = std::string(der);
  result.sha256_thumbprint = Sha256Thumbprint(der);
  result.subject = std::move(facts.subject);
  result.issuer = std::move(facts.issuer);
  result.not_before = facts.not_before;
  result.not_after = facts.not_after;
  result.spki_der = std::move(facts.spki_der);
  SIGNET_RETURN_IF_ERROR(ReadAlternativeNames(ParseCertificate(der).get(), result));
  return result;
}

absl::Status CheckClientChain(const std::vector<std::string>& chain_der, const std::vector<std::string>& trusted_der,
                              absl::Time now) {
  const ScopedOpenSslErrors errors;
  if (chain_der.empty()) return Untrusted("is missing");
  if (chain_der.size() > kMaxChainLength) return Untrusted(absl::StrCat("comes with a chain of more than ", kMaxChainLength));
  const X509Certificate leaf = ParseCertificate(chain_der[0]);
  if (!leaf) return Untrusted("is not an X.509 certificate in DER");
  SIGNET_ASSIGN_OR_RETURN(const X509Store store, MakeStore(trusted_der));
  SIGNET_ASSIGN_OR_RETURN(const X509Stack intermediates, MakeIntermediates(chain_der));
  const X509StoreCtx context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), intermediates.get()) != 1 ||
      // The trust goes with the purpose.
      X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT) != 1) {
    return Defect("openssl does not begin to verify a chain");
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(now));
  if (X509_verify_cert(context.get()) == 1) return absl::OkStatus();
  return ToStatus(X509_STORE_CTX_get_error(context.get()));
}

}  // namespace signet::hsm
