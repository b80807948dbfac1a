#ifndef SIGNET_SERVER_CORE_CLIENT_ASSERTION_H_
#define SIGNET_SERVER_CORE_CLIENT_ASSERTION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keystore/records.h"
#include "server/core/jws.h"
#include "server/core/tenant_snapshot.h"

namespace signet::core {

// The assertions by which clients authenticate, private_key_jwt (RFC 7523 sections 2.2 and 3, OpenID Connect Core section 9).

// The largest assertion that is read, in bytes: one with the certificates of an RSA key of 4096 bits fits.
inline constexpr size_t kMaxAssertionSize = 8 * 1024;
// How far ahead its `exp` may be, so that its `jti` need not be remembered for longer. Clocks may differ by keystore::kClockSkew.
inline constexpr absl::Duration kMaxAssertionLife = absl::Hours(1);

// AssertionLimits bound the assertions of a tenant's clients.
struct AssertionLimits {
  size_t size = kMaxAssertionSize;
  absl::Duration life = kMaxAssertionLife;
};
// Where the ring access-token has the preset AUTH0, they are Auth0's: 2048 bytes and 5 minutes.
AssertionLimits LimitsOf(const TenantSnapshot& tenant);

// ClientAssertion is what an assertion claims. Only VerifyAssertion says whether that is so.
struct ClientAssertion {
  std::string client_id;
  // Its `jti`.
  std::string token_id;
  // From then on it is refused, so that nobody need remember its `jti`.
  absl::Time end;
  JwsHeader header;
  std::string signature;
  // Borrowed from the assertion.
  absl::string_view signing_input;
};

// The client that an assertion says it is of, unverified, for what is done before anybody authenticates; empty if it is no
// assertion.
std::string ClaimedClient(absl::string_view assertion);

// Reads an assertion and checks what it claims but for its signature: `iss` and `sub` are one client, all of `aud` are among
// `audiences`, `exp` is ahead, and after an `iat`, by no more than `limits` has it, `nbf` and `iat` are not, and it has a `jti` of
// 1 to 256 bytes. Its `typ` is absent, JWT or client-authentication+jwt, so that no token of another purpose counts.
//   kUnauthenticated  CLIENT_ASSERTION; the message quotes nothing
absl::StatusOr<ClientAssertion> ReadAssertion(absl::string_view assertion, const std::vector<std::string>& audiences,
                                              absl::Time now, const AssertionLimits& limits);

// Checks the signature by the one of `keys` that the header's `kid` names, or without that by any of them; those whose time has
// passed do not count. Its algorithm is that of the key, whatever the header says. Does the same work where there is no such key.
//   kUnauthenticated  CLIENT_ASSERTION
absl::Status VerifyAssertion(const ClientAssertion& assertion, const std::vector<keystore::ClientPublicKey>& keys, absl::Time now);

// What an assertion for `tenant` may call its audience: its issuer, its URL below `public_url` and those of its host aliases, as
// they are, with a slash or without, and followed by the path of an OAuth endpoint.
std::vector<std::string> AssertionAudiences(const TenantSnapshot& tenant, absl::string_view public_url);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CLIENT_ASSERTION_H_
