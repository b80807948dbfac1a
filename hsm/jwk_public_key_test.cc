#include "hsm/jwk_public_key.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/openssl_certificate.h"
#include "hsm/openssl_handle.h"
#include "hsm/pem.h"

namespace signet::hsm {
namespace {

using ::testing::HasSubstr;
using Members = std::map<std::string, std::string>;

// RFC 7517 appendix A.1, with the members that say nothing about the key itself.
const Members kEcJwk = {{"kty", "EC"},
                        {"crv", "P-256"},
                        {"x", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"},
                        {"y", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"},
                        {"use", "enc"},
                        {"kid", "1"}};
const Members kRsaJwk = {
    {"kty", "RSA"},
    {"n",
     "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-"
     "5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
     "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLy"
     "rdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"},
    {"e", "AQAB"},
    {"alg", "RS256"},
    {"kid", "2011-04-29"}};
// RFC 8037 appendix A.2.
const Members kEd25519Jwk = {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}};

Members With(Members members, const std::string& name, const std::string& value) {
  members[name] = value;
  return members;
}

Members Without(Members members, const std::string& name) {
  members.erase(name);
  return members;
}

void ExpectRefused(const absl::Status& status, const std::string& what = "") {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(GetReason(status), "INVALID_FIELD");
  ASSERT_TRUE(GetErrorDetail(status).has_value());
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), "public_key");
  EXPECT_THAT(std::string(status.message()), HasSubstr(what));
}

EvpPkey Generate(const std::string& type) {
  EVP_PKEY* key = type[0] == 'P' || type == "secp256k1"   ? EVP_EC_gen(type.c_str())
                  : type == "ED25519" || type == "X25519" ? EVP_PKEY_Q_keygen(nullptr, nullptr, type.c_str())
                                                          : EVP_RSA_gen(static_cast<unsigned int>(std::atoi(type.c_str())));
  if (key == nullptr) std::abort();
  return EvpPkey(key);
}

std::string SpkiOf(const EvpPkey& key) { return ToDer(i2d_PUBKEY, key.get()); }

std::string CertificateOf(const EvpPkey& key) {
  const X509Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_set_pubkey(certificate.get(), key.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), -60);
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) std::abort();
  return ToPem("CERTIFICATE", ToDer(i2d_X509, certificate.get()));
}

TEST(PublicKeyFromJwkMembers, BuildsTheKeysOfRfc7517AndRfc8037) {
  const absl::StatusOr<PublicKey> ec = PublicKeyFromJwkMembers(Algorithm::kEs256, kEcJwk);
  ASSERT_TRUE(ec.ok()) << ec.status();
  EXPECT_EQ(ec->jwk_members(), Without(Without(kEcJwk, "use"), "kid"));
  const absl::StatusOr<PublicKey> rsa = PublicKeyFromJwkMembers(Algorithm::kPs512With2048, kRsaJwk);
  ASSERT_TRUE(rsa.ok()) << rsa.status();
  EXPECT_EQ(rsa->jwk_members(), Without(Without(kRsaJwk, "alg"), "kid"));
  EXPECT_EQ(rsa->thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");  // RFC 7638 section 3.1.
  const absl::StatusOr<PublicKey> ed25519 = PublicKeyFromJwkMembers(Algorithm::kEd25519, kEd25519Jwk);
  ASSERT_TRUE(ed25519.ok()) << ed25519.status();
  EXPECT_EQ(ed25519->thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");  // RFC 8037 appendix A.3.
}

TEST(PublicKeyFromJwkMembers, VerifiesTheSignatureOfRfc8037) {
  EXPECT_TRUE(PublicKeyFromJwkMembers(Algorithm::kEd25519, kEd25519Jwk)
                  ->VerifyMessage("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
                                  *Base64UrlDecode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_"
                                                   "MuM0KAg"))
                  .ok());
}

TEST(PublicKeyFromJwkMembers, RefusesEveryPrivateMember) {
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEs256, With(kEcJwk, name, "AQAB")).status(), "send the public key only");
    ExpectRefused(DefaultAlgorithmForJwk(With(kRsaJwk, name, "")).status(), "send the public key only");
  }
}

TEST(PublicKeyFromJwkMembers, RefusesAKeyThatDoesNotFitTheAlgorithm) {
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEs384, kEcJwk).status(), "crv must be P-384");
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kRs256With2048, kEcJwk).status(), "kty must be RSA");
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEs256, kRsaJwk).status(), "kty must be EC");
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kRs256With3072, kRsaJwk).status(), "modulus");
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEd25519, kEcJwk).status(), "kty must be OKP");
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEd25519, With(kEd25519Jwk, "crv", "X25519")).status(), "crv must be Ed25519");
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEs256, With(kEcJwk, "crv", "p-256")).status(), "crv");
}

TEST(PublicKeyFromJwkMembers, RefusesMissingAndMalformedMembers) {
  for (const char* name : {"kty", "crv", "x", "y"}) {
    ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEs256, Without(kEcJwk, name)).status(), name);
  }
  for (const char* name : {"kty", "n", "e"}) {
    ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kRs256With2048, Without(kRsaJwk, name)).status(), name);
  }
  for (const char* name : {"kty", "crv", "x"}) {
    ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEd25519, Without(kEd25519Jwk, name)).status(), name);
  }
  for (const std::string& text : {std::string(), std::string("="), kEcJwk.at("x") + "=", std::string("a b"), kEcJwk.at("y")}) {
    ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEs256, With(kEcJwk, "x", text)).status());
  }
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kRs256With2048, With(kRsaJwk, "e", "AQ")).status(), "exponent");
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kRs256With2048, With(kRsaJwk, "n", "AQAB")).status(), "modulus");
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEd25519, With(kEd25519Jwk, "x", "AQAB")).status(), "32 bytes");
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEs256, {}).status(), "kty");
}

