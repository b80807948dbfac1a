#ifndef SIGNET_TESTS_FAULT_FAULTY_SERVER_H_
#define SIGNET_TESTS_FAULT_FAULTY_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/e2e/dev_server.h"
#include "tests/e2e/signetd_process.h"

namespace signet::testing {

// FaultyServer is the real signetd on a SoftHSM that has the faults a test gives it (hsm/testing/fault_rules.h).
class FaultyServer {
 public:
  // `signetd` and `module`, the library of the faults, are absolute paths.
  FaultyServer(const std::string& signetd, const std::string& module);

  // Restarts it on the same data with a configuration file, which has `hsm_options` in its section hsm, such as "sessions: 64".
  void Restart(const std::string& hsm_options);

  // How often the HSM has restarted as its faults say.
  int Restarts() const;

  // Gives the HSM these faults, and no others, from its next call on. "": none.
  void SetFaults(const std::string& rules);

  // What a GET of the path is answered with; waits no longer than 5 s.
  std::string Status(const std::string& path) const;
  std::string Body(const std::string& path) const;
  // Waits until the status is this; a minute at most.
  bool AwaitStatus(const std::string& path, absl::string_view status) const;
  // The value of a metric, such as `signet_hsm_hung_calls_total{queue="signing"}`.
  double Metric(const std::string& series) const;

  // Has the development tenant's ring sign with a new key, and returns its name.
  std::string MakeNewKey();

  pid_t pid() { return configured_ ? configured_->pid() : server_.process().pid(); }
  DevServer& server() { return server_; }
  // Has an access token already, which the HSM signed.
  client::Client& client() { return *client_; }

 private:
  std::string Curl(const std::string& options, const std::string& path) const;

  TestFolder folder_;
  const std::string signetd_;
  const std::string module_;
  const std::string rules_path_ = folder_ / "rules";
  DevServer server_;
  // In the place of server_ since Restart.
  std::unique_ptr<SignetdProcess> configured_;
  std::unique_ptr<client::Client> client_;
  std::string token_;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_FAULT_FAULTY_SERVER_H_
