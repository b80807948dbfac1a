#ifndef SIGNET_SERVER_CORE_PUBLISHING_ORDER_H_
#define SIGNET_SERVER_CORE_PUBLISHING_ORDER_H_

#include <vector>

#include "server/core/published_keys.h"

namespace signet::core {

// The keys of a tenant in the order in which every document shows them: the ENABLED ones first, then by age, the youngest first.
std::vector<PublishedKeys::Key> InPublishingOrder(const PublishedKeys& keys);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PUBLISHING_ORDER_H_
