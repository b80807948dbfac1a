#include "server/core/change_listeners.h"

#include <algorithm>
#include <utility>

namespace signet::core {

struct ChangeListeners::Entry {
  const ChangeListener listener;
  // Guarded by the lock of the ChangeListeners.
  int calls = 0;
};

std::unique_ptr<ChangeListeners::Subscription> ChangeListeners::Add(ChangeListener listener) {
  auto entry = std::make_shared<Entry>(Entry{std::move(listener)});
  MutexLock lock(mutex_);
  entries_.push_back(entry);
  return std::unique_ptr<Subscription>(new Subscription(*this, std::move(entry)));
}

void ChangeListeners::Notify(const std::vector<keystore::TenantId>& changed) {
  std::vector<std::shared_ptr<Entry>> entries;
  {
    MutexLock lock(mutex_);
    entries = entries_;
    for (const std::shared_ptr<Entry>& entry : entries) ++entry->calls;
  }
  for (const std::shared_ptr<Entry>& entry : entries) {
    entry->listener(changed);
    MutexLock lock(mutex_);
    --entry->calls;
    call_ended_.NotifyAll();
  }
}

ChangeListeners::Subscription::Subscription(ChangeListeners& listeners, std::shared_ptr<Entry> entry)
    : listeners_(listeners), entry_(std::move(entry)) {}

ChangeListeners::Subscription::~Subscription() {
  MutexLock lock(listeners_.mutex_);
  std::erase(listeners_.entries_, entry_);
  while (entry_->calls > 0) listeners_.call_ended_.Wait(listeners_.mutex_);
}

}  // namespace signet::core
