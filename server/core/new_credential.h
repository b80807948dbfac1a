#ifndef SIGNET_SERVER_CORE_NEW_CREDENTIAL_H_
#define SIGNET_SERVER_CORE_NEW_CREDENTIAL_H_

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "hsm/algorithm.h"
#include "hsm/software_key.h"
#include "keystore/ids.h"
#include "keystore/records.h"

namespace signet::core {

// At most so many of each.
inline constexpr int kMaxCredentials = 1000;
inline constexpr int kMaxClientSecrets = 4;
inline constexpr int kMaxClientPublicKeys = 4;

// NewPublicKey is what AddPublicKey needs; see signet.v1.ClientPublicKey for the defaults.
struct NewPublicKey {
  std::string id = {};
  std::optional<hsm::Algorithm> algorithm = std::nullopt;
  // A JWK, or PEM.
  std::string public_key = {};
  std::optional<absl::Time> expire_time = std::nullopt;
};

// Where a certificate comes from: it is handed in, asked for by a CSR, or made with its key.
struct GivenCertificate {
  std::string pem = {};
  bool pinned = true;
  bool unique = false;
  bool hidden = false;
};
struct RequestedCertificate {
  std::string csr_pem = {};
  std::optional<absl::Duration> validity = std::nullopt;
};
struct GeneratedCertificate {
  hsm::SoftwareKeyType key_type = hsm::SoftwareKeyType::kEcP256;
  std::optional<absl::Duration> validity = std::nullopt;
};
using CertificateSource = std::variant<GivenCertificate, RequestedCertificate, GeneratedCertificate>;

// What the client_id looks like: 32 random characters, or, in a tenant whose key ring access-token has the preset SAP_BTP, as in
// SAP BTP; or that in any case.
enum class ClientIdForm { kOfTenant, kSapBtp };

// NewCredential is what CreateCredential needs; see signet.v1.CreateCredentialRequest for the defaults.
struct NewCredential {
  keystore::TenantId tenant;
  std::string id = {};
  ClientIdForm client_id_form = ClientIdForm::kOfTenant;
  keystore::CredentialKind kind = keystore::CredentialKind::kClientSecret;
  // Absent: the caller's own.
  std::optional<std::vector<std::string>> scopes = std::nullopt;
  bool read_only = false;
  std::vector<keystore::AudienceGrant> grants = {};
  keystore::SigningProfile signing_profile;
  std::optional<absl::Duration> access_token_ttl = std::nullopt;
  std::optional<absl::Time> expire_time = std::nullopt;
  std::optional<NewPublicKey> public_key = std::nullopt;
  std::optional<CertificateSource> certificate = std::nullopt;
  // Empty: nothing is sealed.
  std::string seal_to_jwk = {};
};

// NewSecret is what RotateSecret needs.
struct NewSecret {
  absl::Duration overlap = absl::ZeroDuration();
  std::optional<absl::Time> expire_time = std::nullopt;
  std::string seal_to_jwk = {};
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_NEW_CREDENTIAL_H_
