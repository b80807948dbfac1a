#ifndef SIGNET_TESTS_E2E_REMOTE_TOKEN_H_
#define SIGNET_TESTS_E2E_REMOTE_TOKEN_H_

#include <sys/types.h>

#include <map>
#include <string>

#include "tests/e2e/dev_server.h"

namespace signet::testing {

// RemoteToken serves the token of a DevServer to another process, by p11-kit's server: a remote HSM that can be killed and stopped.
class RemoteToken {
 public:
  // `server` has made its token. The socket is in `folder`.
  RemoteToken(const DevServer& server, const TestFolder& folder);
  ~RemoteToken() { Kill(); }
  RemoteToken(const RemoteToken&) = delete;
  RemoteToken& operator=(const RemoteToken&) = delete;

  // Starts it; fails the test if it does not come up.
  void Start();
  // Sends a signal to the server and to the processes that it has for its clients.
  void Signal(int signal) const;
  void Kill();
  // What a signetd needs that is to use it.
  std::map<std::string, std::string> environment() const;

 private:
  const std::string config_;
  const std::string socket_;
  pid_t pid_ = -1;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_E2E_REMOTE_TOKEN_H_
