#include "keystore/lifecycle.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/record_json.h"
#include "keystore/test_records.h"

namespace signet::keystore {
namespace {

constexpr absl::Duration kDelay = absl::Hours(12);
constexpr absl::Duration kTtl = absl::Hours(24);

ResolvedPolicy Policy() {
  return {.preset = Preset::kSapBtp,
          .max_keys = 2,
          .activation_delay = kDelay,
          .min_retention = absl::ZeroDuration(),
          .retain_until_revoked = false,
          .max_token_ttl = kTtl,
          .default_token_ttl = absl::Hours(1),
          .jwks_max_age = absl::Minutes(5)};
}

// The stages of a key's life, each an hour after the one before: created at 0, published at 1, enabled at 2, disabled at 3, and
// revoked, destroyed or failed at 4.
enum class Stage { kPending, kNext, kCurrent, kPrevious, kRevoked, kDestroyed, kFailed };

absl::Time Hour(int hour) { return TestTime() + absl::Hours(hour); }

KeyRecord KeyAt(Stage stage) {
  KeyRecord key = MakeKey("t1", "r1", 1);
  key.state = KeyState::kPendingGeneration;
  key.publish_time.reset();
  key.revision = 9;
  key.create_revision = 3;
  const auto reach = [&](KeyState state, std::optional<absl::Time>& time, int hour) {
    key.state = state;
    time = key.update_time = Hour(hour);
  };
  if (stage == Stage::kPending) return key;
  if (stage == Stage::kFailed) {
    key.state = KeyState::kGenerationFailed;
    key.update_time = Hour(4);
    return key;
  }
  reach(KeyState::kDisabled, key.publish_time, 1);
  if (stage == Stage::kNext) return key;
  reach(KeyState::kEnabled, key.enable_time, 2);
  key.usage.token_expiry_bound = Hour(3) + kTtl;
  if (stage == Stage::kCurrent) return key;
  reach(KeyState::kDisabled, key.disable_time, 3);
  if (stage == Stage::kRevoked) reach(KeyState::kRevoked, key.revoke_time, 4);
  if (stage == Stage::kDestroyed) reach(KeyState::kDestroyed, key.destroy_time, 4);
  return key;
}

// One row of the table: what a verb does to a key at a stage, without force and with it, when every delay is over. The outcome is
// the new state, "unchanged", or the reason of the refusal.
struct Row {
  const char* stage_name;
  Stage stage;
  const char* verb_name;
  KeyVerb verb;
  const char* outcome;
  const char* forced_outcome;
};

constexpr Row kTable[] = {
    {"Pending", Stage::kPending, "Generated", KeyVerb::kGenerated, "DISABLED", "DISABLED"},
    {"Pending", Stage::kPending, "GenerationFailed", KeyVerb::kGenerationFailed, "GENERATION_FAILED", "GENERATION_FAILED"},
    {"Pending", Stage::kPending, "Enable", KeyVerb::kEnable, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},
    {"Pending", Stage::kPending, "Disable", KeyVerb::kDisable, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},
    {"Pending", Stage::kPending, "Superseded", KeyVerb::kSuperseded, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},
    {"Pending", Stage::kPending, "Revoke", KeyVerb::kRevoke, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},
    {"Pending", Stage::kPending, "Delete", KeyVerb::kDelete, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},
    {"Pending", Stage::kPending, "Retire", KeyVerb::kRetire, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},

    {"Next", Stage::kNext, "Generated", KeyVerb::kGenerated, "unchanged", "unchanged"},
    {"Next", Stage::kNext, "GenerationFailed", KeyVerb::kGenerationFailed, "DEFECT", "DEFECT"},
    {"Next", Stage::kNext, "Enable", KeyVerb::kEnable, "ENABLED", "ENABLED"},
    {"Next", Stage::kNext, "Disable", KeyVerb::kDisable, "unchanged", "unchanged"},
    {"Next", Stage::kNext, "Superseded", KeyVerb::kSuperseded, "unchanged", "unchanged"},
    {"Next", Stage::kNext, "Revoke", KeyVerb::kRevoke, "REVOKED", "REVOKED"},
    {"Next", Stage::kNext, "Delete", KeyVerb::kDelete, "DESTROYED", "DESTROYED"},
    {"Next", Stage::kNext, "Retire", KeyVerb::kRetire, "KEY_NOT_ENABLED", "KEY_NOT_ENABLED"},

    {"Current", Stage::kCurrent, "Generated", KeyVerb::kGenerated, "unchanged", "unchanged"},
    {"Current", Stage::kCurrent, "GenerationFailed", KeyVerb::kGenerationFailed, "DEFECT", "DEFECT"},
    {"Current", Stage::kCurrent, "Enable", KeyVerb::kEnable, "unchanged", "unchanged"},
    {"Current", Stage::kCurrent, "Disable", KeyVerb::kDisable, "FORCE_REQUIRED", "DISABLED"},
    {"Current", Stage::kCurrent, "Superseded", KeyVerb::kSuperseded, "DISABLED", "DISABLED"},
    {"Current", Stage::kCurrent, "Revoke", KeyVerb::kRevoke, "KEY_ENABLED", "REVOKED"},
    {"Current", Stage::kCurrent, "Delete", KeyVerb::kDelete, "KEY_ENABLED", "KEY_ENABLED"},
    {"Current", Stage::kCurrent, "Retire", KeyVerb::kRetire, "KEY_ENABLED", "KEY_ENABLED"},

    {"Previous", Stage::kPrevious, "Generated", KeyVerb::kGenerated, "unchanged", "unchanged"},
    {"Previous", Stage::kPrevious, "GenerationFailed", KeyVerb::kGenerationFailed, "DEFECT", "DEFECT"},
    {"Previous", Stage::kPrevious, "Enable", KeyVerb::kEnable, "ENABLED", "ENABLED"},
    {"Previous", Stage::kPrevious, "Disable", KeyVerb::kDisable, "unchanged", "unchanged"},
    {"Previous", Stage::kPrevious, "Superseded", KeyVerb::kSuperseded, "unchanged", "unchanged"},
    {"Previous", Stage::kPrevious, "Revoke", KeyVerb::kRevoke, "REVOKED", "REVOKED"},
    {"Previous", Stage::kPrevious, "Delete", KeyVerb::kDelete, "DESTROYED", "DESTROYED"},
    {"Previous", Stage::kPrevious, "Retire", KeyVerb::kRetire, "DESTROYED", "DESTROYED"},

    {"Revoked", Stage::kRevoked, "Generated", KeyVerb::kGenerated, "KEY_REVOKED", "KEY_REVOKED"},
    {"Revoked", Stage::kRevoked, "GenerationFailed", KeyVerb::kGenerationFailed, "KEY_REVOKED", "KEY_REVOKED"},
    {"Revoked", Stage::kRevoked, "Enable", KeyVerb::kEnable, "KEY_REVOKED", "KEY_REVOKED"},
    {"Revoked", Stage::kRevoked, "Disable", KeyVerb::kDisable, "KEY_REVOKED", "KEY_REVOKED"},
    {"Revoked", Stage::kRevoked, "Superseded", KeyVerb::kSuperseded, "KEY_REVOKED", "KEY_REVOKED"},
    {"Revoked", Stage::kRevoked, "Revoke", KeyVerb::kRevoke, "unchanged", "unchanged"},
    {"Revoked", Stage::kRevoked, "Delete", KeyVerb::kDelete, "DESTROYED", "DESTROYED"},
    {"Revoked", Stage::kRevoked, "Retire", KeyVerb::kRetire, "KEY_REVOKED", "KEY_REVOKED"},

    {"Destroyed", Stage::kDestroyed, "Generated", KeyVerb::kGenerated, "KEY_DESTROYED", "KEY_DESTROYED"},
    {"Destroyed", Stage::kDestroyed, "GenerationFailed", KeyVerb::kGenerationFailed, "KEY_DESTROYED", "KEY_DESTROYED"},
    {"Destroyed", Stage::kDestroyed, "Enable", KeyVerb::kEnable, "KEY_DESTROYED", "KEY_DESTROYED"},
    {"Destroyed", Stage::kDestroyed, "Disable", KeyVerb::kDisable, "KEY_DESTROYED", "KEY_DESTROYED"},
    {"Destroyed", Stage::kDestroyed, "Superseded", KeyVerb::kSuperseded, "KEY_DESTROYED", "KEY_DESTROYED"},
    {"Destroyed", Stage::kDestroyed, "Revoke", KeyVerb::kRevoke, "KEY_DESTROYED", "KEY_DESTROYED"},
    {"Destroyed", Stage::kDestroyed, "Delete", KeyVerb::kDelete, "KEY_DESTROYED", "KEY_DESTROYED"},
    {"Destroyed", Stage::kDestroyed, "Retire", KeyVerb::kRetire, "KEY_DESTROYED", "KEY_DESTROYED"},

    {"Failed", Stage::kFailed, "Generated", KeyVerb::kGenerated, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},
    {"Failed", Stage::kFailed, "GenerationFailed", KeyVerb::kGenerationFailed, "unchanged", "unchanged"},
    {"Failed", Stage::kFailed, "Enable", KeyVerb::kEnable, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},
    {"Failed", Stage::kFailed, "Disable", KeyVerb::kDisable, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},
    {"Failed", Stage::kFailed, "Superseded", KeyVerb::kSuperseded, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},
    {"Failed", Stage::kFailed, "Revoke", KeyVerb::kRevoke, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},
    {"Failed", Stage::kFailed, "Delete", KeyVerb::kDelete, "DESTROYED", "DESTROYED"},
    {"Failed", Stage::kFailed, "Retire", KeyVerb::kRetire, "KEY_NOT_GENERATED", "KEY_NOT_GENERATED"},
};

struct Cell {
  std::string name;
  Stage stage;
  KeyVerb verb;
  Force force;
  std::string outcome;
};

std::vector<Cell> Cells() {
  std::vector<Cell> cells;
  for (const Row& row : kTable) {
    const std::string name = absl::StrCat(row.stage_name, "_", row.verb_name);
    cells.push_back({name, row.stage, row.verb, Force::kNo, row.outcome});
    cells.push_back({absl::StrCat(name, "_Forced"), row.stage, row.verb, Force::kYes, row.forced_outcome});
  }
  return cells;
}

// The key as it must look after it reached `state` at `time`, every member considered.
KeyRecord Expected(const KeyRecord& before, const std::string& state, absl::Time time) {
  KeyRecord key = before;
  key.update_time = time;
  if (before.state == KeyState::kEnabled) key.disable_time = time;
  if (state == "DISABLED") {
    key.state = KeyState::kDisabled;
    if (before.state == KeyState::kPendingGeneration) key.publish_time = time;
  } else if (state == "ENABLED") {
    key.state = KeyState::kEnabled;
    key.enable_time = time;
  } else if (state == "REVOKED") {
    key.state = KeyState::kRevoked;
    key.revoke_time = time;
  } else if (state == "DESTROYED") {
    key.state = KeyState::kDestroyed;
    key.destroy_time = time;
  } else {
    key.state = KeyState::kGenerationFailed;
  }
  return key;
}

class LifecycleTable : public testing::TestWithParam<Cell> {};

TEST_P(LifecycleTable, HasThisOutcomeWhenEveryDelayIsOver) {
  const Cell& cell = GetParam();
  const KeyRecord before = KeyAt(cell.stage);
  const absl::Time now = Hour(1000);
  const absl::StatusOr<KeyRecord> after = Apply(before, cell.verb, cell.force, now, Policy());
  if (cell.outcome == "unchanged") {
    ASSERT_TRUE(after.ok()) << after.status();
    EXPECT_EQ(*after, before) << ToJson(*after);
  } else if (cell.outcome == "DEFECT") {
    EXPECT_EQ(after.status().code(), absl::StatusCode::kInternal);
    EXPECT_EQ(GetReason(after.status()), reason::kDefect);
  } else if (absl::StartsWith(cell.outcome, "KEY_") || cell.outcome == "FORCE_REQUIRED") {
    EXPECT_EQ(after.status().code(), absl::StatusCode::kFailedPrecondition);
    const ErrorDetail expected{.reason = cell.outcome, .metadata = {}, .retry_delay = std::nullopt};
    EXPECT_EQ(GetErrorDetail(after.status()), expected) << after.status();
  } else {
    ASSERT_TRUE(after.ok()) << after.status();
    EXPECT_EQ(ToWord(after->state), cell.outcome);
    EXPECT_EQ(*after, Expected(before, cell.outcome, now)) << ToJson(*after);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryStageAndVerb, LifecycleTable, testing::ValuesIn(Cells()),
                         [](const testing::TestParamInfo<Cell>& info) { return info.param.name; });

TEST(LifecycleTable, CoversEveryStageVerbAndForce) { EXPECT_EQ(Cells().size(), 7u * 8u * 2u); }

TEST(LifecycleRole, FollowsFromStateAndHistory) {
  EXPECT_EQ(RoleOf(KeyAt(Stage::kPending)), KeyRole::kNone);
  EXPECT_EQ(RoleOf(KeyAt(Stage::kNext)), KeyRole::kNext);
  EXPECT_EQ(RoleOf(KeyAt(Stage::kCurrent)), KeyRole::kCurrent);
  EXPECT_EQ(RoleOf(KeyAt(Stage::kPrevious)), KeyRole::kPrevious);
  EXPECT_EQ(RoleOf(KeyAt(Stage::kRevoked)), KeyRole::kNone);
  EXPECT_EQ(RoleOf(KeyAt(Stage::kDestroyed)), KeyRole::kNone);
  EXPECT_EQ(RoleOf(KeyAt(Stage::kFailed)), KeyRole::kNone);
}

TEST(LifecycleRole, PendingAndPublishedKeysAreLiveAndOnlyDisabledAndEnabledOnesArePublished) {
  for (Stage stage : {Stage::kPending, Stage::kNext, Stage::kCurrent, Stage::kPrevious}) EXPECT_TRUE(IsLive(KeyAt(stage)));
  for (Stage stage : {Stage::kRevoked, Stage::kDestroyed, Stage::kFailed}) EXPECT_FALSE(IsLive(KeyAt(stage)));
  for (Stage stage : {Stage::kNext, Stage::kCurrent, Stage::kPrevious}) EXPECT_TRUE(IsPublished(KeyAt(stage)));
  for (Stage stage : {Stage::kPending, Stage::kRevoked, Stage::kDestroyed, Stage::kFailed}) {
    EXPECT_FALSE(IsPublished(KeyAt(stage)));
  }
}

}  // namespace
}  // namespace signet::keystore
