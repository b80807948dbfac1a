// Credentials as stores keep them (keystore/record_json.h).

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/utf8.h"
#include "keystore/record_json.h"
#include "keystore/records.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

void RequireReads(const std::string& json, const keystore::CredentialRecord& record) {
  const absl::StatusOr<keystore::CredentialRecord> again = keystore::CredentialFromJson(json);
  Require(again.ok(), "what is written can be read");
  Require(*again == record, "what is written is the same credential");
}

}  // namespace

void TestOneInput(absl::string_view input) {
  const absl::StatusOr<keystore::CredentialRecord> record = keystore::CredentialFromJson(input);
  if (!record.ok()) {
    Require(absl::IsDataLoss(record.status()) && GetReason(record.status()) == reason::kStoreCorrupt,
            "what is no credential is refused as a corrupt store");
    Require(IsUtf8(record.status().message()), "a message is text");
    return;
  }
  const std::string json = keystore::ToJson(*record);
  Require(IsUtf8(json), "what is written is text");
  RequireReads(json, *record);
  Require(keystore::ToJson(*keystore::CredentialFromJson(json)) == json, "a credential is written in one way");

  const std::string event = keystore::ToEventJson(*record);
  // A quotation mark inside a string would have a backslash in front, and so the name's last one would, too.
  Require(!absl::StrContains(event, R"("salt":)") && !absl::StrContains(event, R"("hash":)"), "events show nothing of a secret");
  keystore::CredentialRecord shown = *record;
  for (keystore::ClientSecret& secret : shown.secrets) secret.salt = secret.hash = "";
  RequireReads(event, shown);
  Require(keystore::ToEventJson(shown) == event, "and are the same whatever the secrets are");
}

}  // namespace signet::fuzz
