#include "hsm/sealed_secret.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/base64url.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/digest.h"
#include "hsm/openssl_handle.h"
#include "hsm/testing/memory_scan.h"
#include "nlohmann/json.hpp"

namespace signet::hsm {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string NumberOf(const EvpPkey& key, const char* name, size_t size) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key.get(), name, &raw) != 1) std::abort();
  const BigNumber number(raw);
  std::string bytes(size != 0 ? size : static_cast<size_t>(BN_num_bytes(raw)), '\0');
  BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return Base64UrlEncode(bytes);
}

EvpPkey NewRsaKey(unsigned int bits) { return EvpPkey(EVP_RSA_gen(bits)); }
EvpPkey NewEcKey(const char* curve = "P-256") { return EvpPkey(EVP_EC_gen(curve)); }

json EcJwk(const EvpPkey& key, const char* curve = "P-256", size_t size = 32) {
  return {{"kty", "EC"},
          {"crv", curve},
          {"x", NumberOf(key, OSSL_PKEY_PARAM_EC_PUB_X, size)},
          {"y", NumberOf(key, OSSL_PKEY_PARAM_EC_PUB_Y, size)}};
}

json RsaJwk(const EvpPkey& key) {
  return {{"kty", "RSA"}, {"n", NumberOf(key, OSSL_PKEY_PARAM_RSA_N, 0)}, {"e", NumberOf(key, OSSL_PKEY_PARAM_RSA_E, 0)}};
}

json With(json jwk, const char* name, const json& value) {
  jwk[name] = value;
  return jwk;
}

json Without(json jwk, const char* name) {
  jwk.erase(name);
  return jwk;
}

std::vector<std::string> Split(const std::string& jwe) { return absl::StrSplit(jwe, '.'); }
json HeaderOf(const std::string& jwe) { return json::parse(Base64UrlDecode(Split(jwe)[0]).value()); }

// Opens the content of a JWE with its key (RFC 7516 section 5.2).
std::string OpenContent(const std::vector<std::string>& parts, const std::string& content_key) {
  const auto bytes = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  const std::string iv = Base64UrlDecode(parts[2]).value();
  const std::string ciphertext = Base64UrlDecode(parts[3]).value();
  std::string tag = Base64UrlDecode(parts[4]).value();
  const std::unique_ptr<EVP_CIPHER_CTX, OpenSslFree<EVP_CIPHER_CTX_free>> context(EVP_CIPHER_CTX_new());
  EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(content_key), bytes(iv));
  int size = 0;
  EVP_DecryptUpdate(context.get(), nullptr, &size, bytes(parts[0]), static_cast<int>(parts[0].size()));
  std::string plaintext(ciphertext.size() + 16, '\0');
  unsigned char* out = reinterpret_cast<unsigned char*>(plaintext.data());
  EVP_DecryptUpdate(context.get(), out, &size, bytes(ciphertext), static_cast<int>(ciphertext.size()));
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag.size()), tag.data());
  int rest = 0;
  EXPECT_EQ(tag.size(), 16u);
  EXPECT_EQ(EVP_DecryptFinal_ex(context.get(), out + size, &rest), 1);
  return plaintext.substr(0, ciphertext.size());
}

// Decrypts the content's key, which is RSA-OAEP with SHA-1 and MGF1 with SHA-1 (RFC 7518 section 4.3).
std::string OpenKeyWithRsa(const std::string& jwe, const EvpPkey& key) {
  const std::string encrypted = Base64UrlDecode(Split(jwe)[1]).value();
  const EvpPkeyCtx context(EVP_PKEY_CTX_new(key.get(), nullptr));
  std::string content_key(encrypted.size(), '\0');
  size_t size = content_key.size();
  if (EVP_PKEY_decrypt_init(context.get()) != 1 || EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_decrypt(context.get(), reinterpret_cast<unsigned char*>(content_key.data()), &size,
                       reinterpret_cast<const unsigned char*>(encrypted.data()), encrypted.size()) != 1) {
    ADD_FAILURE() << "OpenSSL does not decrypt the key";
  }
  EXPECT_EQ(size, 32u);
  content_key.resize(size);
  return content_key;
}

