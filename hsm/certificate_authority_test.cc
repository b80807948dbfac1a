#include "hsm/certificate_authority.h"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/certificate.h"
#include "hsm/client_certificate.h"
#include "hsm/openssl_certificate.h"
#include "hsm/openssl_handle.h"
#include "hsm/pem.h"
#include "hsm/software_hsm.h"
#include "hsm/testing/subprocess.h"
#include "hsm/testing/test_authority.h"

namespace signet::hsm {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = kIssuingTime;

EvpPkey NewKey(const std::string& curve) { return EvpPkey(EVP_EC_gen(curve.c_str())); }

EvpPkey NewRsaKey(unsigned int bits, unsigned long exponent = 65537, const char* type = "RSA") {
  const EvpPkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  const BigNumber e(BN_new());
  EVP_PKEY* key = nullptr;
  if (BN_set_word(e.get(), exponent) != 1 || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits)) != 1 ||
      EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e.get()) != 1 || EVP_PKEY_generate(context.get(), &key) != 1) {
    std::abort();
  }
  return EvpPkey(key);
}

std::string SpkiOf(const EvpPkey& key) { return ToDer(i2d_PUBKEY, key.get()); }

std::string WriteFile(const std::string& name, const std::string& bytes) {
  std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string RunProgram(const std::vector<std::string>& arguments) {
  const SubprocessResult result = *RunSubprocess(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  return result.output;
}

void ExpectRefused(const absl::Status& status, const std::string& field, const std::string& what = "") {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(GetReason(status), "INVALID_FIELD");
  ASSERT_TRUE(GetErrorDetail(status).has_value());
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), field) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(what));
}

// An authority whose key is in an Hsm, and a client with a key of its own.
class CertificateAuthorityTest : public testing::TestWithParam<Algorithm> {
 protected:
  CertificateAuthorityTest() : hsm_(CreateSoftwareHsm()), signer_(hsm_->CreateSigner()) {}

  PublicKey MakeKey(Algorithm algorithm) { return hsm_->GenerateKey({std::string(kKeyIdSize, 'k'), "test", algorithm}).value(); }

  absl::StatusOr<std::string> SignWith(Algorithm algorithm, absl::string_view digest) {
    return signer_->Sign({std::string(kKeyIdSize, 'k'), "test", algorithm}, digest);
  }

  absl::StatusOr<std::string> MakeCa(const CertificateSpec& spec) {
    return SelfSignCa(spec, *key_, [&](absl::string_view digest) { return SignWith(key_->algorithm(), digest); });
  }

  absl::StatusOr<std::string> IssueTo(const CertificateSpec& spec, const std::string& spki_der, const std::string& issuer_der) {
    return IssueClientCertificate(spec, spki_der, issuer_der, *key_,
                                  [&](absl::string_view digest) { return SignWith(key_->algorithm(), digest); });
  }

  void UseKeyOf(Algorithm algorithm) {
    key_ = std::make_unique<PublicKey>(MakeKey(algorithm));
    ca_ = MakeCa(CaSpec()).value();
  }

  static CertificateSpec CaSpec() {
    return {{.common_name = "Issuing", .organization = "Müller"}, kNow - absl::Hours(1), kNow + absl::Hours(1), "\x01"};
  }
  static CertificateSpec ClientSpec() {
    return {{.common_name = "client"}, kNow - absl::Minutes(1), kNow + absl::Minutes(1), "\x02"};
  }

  std::unique_ptr<Hsm> hsm_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<PublicKey> key_;
  std::string ca_;
  EvpPkey client_key_ = NewEcKey();
};

INSTANTIATE_TEST_SUITE_P(, CertificateAuthorityTest,
                         testing::Values(Algorithm::kEs256, Algorithm::kEs512, Algorithm::kRs256With2048, Algorithm::kPs384With2048,
                                         Algorithm::kEd25519),
                         [](const auto& test) { return std::string(GetAlgorithmInfo(test.param).name); });

