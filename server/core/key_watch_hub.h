#ifndef SIGNET_SERVER_CORE_KEY_WATCH_HUB_H_
#define SIGNET_SERVER_CORE_KEY_WATCH_HUB_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/change_listeners.h"
#include "server/core/executor.h"
#include "server/core/fair_places.h"
#include "server/core/key_directory.h"

namespace signet::core {

// KeyWatcher is one stream of changes of keys, as KeyWatchHub sees it. Its methods are called on any thread, Read on the
// executor's; none but Read may wait.
class KeyWatcher {
 public:
  virtual ~KeyWatcher() = default;
  // Whose keys it watches. Never changes.
  virtual const keystore::TenantId& tenant() const = 0;
  // There may be something new: call KeyWatchHub::RequestRead as soon as there is room for it.
  virtual void Wake() = 0;
  // Reads a page from the store.
  virtual void Read() = 0;
  // Ends the stream if its caller may not watch any more.
  virtual void Check() = 0;
  // The stream is to end with `status`, an error.
  virtual void End(const absl::Status& status) = 0;
};

// KeyWatchHub wakes the watchers of one server and has them read in turn. Thread-safe.
//
// At most one of its tasks is in the executor's queue, however many watchers there are, so that they cost other calls a worker's
// time but never their place; where the queue is full, or every worker hangs, it tries again. A watcher is woken when the directory
// shows a change of its tenant; and, in case a change touched no record that the directory follows, every 2 s if the store's
// revision has moved since it last read.
class KeyWatchHub {
 public:
  struct Options {
    int max_watchers = 1000;
    // How often it looks whether the revision has moved.
    absl::Duration look_interval = absl::Seconds(2);
    // How often watchers check whether their callers may still watch.
    absl::Duration check_interval = absl::Seconds(1);
    // After how long it tries again when the executor did not take its task, or gave it up.
    absl::Duration retry_delay = absl::Milliseconds(50);
  };

  // Both are borrowed. `executor` must run or give up, or have done so, what it accepted before this is destroyed.
  KeyWatchHub(const Options& options, KeyDirectory& directory, Executor& executor);
  // As Shutdown; waits for a Read that is under way.
  ~KeyWatchHub();

  // Counts `watcher`, which is new, in until Remove, which also takes its turn away. `owner` is whose it is, such as the tenant of
  // its caller: one that is named gets half of the places at most (FairPlaces).
  //   kResourceExhausted  WATCH_LIMIT
  //   kUnavailable        SHUTTING_DOWN
  absl::Status Add(std::shared_ptr<KeyWatcher> watcher, const std::string& owner);
  void Remove(const std::shared_ptr<KeyWatcher>& watcher);

  // Has `watcher` read once, when its turn comes; nothing if it is not counted in. An executor that was shut down ends all watchers
  // instead.
  void RequestRead(std::shared_ptr<KeyWatcher> watcher);

  // Ends all watchers, and lets no more in: SHUTTING_DOWN. Idempotent.
  void Shutdown();

 private:
  class Task;
  struct Place {
    std::string owner;
    // What the directory showed before its last read.
    keystore::Revision seen = 0;
  };

  // Wakes whom it concerns, until stopping_.
  void Run();
  // Waits for something to do, until `next_check` at the longest. Returns the watchers to wake.
  std::vector<std::shared_ptr<KeyWatcher>> AwaitDue(absl::Time& next_look, absl::Time next_check);
  std::vector<std::shared_ptr<KeyWatcher>> Watchers();
  // Puts the task into the executor if watchers wait and it is not there already.
  void StartTask();
  void SubmitTask();
  void TakeTurns();
  // The executor did not take the task, or gave it up: `status` says why.
  // WARNING: this object may be gone when it returns.
  void OnTaskRefused(const absl::Status& status);

  const Options options_;
  KeyDirectory& directory_;
  Executor& executor_;

  Mutex mutex_;
  CondVar bell_;
  CondVar task_ended_;
  FairPlaces places_ ABSL_GUARDED_BY(mutex_);
  // Shared with those who call them.
  std::map<std::shared_ptr<KeyWatcher>, Place> watchers_ ABSL_GUARDED_BY(mutex_);
  std::set<keystore::TenantId> changed_ ABSL_GUARDED_BY(mutex_);
  // Who waits for a turn; each is in watchers_.
  std::deque<std::shared_ptr<KeyWatcher>> turns_ ABSL_GUARDED_BY(mutex_);
  // The task is queued or runs.
  bool task_started_ ABSL_GUARDED_BY(mutex_) = false;
  // The executor has not taken the task, and may later.
  bool refused_ ABSL_GUARDED_BY(mutex_) = false;
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::unique_ptr<ChangeListeners::Subscription> subscription_;
  std::thread thread_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_WATCH_HUB_H_
