#include "tests/fault/faulty_server.h"

#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/shell.h"

namespace signet::testing {

FaultyServer::FaultyServer(const std::string& signetd, const std::string& module)
    : signetd_(signetd), module_(module), server_(signetd, folder_) {
  EXPECT_TRUE(server_.Start({{"SOFTHSM2_MODULE", module}, {"SIGNET_FAULT_RULES", rules_path_}})) << server_.log();
  client_ = server_.Connect();
  token_ = server_.AccessToken();
}

void FaultyServer::Restart(const std::string& hsm_options) {
  const nlohmann::json dev = server_.announcement();
  const std::string config = folder_ / "signet.yaml";
  std::ofstream(config) << absl::StrReplaceAll(R"(grpc:
  addresses: [GRPC]
  tls: {certificate_file: DATA/server.pem, private_key_file: DATA/server.key}
http:
  address: HTTPS
  public_url: https://HTTPS
  tls: {certificate_file: DATA/server.pem, private_key_file: DATA/server.key}
hsm: {module: MODULE, token_label: signet-dev, pin_file: DATA/token-pin, OPTIONS}
store: {sqlite_path: DATA/signet.db}
)",
                                               {{"GRPC", dev.value("grpc_address", "")},
                                                {"HTTPS", std::string(absl::StripPrefix(dev.value("https_url", ""), "https://"))},
                                                {"DATA", server_.data_dir()},
                                                {"MODULE", module_},
                                                {"OPTIONS", hsm_options}});
  if (configured_) {
    configured_->Signal(SIGTERM);
    configured_->Wait();
  } else {
    server_.Stop();
  }
  configured_ = std::make_unique<SignetdProcess>(
      SignetdProcess::Options{signetd_,
                              {"--config", config},
                              {{"SOFTHSM2_CONF", server_.data_dir() + "/softhsm2.conf"}, {"SIGNET_FAULT_RULES", rules_path_}},
                              folder_ / "signetd.log"});
  EXPECT_TRUE(configured_->WaitUntilReady()) << server_.log();
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
