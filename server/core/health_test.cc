#include "server/core/health.h"

#include "gtest/gtest.h"

namespace signet::core {
namespace {

TEST(Health, IsReadyUntilSomethingFails) {
  Health health;
  EXPECT_TRUE(health.ready());
  EXPECT_FALSE(health.draining());
}

TEST(Health, AnHsmThatFailsStopsSigningAlone) {
  Health health;
  health.SetHsmOk(false);
  EXPECT_FALSE(health.can_sign());
  EXPECT_TRUE(health.can_administer());
  EXPECT_FALSE(health.ready());
  health.SetHsmOk(true);
  EXPECT_TRUE(health.ready());
}

TEST(Health, AnHsmThatHangsStopsSigningAloneWhateverItAnswersOtherwise) {
  Health health;
  health.SetHsmHangs(true);
  health.SetHsmOk(true);
  EXPECT_FALSE(health.can_sign());
  EXPECT_TRUE(health.can_administer());
  EXPECT_FALSE(health.hsm_ok());
  health.SetHsmHangs(false);
  EXPECT_TRUE(health.ready());
}

TEST(Health, AStoreThatFailsStopsAdministrationAlone) {
  Health health;
  health.SetStoreOk(false);
  EXPECT_TRUE(health.can_sign());
  EXPECT_FALSE(health.can_administer());
  EXPECT_FALSE(health.ready());
}

TEST(Health, DrainingStopsAllForGood) {
  Health health;
  health.SetDraining();
  health.SetHsmOk(true);
  health.SetStoreOk(true);
  EXPECT_FALSE(health.can_sign());
  EXPECT_FALSE(health.can_administer());
  EXPECT_FALSE(health.ready());
}

}  // namespace
}  // namespace signet::core
