#ifndef SIGNET_SERVER_CORE_SERVICES_H_
#define SIGNET_SERVER_CORE_SERVICES_H_

#include <string>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/random.h"
#include "hsm/hsm.h"
#include "keystore/key_store.h"
#include "server/core/key_directory.h"
#include "server/core/signing_ledger.h"
#include "server/core/step_observer.h"

namespace signet::core {

// What the use cases of this folder work with; all borrowed, all thread-safe.
struct Services {
  keystore::KeyStore& store;
  hsm::Hsm& hsm;
  KeyDirectory& directory;
  SigningLedger& ledger;
  const Clock& clock;
  Random& random;
  StepObserver& steps;
  // For what goes wrong behind a reply; what goes wrong before one is in the reply.
  Logger& logger;
  // The store's InstanceId.
  std::string instance_id;
  // As in KeyDirectory::Options: the root of derived issuers.
  std::string public_url;

  // The time as the store keeps it, in whole microseconds, so that a reply shows what later ones will.
  absl::Time Now() const { return absl::FromUnixMicros(absl::ToUnixMicros(clock.Now())); }
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SERVICES_H_