TEST_P(CertificateAuthorityTest, IssuesWhatTheCommandLineProgramVerifies) {
  UseKeyOf(GetParam());
  const absl::StatusOr<std::string> leaf = IssueTo(ClientSpec(), SpkiOf(client_key_), ca_);
  ASSERT_TRUE(leaf.ok()) << leaf.status();
  const std::string ca_path = WriteFile("ca.pem", ToPem("CERTIFICATE", ca_));
  const std::string leaf_path = WriteFile("leaf.pem", ToPem("CERTIFICATE", *leaf));
  const std::string now = std::to_string(absl::ToUnixSeconds(kNow));
  RunProgram({"openssl", "verify", "-attime", now, "-x509_strict", "-purpose", "sslclient", "-CAfile", ca_path, leaf_path});
  RunProgram({"openssl", "verify", "-attime", now, "-x509_strict", "-check_ss_sig", "-CAfile", ca_path, ca_path});
  const SubprocessResult server =
      *RunSubprocess({"openssl", "verify", "-attime", now, "-purpose", "sslserver", "-CAfile", ca_path, leaf_path});
  EXPECT_NE(server.exit_code, 0) << server.output;
  EXPECT_EQ(CheckClientChain({*leaf}, {ca_}, kNow), absl::OkStatus());
}

TEST_P(CertificateAuthorityTest, RefusesTheSignatureOfAnotherKey) {
  UseKeyOf(GetParam());
  const auto sign = [&](absl::string_view) -> absl::StatusOr<std::string> {
    return std::string(GetAlgorithmInfo(GetParam()).signature_size, '\x01');
  };
  EXPECT_EQ(GetReason(SelfSignCa(CaSpec(), *key_, sign).status()), "DEFECT");
  EXPECT_EQ(GetReason(IssueClientCertificate(ClientSpec(), SpkiOf(client_key_), ca_, *key_, sign).status()), "DEFECT");
  const absl::Status error = Error(absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE", "the token is gone");
  const auto fail = [&](absl::string_view) -> absl::StatusOr<std::string> { return error; };
  EXPECT_EQ(SelfSignCa(CaSpec(), *key_, fail).status(), error);
  EXPECT_EQ(IssueClientCertificate(ClientSpec(), SpkiOf(client_key_), ca_, *key_, fail).status(), error);
}

// What does not depend on the authority's algorithm.
class Es256AuthorityTest : public CertificateAuthorityTest {
 protected:
  Es256AuthorityTest() { UseKeyOf(Algorithm::kEs256); }
};
INSTANTIATE_TEST_SUITE_P(, Es256AuthorityTest, testing::Values(Algorithm::kEs256));

TEST_P(Es256AuthorityTest, IsACaForEndEntitiesOnly) {
  const std::string text = RunProgram({"openssl", "x509", "-inform", "DER", "-in", WriteFile("ca.der", ca_), "-noout", "-text"});
  EXPECT_THAT(text, HasSubstr("X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0"));
  EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign"));
  const X509Certificate certificate = ParseCertificate(ca_);
  EXPECT_EQ(X509_get_ext_count(certificate.get()), 3);
  EXPECT_NE(X509_get0_subject_key_id(certificate.get()), nullptr);
  EXPECT_EQ(ReadCertificate(ca_)->issuer, ReadCertificate(ca_)->subject);
  EXPECT_EQ(ReadCertificate(ca_)->spki_der, key_->spki_der());
}

TEST_P(Es256AuthorityTest, IssuesACertificateForTlsClientsInItsName) {
  const std::string leaf = IssueTo(ClientSpec(), SpkiOf(client_key_), ca_).value();
  const std::string text = RunProgram({"openssl", "x509", "-inform", "DER", "-in", WriteFile("leaf.der", leaf), "-noout", "-text"});
  EXPECT_THAT(text, HasSubstr("X509v3 Basic Constraints: critical\n                CA:FALSE"));
  EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical\n                Digital Signature\n"));
  EXPECT_THAT(text, HasSubstr("X509v3 Extended Key Usage: \n                TLS Web Client Authentication\n"));
  const X509Certificate certificate = ParseCertificate(leaf);
  const X509Certificate issuer = ParseCertificate(ca_);
  EXPECT_EQ(X509_get_ext_count(certificate.get()), 5);
  EXPECT_EQ(X509_check_issued(issuer.get(), certificate.get()), X509_V_OK);
  EXPECT_EQ(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(certificate.get()), X509_get0_subject_key_id(issuer.get())), 0);
  const CertificateFacts facts = ReadCertificate(leaf).value();
  EXPECT_EQ(facts.subject, "CN=client");
  EXPECT_EQ(facts.issuer, "CN=Issuing,O=Müller");
  EXPECT_EQ(facts.serial_hex, "02");
  EXPECT_EQ(facts.not_before, ClientSpec().not_before);
  EXPECT_EQ(facts.not_after, ClientSpec().not_after);
  EXPECT_EQ(facts.spki_der, SpkiOf(client_key_));
}

