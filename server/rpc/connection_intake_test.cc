#include "server/rpc/connection_intake.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "base/mutex.h"
#include "base/recording_logger.h"
#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

// Taken keeps what an intake handed over, and says so to the other end.
class Taken {
 public:
  void Add(UniqueFd connection) {
    EXPECT_EQ(write(connection.get(), "t", 1), 1);
    MutexLock lock(mutex_);
    connections_.push_back(std::move(connection));
    changed_.NotifyAll();
  }
  int Await(size_t count) {
    MutexLock lock(mutex_);
    while (connections_.size() < count) changed_.Wait(mutex_);
    return connections_.back().get();
  }
  void CloseAll() {
    MutexLock lock(mutex_);
    connections_.clear();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<UniqueFd> connections_ ABSL_GUARDED_BY(mutex_);
};

class ConnectionIntakeTest : public testing::Test {
 protected:
  void Start(size_t max_connections) {
    absl::StatusOr<BoundAddress> bound = Listen("127.0.0.1:0");
    ASSERT_TRUE(bound.ok()) << bound.status();
    ASSERT_TRUE(absl::SimpleAtoi(bound->address.substr(bound->address.rfind(':') + 1), &port_));
    std::vector<ConnectionIntake::Source> sources(1);
    sources[0].bound = *std::move(bound);
    sources[0].max_connections = max_connections;
    sources[0].take = [this](UniqueFd connection) { taken_.Add(std::move(connection)); };
    absl::StatusOr<std::unique_ptr<ConnectionIntake>> intake = ConnectionIntake::Create(std::move(sources), logger_);
    ASSERT_TRUE(intake.ok()) << intake.status();
    intake_ = *std::move(intake);
  }
  // -1 if it is refused.
  UniqueFd Connect() { return ConnectWith(UniqueFd(socket(AF_INET, SOCK_STREAM, 0))); }
  UniqueFd ConnectWith(UniqueFd fd) {
    sockaddr_in name = {};
    name.sin_family = AF_INET;
    name.sin_port = htons(static_cast<uint16_t>(port_));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) return UniqueFd();
    return fd;
  }
  // Waits until the intake has handed `client` over, or closed it.
  static bool IsTaken(const UniqueFd& client) {
    char byte;
    return read(client.get(), &byte, 1) == 1;
  }

  RecordingLogger logger_;
  Taken taken_;
  int port_ = 0;
  std::unique_ptr<ConnectionIntake> intake_;
};

TEST_F(ConnectionIntakeTest, HandsOverSocketsThatNeitherBlockNorDelayNorReachChildren) {
  Start(10);
  const UniqueFd client = Connect();
  const int fd = taken_.Await(1);
  EXPECT_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  int no_delay = 0;
  socklen_t size = sizeof(no_delay);
  ASSERT_EQ(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  EXPECT_NE(no_delay, 0);
}

TEST_F(ConnectionIntakeTest, GoesOnAfterDescriptorsHaveRunOut) {
  Start(1000);
  UniqueFd last(socket(AF_INET, SOCK_STREAM, 0));
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit before = limit;
  limit.rlim_cur = 100;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  std::vector<UniqueFd> all;
  while (true) {
    UniqueFd one(dup(last.get()));
    if (one.get() < 0) break;
    all.push_back(std::move(one));
  }
  const UniqueFd client = ConnectWith(std::move(last));
  ASSERT_GE(client.get(), 0);
  EXPECT_EQ(logger_.Await("error", "Too many open files").message, "grpc listener cannot accept");
  EXPECT_EQ(intake_->accepted(), 0);
  all.clear();
  EXPECT_TRUE(IsTaken(client));
  EXPECT_GE(intake_->errors(), 1);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST_F(ConnectionIntakeTest, ClosesWhatIsTooManyAndTakesAgainWhenOneHasGone) {
  Start(1);
  const UniqueFd first = Connect();
  EXPECT_TRUE(IsTaken(first));
  EXPECT_FALSE(IsTaken(Connect()));
  EXPECT_EQ(intake_->refused(), 1);
  taken_.CloseAll();
  // It looks for those that have gone ten times a second.
  while (!IsTaken(Connect())) {
  }
  EXPECT_EQ(intake_->accepted() - intake_->refused(), 2);
}

TEST_F(ConnectionIntakeTest, NothingIsTakenAfterItIsClosed) {
  Start(10);
  intake_->Close();
  EXPECT_LT(Connect().get(), 0);
  intake_->Close();
}

}  // namespace
}  // namespace signet::rpc
