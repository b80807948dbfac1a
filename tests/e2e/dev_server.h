#ifndef SIGNET_TESTS_E2E_DEV_SERVER_H_
#define SIGNET_TESTS_E2E_DEV_SERVER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "clients/cpp/client.h"
#include "clients/cpp/token_source.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/signetd_process.h"

namespace signet::testing {

// TestFolder is a new folder on /dev/shm, removed with the object.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  // The path of a file or folder in it.
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Reads a whole file; "" if it cannot be read.
std::string ReadTextFile(const std::string& path);

// DevServer runs `signetd --dev` on a folder, again and again.
class DevServer {
 public:
  // `program` is signetd, or a binary with its command line. The data is in the folder `dev` of `folder`, which is borrowed, the
  // log in its file `signetd.log`.
  DevServer(std::string program, const TestFolder& folder) : program_(std::move(program)), folder_(folder) {}

  // Starts it on free ports. Returns whether it became ready.
  bool Start(const std::map<std::string, std::string>& environment = {});
  // Asks it to end, as a supervisor does. Returns its exit code.
  int Stop();
  // Ends it as a power failure does.
  void Kill();

  SignetdProcess& process() { return *process_; }
  std::string data_dir() const { return folder_ / "dev"; }
  std::string log() const { return ReadTextFile(folder_ / "signetd.log"); }
  // What dev.json says; an empty object if it is not there.
  nlohmann::json announcement() const;

  // A client of the server as it was last started, with the credential of the administrator. Must not outlive this. Thread-safe.
  std::unique_ptr<client::Client> Connect(absl::Duration call_timeout = absl::Seconds(60));
  // An access token of the administrator.
  std::string AccessToken();

 private:
  // Makes one that lives as long as this.
  client::TokenSource& NewTokenSource();

  const std::string program_;
  const TestFolder& folder_;
  SystemRandom random_;
  SystemClock clock_;
  Mutex mutex_;
  // Those of the clients.
  std::vector<std::unique_ptr<client::TokenSource>> token_sources_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<SignetdProcess> process_;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_E2E_DEV_SERVER_H_
