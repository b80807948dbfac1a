#include "hsm/mechanism.h"

#include <openssl/objects.h>
#include <openssl/x509.h>

#include <string>

#include "gtest/gtest.h"
#include "hsm/digest.h"

namespace signet::hsm {
namespace {

// The DigestInfo (RFC 8017 appendix A.2.4) as OpenSSL writes it.
std::string OpenSslDigestInfo(int digest_nid, const std::string& digest) {
  X509_SIG* info = X509_SIG_new();
  X509_ALGOR* algorithm = nullptr;
  ASN1_OCTET_STRING* octets = nullptr;
  X509_SIG_getm(info, &algorithm, &octets);
  X509_ALGOR_set0(algorithm, OBJ_nid2obj(digest_nid), V_ASN1_NULL, nullptr);
  ASN1_OCTET_STRING_set(octets, reinterpret_cast<const unsigned char*>(digest.data()), static_cast<int>(digest.size()));
  std::string der(static_cast<size_t>(i2d_X509_SIG(info, nullptr)), '\0');
  unsigned char* end = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509_SIG(info, &end);
  X509_SIG_free(info);
  return der;
}

TEST(SigningInput, IsTheDigestInfoForPkcs1AndTheDigestOtherwise) {
  const std::string sha256 = ComputeDigest(Hash::kSha256, "abc");
  const std::string sha384 = ComputeDigest(Hash::kSha384, "abc");
  const std::string sha512 = ComputeDigest(Hash::kSha512, "abc");
  EXPECT_EQ(SigningInput(Algorithm::kRs256With2048, sha256), OpenSslDigestInfo(NID_sha256, sha256));
  EXPECT_EQ(SigningInput(Algorithm::kRs384With3072, sha384), OpenSslDigestInfo(NID_sha384, sha384));
  EXPECT_EQ(SigningInput(Algorithm::kRs512With4096, sha512), OpenSslDigestInfo(NID_sha512, sha512));
  EXPECT_EQ(SigningInput(Algorithm::kPs256With2048, sha256), sha256);
  EXPECT_EQ(SigningInput(Algorithm::kEs256, sha256), sha256);
  EXPECT_EQ(SigningInput(Algorithm::kEd25519, "message"), "message");
}

TEST(SigningMechanism, IsOneThatEveryTokenOfItsKindHas) {
  for (const AlgorithmInfo& info : AllAlgorithms()) {
    SCOPED_TRACE(std::string(info.name));
    SigningMechanism mechanism(info.algorithm);
    EXPECT_EQ(mechanism.get()->mechanism, SigningMechanismType(info.algorithm));
    if (info.padding == Padding::kPss) {
      ASSERT_EQ(mechanism.get()->ulParameterLen, sizeof(CK_RSA_PKCS_PSS_PARAMS));
      const auto* pss = static_cast<const CK_RSA_PKCS_PSS_PARAMS*>(mechanism.get()->pParameter);
      EXPECT_EQ(pss->sLen, DigestSize(info.hash));
    } else {
      EXPECT_EQ(mechanism.get()->pParameter, nullptr);
      EXPECT_EQ(mechanism.get()->ulParameterLen, 0u);
    }
  }
  EXPECT_EQ(SigningMechanismType(Algorithm::kEs384), CKM_ECDSA) << "raw: hashing is done on the host";
  EXPECT_EQ(SigningMechanismType(Algorithm::kRs512With2048), CKM_RSA_PKCS);
  EXPECT_EQ(SigningMechanismType(Algorithm::kPs384With2048), CKM_RSA_PKCS_PSS);
  EXPECT_EQ(SigningMechanismType(Algorithm::kEd25519), CKM_EDDSA);
}

}  // namespace
}  // namespace signet::hsm
