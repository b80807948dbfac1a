#include "clients/cli/token_commands.h"

#include <string>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;

// Files and pipes end with a line break, and what is copied may with a blank; no token does. Only one is taken off: more of them
// would hide that the text is not what `sign` wrote.
std::string WithoutLineBreak(absl::string_view text) {
  absl::ConsumeSuffix(&text, "\r\n") || absl::ConsumeSuffix(&text, "\n") || absl::ConsumeSuffix(&text, " ");
  return std::string(text);
}

absl::Status Sign(Session& session) {
  v1::SignTokenRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_key_ring(), session.Ring());
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_claims_json(), session.Content("claims"));
  if (session.values().Has("ttl")) {
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_ttl(), ReadDurationOf("ttl", session.values().Get("ttl")));
  }
  SIGNET_ASSIGN_OR_RETURN(const v1::SignTokenResponse reply, session.Call(&KeyStub::SignToken, request));
  // What is piped must be the token and nothing else.
  if (session.OutIsTerminal()) {
    session.printer().PrintReply(reply, reply.token(), {});
  } else {
    session.printer().PrintValue(reply, reply.token());
  }
  return absl::OkStatus();
}

absl::Status Verify(Session& session) {
  v1::VerifyTokenRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Tenant());
  SIGNET_ASSIGN_OR_RETURN(const std::string token, session.Content("token"));
  request.set_token(WithoutLineBreak(token));
  request.set_audience(session.values().Get("audience"));
  SIGNET_ASSIGN_OR_RETURN(const v1::VerifyTokenResponse reply, session.Call(&KeyStub::VerifyToken, request));
  session.printer().PrintReply(reply, "The token is valid",
                               {{"Key ID", IdOf(reply.key())},
                                {"Expires", DateOf(reply.expire_time())},
                                {"Header", reply.header_json()},
                                {"Claims", reply.claims_json()}});
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> TokenCommands() {
  const std::string object = "security/token";
  return {
      {"sign", object,
       "Sign claims as a token with the enabled key of a key ring. Prints the token alone on its line; nothing else follows it "
       "where "
       "standard output is a file or a pipe.",
       Join({{{.name = "claims",
               .kind = ParameterKind::kContent,
               .value = "JSON|@FILE|-",
               .doc = "The claims: one JSON object without iss, iat, exp and jti, which the server sets.",
               .occurrence = Occurrence::kRequired},
              {.name = "ttl",
               .value = "DURATION",
               .doc = "How long the token is valid. Default: 1h, or the key ring's max-token-ttl if that is shorter; with the "
                      "preset SAP_BTP the max-token-ttl if it is set, otherwise 12h."},
              RingParameter()},
             ScopeParameters()}),
       Sign},
      {"verify", object,
       "Verify a token that a tenant issued. Exits with 3 if it is not valid. Put TOKEN ahead of a scope without a value.",
       Join({{{.name = "token",
               .kind = ParameterKind::kContent,
               .value = "TOKEN|@FILE|-",
               .doc = "The token: a compact JWS.",
               .occurrence = Occurrence::kRequired,
               .positional = true},
              {.name = "audience", .value = "TEXT", .doc = "What the token's aud must hold."}},
             ScopeParameters()}),
       Verify},
  };
}

}  // namespace signet::cli
