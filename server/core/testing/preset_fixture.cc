#include "server/core/testing/preset_fixture.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"

namespace signet::core {

using keystore::Force;
using keystore::KeyRole;

PresetTest::PresetTest(keystore::Preset preset) {
  keystore::KeyPolicy policy;
  policy.preset = preset;
  NewRing(preset_ring_.ring.value(), policy);
}

RingView PresetTest::Ring() {
  const absl::StatusOr<RingView> ring = rings().Get(preset_ring_);
  EXPECT_THAT(ring, IsOk());
  return ring.value_or(RingView());
}

void PresetTest::Update(const RingUpdate& update) { EXPECT_THAT(rings().Update(preset_ring_, update, Call()), IsOk()); }

std::vector<KeyView> PresetTest::Keys() {
  const absl::StatusOr<ListResult<KeyView>> list = keys().List(preset_ring_, keystore::KeyStore::Tombstones::kHide, {1000, ""});
  EXPECT_THAT(list, IsOk());
  return list.ok() ? list->items : std::vector<KeyView>();
}

std::vector<std::string> PresetTest::KidsWith(KeyRole role) {
  std::vector<std::string> kids;
  for (const KeyView& key : Keys()) {
    if (key.role == role && (role != KeyRole::kNone || key.record.state == keystore::KeyState::kRevoked)) {
      kids.push_back(key.record.kid.value());
    }
  }
  return kids;
}

std::string PresetTest::Only(KeyRole role) {
  const std::vector<std::string> kids = KidsWith(role);
  EXPECT_EQ(kids.size(), 1u) << absl::StrJoin(kids, " ");
  return kids.empty() ? "" : kids.front();
}

std::vector<std::string> PresetTest::JwksKids() {
  std::vector<std::string> kids;
  const nlohmann::json jwks = nlohmann::json::parse(BuildJwks(directory().FindTenant(acme_)->published).json);
  for (const nlohmann::json& key : jwks["keys"]) kids.push_back(key["kid"]);
  std::sort(kids.begin(), kids.end());
  return kids;
}

KeyName PresetTest::NewSigningKey(const std::string& kid) {
  const KeyName key = NewKeyOfRing(kid);
  EXPECT_THAT(keys().Enable(key, Force::kYes, Call()), IsOk());
  return key;
}

absl::StatusOr<RotationResult> PresetTest::Rotate(const RotateCommand& command, const ChangeRequest& request) {
  return keys().Rotate(preset_ring_, command, request);
}

void PresetTest::Pass() { EXPECT_THAT(scheduler_.RunPass(), IsOk()); }

std::string PresetTest::Sign(std::optional<absl::Duration> ttl) {
  const absl::StatusOr<SignedToken> token = tokens_.SignToken({preset_ring_, "{}", ttl}, *signer_);
  EXPECT_THAT(token, IsOk());
  return token.ok() ? token->token : "";
}

std::string PresetTest::SignerOf(const std::string& token) {
  const absl::StatusOr<VerifiedToken> verified = tokens_.VerifyToken({acme_, token, ""});
  EXPECT_THAT(verified, IsOk());
  return verified.ok() ? verified->key.kid.value() : "";
}

absl::Status PresetTest::Verify(const std::string& token) { return tokens_.VerifyToken({acme_, token, ""}).status(); }

RotateCommand Purging() {
  RotateCommand command;
  command.purge = keystore::Purge::kYes;
  return command;
}

RotateCommand Forcing() {
  RotateCommand command;
  command.force = Force::kYes;
  return command;
}

absl::Duration RetryDelayOf(const absl::Status& status) {
  const std::optional<ErrorDetail> detail = GetErrorDetail(status);
  EXPECT_TRUE(detail && detail->retry_delay) << status;
  return detail ? detail->retry_delay.value_or(absl::ZeroDuration()) : absl::ZeroDuration();
}

}  // namespace signet::core
