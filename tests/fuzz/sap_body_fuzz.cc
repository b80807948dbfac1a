// Bodies of SAP's calls (server/http/sap_body.h): each input is read as every one of them.

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/http/sap_body.h"
#include "server/http/sap_settings.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

using Mode = http::SapKeyChange::Mode;

// What cannot be read is an invalid argument, whose message shows nothing of the input but what is printable.
bool IsRead(const absl::Status& status) {
  if (status.ok()) return true;
  const auto is_printable = [](unsigned char c) { return absl::ascii_isprint(c); };
  Require(absl::IsInvalidArgument(status) && std::all_of(status.message().begin(), status.message().end(), is_printable),
          "what cannot be read is an invalid argument");
  return false;
}

// `validity` as SapSettingsChange has it.
void RequireWithin(const std::optional<std::optional<absl::Duration>>& validity, absl::Duration most) {
  if (!validity || !*validity) return;
  Require(**validity >= absl::Minutes(30) && **validity <= most, "a validity is within its range");
}

void TestPatch(absl::string_view input) {
  const absl::StatusOr<http::SapSettingsChange> change = http::ReadSettingsPatch(input);
  if (!IsRead(change.status())) return;
  Require(change->key.has_value() != http::ChangesRing(*change), "a PATCH changes a key or the other settings");
  Require(!change->key || change->key->mode == Mode::kAdd || !change->key->key_id.empty(), "a key that is there has an id");
  RequireWithin(change->access_token_validity, absl::Hours(24));
  RequireWithin(change->refresh_token_validity, absl::Hours(24) * 365);
}

void TestLogin(absl::string_view input) {
  const absl::StatusOr<http::SapLogin> login = http::ReadSapLogin(input);
  if (!IsRead(login.status())) return;
  Require(!login->user_name.empty() && !login->password.empty(), "a login has a user and a password");
}

void TestParameters(absl::string_view input) {
  const absl::StatusOr<http::SapParameters> parameters = http::SapParameters::Read(input);
  if (!IsRead(parameters.status())) return;
  IsRead(parameters->CheckNames({"name", "key"}));
  const absl::StatusOr<std::optional<bool>> flag = parameters->FindBool("force");
  Require(!IsRead(flag.status()) || flag->has_value() == !parameters->Find("force").empty(), "a value that is there is read");
  const absl::StatusOr<std::optional<int64_t>> number = parameters->FindInteger("accessTokenValidity");
  Require(!IsRead(number.status()) || number->has_value() == !parameters->Find("accessTokenValidity").empty(),
          "a value that is there is read");
}

}  // namespace

void TestOneInput(absl::string_view input) {
  TestPatch(input);
  TestLogin(input);
  TestParameters(input);
}

}  // namespace signet::fuzz
