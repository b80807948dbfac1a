#include "hsm/testing/fault_rules.h"

#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

using Fault = FaultRule::Fault;

TEST(FaultRules, AreReadFromLinesOfWords) {
  const auto rules = ParseFaultRules(
      "# what an HSM does\n\nC_Sign error CKR_DEVICE_ERROR p=0.01  # now and then\nC_Login error 0x80000001 count=3\n"
      "C_Sign delay 5\nC_FindObjects hang skip=10 count=1\nC_Sign flip\nC_Sign restart\n");
  ASSERT_TRUE(rules);
  ASSERT_EQ(rules->size(), 6u);
  EXPECT_EQ((*rules)[0].function, "C_Sign");
  EXPECT_EQ((*rules)[0].error, CK_RV{CKR_DEVICE_ERROR});
  EXPECT_EQ((*rules)[0].probability, 0.01);
  EXPECT_EQ((*rules)[0].count, -1);
  EXPECT_EQ((*rules)[1].error, CK_RV{0x80000001});
  EXPECT_EQ((*rules)[1].count, 3);
  EXPECT_EQ((*rules)[2].fault, Fault::kDelay);
  EXPECT_EQ((*rules)[2].delay, std::chrono::milliseconds(5));
  EXPECT_EQ((*rules)[3].fault, Fault::kHang);
  EXPECT_EQ((*rules)[3].skip, 10);
  EXPECT_EQ((*rules)[4].fault, Fault::kFlip);
  EXPECT_EQ((*rules)[5].fault, Fault::kRestart);
}

TEST(FaultRules, AFileWithALineThatIsNoneIsRefusedAsAWhole) {
  for (const char* line :
       {"Sign hang", "C_Sign", "C_Sign explode", "C_Sign error", "C_Sign error CKR_MADE_UP", "C_Sign error 0", "C_Sign delay",
        "C_Sign delay x", "C_Sign hang now", "C_Sign hang q=1", "C_Sign hang p=-1", "C_Login flip"}) {
    EXPECT_FALSE(ParseFaultRules(std::string("C_Sign hang\n") + line + "\n")) << line;
  }
}

}  // namespace
}  // namespace signet::hsm
