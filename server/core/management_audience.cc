#include "server/core/management_audience.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace signet::core {

bool IsManagementAudience(const keystore::TenantRecord& tenant, absl::string_view public_url, absl::string_view audience) {
  absl::ConsumeSuffix(&audience, "/");
  if (!absl::ConsumeSuffix(&audience, "/api/v2")) return false;
  if (audience == absl::StrCat(public_url, "/t/", tenant.id.value())) return true;
  if (!absl::ConsumePrefix(&audience, "https://")) return false;
  const size_t colon = audience.rfind(':');
  const absl::string_view port = colon == absl::string_view::npos ? "" : audience.substr(colon + 1);
  if (!std::all_of(port.begin(), port.end(), absl::ascii_isdigit)) return false;
  const std::string host = absl::AsciiStrToLower(audience.substr(0, colon));
  return std::find(tenant.host_aliases.begin(), tenant.host_aliases.end(), host) != tenant.host_aliases.end();
}

}  // namespace signet::core
