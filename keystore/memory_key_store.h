#ifndef SIGNET_KEYSTORE_MEMORY_KEY_STORE_H_
#define SIGNET_KEYSTORE_MEMORY_KEY_STORE_H_

#include <memory>

#include "keystore/key_store.h"

namespace signet::keystore {

// Makes a store that lives in memory, for tests. It keeps times as the others do, in microseconds.
std::unique_ptr<KeyStore> CreateMemoryKeyStore();

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_MEMORY_KEY_STORE_H_
