#ifndef SIGNET_HSM_PKCS11_KEY_WRAPPER_H_
#define SIGNET_HSM_PKCS11_KEY_WRAPPER_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/mutex.h"
#include "base/random.h"
#include "hsm/key_wrapper.h"
#include "hsm/pkcs11_token.h"
#include "hsm/pkcs11_unwrapper.h"

namespace signet::hsm {

// Pkcs11KeyWrapper is the KeyWrapper of Pkcs11Hsm.
class Pkcs11KeyWrapper final : public KeyWrapper {
 public:
  // Borrows `token` and `random`. Keeps `capacity` keys unwrapped.
  Pkcs11KeyWrapper(Pkcs11Token& token, Random& random, size_t capacity);

  absl::Status CheckWraps(Algorithm algorithm) override;
  absl::Status GenerateWrappingKey(const WrappingKeySpec& spec) override;
  absl::Status ProveWrappingKey(absl::string_view id) override;
  absl::Status DestroyWrappingKey(absl::string_view id) override;
  absl::StatusOr<std::vector<StoredWrappingKey>> ListWrappingKeys(absl::string_view label_prefix) override;
  absl::StatusOr<WrappedKey> GenerateWrappedKey(const KeySpec& spec, absl::string_view wrapping_key_id) override;
  absl::StatusOr<WrappedKey> Rewrap(const KeySpec& spec, const WrappedKey& key, absl::string_view wrapping_key_id) override;
  std::unique_ptr<Signer> CreateSigner(const WrappedKeySource& source) override;
  std::unique_ptr<Signer> CreateSignerOf(WrappedKey key) override;
  void Forget(absl::string_view id) override { unwrapper_.Forget(id); }
  WrappingStatistics GetStatistics() const override { return unwrapper_.statistics(); }

 private:
  // Makes a wrapped key, once more if that fails in a way that may pass, with these wrapping keys found anew. `attempt` must leave
  // nothing behind when it fails.
  absl::StatusOr<WrappedKey> AttemptTwice(absl::Span<const absl::string_view> wrapping_keys,
                                          absl::FunctionRef<absl::StatusOr<WrappedKey>()> attempt);
  absl::StatusOr<WrappedKey> WrapNewPair(const KeySpec& spec, absl::string_view wrapping_key_id);
  absl::StatusOr<WrappedKey> WrapAnew(const KeySpec& spec, const WrappedKey& key, absl::string_view wrapping_key_id);
  // Binds what was wrapped, and proves it by unwrapping it once.
  absl::StatusOr<WrappedKey> BindAndProve(const KeySpec& spec, WrappedKey wrapped);
  absl::Status TryToWrap(Algorithm algorithm);

  Pkcs11Token& token_;
  Random& random_;
  Pkcs11Unwrapper unwrapper_;

  Mutex mutex_;
  // What trials came to, by the algorithm that was tried.
  std::map<Algorithm, absl::Status> trials_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_PKCS11_KEY_WRAPPER_H_
