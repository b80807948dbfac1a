#include "hsm/certificate_chain.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/certificate.h"
#include "hsm/openssl_certificate.h"
#include "hsm/openssl_handle.h"
#include "hsm/software_hsm.h"
#include "hsm/testing/subprocess.h"
#include "hsm/testing/test_authority.h"

namespace signet::hsm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Chain = std::vector<std::string>;

const absl::Time kNow = kIssuingTime;

// A root, an intermediate CA, and a key in an Hsm with a certificate of the intermediate.
class CertificateChain : public testing::Test {
 protected:
  CertificateChain() : signer_(hsm_->CreateSigner()) {
    leaf_ = Issue(intermediate_, "leaf", ToOpenSsl(key_).get(), {.basic_constraints = "critical,CA:FALSE"});
    intermediate_der_ = Issue(root_, "intermediate", intermediate_.key.get());
    root_der_ = Issue(root_, "root", root_.key.get());
    chain_ = {leaf_, intermediate_der_, root_der_};
  }

  PublicKey MakeKey(char id) { return hsm_->GenerateKey({std::string(kKeyIdSize, id), "test", Algorithm::kEs256}).value(); }

  static EvpPkey ToOpenSsl(const PublicKey& key) {
    const unsigned char* begin = reinterpret_cast<const unsigned char*>(key.spki_der().data());
    return EvpPkey(d2i_PUBKEY(nullptr, &begin, static_cast<long>(key.spki_der().size())));
  }

  std::string SelfSigned() {
    return SelfSign({{.common_name = "self"}, kNow, kNow + absl::Hours(1), "\x01"}, key_,
                    [&](absl::string_view digest) {
                      return signer_->Sign({std::string(kKeyIdSize, 'k'), "test", Algorithm::kEs256}, digest);
                    })
        .value();
  }

  // Expects a refusal whose message speaks of `what`.
  static void ExpectRefused(const absl::Status& status, const std::string& what) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(GetReason(status), "INVALID_FIELD");
    ASSERT_TRUE(GetErrorDetail(status).has_value());
    EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), "pem_chain");
    EXPECT_THAT(std::string(status.message()), HasSubstr(what));
  }

  std::unique_ptr<Hsm> hsm_ = CreateSoftwareHsm();
  std::unique_ptr<Signer> signer_;
  PublicKey key_ = MakeKey('k');
  TestAuthority root_{.name = "root"};
  TestAuthority intermediate_{.name = "intermediate"};
  std::string leaf_;
  std::string intermediate_der_;
  std::string root_der_;
  Chain chain_;
};

TEST_F(CertificateChain, SurvivesTheRoundTripThroughPem) {
  const std::string pem = ChainToPem(chain_);
  ASSERT_TRUE(ParsePemChain(pem).ok()) << ParsePemChain(pem).status();
  EXPECT_EQ(*ParsePemChain(pem), chain_);
  EXPECT_EQ(*ParsePemChain(ChainToPem({leaf_})), Chain{leaf_});
}

TEST_F(CertificateChain, ReadsPemWithCommentsBlankLinesAndLineEndsOfWindows) {
  const std::string pem =
      absl::StrCat("# the leaf\n\n", ChainToPem({leaf_}), "\n  # and its issuer\n", ChainToPem({root_der_}), "\n \t\n");
  EXPECT_EQ(ParsePemChain(pem).value(), Chain({leaf_, root_der_}));
  EXPECT_EQ(ParsePemChain(absl::StrReplaceAll(pem, {{"\n", "\r\n"}})).value(), Chain({leaf_, root_der_}));
  const std::string without_last_newline = ChainToPem({leaf_}).substr(0, ChainToPem({leaf_}).size() - 1);
  EXPECT_EQ(ParsePemChain(without_last_newline).value(), Chain{leaf_});
}

TEST_F(CertificateChain, TakesEightCertificatesAndNoNinth) {
  const Chain eight(8, leaf_);
  EXPECT_EQ(ParsePemChain(ChainToPem(eight)).value(), eight);
  ExpectRefused(ParsePemChain(ChainToPem(Chain(9, leaf_))).status(), "more than 8");
}

TEST_F(CertificateChain, RefusesWhatIsNotPem) {
  for (const std::string& text : {std::string(), std::string("\n \n"), std::string("# only a comment\n"), std::string("garbage"),
                                  std::string("\0\xff\n", 3), leaf_, "\xef\xbb\xbf" + ChainToPem({leaf_})}) {
    ExpectRefused(ParsePemChain(text).status(), "is not PEM");
  }
}

TEST_F(CertificateChain, RefusesMoreThan64KiB) {
  const std::string pem = ChainToPem({leaf_});
  EXPECT_TRUE(ParsePemChain(pem + std::string(kMaxPemChainSize - pem.size(), '\n')).ok());
  ExpectRefused(ParsePemChain(pem + std::string(kMaxPemChainSize - pem.size() + 1, '\n')).status(), "longer than 65536 bytes");
  ExpectRefused(ParsePemChain(std::string(4'000'000, 'A')).status(), "longer than 65536 bytes");
}

