#include "tests/cli/signet_fixture.h"

namespace signet::testing {
namespace {

// Set by main.
const char* signetd_path;
const char* signet_path;

}  // namespace

SignetFixture::SignetFixture() : server_(signetd_path, folder_), program_(signet_path, folder_) {}

void SignetFixture::SetUp() { ASSERT_TRUE(server_.Start()) << server_.log(); }

SignetProgram::Result SignetFixture::Signet(Words words, const std::string& input) {
  words.insert(words.begin(), {"--config", server_.data_dir() + "/signet.json"});
  return program_.Run(words, input);
}

std::string SignetFixture::Succeed(const Words& words, const std::string& input) {
  const SignetProgram::Result result = Signet(words, input);
  EXPECT_EQ(result.exit_code, 0) << ::testing::PrintToString(words) << result.err;
  return result.out;
}

nlohmann::ordered_json SignetFixture::Json(Words words, const std::string& input) {
  words.insert(words.begin(), {"--format", "json"});
  return nlohmann::ordered_json::parse(Succeed(words, input), nullptr, /*allow_exceptions=*/false);
}

}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = argv[1];
  signet::testing::signet_path = argv[2];
  return RUN_ALL_TESTS();
}