std::string OpenWithRsa(const std::string& jwe, const EvpPkey& key) { return OpenContent(Split(jwe), OpenKeyWithRsa(jwe, key)); }

// Agrees on a secret with the holder of the point (RFC 7518 section 4.6).
std::string Agree(const EvpPkey& key, const std::string& x, const std::string& y) {
  const std::string point = absl::StrCat("\x04", Base64UrlDecode(x).value(), Base64UrlDecode(y).value());
  const EvpPkey peer(EVP_PKEY_new());
  std::string secret(32, '\0');
  size_t size = secret.size();
  if (EVP_PKEY_copy_parameters(peer.get(), key.get()) != 1 ||
      EVP_PKEY_set1_encoded_public_key(peer.get(), reinterpret_cast<const unsigned char*>(point.data()), point.size()) != 1) {
    ADD_FAILURE() << "OpenSSL does not take the point";
  }
  const EvpPkeyCtx context(EVP_PKEY_CTX_new(key.get(), nullptr));
  if (EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1 ||
      EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(secret.data()), &size) != 1) {
    ADD_FAILURE() << "OpenSSL does not agree";
  }
  return secret;
}

// Derives the content's key: one round of the Concat KDF (RFC 7518 section 4.6.2), for A256GCM, without apu and apv.
std::string ConcatKdf(absl::string_view secret) {
  const std::string zeros(3, '\0');
  const std::string information = absl::StrCat(zeros, "\x07", "A256GCM", zeros, std::string(1, '\0'), zeros, std::string(1, '\0'),
                                               std::string(2, '\0'), "\x01", std::string(1, '\0'));
  return ComputeDigest(Hash::kSha256, absl::StrCat(zeros, "\x01", secret, information));
}

void ExpectRefused(const json& jwk, const std::string& what) {
  const absl::Status status = SealToJwk(Secret("secret"), jwk.is_string() ? jwk.get<std::string>() : jwk.dump()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(GetReason(status), "INVALID_FIELD");
  ASSERT_TRUE(GetErrorDetail(status).has_value());
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), "seal_to_jwk");
  EXPECT_THAT(std::string(status.message()), HasSubstr(what));
}

TEST(SealToJwk, SealsToAnRsaKeyThatOpenSslOpensWith) {
  for (const unsigned int bits : {2048u, 3072u}) {
    const EvpPkey key = NewRsaKey(bits);
    for (const std::string& text : {std::string("a secret"), std::string(), std::string("\0\xff", 2), std::string(10000, 'x')}) {
      const absl::StatusOr<std::string> jwe = SealToJwk(Secret(text), RsaJwk(key).dump());
      ASSERT_TRUE(jwe.ok()) << jwe.status();
      EXPECT_EQ(HeaderOf(*jwe), json({{"alg", "RSA-OAEP"}, {"enc", "A256GCM"}}));
      EXPECT_EQ(OpenWithRsa(*jwe, key), text);
    }
  }
}

TEST(SealToJwk, SealsToAnEcKeyWithAnEphemeralOne) {
  const EvpPkey key = NewEcKey();
  const absl::StatusOr<std::string> jwe = SealToJwk(Secret("a secret"), EcJwk(key).dump());
  ASSERT_TRUE(jwe.ok()) << jwe.status();
  json header = HeaderOf(*jwe);
  const json ephemeral = header["epk"];
  header.erase("epk");
  EXPECT_EQ(header, json({{"alg", "ECDH-ES"}, {"enc", "A256GCM"}}));
  EXPECT_EQ(ephemeral.size(), 4u);  // No d.
  EXPECT_EQ(ephemeral["crv"], "P-256");
  EXPECT_NE(ephemeral["x"], EcJwk(key)["x"]);
  ASSERT_EQ(Split(*jwe).size(), 5u);
  EXPECT_EQ(Split(*jwe)[1], "");  // Direct key agreement.
  EXPECT_EQ(OpenContent(Split(*jwe), ConcatKdf(Agree(key, ephemeral["x"], ephemeral["y"]))), "a secret");
}

