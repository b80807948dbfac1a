#ifndef SIGNET_TESTS_INTEGRATION_OBSERVED_EVENT_STORE_H_
#define SIGNET_TESTS_INTEGRATION_OBSERVED_EVENT_STORE_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/mutex.h"
#include "keystore/key_store.h"
#include "server/core/observed_store.h"

namespace signet::testing {

// ObservedEventStore is a store whose ListEvents a test can count and fail. Thread-safe.
class ObservedEventStore : public core::ObservedStore {
 public:
  using ObservedStore::ObservedStore;

  // Has ListEvents return `status` instead of doing anything, unless it is OK.
  void FailListEvents(const absl::Status& status) {
    MutexLock lock(mutex_);
    list_events_error_ = status;
  }
  // The events of one tenant that ListEvents has returned.
  size_t tenant_events_read() const {
    MutexLock lock(mutex_);
    return tenant_events_read_;
  }
  // The most that it returned at once.
  size_t largest_read() const {
    MutexLock lock(mutex_);
    return largest_read_;
  }

  absl::StatusOr<std::vector<keystore::Event>> ListEvents(const EventFilter& filter, const keystore::Page& page) override {
    {
      MutexLock lock(mutex_);
      SIGNET_RETURN_IF_ERROR(list_events_error_);
    }
    auto events = ObservedStore::ListEvents(filter, page);
    if (events.ok() && filter.tenant.has_value()) {
      MutexLock lock(mutex_);
      tenant_events_read_ += events->size();
      largest_read_ = std::max(largest_read_, events->size());
    }
    return events;
  }

 private:
  mutable Mutex mutex_;
  absl::Status list_events_error_ ABSL_GUARDED_BY(mutex_);
  size_t tenant_events_read_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t largest_read_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_INTEGRATION_OBSERVED_EVENT_STORE_H_
