// The second client of a token, which shares no code with hsm/: it signs a digest with a key that it finds through libp11.
//
//   libp11_signer MODULE TOKEN_LABEL PIN KEY_ID_HEX ec|pkcs1|pss|list DIGEST_HEX
//
// Prints the signature in hexadecimal (DER for EC); with `list`, the labels of the private keys instead.
#include <libp11.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <cstdio>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace {

int Fail(const char* what) {
  std::fprintf(stderr, "%s failed\n", what);
  ERR_print_errors_fp(stderr);
  return 1;
}

int Sign(PKCS11_KEY* key, const std::string& scheme, const std::string& digest) {
  EVP_PKEY* pkey = PKCS11_get_private_key(key);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(pkey, nullptr);
  if (context == nullptr || EVP_PKEY_sign_init(context) != 1) return Fail("EVP_PKEY_sign_init");
  EVP_PKEY_CTX_set_signature_md(context, EVP_sha256());
  if (scheme == "pss") {
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST);
    EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256());
  }
  std::string signature(static_cast<size_t>(EVP_PKEY_get_size(pkey)), '\0');
  size_t size = signature.size();
  if (EVP_PKEY_sign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                    reinterpret_cast<const unsigned char*>(digest.data()), digest.size()) != 1) {
    return Fail("EVP_PKEY_sign");
  }
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(pkey);
  std::printf("%s\n", absl::BytesToHexString(signature.substr(0, size)).c_str());
  return 0;
}

int Run(PKCS11_SLOT* slot, const std::string& pin, const std::string& id, const std::string& scheme, const std::string& digest) {
  if (PKCS11_login(slot, 0, pin.c_str()) != 0) return Fail("PKCS11_login");
  PKCS11_KEY* keys = nullptr;
  unsigned count = 0;
  if (PKCS11_enumerate_keys(slot->token, &keys, &count) != 0) return Fail("PKCS11_enumerate_keys");
  for (unsigned i = 0; i < count; ++i) {
    if (scheme == "list") {
      std::printf("%s\n", keys[i].label);
    } else if (std::string(reinterpret_cast<const char*>(keys[i].id), keys[i].id_len) == id) {
      return Sign(&keys[i], scheme, digest);
    }
  }
  return scheme == "list" ? 0 : Fail("the search for the key");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return Fail("the command line");
  PKCS11_CTX* context = PKCS11_CTX_new();
  if (PKCS11_CTX_load(context, argv[1]) != 0) return Fail("PKCS11_CTX_load");
  PKCS11_SLOT* slots = nullptr;
  unsigned count = 0;
  if (PKCS11_enumerate_slots(context, &slots, &count) != 0) return Fail("PKCS11_enumerate_slots");
  int result = -1;
  for (unsigned i = 0; i < count; ++i) {
    if (slots[i].token == nullptr || absl::StripTrailingAsciiWhitespace(slots[i].token->label) != argv[2]) continue;
    result = Run(&slots[i], argv[3], absl::HexStringToBytes(argv[4]), argv[5], absl::HexStringToBytes(argv[6]));
  }
  PKCS11_release_all_slots(context, slots, count);
  PKCS11_CTX_unload(context);
  PKCS11_CTX_free(context);
  return result < 0 ? Fail("the search for the token") : result;
}
