// Resource names and ids (server/core/names.h).

#include <string>

#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/names.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

// Requires that what was parsed is written as the input again.
template <typename Name, typename Format>
void TestName(const absl::StatusOr<Name>& name, absl::string_view input, Format format) {
  if (name.ok()) {
    Require(format(*name) == input, "a name that was parsed is written in the same characters");
    return;
  }
  Require(absl::IsInvalidArgument(name.status()), "another name is an invalid argument");
  Require(GetReason(name.status()) == (input.empty() ? reason::kMissingField : reason::kInvalidName), "and has the reason for it");
}

}  // namespace

void TestOneInput(absl::string_view input) {
  TestName(core::ParseTenantName("name", input), input, core::FormatTenantName);
  TestName(core::ParseRingName("name", input), input, core::FormatRingName);
  TestName(core::ParseKeyName("name", input), input, core::FormatKeyName);
  TestName(core::ParseCredentialName("name", input), input, core::FormatCredentialName);
  const auto as_is = [](const auto& id) { return id.value(); };
  TestName(core::CheckTenantId("id", input), input, as_is);
  TestName(core::CheckRingId("id", input), input, as_is);
  TestName(core::CheckKid("id", input), input, as_is);
  TestName(core::CheckCredentialId("id", input), input, as_is);
}

}  // namespace signet::fuzz
