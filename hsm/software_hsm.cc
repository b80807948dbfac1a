#include "hsm/software_hsm.h"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/mutex.h"
#include "hsm/digest.h"
#include "hsm/key_spec.h"
#include "hsm/software_key_wrapper.h"
#include "hsm/software_pair.h"

namespace signet::hsm {
namespace {

// So few that tests see it make room.
constexpr size_t kUnwrappedKeys = 16;

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
  KeyWrapper& key_wrapper() override { return key_wrapper_; }

  absl::StatusOr<std::string> Sign(const KeySpec& spec, absl::string_view digest);

 private:
  // Shared: a signature under way keeps its key while another thread destroys it.
  absl::StatusOr<std::shared_ptr<const SoftwarePair>> Find(const KeySpec& spec);

  SoftwareKeyWrapper key_wrapper_{kUnwrappedKeys};
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<const SoftwarePair>> keys_ ABSL_GUARDED_BY(mutex_);
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
  SIGNET_ASSIGN_OR_RETURN(std::shared_ptr<const SoftwarePair> pair, SoftwarePair::Generate(spec));
  PublicKey public_key = pair->public_key();
  MutexLock lock(mutex_);
  if (!keys_.emplace(spec.id, std::move(pair)).second) {
    return Error(absl::StatusCode::kAlreadyExists, reason::kKeyExists, "there is a key with this id in memory");
  }
  return public_key;
}

absl::StatusOr<PublicKey> SoftwareHsm::ProveKey(const KeySpec& spec) {
  SIGNET_RETURN_IF_ERROR(CheckKeySpec(spec));
  SIGNET_ASSIGN_OR_RETURN(const std::shared_ptr<const SoftwarePair> key, Find(spec));
  return PublicKey::FromSpki(spec.algorithm, key->public_key().spki_der());
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
    if (!absl::StartsWith(key->spec().label, label_prefix)) continue;
    list.push_back({.id = id, .label = key->spec().label, .has_private_key = true, .has_public_key = true});
  }
  return list;
}

std::unique_ptr<Signer> SoftwareHsm::CreateSigner() { return std::make_unique<SoftwareSigner>(*this); }

absl::StatusOr<std::string> SoftwareHsm::Sign(const KeySpec& spec, absl::string_view digest) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(spec.id));
  SIGNET_RETURN_IF_ERROR(CheckDigestSize(spec.algorithm, digest));
  SIGNET_ASSIGN_OR_RETURN(const std::shared_ptr<const SoftwarePair> key, Find(spec));
  return key->Sign(spec.algorithm, digest);
}

absl::StatusOr<std::shared_ptr<const SoftwarePair>> SoftwareHsm::Find(const KeySpec& spec) {
  MutexLock lock(mutex_);
  const auto found = keys_.find(spec.id);
  if (found == keys_.end()) return NoSuchKey();
  // Like a token, which knows the type and the size of a key, but not for which padding and hash it was made.
  const AlgorithmInfo& made_for = GetAlgorithmInfo(found->second->spec().algorithm);
  const AlgorithmInfo& wanted = GetAlgorithmInfo(spec.algorithm);
  if (made_for.key_type != wanted.key_type || made_for.bits != wanted.bits) return NoSuchKey();
  return found->second;
}

}  // namespace

std::unique_ptr<Hsm> CreateSoftwareHsm() { return std::make_unique<SoftwareHsm>(); }

}  // namespace signet::hsm
