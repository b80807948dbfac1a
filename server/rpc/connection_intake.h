#ifndef SIGNET_SERVER_RPC_CONNECTION_INTAKE_H_
#define SIGNET_SERVER_RPC_CONNECTION_INTAKE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/logger.h"
#include "base/unique_fd.h"
#include "server/rpc/listening_address.h"

namespace signet::rpc {

// ConnectionIntake accepts connections, on a thread of its own, and hands them to gRPC.
//
// It stands in for gRPC 1.51's own accept loop, which never accepts again after an accept has failed once, as it does while the
// process is out of file descriptors. This one tries again, ten times a second; until then connections wait in the kernel's
// backlog.
class ConnectionIntake {
 public:
  // Takes over a connected socket that does not block. Called on the intake's thread.
  using Take = std::function<void(UniqueFd connection)>;

  struct Source {
    BoundAddress bound;
    // Connections that may be open at once; further ones are closed at once.
    size_t max_connections = 0;
    Take take;
  };

  // Starts to accept. `logger` is borrowed.
  //   kUnavailable  file descriptors have run out
  static absl::StatusOr<std::unique_ptr<ConnectionIntake>> Create(std::vector<Source> sources, Logger& logger);
  // As Close.
  ~ConnectionIntake();

  // Stops accepting, and closes the listening sockets: nothing is handed over once it has returned. Idempotent; for one thread.
  void Close();

  // How many connections were accepted, how many of these were closed as there were too many, and how often none could be accepted.
  int64_t accepted() const { return accepted_; }
  int64_t refused() const { return refused_; }
  int64_t errors() const { return errors_; }

 private:
  // Pace says when something that may be done once in an interval is due, on the monotonic clock.
  class Pace {
   public:
    explicit Pace(absl::Duration interval) : interval_(interval) {}
    // True at first, and then once for each interval.
    bool IsDue();

   private:
    absl::Duration interval_;
    std::optional<std::chrono::steady_clock::time_point> last_;
  };

  // A Source, and the connections that it let in: descriptor -> inode. gRPC does not tell when it closes one; but then the
  // descriptor is no longer that inode.
  struct Entry {
    Source source;
    std::map<int, uint64_t> open = {};
    // Of looking them through: a flood must not have them all looked at for each of its connections.
    Pace counting = Pace(absl::Milliseconds(100));
  };

  ConnectionIntake(std::vector<Source> sources, UniqueFd wake, Logger& logger);

  void Run();
  // Accepts what waits on `fd`, up to a number, so that others have their turn. False if none could be accepted.
  bool AcceptSome(int fd, Entry& entry);
  bool HasRoom(Entry& entry);
  // Counts, and logs the first of a row of failures, and one a minute.
  void NoteError(int error);
  void NoteRefusal(const Entry& entry);

  std::vector<Entry> entries_;
  // Readable once the intake is to end.
  const UniqueFd wake_;
  Logger& logger_;
  Pace error_logging_ = Pace(absl::Minutes(1));
  Pace refusal_logging_ = Pace(absl::Minutes(1));
  std::atomic<int64_t> accepted_ = 0;
  std::atomic<int64_t> refused_ = 0;
  std::atomic<int64_t> errors_ = 0;
  std::thread thread_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CONNECTION_INTAKE_H_
