#ifndef SIGNET_SERVER_CORE_PUBLISHED_KEYS_H_
#define SIGNET_SERVER_CORE_PUBLISHED_KEYS_H_

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "keystore/ids.h"
#include "server/core/published_key.h"

namespace signet::core {

// PublishedKeys are those of a tenant, found by their kid, in as little memory as they can be in. Mostly they are a handful; a
// change of one costs as much as all of them, so changes are made together.
class PublishedKeys {
 public:
  using Key = std::shared_ptr<const PublishedKey>;  // Shared between the snapshots of a tenant.

  // What becomes of keys: each takes the place of its former form if there is one, and nullptr removes it.
  using Changes = std::map<keystore::KeyUid, Key>;
  void Apply(Changes changes);
  // Gives memory back that only further keys would need.
  void ShrinkToFit() { keys_.shrink_to_fit(); }

  // nullptr if there is no such key.
  Key Find(const keystore::Kid& kid) const;
  Key FindByUid(const keystore::KeyUid& uid) const;

  bool empty() const { return keys_.empty(); }
  size_t size() const { return keys_.size(); }
  // By kid.
  auto begin() const { return keys_.begin(); }
  auto end() const { return keys_.end(); }

 private:
  std::vector<Key> keys_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PUBLISHED_KEYS_H_