TEST(SealToJwk, SealsTheSameInAnotherWayEachTime) {
  for (const json& jwk : {EcJwk(NewEcKey()), RsaJwk(NewRsaKey(2048))}) {
    const std::vector<std::string> first = Split(SealToJwk(Secret("a secret"), jwk.dump()).value());
    const std::vector<std::string> second = Split(SealToJwk(Secret("a secret"), jwk.dump()).value());
    EXPECT_NE(first[2], second[2]);
    EXPECT_NE(first[3], second[3]);
  }
}

TEST(SealToJwk, RepeatsTheKid) {
  const json jwk = EcJwk(NewEcKey());
  EXPECT_EQ(HeaderOf(SealToJwk(Secret("s"), With(jwk, "kid", "my \"key\"").dump()).value())["kid"], "my \"key\"");
  for (const json& kid : {json(""), json(std::string(257, 'x')), json(std::string("a\0b", 3)), json(1)}) {
    EXPECT_FALSE(HeaderOf(SealToJwk(Secret("s"), With(jwk, "kid", kid).dump()).value()).contains("kid")) << kid;
  }
}

TEST(SealToJwk, TakesAKeyThatIsForThis) {
  EXPECT_TRUE(SealToJwk(Secret("s"), With(With(EcJwk(NewEcKey()), "alg", "ECDH-ES"), "use", "enc").dump()).ok());
  EXPECT_TRUE(SealToJwk(Secret("s"), With(With(RsaJwk(NewRsaKey(2048)), "alg", "RSA-OAEP"), "use", "enc").dump()).ok());
}

TEST(SealToJwk, RefusesAKeyThatIsForSomethingElse) {
  const json ec = EcJwk(NewEcKey());
  const json rsa = RsaJwk(NewRsaKey(2048));
  ExpectRefused(With(ec, "use", "sig"), "not for encryption");
  ExpectRefused(With(ec, "alg", "ES256"), "another alg");
  ExpectRefused(With(ec, "alg", "ECDH-ES+A256KW"), "another alg");
  ExpectRefused(With(rsa, "alg", "RSA-OAEP-256"), "another alg");
  ExpectRefused(With(rsa, "alg", "RSA1_5"), "another alg");
}

TEST(SealToJwk, RefusesPrivateAndSymmetricKeys) {
  const json ec = EcJwk(NewEcKey());
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    ExpectRefused(With(ec, name, "AQAB"), "private member");
    ExpectRefused(With(ec, name, nullptr), "private member");
  }
  ExpectRefused({{"kty", "oct"}, {"k", "AQAB"}}, "private member");
  ExpectRefused({{"kty", "oct"}}, "kty EC");
}

TEST(SealToJwk, RefusesAnEcKeyThatIsNotOnP256) {
  const json ec = EcJwk(NewEcKey());
  ExpectRefused(EcJwk(NewEcKey("P-384"), "P-384", 48), "P-256");
  ExpectRefused(With(ec, "crv", "P-384"), "P-256");
  ExpectRefused(With(ec, "x", ec["y"]), "P-256");  // Not on the curve.
  ExpectRefused(With(ec, "x", Base64UrlEncode(std::string(32, '\0'))), "P-256");
  ExpectRefused(Without(ec, "y"), "P-256");
  ExpectRefused(With(ec, "y", 1), "P-256");
  ExpectRefused({{"kty", "OKP"}, {"crv", "X25519"}, {"x", Base64UrlEncode(std::string(32, 'x'))}}, "kty EC");
}

