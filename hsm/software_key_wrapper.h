#ifndef SIGNET_HSM_SOFTWARE_KEY_WRAPPER_H_
#define SIGNET_HSM_SOFTWARE_KEY_WRAPPER_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "base/secret.h"
#include "hsm/key_wrapper.h"
#include "hsm/software_pair.h"
#include "hsm/unwrapped_key_cache.h"

namespace signet::hsm {

// SoftwareKeyWrapper is a KeyWrapper whose wrapping keys live in this process's memory and die with it; it wraps with OpenSSL. For
// tests, as SoftwareHsm. Keeps `capacity` keys unwrapped.
class SoftwareKeyWrapper final : public KeyWrapper {
 public:
  explicit SoftwareKeyWrapper(size_t capacity) : cache_(capacity) {}

  absl::Status CheckWraps(Algorithm) override { return absl::OkStatus(); }
  absl::Status GenerateWrappingKey(const WrappingKeySpec& spec) override;
  absl::Status ProveWrappingKey(absl::string_view id) override;
  absl::Status DestroyWrappingKey(absl::string_view id) override;
  absl::StatusOr<std::vector<StoredWrappingKey>> ListWrappingKeys(absl::string_view label_prefix) override;
  absl::StatusOr<WrappedKey> GenerateWrappedKey(const KeySpec& spec, absl::string_view wrapping_key_id) override;
  absl::StatusOr<WrappedKey> Rewrap(const KeySpec& spec, const WrappedKey& key, absl::string_view wrapping_key_id) override;
  std::unique_ptr<Signer> CreateSigner(const WrappedKeySource& source) override;
  std::unique_ptr<Signer> CreateSignerOf(WrappedKey key) override;
  void Forget(absl::string_view id) override { cache_.Erase(id); }
  WrappingStatistics GetStatistics() const override { return cache_.statistics(); }

 private:
  struct WrappingKey {
    std::string label;
    Secret wrapping;
    Secret binding;
  };

  class SoftwareSigner;

  absl::StatusOr<WrappingKey> Find(absl::string_view id);
  // Unwraps a key, unless it is unwrapped.
  absl::StatusOr<std::shared_ptr<const SoftwarePair>> Unwrap(const KeySpec& spec, const WrappedKeySource& source);
  absl::StatusOr<WrappedKey> Wrap(const SoftwarePair& pair, absl::string_view wrapping_key_id);
  absl::StatusOr<std::shared_ptr<const SoftwarePair>> UnwrapOne(const KeySpec& spec, const WrappedKey& wrapped);

  UnwrappedKeyCache<SoftwarePair> cache_;
  Mutex mutex_;
  std::map<std::string, WrappingKey> wrapping_keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SOFTWARE_KEY_WRAPPER_H_
