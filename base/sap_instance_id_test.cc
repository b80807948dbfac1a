#include "base/sap_instance_id.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet {
namespace {

TEST(SapInstanceId, IsAUuidOfVersion8ThatOnlyTheClientIdMakes) {
  const std::string id = SapInstanceIdOf("sb-full-access!a1");
  EXPECT_THAT(id, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_EQ(SapInstanceIdOf("sb-full-access!a1"), id);
  EXPECT_NE(SapInstanceIdOf("sb-full-access!a2"), id);
}

}  // namespace
}  // namespace signet
