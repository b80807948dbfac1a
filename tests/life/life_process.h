#ifndef SIGNET_TESTS_LIFE_LIFE_PROCESS_H_
#define SIGNET_TESTS_LIFE_LIFE_PROCESS_H_

#include <memory>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/recording_logger.h"
#include "hsm/hsm.h"
#include "keystore/key_store.h"
#include "server/core/key_directory.h"
#include "server/core/key_rings.h"
#include "server/core/keys.h"
#include "server/core/metrics.h"
#include "server/core/rotation_scheduler.h"
#include "server/core/services.h"
#include "server/core/signing_ledger.h"
#include "server/core/step_observer.h"
#include "server/core/tenants.h"
#include "server/core/tokens.h"

namespace signet::testing {

inline constexpr char kPublicUrl[] = "https://signet.example";

// LifeProcess is what one process has over a store and an HSM, which outlive it: another one is a restart. Nothing in it runs by
// itself, but that the ledger's thread writes what a signature waits for.
struct LifeProcess {
  LifeProcess(keystore::KeyStore& store, hsm::Hsm& hsm, const Clock& clock, Random& random, core::StepObserver& steps)
      : directory({.public_url = kPublicUrl, .instance_id = *store.InstanceId()}, store),
        ledger({.flush_interval = absl::Hours(1)}, store),
        services{store, hsm, directory, ledger, clock, random, steps, log, *store.InstanceId(), kPublicUrl},
        keys(services),
        rings(services),
        tenants(services),
        tokens(directory, ledger, clock, random),
        scheduler({}, services, metrics),
        signer(hsm.CreateSigner()) {}

  core::KeyDirectory directory;
  core::SigningLedger ledger;
  RecordingLogger log;
  core::Metrics metrics{"test"};
  core::Services services;
  core::Keys keys;
  core::KeyRings rings;
  core::Tenants tenants;
  core::Tokens tokens;
  core::RotationScheduler scheduler;
  std::unique_ptr<hsm::Signer> signer;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_LIFE_LIFE_PROCESS_H_
