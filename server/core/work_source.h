#ifndef SIGNET_SERVER_CORE_WORK_SOURCE_H_
#define SIGNET_SERVER_CORE_WORK_SOURCE_H_

namespace signet::core {

// WorkSource is where the workers of an Executor get their jobs themselves, such as a completion queue: what they submit while they
// look into it, they can do without another thread that would have to wake up.
class WorkSource {
 public:
  virtual ~WorkSource() = default;

  // Handles what has arrived, which may submit jobs; called by one thread at a time. kUntilWoken waits until something has, or
  // until Wake was called since the last wait.
  enum class Wait { kNot, kUntilWoken };
  virtual void Poll(Wait wait) = 0;
  // Ends a wait. On any thread.
  virtual void Wake() = 0;

  // Sends what was answered by jobs that ran in a turn (Executor::InTurn), and held back, to be sent together. On any thread.
  virtual void Flush() = 0;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_WORK_SOURCE_H_
