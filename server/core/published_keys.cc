#include "server/core/published_keys.h"

#include <algorithm>
#include <utility>

namespace signet::core {
namespace {

const keystore::Kid& KidOf(const PublishedKeys::Key& key) { return key->name.kid; }

}  // namespace

void PublishedKeys::Put(Key key) {
  Remove(key->meter->uid());
  const auto place = std::ranges::upper_bound(keys_, KidOf(key), {}, KidOf);
  keys_.insert(place, std::move(key));
}

void PublishedKeys::Remove(const keystore::KeyUid& uid) {
  std::erase_if(keys_, [&uid](const Key& key) { return key->meter->uid() == uid; });
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
