// SAML assertions that the RPC Sign has signed, verified by xmlsec1. What is signed is canonicalised by xmllint.

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/sha.h"
#include "tests/e2e/dev_server.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

using client::Client;
using ::testing::HasSubstr;

std::string* signetd_path;

constexpr char kAssertion[] =
    R"(<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a75adf55" Version="2.0" )"
    R"(IssueInstant="2026-06-02T10:54:03Z"><saml:Issuer>https://signet.example.com</saml:Issuer>SIGNATURE<saml:Subject>)"
    R"(<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">alice@example.com</saml:NameID>)"
    R"(</saml:Subject><saml:Conditions NotBefore="2026-06-02T10:54:03Z" NotOnOrAfter="2026-06-02T11:54:03Z">)"
    R"(<saml:AudienceRestriction><saml:Audience>https://shop.example.com</saml:Audience></saml:AudienceRestriction>)"
    R"(</saml:Conditions><saml:AttributeStatement><saml:Attribute Name="groups"><saml:AttributeValue>buyers &amp; sellers)"
    R"(</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>)";

constexpr char kSignedInfo[] =
    R"(<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">)"
    R"(<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>)"
    R"(<ds:SignatureMethod Algorithm="METHOD"/><ds:Reference URI="#_a75adf55"><ds:Transforms>)"
    R"(<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>)"
    R"(<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>)"
    R"(<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>DIGEST</ds:DigestValue>)"
    R"(</ds:Reference></ds:SignedInfo>)";

constexpr char kSignature[] =
    R"(<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">SIGNED_INFO<ds:SignatureValue>VALUE</ds:SignatureValue>)"
    R"(<ds:KeyInfo><ds:X509Data><ds:X509Certificate>CERTIFICATE</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>)";

// An algorithm, and its name in XML Signature (RFC 6931).
struct Method {
  v1::Algorithm algorithm;
  const char* uri;
};

std::string Sha256(const std::string& data) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest);
  return std::string(reinterpret_cast<const char*>(digest), sizeof digest);
}

// SamlTest has a ring for SAML on a server, with a key that signs, and another ring of the same kind.
class SamlTest : public ::testing::TestWithParam<Method> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.Start()) << server_.log();
    client_ = server_.Connect();
    certificate_ = NewSigningKey("saml");
    other_certificate_ = NewSigningKey("other");
    ASSERT_NE(certificate_.pem(), other_certificate_.pem());
    std::ofstream(folder_ / "saml.pem") << certificate_.pem();
    std::ofstream(folder_ / "other.pem") << other_certificate_.pem();
  }

  // Makes a ring with a key that signs; returns its certificate.
  v1::Certificate NewSigningKey(const std::string& ring_id) {
    v1::CreateKeyRingRequest ring;
    ring.set_parent("tenants/dev");
    ring.set_key_ring_id(ring_id);
    ring.mutable_key_ring()->set_algorithm(GetParam().algorithm);
    EXPECT_TRUE(client_->Call(&v1::KeyService::Stub::CreateKeyRing, ring).ok());
    v1::CreateKeyRequest create;
    create.set_parent("tenants/dev/keyRings/" + ring_id);
    const auto key = client_->Call(&v1::KeyService::Stub::CreateKey, create);
    EXPECT_TRUE(key.ok()) << key.status();
    if (!key.ok()) return {};
    v1::EnableKeyRequest enable;
    enable.set_name(key->name());
    enable.set_force(true);
    EXPECT_TRUE(client_->Call(&v1::KeyService::Stub::EnableKey, enable).ok());
    v1::GetCertificateRequest get;
    get.set_name(key->name());
    const auto certificate = client_->Call(&v1::KeyService::Stub::GetCertificate, get);
    EXPECT_TRUE(certificate.ok()) << certificate.status();
    return certificate.value_or(v1::Certificate());
  }

  std::string Canonical(const std::string& xml) const {
    const std::string path = folder_ / "input.xml";
    std::ofstream(path, std::ios::binary) << xml;
    const ShellResult result = RunShell("xmllint --exc-c14n " + path);
    EXPECT_EQ(result.exit_code, 0) << result.out;
    return result.out;
  }

  // The assertion with the signature that the ring `saml` made over it, and `certificate` in it.
  std::string SignedAssertion(const v1::Certificate& certificate) {
    const std::string digest = Sha256(Canonical(absl::StrReplaceAll(kAssertion, {{"SIGNATURE", ""}})));
    const std::string signed_info =
        absl::StrReplaceAll(kSignedInfo, {{"METHOD", GetParam().uri}, {"DIGEST", absl::Base64Escape(digest)}});
    v1::SignRequest request;
    request.set_key_ring("tenants/dev/keyRings/saml");
    request.set_digest(Sha256(Canonical(signed_info)));
    const auto signature = client_->Call(&v1::KeyService::Stub::Sign, request);
    EXPECT_TRUE(signature.ok()) << signature.status();
    if (!signature.ok()) return "";
    EXPECT_EQ(signature->key(), certificate_.name());
    return absl::StrReplaceAll(
        kAssertion, {{"SIGNATURE", absl::StrReplaceAll(kSignature, {{"SIGNED_INFO", signed_info},
                                                                    {"VALUE", absl::Base64Escape(signature->signature())},
                                                                    {"CERTIFICATE", absl::Base64Escape(certificate.der())}})}});
  }

  // Verifies as a service provider does, which trusts one certificate alone.
  ShellResult Verify(const std::string& assertion, const std::string& trusted_pem) const {
    const std::string path = folder_ / "assertion.xml";
    std::ofstream(path, std::ios::binary) << assertion;
    return RunShell(absl::StrCat("xmlsec1 --verify --enabled-key-data x509 --trusted-pem ", folder_ / trusted_pem,
                                 " --id-attr:ID urn:oasis:names:tc:SAML:2.0:assertion:Assertion ", path));
  }
  // The same, but knows the key beforehand, and takes no certificate out of the assertion.
  ShellResult VerifyWithPinnedKey(const std::string& assertion, const std::string& pinned_pem) const {
    const std::string path = folder_ / "assertion.xml";
    std::ofstream(path, std::ios::binary) << assertion;
    return RunShell(absl::StrCat("xmlsec1 --verify --enabled-key-data key-name --pubkey-cert-pem ", folder_ / pinned_pem,
                                 " --id-attr:ID urn:oasis:names:tc:SAML:2.0:assertion:Assertion ", path));
  }

  TestFolder folder_;
  DevServer server_{*signetd_path, folder_};
  std::unique_ptr<Client> client_;
  v1::Certificate certificate_;
  v1::Certificate other_certificate_;
};

