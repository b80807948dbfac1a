#ifndef SIGNET_SERVER_HTTP_SAP_CREDENTIALS_H_
#define SIGNET_SERVER_HTTP_SAP_CREDENTIALS_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "keystore/records.h"
#include "server/core/credential_view.h"
#include "server/core/credentials.h"
#include "server/core/principal.h"
#include "server/core/trusted_certificates.h"

namespace signet::http {

// NewSapCredential is what `create` takes.
struct NewSapCredential {
  // Empty: one is generated.
  std::string name;
  // PEM; empty for one with a secret.
  std::string certificate;
  bool read_only = false;
};

// SapCredentials shows and makes the API credentials of a tenant as the command-line server of SAP BTP does. It keeps nothing
// itself; every method blocks on the store. Errors are those of core::Credentials.
class SapCredentials {
 public:
  // All are borrowed; `authorities` vouch for client certificates.
  SapCredentials(core::Credentials& credentials, const core::TrustedCertificates& authorities, const Clock& clock,
                 absl::string_view public_url)
      : credentials_(credentials), authorities_(authorities), clock_(clock), public_url_(public_url) {}

  // The credential with all its addresses, and with its secret, which is shown here alone. Its client_id is "sb-" and `xsappname`.
  // A certificate that an authority of the configuration vouches for is not pinned, as with SAP, if it has a subject; any other is,
  // as nothing else tells who has it.
  absl::StatusOr<nlohmann::ordered_json> Create(const keystore::TenantRecord& tenant, const NewSapCredential& wanted,
                                                const core::Principal& caller);
  // {credential-type,tokenurl,clientId,apiurl,certificate?,name,read-only}; of all, an array of these.
  absl::StatusOr<nlohmann::ordered_json> Get(const keystore::TenantRecord& tenant, absl::string_view name);
  absl::StatusOr<nlohmann::ordered_json> List(const keystore::TenantRecord& tenant);
  // {}
  absl::StatusOr<nlohmann::ordered_json> Delete(const keystore::TenantRecord& tenant, absl::string_view name,
                                                const core::Principal& caller);

 private:
  absl::StatusOr<core::GivenCertificate> ReadCertificate(const std::string& pem) const;
  nlohmann::ordered_json ShowNew(const keystore::TenantRecord& tenant, const core::IssuedCredential& issued) const;
  nlohmann::ordered_json Show(const keystore::TenantRecord& tenant, const core::CredentialView& view) const;

  core::Credentials& credentials_;
  const core::TrustedCertificates& authorities_;
  const Clock& clock_;
  const absl::string_view public_url_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_SAP_CREDENTIALS_H_
