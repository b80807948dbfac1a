#include "hsm/client_certificate.h"

#include <openssl/x509v3.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/certificate_chain.h"
#include "hsm/openssl_certificate.h"
#include "hsm/openssl_handle.h"
#include "hsm/pem.h"
#include "hsm/testing/test_authority.h"

namespace signet::hsm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Chain = std::vector<std::string>;

const absl::Time kNow = kIssuingTime;
constexpr absl::Duration kHour = absl::Hours(1);

Issuing Client() {
  return {.basic_constraints = "critical,CA:FALSE", .key_usage = "critical,digitalSignature", .extended_key_usage = "clientAuth"};
}

// Writes a name of a subjectAltName, of less than 128 bytes.
std::string GeneralName(char tag, const std::string& bytes) {
  return absl::StrCat(std::string(1, tag), std::string(1, static_cast<char>(bytes.size())), bytes);
}
constexpr char kDns = '\x82';
constexpr char kUri = '\x86';
constexpr char kSequence = '\x30';

// A root, an intermediate CA and a client's key.
class ClientCertificateTest : public testing::Test {
 protected:
  std::string IssueClient(const Issuing& options) { return Issue(intermediate_, "client", key_.get(), options); }

  void ExpectUntrusted(const Chain& chain, const std::string& what, absl::Time now = kNow) {
    const absl::Status status = CheckClientChain(chain, {root_der_}, now);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << status;
    EXPECT_EQ(GetReason(status), "CERTIFICATE_UNTRUSTED");
    EXPECT_THAT(std::string(status.message()), HasSubstr(what));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("root")));
    EXPECT_EQ(ERR_peek_error(), 0u);
  }

  TestAuthority root_{.name = "root"};
  TestAuthority intermediate_{.name = "intermediate"};
  EvpPkey key_ = NewEcKey();
  std::string root_der_ = Issue(root_, "root", root_.key.get());
  std::string intermediate_der_ = Issue(root_, "intermediate", intermediate_.key.get());
  std::string leaf_ = IssueClient(Client());
};

TEST_F(ClientCertificateTest, IsReadWithItsNames) {
  Issuing options = Client();
  options.subject_alt_name = "URI:spiffe://example.org/a,DNS:client.example.org,email:a@example.org,DNS:*.example.org,URI:urn:b";
  const std::string der = IssueClient(options);
  const absl::StatusOr<ClientCertificate> certificate = ReadClientCertificate(der);
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_EQ(certificate->der, der);
  EXPECT_EQ(certificate->sha256_thumbprint, Sha256Thumbprint(der));
  EXPECT_EQ(certificate->sha256_thumbprint.size(), 32u);
  EXPECT_EQ(certificate->subject, "CN=client");
  EXPECT_EQ(certificate->issuer, "CN=intermediate");
  EXPECT_EQ(certificate->not_before, kNow - kHour);
  EXPECT_EQ(certificate->not_after, kNow + kHour);
  EXPECT_THAT(certificate->uris, ElementsAre("spiffe://example.org/a", "urn:b"));
  EXPECT_THAT(certificate->dns_names, ElementsAre("client.example.org", "*.example.org"));
  EXPECT_EQ(certificate->spki_der, ToDer(i2d_PUBKEY, key_.get()));
}

TEST_F(ClientCertificateTest, MayHaveNoNames) {
  const absl::StatusOr<ClientCertificate> certificate = ReadClientCertificate(leaf_);
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_THAT(certificate->uris, IsEmpty());
  EXPECT_THAT(certificate->dns_names, IsEmpty());
}

