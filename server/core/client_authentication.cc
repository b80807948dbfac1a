#include "server/core/client_authentication.h"

#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/policy.h"
#include "server/core/certificate_match.h"
#include "server/core/client_assertion.h"
#include "server/core/client_secret.h"
#include "server/core/credential_change.h"
#include "server/core/credential_lookup.h"
#include "server/core/live_credential.h"
#include "server/core/names.h"
#include "server/core/new_credential.h"

namespace signet::core {
namespace {

using keystore::ClientCertificate;
using keystore::ClientSecret;
using keystore::CredentialKind;
using keystore::CredentialRecord;

absl::Status Unrecognised(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, reason, message);
}

// Compares `text` with all secrets of `credential`, which may be nullptr, and always as many times: neither whether there is such a
// client, nor how many secrets it has, nor which of them matches shows in the time.
bool MatchesAny(const CredentialRecord* credential, absl::string_view text, absl::Time now) {
  int compared = 0;
  bool matches = false;
  if (credential != nullptr) {
    for (const ClientSecret& secret : credential->secrets) {
      const bool equal = Matches(secret, text);
      matches = (equal && IsWorking(secret, now)) || matches;
      ++compared;
    }
  }
  const ClientSecret nobodys = {.id = {}, .salt = std::string(16, '\0'), .hash = std::string(32, '\0'), .create_time = {}};
  for (; compared < kMaxClientSecrets; ++compared) (void)Matches(nobodys, text);
  return matches;
}

}  // namespace

ClientAuthentication::ClientAuthentication(Options options, Services services, const CredentialDirectory& credentials,
                                           const TrustedCertificates& trusted)
    : options_(std::move(options)),
      services_(std::move(services)),
      credentials_(credentials),
      trusted_(trusted),
      forget_time_(kMaxAssertionLife + 2 * keystore::kClockSkew) {}

OAuthResult<AuthenticatedClient> ClientAuthentication::Authenticate(const keystore::TenantId& tenant,
                                                                    const ClientEvidence& evidence) const {
  if (evidence.secret && !evidence.assertion.empty()) {
    return OAuthError{"invalid_request", "the client authenticates in several ways: use one"};
  }
  Attempt attempt = {tenant, evidence, services_.Now(), evidence.client_id};
  Found client = Recognise(attempt);
  if (!client.ok()) return Refuse(attempt, client.status());
  if (options_.uses != nullptr) options_.uses->Note(client->credential->tenant, client->credential->id, attempt.now);
  return *std::move(client);
}

ClientAuthentication::Found ClientAuthentication::Recognise(Attempt& attempt) const {
  if (attempt.evidence.secret) return BySecret(attempt);
  if (!attempt.evidence.assertion.empty()) return ByAssertion(attempt);
  if (!attempt.evidence.peer_chain_pem.empty()) return ByCertificate(attempt);
  return Unrecognised(reason::kCredentialsMissing, "the client does not authenticate");
}

std::shared_ptr<const CredentialRecord> ClientAuthentication::Find(const Attempt& attempt, CredentialKind kind) const {
  std::shared_ptr<const CredentialRecord> credential = credentials_.FindByClientId(attempt.claimed);
  const bool found =
      credential != nullptr && credential->tenant == attempt.tenant && credential->kind == kind && IsLive(*credential, attempt.now);
  return found ? credential : nullptr;
}

ClientAuthentication::Found ClientAuthentication::BySecret(Attempt& attempt) const {
  auto credential = Find(attempt, CredentialKind::kClientSecret);
  if (!MatchesAny(credential.get(), attempt.evidence.secret->Expose(), attempt.now)) {
    return Unrecognised("CLIENT_SECRET", "no client of the tenant has this id and secret");
  }
  return AuthenticatedClient{std::move(credential), ""};
}

