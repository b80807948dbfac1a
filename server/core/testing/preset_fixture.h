#ifndef SIGNET_SERVER_CORE_TESTING_PRESET_FIXTURE_H_
#define SIGNET_SERVER_CORE_TESTING_PRESET_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/core/metrics.h"
#include "server/core/rotation_scheduler.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/tokens.h"

namespace signet::core {

// PresetTest is a CoreTest with one ring of a preset, `preset_ring_`, whose keys are the only ones of the tenant, and with all that
// its keys are for: tokens, the JWKS and the scheduler.
class PresetTest : public CoreTest {
 protected:
  explicit PresetTest(keystore::Preset preset);

  RingView Ring();
  void Update(const RingUpdate& update);
  // The ring's keys that are not DESTROYED, in the order of their creation.
  std::vector<KeyView> Keys();
  // The kids of the keys with a role, in the order of their creation, and the only one of them.
  std::vector<std::string> KidsWith(keystore::KeyRole role);
  std::string Current() { return Only(keystore::KeyRole::kCurrent); }
  std::string Next() { return Only(keystore::KeyRole::kNext); }
  std::string Previous() { return Only(keystore::KeyRole::kPrevious); }
  // The kids in the tenant's JWKS, sorted.
  std::vector<std::string> JwksKids();
  KeyName Key(const std::string& kid) const { return {preset_ring_, keystore::Kid(kid)}; }

  // A key of the ring; the second one signs, and was enabled with force.
  KeyName NewKeyOfRing(const std::string& kid) { return NewKeyIn(preset_ring_, kid); }
  KeyName NewSigningKey(const std::string& kid);
  absl::StatusOr<RotationResult> Rotate(const RotateCommand& command = {}, const ChangeRequest& request = Call());
  // A pass of the scheduler, which must succeed.
  void Pass();

  std::string Sign(std::optional<absl::Duration> ttl = std::nullopt);
  // Who signed a token.
  std::string SignerOf(const std::string& token);
  absl::Status Verify(const std::string& token);

  const RingName preset_ring_ = {acme_, keystore::RingId("preset")};
  Metrics metrics_{"test"};
  RotationScheduler scheduler_{{}, services(), metrics_};
  std::unique_ptr<hsm::Signer> signer_ = hsm_->CreateSigner();
  Tokens tokens_{directory(), core_->ledger, clock_, random_};

 private:
  std::string Only(keystore::KeyRole role);
};

inline constexpr absl::Duration kDay = absl::Hours(24);

// A rotation with purge, and one with force.
RotateCommand Purging();
RotateCommand Forcing();

// When an error says that a repetition can succeed.
absl::Duration RetryDelayOf(const absl::Status& status);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TESTING_PRESET_FIXTURE_H_