TEST_F(ClientCertificateTest, LosesNamesThatAreNotPrintableAscii) {
  std::string names;
  for (const char tag : {kDns, kUri}) {
    for (const std::string& bytes : {std::string("a.example\0.evil", 15), std::string("\0", 1), std::string(), std::string("a b"),
                                     std::string("a\n"), std::string("\x7f"), std::string("m\xc3\xbcller")}) {
      names += GeneralName(tag, bytes);
    }
  }
  names += GeneralName(kDns, "good.example") + GeneralName(kUri, "urn:good");
  Issuing options = Client();
  options.subject_alt_name_der =
      absl::StrCat(std::string(1, kSequence), "\x81", std::string(1, static_cast<char>(names.size())), names);
  const absl::StatusOr<ClientCertificate> certificate = ReadClientCertificate(IssueClient(options));
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_THAT(certificate->dns_names, ElementsAre("good.example"));
  EXPECT_THAT(certificate->uris, ElementsAre("urn:good"));
}

TEST_F(ClientCertificateTest, IsRefusedUnlessItAndItsNamesCanBeRead) {
  ERR_clear_error();
  Issuing malformed = Client();
  malformed.subject_alt_name_der = "garbage";
  Issuing twice = Client();
  twice.subject_alt_name = "DNS:a.example";
  twice.subject_alt_name_der = GeneralName(kSequence, GeneralName(kDns, "b.example"));
  for (const std::string& der : {IssueClient(malformed), IssueClient(twice), std::string(), std::string("garbage"), leaf_ + "x"}) {
    const absl::Status status = ReadClientCertificate(der).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(GetReason(status), "INVALID_FIELD");
    EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), "certificate");
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(ClientCertificateTest, IsReadWithoutASubject) {
  const absl::StatusOr<ClientCertificate> certificate =
      ReadClientCertificate(Issue(intermediate_, "", key_.get(), {.subject_alt_name = "critical,DNS:a.example"}));
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_EQ(certificate->subject, "");
  EXPECT_THAT(certificate->dns_names, ElementsAre("a.example"));
}

TEST_F(ClientCertificateTest, IsFoundInPemWithTextBeforeBetweenAndAfterTheBlocks) {
  const std::string leaf = ToPem("CERTIFICATE", leaf_);
  const std::string issuer = ToPem("CERTIFICATE", intermediate_der_);
  EXPECT_THAT(ParseClientPem(leaf).value(), ElementsAre(leaf_));
  EXPECT_THAT(ParseClientPem(leaf + issuer).value(), ElementsAre(leaf_, intermediate_der_));
  const std::string dump =
      absl::StrCat("Bag Attributes\n    friendlyName: m\xc3\xbcller\n", leaf, " 1 s:CN = intermediate\n   i:CN = root\n", issuer,
                   "-----END\n", ToPem("X509 CRL", "any"), "-----BEGIN PGP MESSAGE-----\n\0*\n");
  EXPECT_THAT(ParseClientPem(dump).value(), ElementsAre(leaf_, intermediate_der_));
  EXPECT_THAT(ParseClientPem(absl::StrReplaceAll(dump, {{"\n", "\r\n"}})).value(), ElementsAre(leaf_, intermediate_der_));
  EXPECT_EQ(ParseClientPem(absl::StrReplaceAll(leaf, {{"\n", "\n    "}})).value().front(), leaf_) << "as YAML indents it";
}