TEST_F(CertificateChain, RefusesOtherBlocksAndTextAndSaysWhere) {
  const std::string pem = ChainToPem({leaf_});
  const std::string private_key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
  const absl::Status refused = ParsePemChain(pem + private_key).status();
  ExpectRefused(refused, "block 2 is a private key");
  EXPECT_THAT(std::string(refused.message()), Not(HasSubstr("c2VjcmV0")));
  ExpectRefused(ParsePemChain(private_key).status(), "block 1 is a private key");
  ExpectRefused(ParsePemChain("-----BEGIN EC PRIVATE KEY-----\n").status(), "block 1 is a private key");
  ExpectRefused(ParsePemChain(pem + key_.ToPem()).status(), "block 2 is not a CERTIFICATE");
  ExpectRefused(ParsePemChain(absl::StrReplaceAll(pem, {{"CERTIFICATE", "TRUSTED CERTIFICATE"}})).status(), "block 1 is not a");
  ExpectRefused(ParsePemChain(pem + "trailing junk").status(), "text after block 1");
  ExpectRefused(ParsePemChain(pem + "-----END CERTIFICATE-----\n").status(), "text after block 1");
  ExpectRefused(ParsePemChain("junk\n" + pem).status(), "is not PEM");
}

TEST_F(CertificateChain, RefusesBlocksThatAreBrokenAndSaysWhich) {
  const std::string pem = ChainToPem({leaf_});
  const auto block = [](const std::string& text) {
    return absl::StrCat("-----BEGIN CERTIFICATE-----\n", text, "\n-----END CERTIFICATE-----\n");
  };
  ExpectRefused(ParsePemChain(pem + pem.substr(0, pem.size() - 3)).status(), "block 2 has no END");
  ExpectRefused(ParsePemChain("-----BEGIN CERTIFICATE-----").status(), "block 1 has no END");
  ExpectRefused(ParsePemChain("-----BEGIN CERTIFICATE-----\n" + pem).status(), "block 1 is not base64");
  ExpectRefused(ParsePemChain(block("Proc-Type: 4,ENCRYPTED")).status(), "block 1 is not base64");
  ExpectRefused(ParsePemChain(pem + block("AA=")).status(), "block 2 is not base64");
  ExpectRefused(ParsePemChain(block("AA A=")).status(), "block 1 is not base64");
  ExpectRefused(ParsePemChain(block("")).status(), "block 1 is not an X.509 certificate");
  ExpectRefused(ParsePemChain(pem + block("c2VjcmV0")).status(), "block 2 is not an X.509 certificate");
  ExpectRefused(ParsePemChain(block(absl::Base64Escape(leaf_ + root_der_))).status(), "block 1 is not an X.509 certificate");
}

TEST_F(CertificateChain, IsAcceptedWithAndWithoutItsRoot) {
  EXPECT_TRUE(CheckChain(chain_, key_, kNow).ok()) << CheckChain(chain_, key_, kNow);
  EXPECT_TRUE(CheckChain({leaf_, intermediate_der_}, key_, kNow).ok());
  EXPECT_TRUE(CheckChain({leaf_}, key_, kNow).ok());
  EXPECT_TRUE(CheckChain({SelfSigned()}, key_, kNow).ok());
}

TEST_F(CertificateChain, IsRefusedForAnotherKey) {
  ExpectRefused(CheckChain(chain_, MakeKey('o'), kNow), "certificate 1 is for another key");
}

TEST_F(CertificateChain, IsRefusedInTheWrongOrder) {
  ExpectRefused(CheckChain({root_der_, intermediate_der_, leaf_}, key_, kNow), "certificate 1 is for another key");
  ExpectRefused(CheckChain({leaf_, root_der_, intermediate_der_}, key_, kNow), "certificate 1 names another issuer");
  ExpectRefused(CheckChain({leaf_, intermediate_der_, leaf_}, key_, kNow), "certificate 2 names another issuer");
}

TEST_F(CertificateChain, IsRefusedWithAForeignIssuerOfTheSameName) {
  const TestAuthority foreign{.name = "root"};
  const std::string foreign_intermediate = Issue(foreign, "intermediate", NewEcKey().get());
  ExpectRefused(CheckChain({leaf_, foreign_intermediate}, key_, kNow), "certificate 1 is not signed by the key of certificate 2");
  const std::string foreign_root = Issue(foreign, "root", foreign.key.get());
  ExpectRefused(CheckChain({leaf_, intermediate_der_, foreign_root}, key_, kNow), "certificate 2 is not signed by");
}