ClientAuthentication::Found ClientAuthentication::ByAssertion(Attempt& attempt) const {
  const auto snapshot = services_.directory.FindTenant(attempt.tenant);
  if (snapshot == nullptr) return Unrecognised("CLIENT_ASSERTION", "the tenant does not exist");
  SIGNET_ASSIGN_OR_RETURN(const ClientAssertion assertion,
                          ReadAssertion(attempt.evidence.assertion, AssertionAudiences(*snapshot, services_.public_url),
                                        attempt.now, LimitsOf(*snapshot)));
  if (!attempt.claimed.empty() && attempt.claimed != assertion.client_id) {
    return Unrecognised("CLIENT_ASSERTION", "client_id is not that of the assertion");
  }
  attempt.claimed = assertion.client_id;
  auto credential = Find(attempt, CredentialKind::kPublicKey);
  const std::vector<keystore::ClientPublicKey> none;
  SIGNET_RETURN_IF_ERROR(VerifyAssertion(assertion, credential == nullptr ? none : credential->public_keys, attempt.now));
  // The last check: nobody but the client uses its ids up.
  SIGNET_ASSIGN_OR_RETURN(const bool unused, services_.store.UseOnce("assertion/" + assertion.client_id, assertion.token_id,
                                                                     assertion.end, forget_time_.Observe(attempt.now)));
  if (!unused) return Unrecognised("CLIENT_ASSERTION_REPLAYED", "the client assertion was used before");
  return AuthenticatedClient{std::move(credential), ""};
}

ClientAuthentication::Found ClientAuthentication::ByCertificate(Attempt& attempt) const {
  const absl::StatusOr<PeerCertificate> peer = ReadPeerCertificate(attempt.evidence.peer_chain_pem);
  if (!peer.ok()) return Unrecognised("CLIENT_CERTIFICATE", "the client certificate cannot be read");
  auto credential = Find(attempt, CredentialKind::kCertificate);
  absl::Status why = Unrecognised("CLIENT_CERTIFICATE", "no client of the tenant has this id and certificate");
  if (credential == nullptr) return why;
  const auto trusted = trusted_.Get();
  for (const ClientCertificate& certificate : credential->certificates) {
    const absl::StatusOr<CertificateAge> age = MatchCertificate(certificate, *peer, *trusted, attempt.now);
    if (!age.ok()) {
      why = age.status();
      continue;
    }
    if (*age == CertificateAge::kNewer) SIGNET_RETURN_IF_ERROR(RememberCertificate(*credential, *peer, attempt.now));
    return AuthenticatedClient{std::move(credential), ThumbprintOf(peer->leaf)};
  }
  return why;
}

absl::Status ClientAuthentication::RememberCertificate(const CredentialRecord& credential, const PeerCertificate& peer,
                                                       absl::Time now) const {
  const CredentialName name = {credential.tenant, credential.id};
  ChangeRequest request;
  request.principal = FormatCredentialName(name);
  const auto trusted = trusted_.Get();
  // Decided anew by what is stored: another machine of the client may have come with a still newer one.
  const auto decide = [&](CredentialRecord& stored, absl::Time) {
    absl::Status why = Unrecognised("CLIENT_CERTIFICATE", "the credential was changed meanwhile");
    if (stored.client_id != credential.client_id) return why;
    for (ClientCertificate& certificate : stored.certificates) {
      const absl::StatusOr<CertificateAge> age = MatchCertificate(certificate, peer, *trusted, now);
      if (age.ok() && *age == CertificateAge::kNewer) certificate.der = peer.leaf.der;
      if (age.ok()) return absl::OkStatus();
      why = age.status();
    }
    return why;
  };
  return ChangeCredential(services_, name, "CertificateSeen", request, decide).status();
}

OAuthError ClientAuthentication::Refuse(const Attempt& attempt, const absl::Status& cause) const {
  // A credential that is deleted while it is used is gone.
  if (!absl::IsUnauthenticated(cause) && !absl::IsNotFound(cause)) return ToOAuthError(cause);
  if (options_.observer != nullptr) {
    // Only the id of somebody: people put secrets into the wrong field.
    const bool is_client = credentials_.FindByClientId(attempt.claimed) != nullptr;
    options_.observer->OnFailure(
        {.reason = GetReason(cause), .client = is_client ? attempt.claimed : "", .tenant = attempt.tenant});
  }
  return {"invalid_client", "client authentication failed", cause};
}

}  // namespace signet::core