TEST_P(SamlTest, AnAssertionIsAcceptedByWhoTrustsTheCertificateOfItsKey) {
  const std::string assertion = SignedAssertion(certificate_);
  const ShellResult trusting = Verify(assertion, "saml.pem");
  EXPECT_EQ(trusting.exit_code, 0) << trusting.out;
  EXPECT_THAT(trusting.out, HasSubstr("SignedInfo References (ok/all): 1/1"));
  const ShellResult pinning = VerifyWithPinnedKey(assertion, "saml.pem");
  EXPECT_EQ(pinning.exit_code, 0) << pinning.out;
}

TEST_P(SamlTest, AChangedByteIsRefused) {
  const std::string assertion = SignedAssertion(certificate_);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"alice@example.com", "alicf@example.com"}, {"buyers", "buyerz"}, {"NotOnOrAfter=\"2026", "NotOnOrAfter=\"2027"}}) {
    const std::string changed = absl::StrReplaceAll(assertion, {{from, to}});
    ASSERT_NE(changed, assertion);
    const ShellResult result = Verify(changed, "saml.pem");
    EXPECT_NE(result.exit_code, 0) << to;
    EXPECT_THAT(result.out, HasSubstr("FAIL")) << to;
  }
  // In what is signed, and in the signature.
  for (const char* element : {"<ds:DigestValue>", "<ds:SignatureValue>"}) {
    std::string changed = assertion;
    char& byte = changed[changed.find(element) + std::string(element).size() + 4];
    byte = byte == 'A' ? 'B' : 'A';
    EXPECT_NE(Verify(changed, "saml.pem").exit_code, 0) << element;
    EXPECT_NE(VerifyWithPinnedKey(changed, "saml.pem").exit_code, 0) << element;
  }
}

TEST_P(SamlTest, TheCertificateOfAnotherKeyIsRefused) {
  const std::string assertion = SignedAssertion(certificate_);
  const ShellResult untrusted = Verify(assertion, "other.pem");
  EXPECT_NE(untrusted.exit_code, 0) << untrusted.out;
  EXPECT_NE(VerifyWithPinnedKey(assertion, "other.pem").exit_code, 0);
  // Trusted, but not the one of the key that signed.
  const ShellResult mismatched = Verify(SignedAssertion(other_certificate_), "other.pem");
  EXPECT_NE(mismatched.exit_code, 0) << mismatched.out;
  EXPECT_THAT(mismatched.out, HasSubstr("FAIL"));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, SamlTest,
                         ::testing::Values(Method{v1::RS256_2048, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"},
                                           Method{v1::ES256, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"}),
                         [](const auto& info) { return v1::Algorithm_Name(info.param.algorithm); });

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
