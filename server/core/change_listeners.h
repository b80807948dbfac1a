#ifndef SIGNET_SERVER_CORE_CHANGE_LISTENERS_H_
#define SIGNET_SERVER_CORE_CHANGE_LISTENERS_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "keystore/ids.h"

namespace signet::core {

// A ChangeListener is told of tenants that changed, with what belongs to them. It runs on the thread that found the change out,
// under no lock, and must not wait; it may run on several threads at once.
using ChangeListener = std::function<void(const std::vector<keystore::TenantId>& changed)>;

// ChangeListeners are those who want to know of changes. Thread-safe.
class ChangeListeners {
 public:
  // Subscription has a listener called until its destructor, which waits for calls under way. It must not outlive the
  // ChangeListeners. WARNING: a listener that ends its own subscription waits for itself.
  class Subscription;

  std::unique_ptr<Subscription> Add(ChangeListener listener);

  void Notify(const std::vector<keystore::TenantId>& changed);

 private:
  struct Entry;

  Mutex mutex_;
  CondVar call_ended_;
  // Shared with the calls under way.
  std::vector<std::shared_ptr<Entry>> entries_ ABSL_GUARDED_BY(mutex_);
};

class ChangeListeners::Subscription {
 public:
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

 private:
  friend class ChangeListeners;
  Subscription(ChangeListeners& listeners, std::shared_ptr<Entry> entry);

  ChangeListeners& listeners_;
  const std::shared_ptr<Entry> entry_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CHANGE_LISTENERS_H_