TEST_F(ClientCertificateTest, IsNotFoundWhereABlockIsBrokenOrThereIsNone) {
  ERR_clear_error();
  const std::string leaf = ToPem("CERTIFICATE", leaf_);
  for (const std::string& pem :
       {std::string(), std::string("text"), ToPem("PUBLIC KEY", "x"), ToPem("CERTIFICATE", "no certificate"),
        ToPem("CERTIFICATE", leaf_ + "x"), leaf.substr(0, leaf.size() / 2), leaf + leaf.substr(0, leaf.size() - 2),
        leaf + ToPem("CERTIFICATE", "no certificate"), absl::StrReplaceAll(leaf, {{"\n", " "}}),
        absl::StrReplaceAll(leaf, {{"\n", "\n*"}})}) {
    const absl::Status status = ParseClientPem(pem).status();
    EXPECT_EQ(status.message(), "the certificate is not valid PEM format") << pem;
    EXPECT_EQ(GetReason(status), "INVALID_FIELD");
    EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), "certificate");
  }
  EXPECT_EQ(ParseClientPem(leaf + std::string(kMaxPemChainSize - leaf.size(), '\n')).value().size(), 1u);
  EXPECT_EQ(GetReason(ParseClientPem(leaf + std::string(kMaxPemChainSize, '\n')).status()), "INVALID_FIELD");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(ClientCertificateTest, IsRefusedWithAPrivateKeyWhereverThatStands) {
  const std::string leaf = ToPem("CERTIFICATE", leaf_);
  for (const char* label : {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"}) {
    const std::string key = ToPem(label, "the secret itself");
    const std::string one_line = absl::StrReplaceAll(key, {{"\n", "\\n"}});
    for (const std::string& pem :
         {key, key + leaf, leaf + key, leaf + key + leaf, leaf + "  " + key, leaf + one_line, leaf + key.substr(key.find('\n')),
          leaf + key.substr(0, key.size() / 2), leaf + key + std::string(kMaxPemChainSize, '\n')}) {
      const absl::Status status = ParseClientPem(pem).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << pem;
      EXPECT_EQ(GetReason(status), "INVALID_FIELD");
      EXPECT_THAT(std::string(status.message()), HasSubstr("private key"));
      EXPECT_THAT(status.ToString(), Not(HasSubstr(key.substr(key.find('\n') + 1, 8))));
    }
  }
}

TEST_F(ClientCertificateTest, IsTrustedThroughItsIntermediates) {
  EXPECT_EQ(CheckClientChain({leaf_, intermediate_der_}, {root_der_}, kNow), absl::OkStatus());
  EXPECT_EQ(CheckClientChain({leaf_, root_der_, intermediate_der_}, {root_der_}, kNow), absl::OkStatus());
  EXPECT_EQ(CheckClientChain({leaf_}, {intermediate_der_, root_der_}, kNow), absl::OkStatus());
  EXPECT_EQ(CheckClientChain({Issue(root_, "client", key_.get(), Client())}, {root_der_}, kNow), absl::OkStatus());
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(ClientCertificateTest, IsTrustedWhenItNamesNoPurposeOrSeveral) {
  Issuing options = Client();
  options.key_usage = options.extended_key_usage = "";
  EXPECT_EQ(CheckClientChain({IssueClient(options), intermediate_der_}, {root_der_}, kNow), absl::OkStatus());
  options.extended_key_usage = "serverAuth,clientAuth";
  EXPECT_EQ(CheckClientChain({IssueClient(options), intermediate_der_}, {root_der_}, kNow), absl::OkStatus());
}

TEST_F(ClientCertificateTest, IsUntrustedOutsideOfItsValidityOrItsIssuers) {
  ExpectUntrusted({leaf_, intermediate_der_}, "expired", kNow + kHour + absl::Seconds(1));
  EXPECT_EQ(CheckClientChain({leaf_, intermediate_der_}, {root_der_}, kNow + kHour - absl::Seconds(1)), absl::OkStatus());
  ExpectUntrusted({leaf_, intermediate_der_}, "not valid yet", kNow - kHour - absl::Seconds(1));
  Issuing expired;
  expired.not_after = kNow - absl::Minutes(1);
  ExpectUntrusted({leaf_, Issue(root_, "intermediate", intermediate_.key.get(), expired)}, "expired");
}

TEST_F(ClientCertificateTest, IsUntrustedWhenItsIssuerIsUnknown) {
  ExpectUntrusted({leaf_}, "unknown issuer");
  TestAuthority stranger{.name = "stranger"};
  const std::string stranger_der = Issue(stranger, "stranger", stranger.key.get());
  ExpectUntrusted({Issue(stranger, "client", key_.get(), Client()), stranger_der}, "unknown issuer");
  ExpectUntrusted({Issue({"self", NewEcKey()}, "self", key_.get(), Client())}, "unknown issuer");
  const absl::Status status = CheckClientChain({leaf_, intermediate_der_}, {}, kNow);
  EXPECT_EQ(GetReason(status), "CERTIFICATE_UNTRUSTED") << status;
}

TEST_F(ClientCertificateTest, IsUntrustedThroughAnIntermediateAlone) {
  const absl::Status status = CheckClientChain({leaf_}, {intermediate_der_}, kNow);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << status;
  EXPECT_EQ(GetReason(status), "CERTIFICATE_UNTRUSTED");
}

TEST_F(ClientCertificateTest, IsUntrustedForAnotherPurpose) {
  Issuing options = Client();
  options.extended_key_usage = "serverAuth";
  ExpectUntrusted({IssueClient(options), intermediate_der_}, "another purpose");
  options = Client();
  options.key_usage = "critical,keyEncipherment";
  ExpectUntrusted({IssueClient(options), intermediate_der_}, "another purpose");
}

TEST_F(ClientCertificateTest, IsUntrustedWhenAnIssuerIsNoAuthority) {
  Issuing no_authority;
  no_authority.basic_constraints = "critical,CA:FALSE";
  ExpectUntrusted({leaf_, Issue(root_, "intermediate", intermediate_.key.get(), no_authority)}, "not for issuing");
  Issuing short_path;
  short_path.basic_constraints = "critical,CA:TRUE,pathlen:0";
  TestAuthority second{.name = "second"};
  const Chain chain = {Issue(second, "client", key_.get(), Client()), Issue(intermediate_, "second", second.key.get()),
                       Issue(root_, "intermediate", intermediate_.key.get(), short_path)};
  ExpectUntrusted(chain, "not for issuing");
}

TEST_F(ClientCertificateTest, IsUntrustedWhenItsSignatureIsNotThatOfItsIssuer) {
  std::string forged = leaf_;
  forged.back() ^= 1;
  ExpectUntrusted({forged, intermediate_der_}, "not signed");
  ExpectUntrusted({Issue({"intermediate", NewEcKey()}, "client", key_.get(), Client()), intermediate_der_}, "not signed");
}

TEST_F(ClientCertificateTest, IsUntrustedWithAWeakKey) {
  const EvpPkey weak(EVP_RSA_gen(1024));
  ASSERT_NE(weak, nullptr);
  ExpectUntrusted({Issue(intermediate_, "client", weak.get(), Client()), intermediate_der_}, "too weak");
}

TEST_F(ClientCertificateTest, IsUntrustedWhenItOrItsChainIsMalformed) {
  ExpectUntrusted({}, "missing");
  ExpectUntrusted({""}, "not an X.509 certificate");
  ExpectUntrusted({leaf_ + "x", intermediate_der_}, "not an X.509 certificate");
  ExpectUntrusted({leaf_, "garbage"}, "followed by");
  Chain longest(8, intermediate_der_);
  longest[0] = leaf_;
  EXPECT_EQ(CheckClientChain(longest, {root_der_}, kNow), absl::OkStatus());
  longest.push_back(intermediate_der_);
  ExpectUntrusted(longest, "more than 8");
}

TEST_F(ClientCertificateTest, CannotBeCheckedAgainstWhatIsNoCertificate) {
  const absl::Status status = CheckClientChain({leaf_, intermediate_der_}, {root_der_, "garbage"}, kNow);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), "trusted_certificates");
}

TEST_F(ClientCertificateTest, IsCheckedAgainstATrustThatNamesACertificateTwice) {
  EXPECT_EQ(CheckClientChain({leaf_, intermediate_der_}, {root_der_, root_der_}, kNow), absl::OkStatus());
}

}  // namespace
}  // namespace signet::hsm
