#include <signal.h>
#include <stdio.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/dev_server.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

std::string* signetd_path;
std::string* module_path;

// HungTokenTest has a server with a key that signs, whose token can be made to hang.
class HungTokenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.Start({{"SOFTHSM2_MODULE", *module_path}, {"SIGNET_HANG_FILE", hang_file_}})) << server_.log();
    url_ = server_.announcement().value("https_url", "");
    ASSERT_EQ(Status("/readyz"), "200");
  }

  void Hang() { std::ofstream(hang_file_) << "x"; }
  void Recover() { std::filesystem::remove(hang_file_); }

  // The status of a GET.
  std::string Status(const std::string& path) const {
    const std::string command = absl::StrCat("curl --silent --output /dev/null --write-out '%{http_code}' --max-time 5 --cacert ",
                                             server_.data_dir(), "/ca.pem ", url_, path);
    FILE* pipe = popen(command.c_str(), "r");
    std::string text;
    for (int c = 0; (c = fgetc(pipe)) != EOF;) text += static_cast<char>(c);
    pclose(pipe);
    return text;
  }
  void WaitForStatus(const std::string& path, absl::string_view status) const {
    while (Status(path) != status) {
    }
  }

  TestFolder folder_;
  DevServer server_{*signetd_path, folder_};
  const std::string hang_file_ = folder_ / "hang";
  std::string url_;
};

TEST_F(HungTokenTest, IsReportedWhileTheJwksIsServedAndForgottenOnceItAnswers) {
  Hang();
  WaitForStatus("/readyz", "503");
  EXPECT_EQ(Status("/livez"), "200");
  EXPECT_EQ(Status("/t/dev/.well-known/jwks.json"), "200");
  EXPECT_THAT(server_.log(), HasSubstr(R"("message":"does not work","subject":"hsm")"));
  Recover();
  WaitForStatus("/readyz", "200");
  EXPECT_THAT(server_.log(), HasSubstr(R"("message":"works again","subject":"hsm")"));
  EXPECT_EQ(server_.Stop(), 0);
}

TEST_F(HungTokenTest, CannotKeepTheServerFromEnding) {
  Hang();
  WaitForStatus("/readyz", "503");
  EXPECT_EQ(server_.Stop(), 1);
  EXPECT_THAT(server_.log(), HasSubstr("the orderly end took too long"));
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  signet::testing::module_path = new std::string(std::filesystem::absolute(argv[2]));
  return RUN_ALL_TESTS();
}
