#ifndef SIGNET_TESTS_FAULT_SIGNING_LOAD_H_
#define SIGNET_TESTS_FAULT_SIGNING_LOAD_H_

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"
#include "hsm/public_key.h"
#include "tests/e2e/dev_server.h"

namespace signet::testing {

// SigningLoad has a server sign without pause, in single calls and in batches, and asks it for its JWKS. Whatever the HSM does, the
// test fails if a signature is wrong, as OpenSSL finds; if a caller is told anything but to try again; or if the JWKS is not
// there.
class SigningLoad {
 public:
  // Borrows `server`, whose development tenant must have a key.
  explicit SigningLoad(DevServer& server);
  ~SigningLoad() { Stop(); }

  void Stop();
  int good() const { return good_; }
  int lost() const { return lost_; }
  int jwks() const { return jwks_; }
  // Waits until so many more signatures were made; fails the test after a minute.
  void AwaitGood(int more) const;
  // Waits until so many more were refused.
  void AwaitLost(int more) const;

 private:
  std::shared_ptr<client::Client> Connect();
  void SignTokens(client::Client& client);
  void SignBatches(client::Client& client);
  void AskForJwks(client::Client& client);
  void NoteLoss(const absl::Status& status);
  // Verifies a signature by the key with this resource name.
  void Verify(client::Client& client, const std::string& key, absl::string_view message, absl::string_view signature);

  DevServer& server_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> good_ = 0;
  std::atomic<int> lost_ = 0;
  std::atomic<int> jwks_ = 0;
  Mutex mutex_;
  std::map<std::string, hsm::PublicKey> keys_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_FAULT_SIGNING_LOAD_H_
