#ifndef SIGNET_KEYSTORE_REVISION_H_
#define SIGNET_KEYSTORE_REVISION_H_

#include <cstdint>

namespace signet::keystore {

// A Revision counts the commits of a store, from 1. A record carries that of the commit that last wrote it; 0 means not yet stored.
using Revision = int64_t;

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_REVISION_H_
