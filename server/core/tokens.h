#ifndef SIGNET_SERVER_CORE_TOKENS_H_
#define SIGNET_SERVER_CORE_TOKENS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "hsm/hsm.h"
#include "keystore/records.h"
#include "server/core/credential_directory.h"
#include "server/core/digest_signing.h"
#include "server/core/key_directory.h"
#include "server/core/names.h"
#include "server/core/signing_admission.h"
#include "server/core/signing_ledger.h"
#include "server/core/tenant_snapshot.h"
#include "server/core/verified_signing.h"

namespace signet::core {

struct SignTokenCommand {
  RingName ring;
  // A JSON object as text; empty means {}.
  std::string claims_json;
  // Absent: the ring's default_token_ttl, or the profile's max_ttl if that is shorter.
  std::optional<absl::Duration> ttl;
  // What the caller may have signed; borrowed. nullptr: anything.
  const keystore::SigningProfile* profile = nullptr;
};

// AccessTokenCommand asks for an access token (RFC 9068) of Signet's own making, that is, not of a caller's.
struct AccessTokenCommand {
  RingName ring;
  // A JSON object as text: everything but iss, iat, exp and jti.
  std::string claims_json;
  // At least a second; shortened to the ring's max_token_ttl. Absent: the ring's default_token_ttl.
  std::optional<absl::Duration> ttl;
  // At least a second: it lives no longer in any case.
  absl::Duration max_ttl = absl::InfiniteDuration();
};

struct SignedToken {
  std::string token;
  KeyName key;
  std::string token_id;
  absl::Time issue_time;
  absl::Time expire_time;
};

// PayloadCommand asks for the signature of a JWT that its caller has made whole, but for the header.
struct PayloadCommand {
  RingName ring;
  // In base64url; borrowed. It is signed as it is: nothing of it is read here.
  absl::string_view payload;
  // Returns until when the token lives, or refuses it by the time and the ring.
  SigningAdmission::ExpiryAt expiry_at;
};

struct SignedPayload {
  // base64url of {"alg","kid","typ":"JWT"}.
  std::string header;
  // Raw, as JWS has it.
  std::string signature;
};

struct VerifyTokenCommand {
  keystore::TenantId tenant;
  std::string token;
  std::string audience;  // Empty: not checked.
};

struct VerifiedToken {
  KeyName key;
  std::string header_json;
  std::string claims_json;
  absl::Time expire_time;
};

// Tokens signs and verifies. Thread-safe: all state is in the directory's snapshots and in the ledger. The signer is the calling
// worker's own. The errors are those that signet.v1.KeyService documents for each RPC.
//
// Nothing is signed before the ledger has admitted until when it lives, which waits for the store once in a while (SigningLedger).
// What SigningWith signs is taken to live for max_token_ttl. No signature is released that was found to be wrong (VerifiedSigning).
class Tokens {
 public:
  // All are borrowed. `credentials` knows the tokens that were revoked; nullptr: none are.
  Tokens(KeyDirectory& directory, SigningLedger& ledger, const Clock& clock, Random& random,
         const CredentialDirectory* credentials = nullptr, const VerifiedSigning::Options& verification = {});

  // For signatures of digests and data. Must not outlive this object, nor `profile`.
  DigestSigning SigningWith(RingName ring, const keystore::SigningProfile* profile) const;
  // A private key that the HSM does not hold, or no longer, is UNAVAILABLE HSM_UNAVAILABLE: a retry sees what became of it. A ring
  // of the system tenant is FAILED_PRECONDITION TENANT_RESERVED; a profile refuses as server/core/signing_profile.h says.
  absl::StatusOr<SignedToken> SignToken(const SignTokenCommand& command, hsm::Signer& signer) const;
  // With the `typ` of access tokens, and with any tenant's ring, the system's included.
  absl::StatusOr<SignedToken> SignAccessToken(const AccessTokenCommand& command, hsm::Signer& signer) const;
  // As SignToken, but refuses of the payload what `expiry_at` does.
  absl::StatusOr<SignedPayload> SignPayload(const PayloadCommand& command, hsm::Signer& signer) const;
  // Needs neither HSM nor store.
  absl::StatusOr<VerifiedToken> VerifyToken(const VerifyTokenCommand& command) const;

 private:
  // What a JWT says, beside what the server adds: its header is a member of the key that signs.
  struct Content {
    const RingName& ring;
    std::string SigningForm::*header;
    absl::string_view claims_json;
    const keystore::SigningProfile* profile;
  };
  // `ttl_at` tells the life of the token by the ring's policy.
  template <typename TtlAt>
  absl::StatusOr<SignedToken> SignJwt(const Content& content, TtlAt ttl_at, hsm::Signer& signer) const;

  KeyDirectory& directory_;
  SigningLedger& ledger_;
  const Clock& clock_;
  Random& random_;
  const CredentialDirectory* const credentials_;
  const SigningAdmission admission_;
  const VerifiedSigning signing_;
};

// The largest token that VerifyToken reads, in bytes.
inline constexpr size_t kMaxTokenSize = 128 * 1024;

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TOKENS_H_
