#include "hsm/testing/soft_token.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/testing/subprocess.h"

namespace signet::hsm {
namespace {

TEST(SoftToken, IsFoundByAnotherProgramAndRemovedAtTheEnd) {
  std::string directory;
  {
    absl::StatusOr<std::unique_ptr<SoftToken>> token = SoftToken::Create();
    ASSERT_TRUE(token.ok()) << token.status();
    directory = (*token)->token_directory();
    EXPECT_STREQ(getenv("SOFTHSM2_CONF"), (*token)->config_path().c_str());
    ASSERT_TRUE((*token)->AddToken("second").ok());
    const absl::StatusOr<SubprocessResult> slots = RunSubprocess({"softhsm2-util", "--show-slots"});
    ASSERT_TRUE(slots.ok());
    EXPECT_THAT(slots->output, testing::HasSubstr((*token)->label()));
    EXPECT_THAT(slots->output, testing::HasSubstr("second"));
  }
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_EQ(getenv("SOFTHSM2_CONF"), nullptr);
}

TEST(Subprocess, ReportsExitCodeSignalAndMissingProgram) {
  EXPECT_EQ(RunSubprocess({"sh", "-c", "echo out; echo err >&2; exit 3"})->exit_code, 3);
  EXPECT_EQ(RunSubprocess({"sh", "-c", "echo out; echo err >&2; exit 3"})->output, "out\nerr\n");
  EXPECT_EQ(RunSubprocess({"sh", "-c", "kill -9 $$"})->exit_code, 128 + 9);
  EXPECT_EQ(RunSubprocess({"/no/such/program"}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace signet::hsm
