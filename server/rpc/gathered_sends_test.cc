#include "server/rpc/gathered_sends.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

// Two ends that are connected.
struct Connection {
  UniqueFd sender;
  UniqueFd receiver;
};

Connection ConnectTcp() {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(listener.get(), raw, size), 0);
  EXPECT_EQ(listen(listener.get(), 1), 0);
  EXPECT_EQ(getsockname(listener.get(), raw, &size), 0);
  UniqueFd sender(socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(connect(sender.get(), raw, size), 0);
  return {std::move(sender), UniqueFd(accept(listener.get(), nullptr, nullptr))};
}

void Send(const Connection& connection, std::string text) {
  iovec part = {text.data(), text.size()};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ASSERT_EQ(sendmsg(connection.sender.get(), &message, 0), static_cast<ssize_t>(text.size()));
}

// What has arrived, once something has, or nothing in `patience_ms`.
std::string Received(const Connection& connection, int patience_ms) {
  pollfd waiting = {connection.receiver.get(), POLLIN, 0};
  if (poll(&waiting, 1, patience_ms) != 1) return "";
  std::string text(100, '\0');
  const ssize_t size = recv(connection.receiver.get(), text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

constexpr int kNow = 0;
// Before the kernel would send by itself what is kept, after 200 ms.
constexpr int kSoon = 150;

TEST(GatheredSends, LeaveTogetherAtTheEnd) {
  const Connection connection = ConnectTcp();
  {
    const GatheredSends together;
    Send(connection, "one, ");
    Send(connection, "two");
    EXPECT_EQ(Received(connection, kNow), "");
  }
  EXPECT_EQ(Received(connection, kSoon), "one, two");
}

TEST(GatheredSends, AreThoseOfEachConnection) {
  const std::vector<Connection> connections = [] {
    std::vector<Connection> made;
    made.reserve(20);
    for (int i = 0; i < 20; ++i) made.push_back(ConnectTcp());
    return made;
  }();
  {
    const GatheredSends together;
    for (const Connection& connection : connections) Send(connection, "hello");
  }
  for (const Connection& connection : connections) EXPECT_EQ(Received(connection, kSoon), "hello");
}

TEST(GatheredSends, AreThoseOfItsThreadAlone) {
  const Connection connection = ConnectTcp();
  const GatheredSends together;
  std::thread([&] { Send(connection, "hello"); }).join();
  EXPECT_EQ(Received(connection, kSoon), "hello");
}

TEST(GatheredSends, AreNoOthersAfterwards) {
  const Connection connection = ConnectTcp();
  {
    const GatheredSends together;
    Send(connection, "one");
  }
  EXPECT_EQ(Received(connection, kSoon), "one");
  Send(connection, "two");
  EXPECT_EQ(Received(connection, kSoon), "two");
}

TEST(GatheredSends, LeaveWhenTheirConnectionIsClosed) {
  Connection connection = ConnectTcp();
  const GatheredSends together;
  Send(connection, "goodbye");
  connection.sender = UniqueFd();
  EXPECT_EQ(Received(connection, kSoon), "goodbye");
}

TEST(GatheredSends, LeaveAtOnceWhereThereIsNoTcp) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const Connection connection = {UniqueFd(ends[0]), UniqueFd(ends[1])};
  const GatheredSends together;
  Send(connection, "hello");
  EXPECT_EQ(Received(connection, kSoon), "hello");
}

}  // namespace
}  // namespace signet::rpc
