// Access tokens at Signet's own API (server/core/token_authenticator.h). The keys are made by each process, so an input names what
// depends on them:
//   %1 %2 %3  header, payload and signature of a genuine token of a client with a secret
//   %4 %5 %6  the same of one that is bound to a client's certificate
//   %7 %8 %9  the same of one for another audience, by the tenant's own key
// An input is an Authorization field; or, if it begins with '{', a token decoded (MakeToken).

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/access_token.h"
#include "server/core/bearer_token.h"
#include "server/core/names.h"
#include "server/core/token_authenticator.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/oauth_site.h"
#include "tests/fuzz/token_input.h"

namespace signet::fuzz {
namespace {

struct Api {
  OAuthSite site;
  std::string genuine = site.NewToken(site.SecretClient(), "");
  std::string bound = site.NewToken(site.CertificateClient(), "");
  std::string for_others = site.NewToken(site.SecretClient(), "https://orders.example");
  core::TokenAuthenticator authenticator{{.tokens = {.audiences = {core::kApi}}, .certificates = {}},
                                         site.process().directory,
                                         site.process().credentials,
                                         site.process().trusted,
                                         site.clock()};
  Replacements encoded;
  Replacements decoded;

  Api() {
    NameParts(genuine, 1, encoded, decoded);
    NameParts(bound, 4, encoded, decoded);
    NameParts(for_others, 7, encoded, decoded);
  }
};

Api& TheApi() {
  static Api& api = *new Api;
  return api;
}

void TestToken(Api& api, absl::string_view token) {
  const auto tenant = api.site.process().directory.FindTenant(keystore::TenantId(std::string(core::kSystemTenant)));
  const absl::StatusOr<core::AccessTokenClaims> claims = core::ReadAccessToken(*tenant, token, api.site.clock().Now());
  Require(claims.ok() == (token == api.genuine || token == api.bound), "what the issuer signed is read and nothing else");
  Require(claims.ok() || (absl::IsInvalidArgument(claims.status()) && !GetReason(claims.status()).empty()),
          "a token is refused with a reason");
}

// Whether `token` may count from a caller who presents `peer_chain_pem`.
void TestCall(Api& api, const std::string& authorization, const std::string& peer_chain_pem) {
  const std::optional<absl::string_view> token = core::FindBearerToken(authorization);
  const bool has_certificate = !peer_chain_pem.empty();
  const bool counts = token && (*token == api.genuine || (has_certificate && *token == api.bound));
  const auto principal = api.authenticator.Authenticate({.authorization = authorization, .peer_chain_pem = peer_chain_pem});
  Require(principal.ok() == counts, "genuine tokens are accepted and no others");
  if (principal.ok()) {
    const bool is_ci = *token == api.genuine;
    Require((*principal)->name == (is_ci ? "tenants/acme/credentials/ci" : "tenants/acme/credentials/node"), "the client is known");
    return;
  }
  const std::string reason(GetReason(principal.status()));
  Require(absl::IsUnauthenticated(principal.status()), "who is not known is not authenticated");
  Require(reason == reason::kBearerTokenInvalid || reason == reason::kCredentialsMissing ||
              (has_certificate && reason == reason::kCertificateUntrusted),
          "and has the reason for it");
}

}  // namespace

void TestOneInput(absl::string_view input) {
  Api& api = TheApi();
  const std::string made = MakeToken(input, api.encoded, api.decoded);
  const std::string authorization = absl::StartsWith(input, "{") ? absl::StrCat("Bearer ", made) : made;
  if (const auto token = core::FindBearerToken(authorization)) {
    Require(absl::EndsWith(authorization, *token), "a token is what follows the scheme");
    TestToken(api, *token);
  }
  TestToken(api, made);
  TestCall(api, authorization, "");
  TestCall(api, authorization, api.site.peer_chain_pem());
}

}  // namespace signet::fuzz