TEST_P(Es256AuthorityTest, RefusesASpecThatIsNotValid) {
  CertificateSpec spec = ClientSpec();
  spec.serial = "";
  ExpectRefused(IssueTo(spec, SpkiOf(client_key_), ca_).status(), "serial");
  ExpectRefused(MakeCa(spec).status(), "serial");
  spec = ClientSpec();
  spec.subject.common_name = "";
  ExpectRefused(IssueTo(spec, SpkiOf(client_key_), ca_).status(), "common_name");
  ExpectRefused(MakeCa(spec).status(), "common_name");
}

TEST_P(Es256AuthorityTest, IssuesOnlyWithinItsOwnValidity) {
  CertificateSpec spec = ClientSpec();
  spec.not_before = CaSpec().not_before;
  spec.not_after = CaSpec().not_after;
  EXPECT_TRUE(IssueTo(spec, SpkiOf(client_key_), ca_).ok());
  spec.not_after += absl::Seconds(1);
  ExpectRefused(IssueTo(spec, SpkiOf(client_key_), ca_).status(), "not_after", "issuer");
  spec = ClientSpec();
  spec.not_before = CaSpec().not_before - absl::Seconds(1);
  ExpectRefused(IssueTo(spec, SpkiOf(client_key_), ca_).status(), "not_before", "issuer");
}

TEST_P(Es256AuthorityTest, IssuesOnlyUnderTheCaCertificateOfItsKey) {
  ExpectRefused(IssueTo(ClientSpec(), SpkiOf(client_key_), "garbage").status(), "issuer", "not an X.509");
  const TestAuthority stranger{.name = "Issuing"};
  const std::string foreign = Issue(stranger, "Issuing", stranger.key.get());
  ExpectRefused(IssueTo(ClientSpec(), SpkiOf(client_key_), foreign).status(), "issuer", "another key");
  const std::string no_ca =
      SelfSign(CaSpec(), *key_, [&](absl::string_view digest) { return SignWith(Algorithm::kEs256, digest); }).value();
  ExpectRefused(IssueTo(ClientSpec(), SpkiOf(client_key_), no_ca).status(), "issuer", "not the certificate of a CA");
}

TEST_P(Es256AuthorityTest, IssuesOnlyForKeysThatARequestMayHave) {
  ExpectRefused(IssueTo(ClientSpec(), "garbage", ca_).status(), "public_key");
  ExpectRefused(IssueTo(ClientSpec(), SpkiOf(client_key_) + "x", ca_).status(), "public_key");
  ExpectRefused(IssueTo(ClientSpec(), SpkiOf(NewRsaKey(1024)), ca_).status(), "public_key", "2048");
  EXPECT_TRUE(IssueTo(ClientSpec(), SpkiOf(NewRsaKey(2048)), ca_).ok());
}

std::string MakeRequest(EVP_PKEY* key, const std::string& common_name, int type = V_ASN1_UTF8STRING, int copies = 1) {
  const X509Request request(X509_REQ_new());
  const unsigned char* bytes = reinterpret_cast<const unsigned char*>(common_name.data());
  for (int i = 0; i < copies; ++i) {
    X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request.get()), NID_commonName, type, bytes,
                               static_cast<int>(common_name.size()), -1, 0);
  }
  X509_REQ_set_pubkey(request.get(), key);
  const bool has_digest = !EVP_PKEY_is_a(key, "ED25519");
  if (X509_REQ_sign(request.get(), key, has_digest ? EVP_sha256() : nullptr) == 0) std::abort();
  return ToDer(i2d_X509_REQ, request.get());
}

std::string Pem(const std::string& der) { return ToPem("CERTIFICATE REQUEST", der); }

TEST(ReadCsr, ReadsWhatTheCommandLineProgramMakes) {
  const std::string path = testing::TempDir() + "/openssl.csr";
  RunProgram({"openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
              "/O=Example/CN=client", "-keyout", testing::TempDir() + "/openssl.key", "-out", path});
  std::ifstream file(path);
  const std::string pem((std::istreambuf_iterator<char>(file)), {});
  const absl::StatusOr<CsrFacts> facts = ReadCsr(pem);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->common_name, "client");
  EXPECT_EQ(ToPem("PUBLIC KEY", facts->spki_der), RunProgram({"openssl", "req", "-in", path, "-noout", "-pubkey"}));
}