TEST(SealToJwk, RefusesAWeakOrOversizedRsaKey) {
  const json rsa = RsaJwk(NewRsaKey(2048));
  ExpectRefused(RsaJwk(NewRsaKey(1024)), "2048");
  ExpectRefused(RsaJwk(NewRsaKey(2040)), "2048");
  ExpectRefused(With(rsa, "n", Base64UrlEncode(std::string(1025, '\xff'))), "8192");
  ExpectRefused(With(rsa, "n", Base64UrlEncode(std::string(255, '\xff') + '\xfe')), "modulus");
  ExpectRefused(With(rsa, "n", "*"), "modulus");
  ExpectRefused(Without(rsa, "n"), "modulus");
  for (const std::string& exponent :
       {std::string(), std::string("\x01"), std::string("\x03"), std::string("\x01\x00\x00", 3), "\x01" + std::string(8, '\x01')}) {
    ExpectRefused(With(rsa, "e", Base64UrlEncode(exponent)), "exponent");
  }
}

TEST(SealToJwk, RefusesWhatIsNoJwk) {
  ExpectRefused("", "not a JSON object");
  ExpectRefused("garbage", "not a JSON object");
  ExpectRefused("[]", "not a JSON object");
  ExpectRefused("{}", "kty");
  ExpectRefused(std::string(10000, '['), "not a JSON object");
  ExpectRefused("{\"kty\":\"\xff\"}", "not a JSON object");
  const json ec = EcJwk(NewEcKey());
  EXPECT_TRUE(SealToJwk(Secret("s"), absl::StrCat(ec.dump(), std::string(kMaxRecipientJwkSize - ec.dump().size(), ' '))).ok());
  ExpectRefused(absl::StrCat(ec.dump(), std::string(kMaxRecipientJwkSize - ec.dump().size() + 1, ' ')), "longer");
}

TEST(SealToJwk, LeavesNoCopyOfTheSecretInMemory) {
  // Random, so that it stands nowhere else, such as among the constants of this program.
  std::string text(32, '\0');
  ASSERT_EQ(RAND_bytes(reinterpret_cast<unsigned char*>(text.data()), static_cast<int>(text.size())), 1);
  const std::string disguised = Disguise(text);
  const Secret secret(std::move(text));
  for (const json& jwk : {EcJwk(NewEcKey()), RsaJwk(NewRsaKey(2048))}) {
    const std::string jwe = SealToJwk(secret, jwk.dump()).value();
    EXPECT_EQ(CountInMemory(disguised), 1u);
  }
}

TEST(SealToJwk, LeavesNoCopyOfTheContentKeyInMemory) {
  const EvpPkey key = NewRsaKey(2048);
  const std::string jwe = SealToJwk(Secret("a secret"), RsaJwk(key).dump()).value();
  const Secret content_key(OpenKeyWithRsa(jwe, key));
  EXPECT_EQ(CountInMemory(Disguise(content_key.Expose())), 1u);
}

TEST(SealToJwk, LeavesNoCopyOfTheAgreedSecretInMemory) {
  const EvpPkey key = NewEcKey();
  const std::string jwe = SealToJwk(Secret("a secret"), EcJwk(key).dump()).value();
  const json ephemeral = HeaderOf(jwe)["epk"];
  const Secret agreed(Agree(key, ephemeral["x"], ephemeral["y"]));
  EXPECT_EQ(CountInMemory(Disguise(agreed.Expose())), 1u);
}

TEST(SealToJwk, LeavesNoOpenSslErrorBehind) {
  ERR_clear_error();
  EXPECT_TRUE(SealToJwk(Secret("s"), EcJwk(NewEcKey()).dump()).ok());
  ExpectRefused(With(EcJwk(NewEcKey()), "x", Base64UrlEncode(std::string(32, '\0'))), "P-256");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace signet::hsm