TEST(PublicKeyFromJwkMembers, DoesNotMoveTheBorderBetweenXAndY) {
  const std::string x = *Base64UrlDecode(kEcJwk.at("x"));
  const std::string y = *Base64UrlDecode(kEcJwk.at("y"));
  const Members moved =
      With(With(kEcJwk, "x", Base64UrlEncode(absl::StrCat(x, y.substr(0, 1)))), "y", Base64UrlEncode(y.substr(1)));
  ExpectRefused(PublicKeyFromJwkMembers(Algorithm::kEs256, moved).status(), "32 bytes each");
}

TEST(PublicKeyFromPem, ReadsPublicKeysAndTheKeysOfCertificates) {
  for (const auto& [type, algorithm] : std::map<std::string, Algorithm>{
           {"P-256", Algorithm::kEs256}, {"P-521", Algorithm::kEs512}, {"ED25519", Algorithm::kEd25519}}) {
    const EvpPkey key = Generate(type);
    const absl::StatusOr<PublicKey> read = PublicKeyFromPem(algorithm, absl::StrCat("# mine\n", ToPem("PUBLIC KEY", SpkiOf(key))));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->spki_der(), SpkiOf(key));
  }
  const EvpPkey key = Generate("P-256");
  const absl::StatusOr<PublicKey> read = PublicKeyFromPem(Algorithm::kEs256, CertificateOf(key));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->spki_der(), SpkiOf(key));
}

TEST(PublicKeyFromPem, RefusesEverythingElse) {
  const EvpPkey key = Generate("P-256");
  const std::string pem = ToPem("PUBLIC KEY", SpkiOf(key));
  ExpectRefused(PublicKeyFromPem(Algorithm::kEs384, pem).status(), "curve");
  ExpectRefused(PublicKeyFromPem(Algorithm::kEs256, "").status(), "no PEM block");
  ExpectRefused(PublicKeyFromPem(Algorithm::kEs256, pem + pem).status(), "more than one");
  ExpectRefused(PublicKeyFromPem(Algorithm::kEs256, ToPem("RSA PUBLIC KEY", "x")).status(), "labelled PUBLIC KEY or CERTIFICATE");
  ExpectRefused(PublicKeyFromPem(Algorithm::kEs256, ToPem("EC PRIVATE KEY", "x")).status(), "private key");
  ExpectRefused(PublicKeyFromPem(Algorithm::kEs256, ToPem("PUBLIC KEY", "x")).status(), "SubjectPublicKeyInfo");
  ExpectRefused(PublicKeyFromPem(Algorithm::kEs256, ToPem("PUBLIC KEY", SpkiOf(key) + "x")).status());
  ExpectRefused(PublicKeyFromPem(Algorithm::kEs256, ToPem("CERTIFICATE", SpkiOf(key))).status(), "X.509");
}

TEST(DefaultAlgorithm, FollowsTheTypeTheCurveAndTheSize) {
  const std::map<std::string, Algorithm> expected = {{"P-256", Algorithm::kEs256},        {"P-384", Algorithm::kEs384},
                                                     {"P-521", Algorithm::kEs512},        {"2048", Algorithm::kRs256With2048},
                                                     {"3072", Algorithm::kRs256With3072}, {"ED25519", Algorithm::kEd25519}};
  for (const auto& [type, algorithm] : expected) {
    const EvpPkey key = Generate(type);
    EXPECT_EQ(DefaultAlgorithmForSpki(SpkiOf(key)).value(), algorithm) << type;
    EXPECT_EQ(DefaultAlgorithmForPem(ToPem("PUBLIC KEY", SpkiOf(key))).value(), algorithm) << type;
    EXPECT_EQ(DefaultAlgorithmForJwk(PublicKey::FromSpki(algorithm, SpkiOf(key))->jwk_members()).value(), algorithm) << type;
  }
  EXPECT_EQ(DefaultAlgorithmForPem(CertificateOf(Generate("P-384"))).value(), Algorithm::kEs384);
  EXPECT_EQ(DefaultAlgorithmForJwk(kEcJwk).value(), Algorithm::kEs256);
  EXPECT_EQ(DefaultAlgorithmForJwk(kRsaJwk).value(), Algorithm::kRs256With2048);
  EXPECT_EQ(DefaultAlgorithmForJwk(kEd25519Jwk).value(), Algorithm::kEd25519);
}

TEST(DefaultAlgorithm, IsNoneForWhatTheTableLacks) {
  for (const char* type : {"1024", "2560", "secp256k1", "X25519"}) {
    ExpectRefused(DefaultAlgorithmForSpki(SpkiOf(Generate(type))).status(), "P-256");
  }
  ExpectRefused(DefaultAlgorithmForSpki("").status());
  ExpectRefused(DefaultAlgorithmForPem("garbage").status(), "not PEM");
  ExpectRefused(DefaultAlgorithmForJwk({}).status());
  ExpectRefused(DefaultAlgorithmForJwk(With(kRsaJwk, "kty", "oct")).status());
}

TEST(DefaultAlgorithm, LeavesNoOpenSslErrorBehind) {
  ERR_clear_error();
  ExpectRefused(DefaultAlgorithmForSpki("garbage").status());
  ExpectRefused(PublicKeyFromPem(Algorithm::kEs256, ToPem("CERTIFICATE", "garbage")).status());
  EXPECT_EQ(DefaultAlgorithmForSpki(SpkiOf(Generate("ED25519"))).value(), Algorithm::kEd25519);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace signet::hsm
