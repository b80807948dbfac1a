#include "hsm/software_key_wrapper.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "hsm/digest.h"
#include "hsm/openssl_handle.h"

namespace signet::hsm {
namespace {

constexpr size_t kSecretSize = 32;
constexpr absl::Duration kPatience = absl::Seconds(10);

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpenSslFree<EVP_CIPHER_CTX_free>>;

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Wraps or unwraps by AES key wrap with padding; "" if `input` is not what was wrapped by `key`.
std::string RunKeyWrap(const Secret& key, absl::string_view input, int encrypt) {
  const ScopedOpenSslErrors errors;
  const CipherContext context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  std::string output(input.size() + 16, '\0');
  int size = 0;
  if (EVP_CipherInit_ex(context.get(), EVP_aes_256_wrap_pad(), nullptr, Bytes(key.Expose()), nullptr, encrypt) != 1 ||
      EVP_CipherUpdate(context.get(), reinterpret_cast<unsigned char*>(output.data()), &size, Bytes(input),
                       static_cast<int>(input.size())) != 1) {
    return "";
  }
  output.resize(static_cast<size_t>(size));
  return output;
}

std::string Hmac(const Secret& key, absl::string_view message) {
  std::string mac(kSecretSize, '\0');
  HMAC(EVP_sha256(), key.Expose().data(), static_cast<int>(key.Expose().size()), Bytes(message), message.size(),
       reinterpret_cast<unsigned char*>(mac.data()), nullptr);
  return mac;
}

absl::Status NotThisKey(const KeySpec& spec) {
  return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt,
               absl::StrCat("the wrapped key of ", spec.label, " belongs to another key, or was changed"));
}

}  // namespace

class SoftwareKeyWrapper::SoftwareSigner final : public Signer {
 public:
  // Finds the pair of a KeySpec, for one signature.
  using Finder = absl::AnyInvocable<absl::StatusOr<std::shared_ptr<const SoftwarePair>>(const KeySpec& spec)>;

  explicit SoftwareSigner(Finder find) : find_(std::move(find)) {}

  absl::StatusOr<std::string> Sign(const KeySpec& key, absl::string_view digest) override {
    SIGNET_RETURN_IF_ERROR(CheckKeyId(key.id));
    SIGNET_RETURN_IF_ERROR(CheckDigestSize(key.algorithm, digest));
    SIGNET_ASSIGN_OR_RETURN(const std::shared_ptr<const SoftwarePair> pair, find_(key));
    return pair->Sign(key.algorithm, digest);
  }

 private:
  Finder find_;
};

std::unique_ptr<Signer> SoftwareKeyWrapper::CreateSigner(const WrappedKeySource& source) {
  return std::make_unique<SoftwareSigner>([this, &source](const KeySpec& spec) { return Unwrap(spec, source); });
}

std::unique_ptr<Signer> SoftwareKeyWrapper::CreateSignerOf(WrappedKey key) {
  return std::make_unique<SoftwareSigner>([this, key = std::move(key)](const KeySpec& spec) { return UnwrapOne(spec, key); });
}

absl::Status SoftwareKeyWrapper::GenerateWrappingKey(const WrappingKeySpec& spec) {
  SIGNET_RETURN_IF_ERROR(CheckKeySpec({spec.id, spec.label, Algorithm::kEs256}));
  SystemRandom random;
  WrappingKey key = {spec.label, Secret(random.Bytes(kSecretSize)), Secret(random.Bytes(kSecretSize))};
  MutexLock lock(mutex_);
  if (wrapping_keys_.emplace(spec.id, std::move(key)).second) return absl::OkStatus();
  return Error(absl::StatusCode::kAlreadyExists, reason::kKeyExists, "there is a wrapping key with this id in memory");
}

absl::Status SoftwareKeyWrapper::ProveWrappingKey(absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(id));
  return Find(id).status();
}

