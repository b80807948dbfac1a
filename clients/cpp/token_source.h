#ifndef SIGNET_CLIENTS_CPP_TOKEN_SOURCE_H_
#define SIGNET_CLIENTS_CPP_TOKEN_SOURCE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/secret.h"
#include "clients/cpp/https_post.h"

namespace signet::client {

// AccessToken is a token, and when it ends to work.
struct AccessToken {
  Secret token;
  absl::Time expire_time;
};

// TokenSourceOptions is where tokens come from, and as whom.
struct TokenSourceOptions {
  // The tenant's token endpoint: an https URL, such as a credential's `token_url`.
  std::string token_url;
  std::string client_id;
  // Sent as client_secret_basic. Empty means that the client is recognised by its certificate (RFC 8705).
  Secret client_secret = {};
  // Whom to trust; and for a client without a secret, its certificate.
  HttpsTrust trust = {};
  // For whom the tokens are. Empty means Signet's own API.
  std::string audience = "";
  // Space-separated. Empty means all that the client has.
  std::string scope = "";
  // A token that was fetched before, if there is one.
  std::optional<AccessToken> token = std::nullopt;
  // How long fetching one may take.
  absl::Duration timeout = absl::Seconds(30);
};

// TokenSource lends access tokens, which it fetches by the grant type client_credentials (RFC 6749 section 4.4).
//
// It keeps a token until shortly before its end: a minute, or a tenth of its life if that is less. Threads that need a new one at
// the same time wait for one fetch, and share its outcome. Thread-safe.
class TokenSource {
 public:
  // Fetches nothing yet. `clock` is borrowed.
  //   kInvalidArgument  the URL is not https, the client has no id, or neither or both of a secret and a certificate
  static absl::StatusOr<std::unique_ptr<TokenSource>> Create(TokenSourceOptions options, const Clock& clock);

  // Returns a token that works for now, fetching one if need be. Errors hold no secret. Their metadata has `oauth_error`, if the
  // endpoint gave one.
  //   kUnauthenticated    invalid_client: the secret is wrong, or the client unknown or expired; a retry fails the same way
  //   kPermissionDenied   unauthorized_client, invalid_scope, invalid_target: the client may not have such a token
  //   kResourceExhausted  RATE_LIMITED: retry after the delay that the error has
  //   kUnavailable        the endpoint cannot be reached, is not trusted, or cannot answer now; safe to retry
  //   kInvalidArgument    the URL is no token endpoint, or the certificate cannot be used
  absl::StatusOr<Secret> Token();

  // Forgets `token`, if it is the one at hand, so that the next call of Token fetches another. For one that a server refused.
  void Discard(const Secret& token);

  // The token at hand, if there is one; it may have ended.
  std::optional<AccessToken> Current() const;

  // Revokes the token at hand, if there is one, at the endpoint beside the token endpoint: `…/oauth/revoke` for `…/oauth/token`;
  // and forgets it, come what may. Errors as in Token, and
  //   kUnimplemented  the token URL does not end in /oauth/token
  absl::Status Revoke();

 private:
  TokenSource(TokenSourceOptions options, const Clock& clock);

  bool IsFresh() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Calls the endpoint at `url` with the client's credentials; returns the answer to a request that was accepted.
  absl::StatusOr<std::string> Post(const std::string& url, HttpsRequest request) const;
  absl::StatusOr<AccessToken> Fetch() const;
  // The error that the endpoint's answer stands for.
  absl::Status ErrorOf(const std::string& url, const HttpsReply& reply) const;

  const TokenSourceOptions options_;
  const Clock& clock_;
  mutable Mutex mutex_;
  CondVar fetched_;
  std::optional<AccessToken> token_ ABSL_GUARDED_BY(mutex_);
  // When `token_` is to be replaced.
  absl::Time renewal_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool fetching_ ABSL_GUARDED_BY(mutex_) = false;
  // How many fetches have ended, and what the last one brought.
  int64_t fetches_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::StatusOr<AccessToken> outcome_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::client

#endif  // SIGNET_CLIENTS_CPP_TOKEN_SOURCE_H_
