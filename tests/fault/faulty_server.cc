#include "tests/fault/faulty_server.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/testing/shell.h"

namespace signet::testing {

FaultyServer::FaultyServer(const std::string& signetd, const std::string& module) : server_(signetd, folder_) {
  EXPECT_TRUE(server_.Start({{"SOFTHSM2_MODULE", module}, {"SIGNET_FAULT_RULES", rules_path_}})) << server_.log();
  client_ = server_.Connect();
  token_ = server_.AccessToken();
}

void FaultyServer::SetFaults(const std::string& rules) {
  // At once, and as another file: that is what the module notices.
  std::ofstream(rules_path_ + ".new") << rules;
  std::filesystem::rename(rules_path_ + ".new", rules_path_);
}

int FaultyServer::Restarts() const { return std::atoi(ReadTextFile(rules_path_ + ".restarts").c_str()); }

std::string FaultyServer::Curl(const std::string& options, const std::string& path) const {
  const std::string url = server_.announcement().value("https_url", "");
  return RunShell(absl::StrCat("curl --silent --max-time 5 --cacert ", server_.data_dir(), "/ca.pem ", options, " ", url, path))
      .out;
}

std::string FaultyServer::Status(const std::string& path) const {
  return Curl("--output /dev/null --write-out '%{http_code}'", path);
}

std::string FaultyServer::Body(const std::string& path) const { return Curl("", path); }

bool FaultyServer::AwaitStatus(const std::string& path, absl::string_view status) const {
  const absl::Time end = absl::Now() + absl::Minutes(1);
  while (Status(path) != status) {
    if (absl::Now() > end) return false;
    absl::SleepFor(absl::Milliseconds(50));
  }
  return true;
}

double FaultyServer::Metric(const std::string& series) const {
  const std::string text = Curl(absl::StrCat("--header 'Authorization: Bearer ", token_, "'"), "/metrics");
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::ConsumePrefix(&line, series + " ")) return std::strtod(std::string(line).c_str(), nullptr);
  }
  ADD_FAILURE() << "there is no " << series << " in " << text;
  return 0;
}

std::string FaultyServer::MakeNewKey() {
  v1::RotateKeysRequest rotate;
  rotate.set_name("tenants/dev/keyRings/access-token");
  const auto rotated = client_->Call(&v1::KeyService::Stub::RotateKeys, rotate);
  EXPECT_TRUE(rotated.ok()) << rotated.status();
  return rotated.ok() ? rotated->keys(0).name() : "";
}

}  // namespace signet::testing
