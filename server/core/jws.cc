#include "server/core/jws.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/json_object.h"

namespace signet::core {

namespace {

using nlohmann::ordered_json;

absl::Status Malformed(absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kTokenMalformed, message);
}

// Returns a member that is a string; nullopt if there is none.
absl::StatusOr<std::optional<std::string>> FindString(const ordered_json& header, absl::string_view name) {
  const ordered_json* value = FindMember(header, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return Malformed(absl::StrCat("the token's header has a ", name, " that is not a string"));
  return value->get<std::string>();
}

}  // namespace

absl::StatusOr<CompactJws> SplitCompactJws(absl::string_view token) {
  const size_t first_dot = token.find('.');
  const size_t second_dot = first_dot == token.npos ? token.npos : token.find('.', first_dot + 1);
  if (second_dot == token.npos) return Malformed("the token is not three parts with a dot between them");
  // A third dot is no letter of base64url and is refused with the signature.
  std::optional<std::string> header = Base64UrlDecode(token.substr(0, first_dot));
  std::optional<std::string> payload = Base64UrlDecode(token.substr(first_dot + 1, second_dot - first_dot - 1));
  std::optional<std::string> signature = Base64UrlDecode(token.substr(second_dot + 1));
  if (!header || !payload || !signature) return Malformed("the token's parts are not canonical base64url");
  return CompactJws{token.substr(0, second_dot), *std::move(header), *std::move(payload), *std::move(signature)};
}

absl::StatusOr<JwsHeader> ParseJwsHeader(absl::string_view header_json) {
  const absl::StatusOr<ordered_json> header = ParseJsonObject(header_json);
  if (!header.ok()) return Malformed(absl::StrCat("the token's header: ", header.status().message()));
  for (const char* extension : {"crit", "b64"}) {
    if (FindMember(*header, extension) != nullptr) {
      return Malformed(absl::StrCat("the token's header has ", extension, ", which is not supported"));
    }
  }
  SIGNET_ASSIGN_OR_RETURN(std::optional<std::string> alg, FindString(*header, "alg"));
  SIGNET_ASSIGN_OR_RETURN(std::optional<std::string> kid, FindString(*header, "kid"));
  SIGNET_ASSIGN_OR_RETURN(std::optional<std::string> typ, FindString(*header, "typ"));
  if (!alg) return Malformed("the token's header has no alg");
  return JwsHeader{*std::move(alg), std::move(kid), std::move(typ).value_or("")};
}

bool IsType(absl::string_view typ, absl::string_view subtype) {
  constexpr absl::string_view kPrefix = "application/";
  if (absl::StartsWithIgnoreCase(typ, kPrefix)) typ.remove_prefix(kPrefix.size());
  return absl::EqualsIgnoreCase(typ, subtype);
}

std::string EncodeJwtHeader(absl::string_view alg, absl::string_view kid, absl::string_view typ) {
  ordered_json header;
  header["alg"] = std::string(alg);
  header["kid"] = std::string(kid);
  header["typ"] = std::string(typ);
  return Base64UrlEncode(header.dump());
}

}  // namespace signet::core
