#ifndef SIGNET_SERVER_CORE_PUBLISHED_KEYS_H_
#define SIGNET_SERVER_CORE_PUBLISHED_KEYS_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "keystore/ids.h"
#include "server/core/published_key.h"

namespace signet::core {

// PublishedKeys are those of a tenant: a handful, found by their kid, in as little memory as they can be in.
class PublishedKeys {
 public:
  using Key = std::shared_ptr<const PublishedKey>;  // Shared between the snapshots of a tenant.

  // Adds a key, in place of its former form if there is one.
  void Put(Key key);
  // Does nothing if there is no such key.
  void Remove(const keystore::KeyUid& uid);
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
