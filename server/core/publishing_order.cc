#include "server/core/publishing_order.h"

#include <algorithm>

#include "keystore/records.h"

namespace signet::core {
namespace {

using keystore::KeyState;

bool ComesFirst(const PublishedKeys::Key& a, const PublishedKeys::Key& b) {
  const bool a_enabled = a->state == KeyState::kEnabled;
  const bool b_enabled = b->state == KeyState::kEnabled;
  if (a_enabled != b_enabled) return a_enabled;
  // Keys of two rings can have been created in one commit.
  if (a->create_revision != b->create_revision) return a->create_revision > b->create_revision;
  return a->name.kid < b->name.kid;
}

}  // namespace

std::vector<PublishedKeys::Key> InPublishingOrder(const PublishedKeys& keys) {
  std::vector<PublishedKeys::Key> ordered(keys.begin(), keys.end());
  std::sort(ordered.begin(), ordered.end(), ComesFirst);
  return ordered;
}

}  // namespace signet::core
