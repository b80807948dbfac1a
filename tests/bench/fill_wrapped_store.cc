// Fills the store that a `signetd --dev` has left in a folder directly: tenants, each with its ring, and in the rings of some of
// them a WRAPPED key that signs. The keys are made by the token as the product makes them, each with its certificate, by its own
// functions; only the commits are fewer. The rings keep no NEXT key, so that the server makes none while it is measured.
//
// Usage: fill_wrapped_store FOLDER TENANTS KEYS      (many_tenants_cost runs it)
#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/random.h"
#include "base/secret.h"
#include "hsm/key_wrapper.h"
#include "hsm/pkcs11_hsm.h"
#include "hsm/public_key.h"
#include "keystore/key_store.h"
#include "keystore/lifecycle.h"
#include "keystore/policy.h"
#include "keystore/records.h"
#include "keystore/sqlite_key_store.h"
#include "nlohmann/json.hpp"
#include "server/core/key_certificate.h"
#include "server/core/key_directory.h"
#include "server/core/key_generation.h"
#include "server/core/published_key.h"
#include "server/core/services.h"
#include "server/core/signing_ledger.h"
#include "server/core/step_observer.h"
#include "server/core/stored_wrapped_keys.h"
#include "server/core/wrapping_key_creation.h"
#include "tests/bench/dev_signet.h"
#include "tests/bench/many_tenants.h"
#include "tests/bench/store_filling.h"

namespace signet::bench {
namespace {

constexpr int kTenantsPerCommit = 1000;

struct MadeKey {
  keystore::KeyRecord record;
  keystore::WrappedKeyRecord wrapped;
};

// As GenerateIntendedKey and EnableKey make one.
MadeKey MakeKey(const core::Services& services, const keystore::RingRecord& ring, const std::string& wrapping_key_id) {
  keystore::KeyRecord key = core::NewPendingKey(services, ring, keystore::Kid(), "");
  const hsm::KeySpec spec = core::HsmKeySpec(services.instance_id, key);
  hsm::KeyWrapper& wrapper = services.hsm.key_wrapper();
  const hsm::WrappedKey wrapped = ValueOrDie(wrapper.GenerateWrappedKey(spec, wrapping_key_id));
  const hsm::PublicKey public_key = ValueOrDie(hsm::PublicKey::FromSpki(spec.algorithm, wrapped.public_key_der));
  const std::unique_ptr<hsm::Signer> signer = wrapper.CreateSignerOf(wrapped);
  key.public_key_der = public_key.spki_der();
  key.certificate_chain = {ValueOrDie(core::IssueCertificate(services, key, public_key, *signer))};
  key.kid = keystore::Kid(public_key.thumbprint());
  for (const keystore::KeyVerb verb : {keystore::KeyVerb::kGenerated, keystore::KeyVerb::kEnable}) {
    key = ValueOrDie(keystore::Apply(key, verb, keystore::Force::kYes, services.Now(), keystore::Resolve(ring.policy)));
  }
  return {key, core::ToRecord(key.uid, wrapped)};
}

// Makes a key for each ring, on as many threads as there are cores, and commits them.
void MakeKeys(const core::Services& services, const std::vector<keystore::RingRecord>& rings, const std::string& wrapping_key_id) {
  std::vector<MadeKey> made(rings.size());
  std::vector<std::thread> makers;
  const size_t count = std::max(std::thread::hardware_concurrency(), 1u);
  for (size_t maker = 0; maker < count; ++maker) {
    makers.emplace_back([&, maker] {
      for (size_t i = maker; i < rings.size(); i += count) made[i] = MakeKey(services, rings[i], wrapping_key_id);
    });
  }
  for (std::thread& maker : makers) maker.join();
  std::vector<keystore::Record> records;
  for (MadeKey& key : made) {
    records.emplace_back(std::move(key.record));
    records.emplace_back(std::move(key.wrapped));
  }
  if (!records.empty()) CommitNew(services.store, std::move(records));
}

void Fill(const core::Services& services, const ManyTenants& many) {
  const keystore::WrappingKeyRecord wrapping_key = ValueOrDie(core::CurrentWrappingKey(services, {"bench", ""}));
  const std::string wrapping_key_id = absl::HexStringToBytes(wrapping_key.uid.value());
  const absl::Time begin = absl::Now();
  for (int first = 0; first < many.tenants; first += kTenantsPerCommit) {
    const int end = std::min(first + kTenantsPerCommit, many.tenants);
    std::vector<keystore::Record> records;
    std::vector<keystore::RingRecord> hot;
    for (int i = first; i < end; ++i) {
      keystore::TenantRecord tenant = NewTenant(ManyTenants::TenantId(i), services.Now());
      tenant.display_name = tenant.id.value();
      keystore::RingRecord ring = NewRing(tenant);
      ring.protection = keystore::Protection::kWrapped;
      ring.policy.keep_next = false;
      if (many.HasKey(i)) hot.push_back(ring);
      records.emplace_back(std::move(tenant));
      records.emplace_back(std::move(ring));
    }
    CommitNew(services.store, std::move(records));
    MakeKeys(services, hot, wrapping_key_id);
    std::fprintf(stderr, "\rfilled %d of %d tenants in %.0f s", end, many.tenants, absl::ToDoubleSeconds(absl::Now() - begin));
  }
  std::fprintf(stderr, "\n");
}

int Main(int argc, char** argv) {
  if (argc != 4) DieUnless(absl::InvalidArgumentError("usage: fill_wrapped_store FOLDER TENANTS KEYS"));
  const std::string folder = argv[1];
  const ManyTenants many{std::atoi(argv[2]), std::atoi(argv[3])};
  if (many.keys < 1 || many.keys > many.tenants) DieUnless(absl::InvalidArgumentError("KEYS must be 1 to TENANTS"));
  setenv("SOFTHSM2_CONF", (folder + "/softhsm2.conf").c_str(), 1);
  const auto dev = nlohmann::json::parse(ReadFile(folder + "/dev.json"));
  SystemRandom random;
  const std::unique_ptr<keystore::KeyStore> store = ValueOrDie(keystore::CreateSqliteKeyStore(folder + "/signet.db"));
  const std::unique_ptr<hsm::Hsm> hsm = ValueOrDie(hsm::Pkcs11Hsm::Create({.module_path = dev["token_module"],
                                                                           .token_label = kDevTokenLabel,
                                                                           .pin = Secret(ReadLine(dev["token_pin_file"])),
                                                                           .random = &random}));
  const std::string instance_id = ValueOrDie(store->InstanceId());
  const std::string public_url = dev["https_url"];
  core::KeyDirectory directory({.public_url = public_url, .instance_id = instance_id}, *store);
  core::SigningLedger ledger(core::SigningLedger::Options(), *store);
  const SystemClock clock;
  core::StepObserver steps;
  NullLogger logger;
  Fill({*store, *hsm, directory, ledger, clock, random, steps, logger, instance_id, public_url}, many);
  return 0;
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) { return signet::bench::Main(argc, argv); }
