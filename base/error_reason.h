#ifndef SIGNET_BASE_ERROR_REASON_H_
#define SIGNET_BASE_ERROR_REASON_H_

#include "absl/strings/string_view.h"

namespace signet::reason {

// The reasons of errors. Each is the name of a value of signet.v1.ErrorReason, whose comments say what they mean and which code
// they come with; a test holds the two lists together.
inline constexpr absl::string_view kInvalidField = "INVALID_FIELD";
inline constexpr absl::string_view kMissingField = "MISSING_FIELD";
inline constexpr absl::string_view kInvalidName = "INVALID_NAME";
inline constexpr absl::string_view kPageTokenInvalid = "PAGE_TOKEN_INVALID";
inline constexpr absl::string_view kRequestIdReused = "REQUEST_ID_REUSED";
inline constexpr absl::string_view kClaimsInvalid = "CLAIMS_INVALID";
inline constexpr absl::string_view kClaimsTooLarge = "CLAIMS_TOO_LARGE";
inline constexpr absl::string_view kClaimReserved = "CLAIM_RESERVED";
inline constexpr absl::string_view kDigestLength = "DIGEST_LENGTH";
inline constexpr absl::string_view kChecksumMismatch = "CHECKSUM_MISMATCH";
inline constexpr absl::string_view kAlgorithmUnsuitable = "ALGORITHM_UNSUITABLE";
inline constexpr absl::string_view kTtlTooLong = "TTL_TOO_LONG";
inline constexpr absl::string_view kTokenMalformed = "TOKEN_MALFORMED";
inline constexpr absl::string_view kTokenAlgorithm = "TOKEN_ALGORITHM";
inline constexpr absl::string_view kTokenKeyUnknown = "TOKEN_KEY_UNKNOWN";
inline constexpr absl::string_view kTokenSignature = "TOKEN_SIGNATURE";
inline constexpr absl::string_view kTokenExpired = "TOKEN_EXPIRED";
inline constexpr absl::string_view kTokenNotYetValid = "TOKEN_NOT_YET_VALID";
inline constexpr absl::string_view kTokenIssuer = "TOKEN_ISSUER";
inline constexpr absl::string_view kTokenAudience = "TOKEN_AUDIENCE";
inline constexpr absl::string_view kResumeTokenInvalid = "RESUME_TOKEN_INVALID";
inline constexpr absl::string_view kTokenRevoked = "TOKEN_REVOKED";
inline constexpr absl::string_view kTenantNotFound = "TENANT_NOT_FOUND";
inline constexpr absl::string_view kKeyRingNotFound = "KEY_RING_NOT_FOUND";
inline constexpr absl::string_view kKeyNotFound = "KEY_NOT_FOUND";
inline constexpr absl::string_view kCredentialNotFound = "CREDENTIAL_NOT_FOUND";
inline constexpr absl::string_view kSecretNotFound = "SECRET_NOT_FOUND";
inline constexpr absl::string_view kPublicKeyNotFound = "PUBLIC_KEY_NOT_FOUND";
inline constexpr absl::string_view kTenantExists = "TENANT_EXISTS";
inline constexpr absl::string_view kKeyRingExists = "KEY_RING_EXISTS";
inline constexpr absl::string_view kKeyExists = "KEY_EXISTS";
inline constexpr absl::string_view kHostAliasExists = "HOST_ALIAS_EXISTS";
inline constexpr absl::string_view kCredentialExists = "CREDENTIAL_EXISTS";
inline constexpr absl::string_view kPublicKeyExists = "PUBLIC_KEY_EXISTS";
inline constexpr absl::string_view kCertificateExists = "CERTIFICATE_EXISTS";
inline constexpr absl::string_view kTenantNotEmpty = "TENANT_NOT_EMPTY";
inline constexpr absl::string_view kTenantParent = "TENANT_PARENT";
inline constexpr absl::string_view kKeyRingNotEmpty = "KEY_RING_NOT_EMPTY";
inline constexpr absl::string_view kKeyRingPermanent = "KEY_RING_PERMANENT";
inline constexpr absl::string_view kKeyLimitReached = "KEY_LIMIT_REACHED";
inline constexpr absl::string_view kKeyEnabled = "KEY_ENABLED";
inline constexpr absl::string_view kKeyNotEnabled = "KEY_NOT_ENABLED";
inline constexpr absl::string_view kKeyRevoked = "KEY_REVOKED";
inline constexpr absl::string_view kKeyDestroyed = "KEY_DESTROYED";
inline constexpr absl::string_view kKeyNotGenerated = "KEY_NOT_GENERATED";
inline constexpr absl::string_view kKeyNotYetActivatable = "KEY_NOT_YET_ACTIVATABLE";
inline constexpr absl::string_view kKeyInRetention = "KEY_IN_RETENTION";
inline constexpr absl::string_view kNoEnabledKey = "NO_ENABLED_KEY";
inline constexpr absl::string_view kForceRequired = "FORCE_REQUIRED";
inline constexpr absl::string_view kHsmPinRefused = "HSM_PIN_REFUSED";
inline constexpr absl::string_view kCredentialKind = "CREDENTIAL_KIND";
inline constexpr absl::string_view kCredentialLimit = "CREDENTIAL_LIMIT";
inline constexpr absl::string_view kLastSecret = "LAST_SECRET";
inline constexpr absl::string_view kTenantReserved = "TENANT_RESERVED";
inline constexpr absl::string_view kEtagMismatch = "ETAG_MISMATCH";
inline constexpr absl::string_view kConcurrentChange = "CONCURRENT_CHANGE";
inline constexpr absl::string_view kRequestInProgress = "REQUEST_IN_PROGRESS";
inline constexpr absl::string_view kRotationLocked = "ROTATION_LOCKED";
inline constexpr absl::string_view kQueueFull = "QUEUE_FULL";
inline constexpr absl::string_view kStorageFull = "STORAGE_FULL";
inline constexpr absl::string_view kRotationQuota = "ROTATION_QUOTA";
inline constexpr absl::string_view kWatchLimit = "WATCH_LIMIT";
inline constexpr absl::string_view kRateLimited = "RATE_LIMITED";
inline constexpr absl::string_view kStreamLimit = "STREAM_LIMIT";
inline constexpr absl::string_view kHsmUnavailable = "HSM_UNAVAILABLE";
inline constexpr absl::string_view kStoreUnavailable = "STORE_UNAVAILABLE";
inline constexpr absl::string_view kShuttingDown = "SHUTTING_DOWN";
inline constexpr absl::string_view kHsmWrongSignature = "HSM_WRONG_SIGNATURE";
inline constexpr absl::string_view kDeadlinePassed = "DEADLINE_PASSED";
inline constexpr absl::string_view kCallCancelled = "CALL_CANCELLED";
inline constexpr absl::string_view kCredentialsMissing = "CREDENTIALS_MISSING";
inline constexpr absl::string_view kBearerTokenInvalid = "BEARER_TOKEN_INVALID";
inline constexpr absl::string_view kInsufficientScope = "INSUFFICIENT_SCOPE";
inline constexpr absl::string_view kGrantExceeded = "GRANT_EXCEEDED";
inline constexpr absl::string_view kSigningProfile = "SIGNING_PROFILE";
inline constexpr absl::string_view kOutOfReach = "OUT_OF_REACH";
inline constexpr absl::string_view kCertificateUntrusted = "CERTIFICATE_UNTRUSTED";
inline constexpr absl::string_view kHsmUnsupported = "HSM_UNSUPPORTED";
inline constexpr absl::string_view kStoreCorrupt = "STORE_CORRUPT";
inline constexpr absl::string_view kDefect = "DEFECT";

// All of the above, one a line: in columns, each new one would move the others.
// clang-format off
inline constexpr absl::string_view kAll[] = {
    kInvalidField,
    kMissingField,
    kInvalidName,
    kPageTokenInvalid,
    kRequestIdReused,
    kClaimsInvalid,
    kClaimsTooLarge,
    kClaimReserved,
    kDigestLength,
    kChecksumMismatch,
    kAlgorithmUnsuitable,
    kTtlTooLong,
    kTokenMalformed,
    kTokenAlgorithm,
    kTokenKeyUnknown,
    kTokenSignature,
    kTokenExpired,
    kTokenNotYetValid,
    kTokenIssuer,
    kTokenAudience,
    kResumeTokenInvalid,
    kTokenRevoked,
    kTenantNotFound,
    kKeyRingNotFound,
    kKeyNotFound,
    kCredentialNotFound,
    kSecretNotFound,
    kPublicKeyNotFound,
    kTenantExists,
    kKeyRingExists,
    kKeyExists,
    kHostAliasExists,
    kCredentialExists,
    kPublicKeyExists,
    kCertificateExists,
    kTenantNotEmpty,
    kTenantParent,
    kKeyRingNotEmpty,
    kKeyRingPermanent,
    kKeyLimitReached,
    kKeyEnabled,
    kKeyNotEnabled,
    kKeyRevoked,
    kKeyDestroyed,
    kKeyNotGenerated,
    kKeyNotYetActivatable,
    kKeyInRetention,
    kNoEnabledKey,
    kForceRequired,
    kHsmPinRefused,
    kCredentialKind,
    kCredentialLimit,
    kLastSecret,
    kTenantReserved,
    kEtagMismatch,
    kConcurrentChange,
    kRequestInProgress,
    kRotationLocked,
    kQueueFull,
    kStorageFull,
    kRotationQuota,
    kWatchLimit,
    kRateLimited,
    kStreamLimit,
    kHsmUnavailable,
    kStoreUnavailable,
    kShuttingDown,
    kHsmWrongSignature,
    kDeadlinePassed,
    kCallCancelled,
    kCredentialsMissing,
    kBearerTokenInvalid,
    kInsufficientScope,
    kGrantExceeded,
    kSigningProfile,
    kOutOfReach,
    kCertificateUntrusted,
    kHsmUnsupported,
    kStoreCorrupt,
    kDefect,
};
// clang-format on

}  // namespace signet::reason

#endif  // SIGNET_BASE_ERROR_REASON_H_
