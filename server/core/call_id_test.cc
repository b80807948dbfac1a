#include "server/core/call_id.h"

#include <string>

#include "gtest/gtest.h"

namespace signet::core {
namespace {

TEST(CallId, IsTheCallersIfItIsShortAndPrintable) {
  SystemRandom random;
  for (const std::string& id : {std::string("r-1"), std::string("a b"), std::string(kMaxCallIdSize, '~')}) {
    EXPECT_EQ(ChooseCallId(id, random), id);
  }
}

TEST(CallId, IsOtherwiseANewUuid) {
  SystemRandom random;
  const std::string secret(43, 's');
  for (const std::string& id : {std::string(), std::string("tab\t"), std::string("\x80"), std::string("a\0b", 3), secret}) {
    EXPECT_EQ(ChooseCallId(id, random).size(), 36u);
    EXPECT_NE(ChooseCallId(id, random), ChooseCallId(id, random));
  }
}

}  // namespace
}  // namespace signet::core
