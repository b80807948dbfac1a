#include "hsm/public_key.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <string>

#include "base/base64url.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/digest.h"
#include "hsm/openssl_handle.h"

namespace signet::hsm {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// RFC 7515 appendix A.2.1.
constexpr char kRs256Modulus[] =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPE"
    "wOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5"
    "ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
constexpr char kPayload[] = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
constexpr char kRs256Signature[] =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBY"
    "NX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7"
    "noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
// RFC 7515 appendices A.3.1 and A.4.1.
constexpr char kEs256X[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr char kEs256Y[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
constexpr char kEs256Signature[] = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr char kEs512X[] = "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk";
constexpr char kEs512Y[] = "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2";
constexpr char kEs512Signature[] =
    "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO"
    "8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
// RFC 8037 appendix A.
constexpr char kEd25519X[] = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
constexpr char kEd25519Message[] = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
constexpr char kEd25519Signature[] = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

std::string Decode(absl::string_view text) { return Base64UrlDecode(text).value(); }

PublicKey Rs256Key() { return *PublicKey::FromRsa(Algorithm::kRs256With2048, Decode(kRs256Modulus), Decode("AQAB")); }
PublicKey Es256Key() { return *PublicKey::FromEcPoint(Algorithm::kEs256, "\x04" + Decode(kEs256X) + Decode(kEs256Y)); }
PublicKey Es512Key() { return *PublicKey::FromEcPoint(Algorithm::kEs512, "\x04" + Decode(kEs512X) + Decode(kEs512Y)); }
PublicKey Ed25519Key() { return *PublicKey::FromEd25519(Decode(kEd25519X)); }

void ExpectRefused(const absl::StatusOr<PublicKey>& key) {
  ASSERT_FALSE(key.ok());
  EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetReason(key.status()), "INVALID_FIELD");
}

void ExpectMismatch(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetReason(status), "TOKEN_SIGNATURE");
}

TEST(PublicKey, VerifiesTheExamplesOfRfc7515) {
  const std::string rs256_message = std::string("eyJhbGciOiJSUzI1NiJ9.") + kPayload;
  EXPECT_TRUE(Rs256Key().VerifyMessage(rs256_message, Decode(kRs256Signature)).ok());
  const std::string es256_message = std::string("eyJhbGciOiJFUzI1NiJ9.") + kPayload;
  EXPECT_TRUE(Es256Key().VerifyMessage(es256_message, Decode(kEs256Signature)).ok());
  EXPECT_TRUE(Es256Key().VerifyDigest(ComputeDigest(Hash::kSha256, es256_message), Decode(kEs256Signature)).ok());
  EXPECT_TRUE(Es512Key().VerifyMessage("eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA", Decode(kEs512Signature)).ok());
}

TEST(PublicKey, VerifiesTheExampleOfRfc8037) {
  EXPECT_TRUE(Ed25519Key().VerifyMessage(kEd25519Message, Decode(kEd25519Signature)).ok());
}

TEST(PublicKey, HasTheThumbprintsOfRfc7638AndRfc8037) {
  const absl::StatusOr<PublicKey> key = PublicKey::FromRsa(
      Algorithm::kRs256With2048,
      Decode("0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst"
             "n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
             "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91Cb"
             "OpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"),
      Decode("AQAB"));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  EXPECT_EQ(Ed25519Key().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(PublicKey, ListsTheRequiredJwkMembersAndNoOthers) {
  EXPECT_THAT(Rs256Key().jwk_members(), ElementsAre(Pair("e", "AQAB"), Pair("kty", "RSA"), Pair("n", kRs256Modulus)));
  EXPECT_THAT(Es512Key().jwk_members(),
              ElementsAre(Pair("crv", "P-521"), Pair("kty", "EC"), Pair("x", kEs512X), Pair("y", kEs512Y)));
  EXPECT_THAT(Ed25519Key().jwk_members(), ElementsAre(Pair("crv", "Ed25519"), Pair("kty", "OKP"), Pair("x", kEd25519X)));
}

TEST(PublicKey, SurvivesTheRoundTripThroughSpki) {
  for (const PublicKey& key : {Rs256Key(), Es256Key(), Es512Key(), Ed25519Key()}) {
    const absl::StatusOr<PublicKey> again = PublicKey::FromSpki(key.algorithm(), key.spki_der());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->jwk_members(), key.jwk_members());
    EXPECT_EQ(again->thumbprint(), key.thumbprint());
    EXPECT_EQ(again->algorithm(), key.algorithm());
  }
}

TEST(PublicKey, WritesThePemThatOpenSslReads) {
  for (const PublicKey& key : {Rs256Key(), Es512Key(), Ed25519Key()}) {
    const std::string pem = key.ToPem();
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    const EvpPkey parsed(PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr));
    BIO_free(bio);
    ASSERT_NE(parsed, nullptr);
    BIO* out = BIO_new(BIO_s_mem());
    ASSERT_EQ(PEM_write_bio_PUBKEY(out, parsed.get()), 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    EXPECT_EQ(pem, std::string(text, static_cast<size_t>(size)));
    BIO_free(out);
  }
}

TEST(PublicKey, RefusesASpkiOfAnotherAlgorithm) {
  ExpectRefused(PublicKey::FromSpki(Algorithm::kEs384, Es256Key().spki_der()));
  ExpectRefused(PublicKey::FromSpki(Algorithm::kRs256With3072, Rs256Key().spki_der()));
  ExpectRefused(PublicKey::FromSpki(Algorithm::kEs256, Rs256Key().spki_der()));
  ExpectRefused(PublicKey::FromSpki(Algorithm::kRs256With2048, Ed25519Key().spki_der()));
  ExpectRefused(PublicKey::FromSpki(Algorithm::kEd25519, Es256Key().spki_der()));
}

TEST(PublicKey, RefusesASpkiThatIsNotCanonical) {
  const std::string der = Es256Key().spki_der();
  ExpectRefused(PublicKey::FromSpki(Algorithm::kEs256, ""));
  ExpectRefused(PublicKey::FromSpki(Algorithm::kEs256, der.substr(0, der.size() - 1)));
  ExpectRefused(PublicKey::FromSpki(Algorithm::kEs256, der + "x"));
  // The same point, compressed: a prefix of the SPKI with other lengths, and X alone.
  std::string compressed = der.substr(0, der.size() - 65) + (Decode(kEs256Y).back() & 1 ? "\x03" : "\x02") + Decode(kEs256X);
  compressed[1] = static_cast<char>(compressed.size() - 2);
  compressed[24] = 34;
  ExpectRefused(PublicKey::FromSpki(Algorithm::kEs256, compressed));
}

TEST(PublicKey, RefusesPointsThatAreNotOnTheCurve) {
  std::string point = "\x04" + Decode(kEs256X) + Decode(kEs256Y);
  point.back() ^= 1;
  ExpectRefused(PublicKey::FromEcPoint(Algorithm::kEs256, point));
  ExpectRefused(PublicKey::FromEcPoint(Algorithm::kEs256, point.substr(1)));
  ExpectRefused(PublicKey::FromEcPoint(Algorithm::kEs256, std::string(1, '\0')));
  ExpectRefused(PublicKey::FromEcPoint(Algorithm::kEs256, std::string("\x04") + std::string(64, '\0')));
  ExpectRefused(PublicKey::FromEcPoint(Algorithm::kRs256With2048, point));
  ExpectRefused(PublicKey::FromEd25519(std::string(31, 'x')));
}

TEST(PublicKey, RefusesWeakOrIllSizedRsaKeys) {
  const std::string modulus = Decode(kRs256Modulus);
  EXPECT_TRUE(PublicKey::FromRsa(Algorithm::kRs256With2048, std::string(1, '\0') + modulus, Decode("AQAB")).ok())
      << "a leading zero, as an ASN.1 INTEGER has it, changes nothing";
  ExpectRefused(PublicKey::FromRsa(Algorithm::kRs256With3072, modulus, Decode("AQAB")));
  ExpectRefused(PublicKey::FromRsa(Algorithm::kRs256With2048, modulus.substr(1), Decode("AQAB")));
  ExpectRefused(PublicKey::FromRsa(Algorithm::kRs256With2048, modulus, "\x03"));
  ExpectRefused(PublicKey::FromRsa(Algorithm::kRs256With2048, modulus, std::string("\x01\x00\x02", 3)));
  ExpectRefused(PublicKey::FromRsa(Algorithm::kRs256With2048, modulus, std::string(33, '\xff')));
  ExpectRefused(PublicKey::FromRsa(Algorithm::kRs256With2048, "", ""));
  ExpectRefused(PublicKey::FromRsa(Algorithm::kEs256, modulus, Decode("AQAB")));
}

TEST(PublicKey, RefusesASignatureThatIsChangedCutOrOfAnotherMessage) {
  struct Case {
    PublicKey key;
    std::string message;
    std::string signature;
  };
  for (const Case& c : {Case{Rs256Key(), std::string("eyJhbGciOiJSUzI1NiJ9.") + kPayload, Decode(kRs256Signature)},
                        Case{Es512Key(), "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA", Decode(kEs512Signature)},
                        Case{Ed25519Key(), kEd25519Message, Decode(kEd25519Signature)}}) {
    ASSERT_TRUE(c.key.VerifyMessage(c.message, c.signature).ok());
    ExpectMismatch(c.key.VerifyMessage(c.message + "x", c.signature));
    ExpectMismatch(c.key.VerifyMessage("", c.signature));
    ExpectMismatch(c.key.VerifyMessage(c.message, ""));
    ExpectMismatch(c.key.VerifyMessage(c.message, c.signature.substr(1)));
    ExpectMismatch(c.key.VerifyMessage(c.message, c.signature + "x"));
    ExpectMismatch(c.key.VerifyMessage(c.message, std::string(c.signature.size(), '\0')));
    for (const size_t i : {size_t{0}, c.signature.size() / 2, c.signature.size() - 1}) {
      std::string changed = c.signature;
      changed[i] ^= 1;
      ExpectMismatch(c.key.VerifyMessage(c.message, changed));
    }
  }
}

TEST(PublicKey, LeavesNoOpenSslErrorBehind) {
  ERR_clear_error();
  ExpectRefused(PublicKey::FromSpki(Algorithm::kEs256, "x"));
  ExpectRefused(PublicKey::FromEcPoint(Algorithm::kEs256, std::string("\x04") + std::string(64, '\0')));
  ExpectMismatch(Rs256Key().VerifyMessage("x", Decode(kRs256Signature)));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(PublicKey, RefusesADigestOfAnotherLengthOrForEd25519) {
  const absl::Status length = Es256Key().VerifyDigest(std::string(48, 'x'), Decode(kEs256Signature));
  EXPECT_EQ(length.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetReason(length), "DIGEST_LENGTH");
  const absl::Status unsuitable = Ed25519Key().VerifyDigest(std::string(32, 'x'), Decode(kEd25519Signature));
  EXPECT_EQ(unsuitable.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetReason(unsuitable), "ALGORITHM_UNSUITABLE");
}

TEST(PublicKey, AcceptsAPssSaltOfTheHashesLengthOnly) {
  const EvpPkey pair(EVP_RSA_gen(2048));
  ASSERT_NE(pair, nullptr);
  std::string spki(static_cast<size_t>(i2d_PUBKEY(pair.get(), nullptr)), '\0');
  unsigned char* end = reinterpret_cast<unsigned char*>(spki.data());
  i2d_PUBKEY(pair.get(), &end);
  const absl::StatusOr<PublicKey> key = PublicKey::FromSpki(Algorithm::kPs256With2048, spki);
  ASSERT_TRUE(key.ok()) << key.status();

  for (const int salt_length : {32, 0, 20, 64}) {
    const EvpMdCtx context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    ASSERT_EQ(EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, pair.get()), 1);
    ASSERT_EQ(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
    ASSERT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt_length), 1);
    unsigned char signature[256];
    size_t size = sizeof(signature);
    ASSERT_EQ(EVP_DigestSign(context.get(), signature, &size, reinterpret_cast<const unsigned char*>("abc"), 3), 1);
    const std::string raw(reinterpret_cast<const char*>(signature), size);
    EXPECT_EQ(key->VerifyMessage("abc", raw).ok(), salt_length == 32) << salt_length;
  }
}

}  // namespace
}  // namespace signet::hsm
