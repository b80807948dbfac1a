#include "hsm/software_pair.h"

#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstddef>

#include "base/error.h"
#include "hsm/ecdsa_signature.h"
#include "hsm/openssl_public_key.h"

namespace signet::hsm {
namespace {

EvpPkey GeneratePair(Algorithm algorithm) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  switch (info.key_type) {
    case KeyType::kEc:
      return EvpPkey(EVP_EC_gen(CurveGroupName(algorithm)));
    case KeyType::kRsa:
      return EvpPkey(EVP_RSA_gen(static_cast<unsigned>(info.bits)));
    case KeyType::kEd25519:
      return EvpPkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  }
  return nullptr;
}

// Returns a signature as OpenSSL lays it out; "" if OpenSSL fails.
std::string SignWithOpenSsl(Algorithm algorithm, EVP_PKEY* pair, absl::string_view digest) {
  const unsigned char* input = reinterpret_cast<const unsigned char*>(digest.data());
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(pair));
  std::string signature(size, '\0');
  unsigned char* output = reinterpret_cast<unsigned char*>(signature.data());
  if (GetAlgorithmInfo(algorithm).hash == Hash::kNone) {
    const EvpMdCtx context(EVP_MD_CTX_new());
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pair) != 1 ||
        EVP_DigestSign(context.get(), output, &size, input, digest.size()) != 1) {
      return "";
    }
  } else {
    const EvpPkeyCtx context(EVP_PKEY_CTX_new(pair, nullptr));
    if (EVP_PKEY_sign_init(context.get()) != 1 || !ConfigureContext(algorithm, context.get()) ||
        EVP_PKEY_sign(context.get(), output, &size, input, digest.size()) != 1) {
      return "";
    }
  }
  signature.resize(size);
  return signature;
}

using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, OpenSslFree<PKCS8_PRIV_KEY_INFO_free>>;

}  // namespace

absl::StatusOr<std::shared_ptr<const SoftwarePair>> SoftwarePair::Generate(const KeySpec& spec) {
  const ScopedOpenSslErrors errors;
  return Make(spec, GeneratePair(spec.algorithm));
}

absl::StatusOr<std::shared_ptr<const SoftwarePair>> SoftwarePair::FromPkcs8(const KeySpec& spec, const Secret& der) {
  const ScopedOpenSslErrors errors;
  const unsigned char* begin = reinterpret_cast<const unsigned char*>(der.Expose().data());
  const Pkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &begin, static_cast<long>(der.Expose().size())));
  return Make(spec, info ? EvpPkey(EVP_PKCS82PKEY(info.get())) : nullptr);
}

absl::StatusOr<std::shared_ptr<const SoftwarePair>> SoftwarePair::Make(const KeySpec& spec, EvpPkey pair) {
  if (!pair) return Defect("openssl made no key");
  absl::StatusOr<PublicKey> public_key = PublicKey::FromSpki(spec.algorithm, ToSpki(pair.get()));
  if (!public_key.ok()) return Defect(public_key.status().message());
  return std::shared_ptr<const SoftwarePair>(new SoftwarePair(spec, std::move(pair), *std::move(public_key)));
}

absl::StatusOr<Secret> SoftwarePair::ToPkcs8() const {
  const ScopedOpenSslErrors errors;
  const Pkcs8 info(EVP_PKEY2PKCS8(pair_.get()));
  unsigned char* der = nullptr;
  const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der) : 0;
  if (size <= 0) return Defect("openssl writes no key");
  Secret secret(std::string(reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  OPENSSL_clear_free(der, static_cast<size_t>(size));
  return secret;
}

absl::StatusOr<std::string> SoftwarePair::Sign(Algorithm algorithm, absl::string_view digest) const {
  const ScopedOpenSslErrors errors;
  const std::string signature = SignWithOpenSsl(algorithm, pair_.get(), digest);
  if (signature.empty()) return Defect("openssl did not sign");
  return GetAlgorithmInfo(algorithm).key_type == KeyType::kEc ? DerToRawSignature(algorithm, signature) : signature;
}

}  // namespace signet::hsm
