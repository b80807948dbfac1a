#include "server/core/names.h"

#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::core {
namespace {

constexpr size_t kMaxIdLength = 63;
constexpr size_t kMaxKidLength = 128;
constexpr size_t kMaxCredentialIdLength = 128;
constexpr size_t kUidLength = 32;

bool IsLowerOrDigit(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

// A DNS label in lower case: [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?
bool IsTenantId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxIdLength || id.front() == '-' || id.back() == '-') return false;
  for (const char c : id) {
    if (!IsLowerOrDigit(c) && c != '-') return false;
  }
  return true;
}

// The same, but it begins with a letter: [a-z]([a-z0-9-]{0,61}[a-z0-9])?
bool IsRingId(absl::string_view id) { return IsTenantId(id) && absl::ascii_islower(id.front()); }

// [A-Za-z0-9_-][A-Za-z0-9._-]{0,127}
bool IsKid(absl::string_view id) {
  if (id.empty() || id.size() > kMaxKidLength || id.front() == '.') return false;
  for (const char c : id) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

// [a-zA-Z0-9-]{1,128}, as SAP names them.
bool IsCredentialId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxCredentialIdLength) return false;
  for (const char c : id) {
    if (!absl::ascii_isalnum(c) && c != '-') return false;
  }
  return true;
}

// 32 lower case hexadecimal digits.
bool IsUid(absl::string_view id) {
  if (id.size() != kUidLength) return false;
  for (const char c : id) {
    if (!absl::ascii_isdigit(c) && (c < 'a' || c > 'f')) return false;
  }
  return true;
}

// The value stays out of the message: it may be of any length, and hold anything.
absl::Status InvalidName(absl::string_view field, absl::string_view expected) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidName, absl::StrCat(field, " must be ", expected),
               {{"field", std::string(field)}});
}

absl::Status CheckPresent(absl::string_view field, absl::string_view value) {
  if (!value.empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, reason::kMissingField, absl::StrCat(field, " is required"),
               {{"field", std::string(field)}});
}

constexpr absl::string_view kTenantForm = "tenants/{tenant}, where the id matches [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
constexpr absl::string_view kRingForm =
    "tenants/{tenant}/keyRings/{ring}, where the ring's id matches [a-z]([a-z0-9-]{0,61}[a-z0-9])?";
constexpr absl::string_view kKeyForm =
    "tenants/{tenant}/keyRings/{ring}/keys/{key}, where the key's id matches [A-Za-z0-9_-][A-Za-z0-9._-]{0,127}";
constexpr absl::string_view kCredentialForm =
    "tenants/{tenant}/credentials/{credential}, where the credential's id matches [a-zA-Z0-9-]{1,128}";

constexpr absl::string_view kWrappingKeyForm = "wrappingKeys/{wrapping_key}, where the id is 32 lower case hexadecimal digits";

std::vector<absl::string_view> Segments(absl::string_view name) { return absl::StrSplit(name, '/'); }

}  // namespace

absl::StatusOr<keystore::TenantId> ParseTenantName(absl::string_view field, absl::string_view name) {
  SIGNET_RETURN_IF_ERROR(CheckPresent(field, name));
  const std::vector<absl::string_view> segments = Segments(name);
  if (segments.size() != 2 || segments[0] != "tenants" || !IsTenantId(segments[1])) return InvalidName(field, kTenantForm);
  return keystore::TenantId(std::string(segments[1]));
}

absl::StatusOr<RingName> ParseRingName(absl::string_view field, absl::string_view name) {
  SIGNET_RETURN_IF_ERROR(CheckPresent(field, name));
  const std::vector<absl::string_view> segments = Segments(name);
  if (segments.size() != 4 || segments[0] != "tenants" || !IsTenantId(segments[1]) || segments[2] != "keyRings" ||
      !IsRingId(segments[3])) {
    return InvalidName(field, kRingForm);
  }
  return RingName{keystore::TenantId(std::string(segments[1])), keystore::RingId(std::string(segments[3]))};
}

