#ifndef SIGNET_TESTS_LIFE_KEY_LIFE_DRIVER_H_
#define SIGNET_TESTS_LIFE_KEY_LIFE_DRIVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/fake_clock.h"
#include "hsm/hsm.h"
#include "keystore/key_store.h"
#include "server/core/change_request.h"
#include "server/core/testing/crash.h"
#include "tests/life/key_life_model.h"
#include "tests/life/life_process.h"
#include "tests/life/seeded_random.h"

namespace signet::testing {

// KeyLifeDriver leads the keys of one tenant through a random life, over a SQLite store and an HSM in memory: calls, signatures,
// the scheduler's passes, a clock that jumps, crashes and restarts. After each step it has a KeyLifeModel check the invariants. The
// same seed leads the same life.
class KeyLifeDriver {
 public:
  // `path` is where the store is made; nothing is there yet.
  KeyLifeDriver(uint32_t seed, const std::string& path);
  ~KeyLifeDriver();

  void Step();

  const std::vector<std::string>& violations() const { return model_.violations(); }
  // What each step did.
  const std::vector<std::string>& history() const { return history_; }

 private:
  // Call is what a client asks for, and can repeat.
  struct Call {
    std::string text;
    Permission permission;
    core::ChangeRequest request;
    // Returns what a repetition must return as well.
    std::function<absl::StatusOr<std::string>(LifeProcess&, const core::ChangeRequest&)> run;
    // Once it succeeded with a request_id.
    std::optional<std::string> result = std::nullopt;
  };

  // Temper is what this life is given to, so that seeds differ in more than their dice: what no call disturbs gets far.
  struct Temper {
    // In percent.
    int force = 0;
    // Of calls: updates of a policy.
    int updates = 0;
    // The clock's long steps.
    int haste = 0;
    // The fields of the policy that are updated, as key_life_calls.cc numbers them; at least one.
    std::vector<int> fields;
  };
  static Temper NewTemper(SeededRandom& random);

  // The calls: key_life_calls.cc.
  Call NewCall();
  Call NewKeyVerb(const core::RingName& ring);
  Call NewCreation(const core::RingName& ring);
  Call NewRotation(const core::RingName& ring);
  Call NewUpdate(const core::RingName& ring);
  core::ChangeRequest NewRequest();
  // A key of the ring, also a dead one now and then.
  keystore::Kid AnyKid(const core::RingName& ring);
  keystore::Kid YoungestKid(const core::RingName& ring);

  void MoveClock();
  void OpenStore();
  // Lets the next process begin where the last one ended.
  void Restart();
  // Runs `act` in a process that dies at a random moment, and restarts.
  void CrashWhile(const std::function<void(LifeProcess&)>& act);
  void Make(Call& call, LifeProcess& process);
  void Sign(LifeProcess& process, const core::RingName& ring);
  absl::StatusOr<IssuedToken> SignAny(LifeProcess& process, const core::RingName& ring);
  void RunPass(LifeProcess& process);
  // How many events the trail has.
  int64_t Events();
  void Tell(const std::string& what) { history_.back() += what; }
  bool IsDying() const { return crash_ != nullptr; }

  SeededRandom random_;
  const Temper temper_;
  const std::string path_;
  FakeClock clock_;
  // What has passed by a clock that nobody sets.
  absl::Duration elapsed_;
  std::unique_ptr<hsm::Hsm> hsm_;
  std::unique_ptr<keystore::KeyStore> store_;
  core::StepObserver steps_;
  std::unique_ptr<LifeProcess> process_;
  // While a process is about to die.
  core::Crash* crash_ = nullptr;
  const keystore::TenantId tenant_ = keystore::TenantId("acme");
  const std::vector<core::RingName> rings_;
  KeyLifeModel model_;
  std::vector<std::string> history_;
  std::vector<Call> repeatable_;
  // What the last call was about: the next one often is, too.
  core::RingName busy_;
  int requests_ = 0;
  // Whether the scheduler's pass of this step was this process's to do.
  bool passed_ = false;
  // What the last rotation said.
  bool rotation_replayed_ = false;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_LIFE_KEY_LIFE_DRIVER_H_
