#ifndef SIGNET_SERVER_CORE_SEEDED_STORE_H_
#define SIGNET_SERVER_CORE_SEEDED_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "hsm/algorithm.h"
#include "hsm/hsm.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/names.h"

namespace signet::core {

// SeededStore is a store and an HSM in memory that a test fills directly, around the use cases. What goes wrong fails the test.
class SeededStore {
 public:
  SeededStore();

  keystore::KeyStore& store() { return *store_; }
  hsm::Hsm& hsm() { return *hsm_; }
  const std::string& instance_id() const { return instance_id_; }

  // Commits records in one step over whatever revisions are stored.
  void Put(std::vector<keystore::Record> records);

  // Commits a tenant, and its ring `access-token`, whose name is returned.
  RingName AddTenant(const std::string& id);
  void AddRing(const RingName& name, const keystore::KeyPolicy& policy = {});
  // Generates a key in the HSM and commits it. Its kid is the thumbprint.
  keystore::KeyRecord AddKey(const RingName& ring, hsm::Algorithm algorithm, keystore::KeyState state);
  // Commits `key` with another state, and sets it in `key`.
  void SetState(keystore::KeyRecord& key, keystore::KeyState state);

 private:
  const std::unique_ptr<keystore::KeyStore> store_;
  const std::unique_ptr<hsm::Hsm> hsm_;
  std::string instance_id_;
  SystemRandom random_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SEEDED_STORE_H_