TEST(ReadCsr, TakesEveryKeyThatIsStrongEnough) {
  std::vector<EvpPkey> keys;
  for (const char* curve : {"P-256", "P-384", "P-521"}) keys.push_back(NewKey(curve));
  keys.emplace_back(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  keys.push_back(NewRsaKey(2048));
  for (const EvpPkey& key : keys) {
    const std::string der = MakeRequest(key.get(), "Müller");
    for (const char* label : {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}) {
      const absl::StatusOr<CsrFacts> facts = ReadCsr(ToPem(label, der));
      ASSERT_TRUE(facts.ok()) << facts.status();
      EXPECT_EQ(facts->common_name, "Müller");
      EXPECT_EQ(facts->spki_der, SpkiOf(key));
    }
  }
}

TEST(ReadCsr, RefusesKeysThatAreWeakOrUnknown) {
  ExpectRefused(ReadCsr(Pem(MakeRequest(NewRsaKey(1024).get(), "c"))).status(), "csr", "2048");
  ExpectRefused(ReadCsr(Pem(MakeRequest(NewRsaKey(2040).get(), "c"))).status(), "csr", "2048");
  ExpectRefused(ReadCsr(Pem(MakeRequest(NewRsaKey(2048, 3).get(), "c"))).status(), "csr", "exponent");
  ExpectRefused(ReadCsr(Pem(MakeRequest(NewKey("P-224").get(), "c"))).status(), "csr", "curve");
  ExpectRefused(ReadCsr(Pem(MakeRequest(NewKey("secp256k1").get(), "c"))).status(), "csr", "curve");
  const EvpPkey explicit_key = NewKey("P-256");
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(explicit_key.get(), "encoding", "explicit"), 1);
  ExpectRefused(ReadCsr(Pem(MakeRequest(explicit_key.get(), "c"))).status(), "csr", "by name");
  ExpectRefused(ReadCsr(Pem(MakeRequest(NewRsaKey(2048, 65537, "RSA-PSS").get(), "c"))).status(), "csr", "another type");
}

TEST(ReadCsr, RefusesARequestThatItsKeyDidNotSign) {
  const EvpPkey key = NewEcKey();
  std::string der = MakeRequest(key.get(), "client");
  der.back() ^= 1;
  ExpectRefused(ReadCsr(Pem(der)).status(), "csr", "not signed");
  der = MakeRequest(key.get(), "client");
  der[der.find("client")] = 'C';
  ExpectRefused(ReadCsr(Pem(der)).status(), "csr", "not signed");
}

TEST(ReadCsr, ReturnsACommonNameInUtf8OrNone) {
  const EvpPkey key = NewEcKey();
  EXPECT_EQ(ReadCsr(Pem(MakeRequest(key.get(), "", V_ASN1_UTF8STRING, 0)))->common_name, "");
  EXPECT_EQ(ReadCsr(Pem(MakeRequest(key.get(), "M\xfcller", V_ASN1_T61STRING)))->common_name, "Müller");
  ExpectRefused(ReadCsr(Pem(MakeRequest(key.get(), "client", V_ASN1_UTF8STRING, 2))).status(), "csr", "more than one");
  ExpectRefused(ReadCsr(Pem(MakeRequest(key.get(), std::string("a\0b", 3)))).status(), "csr", "control characters");
  ExpectRefused(ReadCsr(Pem(MakeRequest(key.get(), "a\nb"))).status(), "csr", "control characters");
  ExpectRefused(ReadCsr(Pem(MakeRequest(key.get(), std::string(65, 'x'), V_ASN1_T61STRING))).status(), "csr");
}

TEST(ReadCsr, RefusesWhatIsNoRequest) {
  const EvpPkey key = NewEcKey();
  const std::string der = MakeRequest(key.get(), "client");
  ERR_clear_error();
  ExpectRefused(ReadCsr("").status(), "csr", "no PEM block");
  ExpectRefused(ReadCsr(der).status(), "csr", "not PEM");
  ExpectRefused(ReadCsr(Pem("garbage")).status(), "csr", "not a PKCS#10");
  ExpectRefused(ReadCsr(Pem(der + "x")).status(), "csr", "not a PKCS#10");
  ExpectRefused(ReadCsr(ToPem("CERTIFICATE", der)).status(), "csr", "labelled CERTIFICATE REQUEST");
  ExpectRefused(ReadCsr(ToPem("PRIVATE KEY", der)).status(), "csr", "disclosed");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace signet::hsm
