#include "clients/cli/wrapping_key_commands.h"

#include <string>

#include "clients/cli/program_runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

using testing::HasSubstr;

constexpr char kId[] = "0123456789abcdef0123456789abcdef";

v1::WrappingKey Key(v1::WrappingKey::State state) {
  v1::WrappingKey key;
  key.set_name(std::string("wrappingKeys/") + kId);
  key.set_state(state);
  key.set_wrapped_key_count(7);
  key.mutable_create_time()->set_seconds(1706885331);
  key.mutable_current_time()->set_seconds(1706885331);
  return key;
}

TEST(WrappingKeyCommands, ListShowsHowManyKeysEachHasWrapped) {
  ProgramRunner runner;
  v1::ListWrappingKeysResponse reply;
  *reply.add_wrapping_keys() = Key(v1::WrappingKey::FORMER);
  runner.server().Reply("ListWrappingKeys", reply);
  EXPECT_EQ(runner.Run({"list", "security/wrapping-key"}).out,
            "Wrapping Key                     State  Keys Created                      Destroyed\n"
            "0123456789abcdef0123456789abcdef FORMER 7    Fri Feb 02 14:48:51 UTC 2024\n"
            "\n"
            "1 entry\n"
            "\n"
            "OK\n");
}

TEST(WrappingKeyCommands, RotateShowsTheNewOne) {
  ProgramRunner runner;
  runner.server().Reply("RotateWrappingKey", Key(v1::WrappingKey::CURRENT));
  const ProgramRunner::Result result = runner.Run({"rotate", "security/wrapping-key", "--confirm", "--request-id", "r1"});
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_EQ(result.out,
            "Made a new wrapping key; keys are wrapped anew from now on\n"
            "\n"
            "Wrapping key:  0123456789abcdef0123456789abcdef\n"
            "State:         CURRENT\n"
            "Keys:          7\n"
            "Created:       Fri Feb 02 14:48:51 UTC 2024\n"
            "Current since: Fri Feb 02 14:48:51 UTC 2024\n"
            "\n"
            "OK\n");
  EXPECT_EQ(runner.server().Received<v1::RotateWrappingKeyRequest>("RotateWrappingKey").at(0).request_id(), "r1");
}

TEST(WrappingKeyCommands, DeleteNamesTheWrappingKeyAndAsks) {
  ProgramRunner runner;
  EXPECT_NE(runner.Run({"delete", "security/wrapping-key", "--key", kId}).exit_code, kExitOk) << "nobody confirmed it";
  runner.server().Reply("DestroyWrappingKey", Key(v1::WrappingKey::DESTROYED));
  const ProgramRunner::Result result = runner.Run({"delete", "security/wrapping-key", "--key", kId, "--confirm"});
  EXPECT_THAT(result.out, HasSubstr("Destroyed wrapping key '0123456789abcdef0123456789abcdef'\n"));
  EXPECT_EQ(runner.server().Received<v1::DestroyWrappingKeyRequest>("DestroyWrappingKey").at(0).name(),
            std::string("wrappingKeys/") + kId);
}

}  // namespace
}  // namespace signet::cli
