#include "server/core/published_keys.h"

#include <algorithm>
#include <utility>

namespace signet::core {
namespace {

const keystore::Kid& KidOf(const PublishedKeys::Key& key) { return key->name.kid; }

}  // namespace

void PublishedKeys::Apply(Changes changes) {
  std::erase_if(keys_, [&changes](const Key& key) { return changes.contains(key->meter->uid()); });
  for (auto& [uid, key] : changes) {
    if (key != nullptr) keys_.push_back(std::move(key));
  }
  std::ranges::sort(keys_, {}, KidOf);
}

PublishedKeys::Key PublishedKeys::Find(const keystore::Kid& kid) const {
  const auto found = std::ranges::lower_bound(keys_, kid, {}, KidOf);
  return found != keys_.end() && KidOf(*found) == kid ? *found : nullptr;
}

PublishedKeys::Key PublishedKeys::FindByUid(const keystore::KeyUid& uid) const {
  const auto found = std::ranges::find_if(keys_, [&uid](const Key& key) { return key->meter->uid() == uid; });
  return found == keys_.end() ? nullptr : *found;
}

}  // namespace signet::core
