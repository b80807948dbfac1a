#include "server/rpc/listening_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

class UnixAddressTest : public testing::Test {
 protected:
  // TEST_TMPDIR is too long for the name of a socket.
  UnixAddressTest() {
    char pattern[] = "/tmp/signet-XXXXXX";
    directory_ = mkdtemp(pattern);
    path_ = directory_ + "/socket";
  }
  ~UnixAddressTest() override {
    unlink(path_.c_str());
    rmdir(directory_.c_str());
  }

  // Makes a socket at path_ and returns it.
  int Bind() const {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path, path_.c_str(), sizeof(name.sun_path) - 1);
    EXPECT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
    EXPECT_EQ(listen(fd, 1), 0);
    return fd;
  }
  bool Exists() const { return access(path_.c_str(), F_OK) == 0; }
  std::string address() const { return "unix:" + path_; }

  std::string directory_;
  std::string path_;
};

TEST_F(UnixAddressTest, AFreePathIsFine) { EXPECT_TRUE(Listen(address()).ok()); }

TEST_F(UnixAddressTest, TheSocketOfADeadProcessIsRemoved) {
  close(Bind());
  ASSERT_TRUE(Exists());
  EXPECT_TRUE(Listen(address()).ok());
  // And so was the new one, as it was closed.
  EXPECT_FALSE(Exists());
}

TEST_F(UnixAddressTest, ASocketInUseStaysAndIsAnErrorThatNamesIt) {
  const int fd = Bind();
  const absl::Status status = Listen(address()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), path_));
  EXPECT_TRUE(Exists());
  close(fd);
}

TEST_F(UnixAddressTest, AnotherFileStaysAndIsAnError) {
  std::ofstream(path_) << "precious";
  EXPECT_EQ(Listen(address()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Exists());
}

TEST_F(UnixAddressTest, APathThatIsTooLongOrEmptyIsAnError) {
  EXPECT_EQ(Listen("unix:").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Listen("unix:/tmp/" + std::string(200, 'x')).status().code(), absl::StatusCode::kUnavailable);
}

class TcpAddressTest : public testing::Test {
 protected:
  TcpAddressTest() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in name = {};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    socklen_t size = sizeof(name);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size), 0);
    port_ = ntohs(name.sin_port);
  }
  ~TcpAddressTest() override { close(fd_); }

  const int fd_;
  int port_ = 0;
};

TEST_F(TcpAddressTest, APortInUseIsAnErrorThatNamesTheAddress) {
  for (const std::string& address : {absl::StrCat("127.0.0.1:", port_), absl::StrCat("localhost:", port_)}) {
    const absl::Status status = Listen(address).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(absl::StrContains(status.message(), address)) << status;
  }
}

TEST_F(TcpAddressTest, AnyFreePortIsFine) { EXPECT_TRUE(Listen("127.0.0.1:0").ok()); }

TEST_F(TcpAddressTest, WhatCannotBeBoundIsAnError) {
  // 192.0.2.1 is for documentation only (RFC 5737).
  for (const char* address : {"192.0.2.1:0", "127.0.0.1", "127.0.0.1:99999999", "127.0.0.1:http?", "no such host:1"}) {
    EXPECT_EQ(Listen(address).status().code(), absl::StatusCode::kUnavailable) << address;
  }
}

TEST_F(TcpAddressTest, APortThatIsListenedOnIsNotSharedAndCanBeBoundAgainAtOnce) {
  std::string address;
  {
    const auto bound = Listen("localhost:0");
    ASSERT_TRUE(bound.ok()) << bound.status();
    address = bound->address;
    EXPECT_EQ(Listen(address).status().code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_TRUE(Listen(address).ok());
}

}  // namespace
}  // namespace signet::rpc