absl::Status SoftwareKeyWrapper::DestroyWrappingKey(absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(id));
  MutexLock lock(mutex_);
  wrapping_keys_.erase(std::string(id));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredWrappingKey>> SoftwareKeyWrapper::ListWrappingKeys(absl::string_view label_prefix) {
  std::vector<StoredWrappingKey> list;
  MutexLock lock(mutex_);
  for (const auto& [id, key] : wrapping_keys_) {
    if (absl::StartsWith(key.label, label_prefix)) list.push_back({.id = id, .label = key.label, .is_whole = true});
  }
  return list;
}

absl::StatusOr<SoftwareKeyWrapper::WrappingKey> SoftwareKeyWrapper::Find(absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(id));
  MutexLock lock(mutex_);
  const auto found = wrapping_keys_.find(std::string(id));
  if (found != wrapping_keys_.end()) return found->second;
  return Error(absl::StatusCode::kNotFound, reason::kKeyNotFound, "there is no such wrapping key in memory");
}

absl::StatusOr<WrappedKey> SoftwareKeyWrapper::Wrap(const SoftwarePair& pair, absl::string_view wrapping_key_id) {
  SIGNET_ASSIGN_OR_RETURN(const WrappingKey key, Find(wrapping_key_id));
  SIGNET_ASSIGN_OR_RETURN(const Secret private_key, pair.ToPkcs8());
  WrappedKey wrapped = {std::string(wrapping_key_id), pair.public_key().spki_der(),
                        RunKeyWrap(key.wrapping, private_key.Expose(), 1), ""};
  wrapped.mac = Hmac(key.binding, BindingOf(pair.spec(), wrapped));
  return wrapped;
}

absl::StatusOr<WrappedKey> SoftwareKeyWrapper::GenerateWrappedKey(const KeySpec& spec, absl::string_view wrapping_key_id) {
  SIGNET_RETURN_IF_ERROR(CheckKeySpec(spec));
  SIGNET_ASSIGN_OR_RETURN(const std::shared_ptr<const SoftwarePair> pair, SoftwarePair::Generate(spec));
  return Wrap(*pair, wrapping_key_id);
}

absl::StatusOr<WrappedKey> SoftwareKeyWrapper::Rewrap(const KeySpec& spec, const WrappedKey& key,
                                                      absl::string_view wrapping_key_id) {
  SIGNET_RETURN_IF_ERROR(CheckKeySpec(spec));
  SIGNET_ASSIGN_OR_RETURN(const std::shared_ptr<const SoftwarePair> pair, UnwrapOne(spec, key));
  return Wrap(*pair, wrapping_key_id);
}

absl::StatusOr<std::shared_ptr<const SoftwarePair>> SoftwareKeyWrapper::UnwrapOne(const KeySpec& spec, const WrappedKey& wrapped) {
  SIGNET_ASSIGN_OR_RETURN(const WrappingKey key, Find(wrapped.wrapping_key_id));
  if (Hmac(key.binding, BindingOf(spec, wrapped)) != wrapped.mac) return NotThisKey(spec);
  const Secret private_key(RunKeyWrap(key.wrapping, wrapped.blob, 0));
  absl::StatusOr<std::shared_ptr<const SoftwarePair>> pair = SoftwarePair::FromPkcs8(spec, private_key);
  if (!pair.ok() || (*pair)->public_key().spki_der() != wrapped.public_key_der) return NotThisKey(spec);
  return pair;
}

absl::StatusOr<std::shared_ptr<const SoftwarePair>> SoftwareKeyWrapper::Unwrap(const KeySpec& spec,
                                                                               const WrappedKeySource& source) {
  const auto is_alive = [](const SoftwarePair&) { return true; };
  std::shared_ptr<const SoftwarePair> known = cache_.Find(spec, is_alive);
  if (known != nullptr) return known;
  return cache_.Get(spec, kPatience, is_alive, [&]() -> absl::StatusOr<std::shared_ptr<const SoftwarePair>> {
    SIGNET_ASSIGN_OR_RETURN(const WrappedKey wrapped, source.FindWrappedKey(spec.id));
    return UnwrapOne(spec, wrapped);
  });
}

}  // namespace signet::hsm
