#ifndef SIGNET_SERVER_CORE_JWS_H_
#define SIGNET_SERVER_CORE_JWS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::core {

// CompactJws is a JWS in compact serialisation (RFC 7515 section 7.1), taken apart and decoded. Nothing in it is verified.
struct CompactJws {
  // What is signed: the first two parts as they came. Borrowed from the token.
  absl::string_view signing_input;
  std::string header_json;
  std::string payload;
  // Empty for an unsecured JWS.
  std::string signature;
};

// Takes a compact JWS apart: exactly three parts of canonical base64url, no padding or white space.
//   kInvalidArgument  TOKEN_MALFORMED; the message never quotes the token
absl::StatusOr<CompactJws> SplitCompactJws(absl::string_view token);

// JwsHeader is what a verifier uses of a protected header.
struct JwsHeader {
  std::string alg;
  std::optional<std::string> kid = std::nullopt;
  // As it came; empty without.
  std::string typ = {};
};

// Reads a protected header: a JSON object (see ParseJsonObject) with the string `alg` and, if they are there, the strings `kid` and
// `typ`. Keys that it carries or points to (jku, jwk, x5u, x5c) are never looked at: the verifier has its own (RFC 8725 section
// 3.10).
//   kInvalidArgument  TOKEN_MALFORMED: another form, or it asks for an extension (`crit`, RFC 7515 section 4.1.11; `b64`,
//                     RFC 7797): none is supported
absl::StatusOr<JwsHeader> ParseJwsHeader(absl::string_view header_json);

// Whether `typ` names the media type application/`subtype`, which it may abbreviate to `subtype` (RFC 7515 section 4.1.9).
bool IsType(absl::string_view typ, absl::string_view subtype);

// The `typ` of a JWT, and that of an access token (RFC 9068 section 2.1).
inline constexpr absl::string_view kJwtType = "JWT";
inline constexpr absl::string_view kAccessTokenType = "at+jwt";

// Returns base64url of the protected header of a JWT: {"alg":…,"kid":…,"typ":…}.
std::string EncodeJwtHeader(absl::string_view alg, absl::string_view kid, absl::string_view typ);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_JWS_H_