absl::StatusOr<KeyName> ParseKeyName(absl::string_view field, absl::string_view name) {
  SIGNET_RETURN_IF_ERROR(CheckPresent(field, name));
  const std::vector<absl::string_view> segments = Segments(name);
  if (segments.size() != 6 || segments[0] != "tenants" || !IsTenantId(segments[1]) || segments[2] != "keyRings" ||
      !IsRingId(segments[3]) || segments[4] != "keys" || !IsKid(segments[5])) {
    return InvalidName(field, kKeyForm);
  }
  return KeyName{{keystore::TenantId(std::string(segments[1])), keystore::RingId(std::string(segments[3]))},
                 keystore::Kid(std::string(segments[5]))};
}

absl::StatusOr<CredentialName> ParseCredentialName(absl::string_view field, absl::string_view name) {
  SIGNET_RETURN_IF_ERROR(CheckPresent(field, name));
  const std::vector<absl::string_view> segments = Segments(name);
  if (segments.size() != 4 || segments[0] != "tenants" || !IsTenantId(segments[1]) || segments[2] != "credentials" ||
      !IsCredentialId(segments[3])) {
    return InvalidName(field, kCredentialForm);
  }
  return CredentialName{keystore::TenantId(std::string(segments[1])), keystore::CredentialId(std::string(segments[3]))};
}

absl::StatusOr<keystore::WrappingKeyUid> ParseWrappingKeyName(absl::string_view field, absl::string_view name) {
  SIGNET_RETURN_IF_ERROR(CheckPresent(field, name));
  const std::vector<absl::string_view> segments = Segments(name);
  if (segments.size() != 2 || segments[0] != "wrappingKeys" || !IsUid(segments[1])) return InvalidName(field, kWrappingKeyForm);
  return keystore::WrappingKeyUid(std::string(segments[1]));
}

absl::StatusOr<keystore::TenantId> CheckTenantId(absl::string_view field, absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckPresent(field, id));
  if (!IsTenantId(id)) return InvalidName(field, "an id that matches [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  return keystore::TenantId(std::string(id));
}

absl::StatusOr<keystore::RingId> CheckRingId(absl::string_view field, absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckPresent(field, id));
  if (!IsRingId(id)) return InvalidName(field, "an id that matches [a-z]([a-z0-9-]{0,61}[a-z0-9])?");
  return keystore::RingId(std::string(id));
}

absl::StatusOr<keystore::Kid> CheckKid(absl::string_view field, absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckPresent(field, id));
  if (!IsKid(id)) return InvalidName(field, "an id that matches [A-Za-z0-9_-][A-Za-z0-9._-]{0,127}");
  return keystore::Kid(std::string(id));
}

absl::StatusOr<keystore::CredentialId> CheckCredentialId(absl::string_view field, absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckPresent(field, id));
  if (!IsCredentialId(id)) return InvalidName(field, "an id that matches [a-zA-Z0-9-]{1,128}");
  return keystore::CredentialId(std::string(id));
}

std::string FormatTenantName(const keystore::TenantId& tenant) { return absl::StrCat("tenants/", tenant.value()); }

std::string FormatRingName(const RingName& name) {
  return absl::StrCat(FormatTenantName(name.tenant), "/keyRings/", name.ring.value());
}

std::string FormatKeyName(const KeyName& name) { return absl::StrCat(FormatRingName(name.ring), "/keys/", name.kid.value()); }

std::string FormatCredentialName(const CredentialName& name) {
  return absl::StrCat(FormatTenantName(name.tenant), "/credentials/", name.credential.value());
}

std::string FormatWrappingKeyName(const keystore::WrappingKeyUid& uid) { return absl::StrCat("wrappingKeys/", uid.value()); }

}  // namespace signet::core
