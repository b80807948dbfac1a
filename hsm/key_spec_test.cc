#include "hsm/key_spec.h"

#include "base/error.h"
#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

TEST(CheckKeySpec, AcceptsSixteenBytesAndPrintableAscii) {
  EXPECT_TRUE(CheckKeySpec({std::string(16, '\0'), "signet/a b/~", Algorithm::kEs256}).ok());
}

TEST(CheckKeySpec, NamesTheFieldThatIsWrong) {
  for (const std::string& id : {std::string(), std::string(15, 'i'), std::string(17, 'i')}) {
    const absl::Status status = CheckKeySpec({id, "label", Algorithm::kEs256});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(GetErrorDetail(status), (ErrorDetail{"INVALID_FIELD", {{"field", "id"}}, std::nullopt}));
  }
  for (const std::string& label : {std::string(), std::string("a\nb"), std::string("\xc3\xa4"), std::string("a\0b", 3)}) {
    const absl::Status status = CheckKeySpec({std::string(16, 'i'), label, Algorithm::kEs256});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(GetErrorDetail(status), (ErrorDetail{"INVALID_FIELD", {{"field", "label"}}, std::nullopt}));
  }
}

}  // namespace
}  // namespace signet::hsm
