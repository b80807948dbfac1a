#include "hsm/software_hsm.h"

#include <openssl/rsa.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/mutex.h"
#include "hsm/digest.h"
#include "hsm/ecdsa_signature.h"
#include "hsm/key_spec.h"
#include "hsm/openssl_handle.h"
#include "hsm/openssl_public_key.h"

namespace signet::hsm {
namespace {

struct SoftwareKey {
  KeySpec spec;
  EvpPkey pair;
  PublicKey public_key;
};

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

absl::Status NoSuchKey() { return Error(absl::StatusCode::kNotFound, reason::kKeyNotFound, "there is no such key in memory"); }

class SoftwareHsm : public Hsm {
 public:
  bool Supports(Algorithm) const override { return true; }
  absl::StatusOr<PublicKey> GenerateKey(const KeySpec& spec) override;
  absl::StatusOr<PublicKey> ProveKey(const KeySpec& spec) override;
  absl::Status DestroyKey(absl::string_view id) override;
  absl::StatusOr<std::vector<StoredKey>> ListKeys(absl::string_view label_prefix) override;
  std::unique_ptr<Signer> CreateSigner() override;
  absl::Status CheckHealth() override { return absl::OkStatus(); }

  absl::StatusOr<std::string> Sign(const KeySpec& spec, absl::string_view digest);

 private:
  // Shared: a signature under way keeps its key while another thread destroys it.
  absl::StatusOr<std::shared_ptr<const SoftwareKey>> Find(const KeySpec& spec);

  Mutex mutex_;
  std::map<std::string, std::shared_ptr<const SoftwareKey>> keys_ ABSL_GUARDED_BY(mutex_);
};

class SoftwareSigner : public Signer {
 public:
  explicit SoftwareSigner(SoftwareHsm& hsm) : hsm_(hsm) {}
  absl::StatusOr<std::string> Sign(const KeySpec& key, absl::string_view digest) override { return hsm_.Sign(key, digest); }

 private:
  SoftwareHsm& hsm_;
};

absl::StatusOr<PublicKey> SoftwareHsm::GenerateKey(const KeySpec& spec) {
  SIGNET_RETURN_IF_ERROR(CheckKeySpec(spec));
  const ScopedOpenSslErrors errors;
  EvpPkey pair = GeneratePair(spec.algorithm);
  if (!pair) return Defect("openssl generated no key");
  SIGNET_ASSIGN_OR_RETURN(PublicKey public_key, PublicKey::FromSpki(spec.algorithm, ToSpki(pair.get())));
  auto key = std::make_shared<const SoftwareKey>(SoftwareKey{spec, std::move(pair), public_key});
  MutexLock lock(mutex_);
  if (!keys_.emplace(spec.id, std::move(key)).second) {
    return Error(absl::StatusCode::kAlreadyExists, reason::kKeyExists, "there is a key with this id in memory");
  }
  return public_key;
}

absl::StatusOr<PublicKey> SoftwareHsm::ProveKey(const KeySpec& spec) {
  SIGNET_RETURN_IF_ERROR(CheckKeySpec(spec));
  SIGNET_ASSIGN_OR_RETURN(const std::shared_ptr<const SoftwareKey> key, Find(spec));
  return PublicKey::FromSpki(spec.algorithm, key->public_key.spki_der());
}

absl::Status SoftwareHsm::DestroyKey(absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(id));
  MutexLock lock(mutex_);
  keys_.erase(std::string(id));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredKey>> SoftwareHsm::ListKeys(absl::string_view label_prefix) {
  std::vector<StoredKey> list;
  MutexLock lock(mutex_);
  for (const auto& [id, key] : keys_) {
    if (!absl::StartsWith(key->spec.label, label_prefix)) continue;
    list.push_back({.id = id, .label = key->spec.label, .has_private_key = true, .has_public_key = true});
  }
  return list;
}

std::unique_ptr<Signer> SoftwareHsm::CreateSigner() { return std::make_unique<SoftwareSigner>(*this); }

absl::StatusOr<std::string> SoftwareHsm::Sign(const KeySpec& spec, absl::string_view digest) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(spec.id));
  SIGNET_RETURN_IF_ERROR(CheckDigestSize(spec.algorithm, digest));
  SIGNET_ASSIGN_OR_RETURN(const std::shared_ptr<const SoftwareKey> key, Find(spec));
  const ScopedOpenSslErrors errors;
  const std::string signature = SignWithOpenSsl(spec.algorithm, key->pair.get(), digest);
  if (signature.empty()) return Defect("openssl did not sign");
  return GetAlgorithmInfo(spec.algorithm).key_type == KeyType::kEc ? DerToRawSignature(spec.algorithm, signature) : signature;
}

absl::StatusOr<std::shared_ptr<const SoftwareKey>> SoftwareHsm::Find(const KeySpec& spec) {
  MutexLock lock(mutex_);
  const auto found = keys_.find(spec.id);
  if (found == keys_.end()) return NoSuchKey();
  // Like a token, which knows the type and the size of a key, but not for which padding and hash it was made.
  const AlgorithmInfo& made_for = GetAlgorithmInfo(found->second->spec.algorithm);
  const AlgorithmInfo& wanted = GetAlgorithmInfo(spec.algorithm);
  if (made_for.key_type != wanted.key_type || made_for.bits != wanted.bits) return NoSuchKey();
  return found->second;
}

}  // namespace

std::unique_ptr<Hsm> CreateSoftwareHsm() { return std::make_unique<SoftwareHsm>(); }

}  // namespace signet::hsm