TEST_F(CertificateChain, IsRefusedWithAnyBitOfASignedCertificateChanged) {
  for (size_t i = 0; i < leaf_.size() * 8; ++i) {
    std::string changed = leaf_;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    ExpectRefused(CheckChain({changed, intermediate_der_}, key_, kNow), "certificate 1 ");
  }
}

TEST_F(CertificateChain, IsRefusedThroughACertificateThatIsNoCas) {
  const std::string no_ca = Issue(root_, "intermediate", intermediate_.key.get(), {.basic_constraints = "critical,CA:FALSE"});
  ExpectRefused(CheckChain({leaf_, no_ca, root_der_}, key_, kNow), "certificate 2 is not that of a CA");
  ExpectRefused(CheckChain({SelfSigned(), SelfSigned()}, key_, kNow), "certificate 2 is not that of a CA");
}

TEST_F(CertificateChain, IsRefusedOutsideOfTheValidityOfAnyCertificate) {
  EXPECT_TRUE(CheckChain(chain_, key_, kNow - absl::Hours(1)).ok());
  EXPECT_TRUE(CheckChain(chain_, key_, kNow + absl::Hours(1) + absl::Milliseconds(999)).ok());
  ExpectRefused(CheckChain(chain_, key_, kNow - absl::Hours(1) - absl::Milliseconds(1)),
                "certificate 1 is not valid before 2023-11-14T21:13:20Z");
  ExpectRefused(CheckChain(chain_, key_, kNow + absl::Hours(1) + absl::Seconds(1)),
                "certificate 1 expired at 2023-11-14T23:13:20Z");
  const std::string expired = Issue(root_, "intermediate", intermediate_.key.get(), {.not_after = kNow - absl::Minutes(1)});
  ExpectRefused(CheckChain({leaf_, expired, root_der_}, key_, kNow), "certificate 2 expired");
  const std::string future = Issue(root_, "root", root_.key.get(), {.not_before = kNow + absl::Minutes(1)});
  ExpectRefused(CheckChain({leaf_, intermediate_der_, future}, key_, kNow), "certificate 3 is not valid before");
}

TEST_F(CertificateChain, IsRefusedIfEmptyOrNotDer) {
  ExpectRefused(CheckChain({}, key_, kNow), "has no certificate");
  ExpectRefused(CheckChain({"garbage"}, key_, kNow), "certificate 1 is not an X.509");
  ExpectRefused(CheckChain({leaf_, intermediate_der_ + "x"}, key_, kNow), "certificate 2 is not an X.509");
}

TEST_F(CertificateChain, BecomesPkcs7ThatTheCommandLineProgramReadsInOrder) {
  const std::string path = testing::TempDir() + "/chain.p7b";
  std::ofstream(path, std::ios::binary) << ToPkcs7(chain_);
  const SubprocessResult result = *RunSubprocess({"openssl", "pkcs7", "-inform", "DER", "-in", path, "-print_certs"});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  size_t last = 0;
  for (const std::string& der : chain_) {
    const size_t at = result.output.find(ChainToPem({der}));
    ASSERT_NE(at, std::string::npos) << result.output;
    EXPECT_GE(at, last);
    last = at;
  }
}

TEST_F(CertificateChain, BecomesPkcs7LikeThatOfTheCommandLineProgram) {
  const std::string pem_path = testing::TempDir() + "/chain.pem";
  std::ofstream(pem_path) << ChainToPem(chain_);
  const std::string path = testing::TempDir() + "/openssl.p7b";
  const SubprocessResult result =
      *RunSubprocess({"openssl", "crl2pkcs7", "-nocrl", "-certfile", pem_path, "-outform", "DER", "-out", path});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  std::ifstream file(path, std::ios::binary);
  EXPECT_EQ(ToPkcs7(chain_), std::string(std::istreambuf_iterator<char>(file), {}));
}

TEST_F(CertificateChain, HasTheThumbprintsThatOpenSslComputes) {
  const X509Certificate certificate = ParseCertificate(leaf_);
  const auto thumbprint = [&](const EVP_MD* hash) {
    std::string digest(static_cast<size_t>(EVP_MD_get_size(hash)), '\0');
    X509_digest(certificate.get(), hash, reinterpret_cast<unsigned char*>(digest.data()), nullptr);
    return digest;
  };
  EXPECT_EQ(Sha1Thumbprint(leaf_), thumbprint(EVP_sha1()));
  EXPECT_EQ(Sha256Thumbprint(leaf_), thumbprint(EVP_sha256()));
}

TEST_F(CertificateChain, LeavesNoOpenSslErrorBehind) {
  ERR_clear_error();
  ExpectRefused(ParsePemChain("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----").status(), "block 1");
  std::string changed = leaf_;
  changed.back() ^= 1;
  ExpectRefused(CheckChain({changed, intermediate_der_}, key_, kNow), "certificate 1");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace signet::hsm
