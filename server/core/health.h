#ifndef SIGNET_SERVER_CORE_HEALTH_H_
#define SIGNET_SERVER_CORE_HEALTH_H_

#include <atomic>

namespace signet::core {

// Health is what the server knows of itself, from memory: reading it never waits. Thread-safe.
class Health {
 public:
  // Signing works: the HSM answered when it was last asked, and no call to it hangs.
  bool can_sign() const { return hsm_ok() && !draining_; }
  // Keys and tenants can be read and changed: the store answered when it was last asked.
  bool can_administer() const { return store_ok_ && !draining_; }
  // Traffic should come here.
  bool ready() const { return can_sign() && can_administer(); }

  void SetHsmOk(bool ok) { hsm_ok_ = ok; }
  void SetHsmHangs(bool hangs) { hsm_hangs_ = hangs; }
  void SetStoreOk(bool ok) { store_ok_ = ok; }
  // The server is shutting down; there is no way back.
  void SetDraining() { draining_ = true; }

  bool hsm_ok() const { return hsm_ok_ && !hsm_hangs_; }
  bool store_ok() const { return store_ok_; }
  bool draining() const { return draining_; }

 private:
  std::atomic<bool> hsm_ok_ = true;
  std::atomic<bool> hsm_hangs_ = false;
  std::atomic<bool> store_ok_ = true;
  std::atomic<bool> draining_ = false;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_HEALTH_H_
