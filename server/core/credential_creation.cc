#include "server/core/credential_creation.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/record_json.h"
#include "server/core/audit.h"
#include "server/core/client_certificates.h"
#include "server/core/client_id.h"
#include "server/core/client_public_keys.h"
#include "server/core/client_secret.h"
#include "server/core/commit.h"
#include "server/core/credential_change.h"
#include "server/core/credential_fields.h"
#include "server/core/credential_grants.h"
#include "server/core/credential_lookup.h"
#include "server/core/idempotency.h"
#include "server/core/names.h"
#include "server/core/resource_lookup.h"
#include "server/core/sealed_reply.h"

namespace signet::core {
namespace {

using keystore::CredentialKind;
using keystore::CredentialRecord;

std::string NewCredentialId(Random& random) {
  constexpr size_t kIdBytes = 5;
  return absl::StrCat("credential-", absl::BytesToHexString(random.Bytes(kIdBytes)));
}

// "sb-" and what SAP BTP calls a client by its rights, which there are all or to read. Chosen scopes are neither.
absl::string_view SapPrefix(const NewCredential& wanted) {
  if (wanted.read_only) return "sb-read-only!a";
  return wanted.scopes.has_value() ? "sb-limited-access!a" : "sb-full-access!a";
}

// Each change of a credential tells of all of it, twice.
constexpr size_t kMaxCredentialSize = size_t{32} * 1024;

absl::Status Exists(const CredentialRecord& credential) {
  const std::string name = FormatCredentialName({credential.tenant, credential.id});
  return Error(absl::StatusCode::kAlreadyExists, reason::kCredentialExists, absl::StrCat(name, " exists; choose another id"),
               {{"credential", name}});
}

// Creation is one call of CreateCredential. It can be attempted several times: what is drawn or made is the same each time.
class Creation {
 public:
  Creation(const Services& services, const NewCredential& wanted, const Principal& caller, const ChangeRequest& request)
      : services_(services), wanted_(wanted), caller_(caller), request_(request), now_(services.Now()) {
    drawn_.tenant = wanted.tenant;
    drawn_.id = keystore::CredentialId(wanted.id.empty() ? NewCredentialId(services.random) : wanted.id);
  }

  absl::StatusOr<IssuedCredential> Attempt() {
    const std::string& scope = wanted_.tenant.value();
    SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, scope, request_));
    if (first.has_value()) return Repeat(*first);

    SIGNET_ASSIGN_OR_RETURN(CredentialRecord credential, Describe());
    SIGNET_ASSIGN_OR_RETURN(const keystore::TenantRecord tenant, FindTenant(services_.store, wanted_.tenant));
    SIGNET_ASSIGN_OR_RETURN(const std::optional<CredentialRecord> former,
                            services_.store.GetCredential(credential.tenant, credential.id));
    if (former.has_value() && !former->delete_time.has_value()) return Exists(credential);
    SIGNET_RETURN_IF_ERROR(CheckOthers());
    if (request_.mode == Mode::kValidateOnly) return Show(std::move(credential), {});
    SIGNET_RETURN_IF_ERROR(DrawClientId());
    SIGNET_RETURN_IF_ERROR(Furnish());
    credential.client_id = drawn_.client_id;
    credential.secrets = furniture_->secrets;
    credential.certificates = furniture_->certificates;
    // A deleted credential's row is written over.
    credential.revision = former.has_value() ? former->revision : 0;

    keystore::Change change;
    // The tenant is written, unchanged, so that it cannot be deleted as empty at the same time, nor hold more than it may.
    change.puts = {tenant, credential};
    change.events = {MakeEvent(now_, ActorOf(request_), "CreateCredential", nullptr, credential)};
    RememberResult(scope, request_, keystore::ToEventJson(credential), now_, change);
    SIGNET_RETURN_IF_ERROR(CommitAndPublish(services_, change));
    return Show(std::move(credential), furniture_->shown_once);
  }

 private:
  // What is made for the credential, once, when nothing stands against it any more.
  struct Furniture {
    std::vector<keystore::ClientSecret> secrets;
    std::vector<keystore::ClientCertificate> certificates;
    IssuedCredential shown_once;
  };

  // The credential as it was asked for, with what was handed in for it, and without what is to be made.
  absl::StatusOr<CredentialRecord> Describe() const {
    SIGNET_RETURN_IF_ERROR(CheckCredentialFields(wanted_, services_.public_url, now_));
    CredentialRecord credential = drawn_;
    credential.kind = wanted_.kind;
    SIGNET_ASSIGN_OR_RETURN(credential.scopes, ScopesToGive(wanted_.scopes, wanted_.read_only, caller_));
    credential.read_only = wanted_.read_only;
    credential.grants = wanted_.grants;
    credential.signing_profile = wanted_.signing_profile;
    credential.access_token_ttl = wanted_.access_token_ttl;
    credential.expire_time = wanted_.expire_time;
    credential.create_time = now_;
    credential.update_time = now_;
    SIGNET_RETURN_IF_ERROR(CheckGrant(credential, caller_));
    if (wanted_.public_key) {
      SIGNET_ASSIGN_OR_RETURN(credential.public_keys.emplace_back(), ReadClientPublicKey(*wanted_.public_key, now_));
    }
    if (wanted_.certificate) SIGNET_RETURN_IF_ERROR(CheckCertificateSource(*wanted_.certificate, now_));
    if (!wanted_.seal_to_jwk.empty()) SIGNET_RETURN_IF_ERROR(CheckSealingKey(wanted_.seal_to_jwk));
    if (keystore::ToEventJson(credential).size() > kMaxCredentialSize) {
      return InvalidField("credential", "is larger than 32 KiB in all: give it fewer or shorter grants, claims and names");
    }
    return credential;
  }

  // The tenant's other credentials leave room for this one, and for its certificate.
  absl::Status CheckOthers() const {
    SIGNET_ASSIGN_OR_RETURN(const std::vector<CredentialRecord> present,
                            services_.store.ListCredentials(wanted_.tenant, {"", kMaxCredentials}));
    if (present.size() >= kMaxCredentials) {
      return CredentialLimit(
          absl::StrCat(FormatTenantName(wanted_.tenant), " has its ", kMaxCredentials, " credentials; delete one first"),
          kMaxCredentials);
    }
    return wanted_.certificate ? CheckUniqueCertificate(*wanted_.certificate, present, now_) : absl::OkStatus();
  }

  absl::Status DrawClientId() {
    if (!drawn_.client_id.empty()) return absl::OkStatus();
    bool is_sap = wanted_.client_id_form == ClientIdForm::kSapBtp;
    if (!is_sap) {
      const keystore::RingId ring_id{std::string(kAccessTokenRing)};
      SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::RingRecord> ring, services_.store.GetRing(wanted_.tenant, ring_id));
      is_sap = ring.has_value() && ring->policy.preset == keystore::Preset::kSapBtp;
    }
    drawn_.client_id = is_sap ? NewNumberedClientId(SapPrefix(wanted_), services_.random) : NewClientId(services_.random);
    return absl::OkStatus();
  }

  absl::Status Furnish() {
    if (furniture_.has_value()) return absl::OkStatus();
    Furniture furniture;
    if (wanted_.kind == CredentialKind::kClientSecret) {
      MadeClientSecret made = MakeClientSecret(services_.random);
      made.record.create_time = now_;
      furniture.secrets.push_back(std::move(made.record));
      furniture.shown_once.client_secret = std::move(made.text);
    }
    if (wanted_.certificate) {
      SIGNET_ASSIGN_OR_RETURN(MadeClientCertificate made, MakeClientCertificate(services_, *wanted_.certificate, drawn_, now_));
      furniture.certificates.push_back(std::move(made.record));
      furniture.shown_once.private_key_pem = std::move(made.private_key_pem);
    }
    SIGNET_RETURN_IF_ERROR(SealReply(wanted_.seal_to_jwk, furniture.shown_once));
    furniture_ = std::move(furniture);
    return absl::OkStatus();
  }

  absl::StatusOr<IssuedCredential> Repeat(const std::string& result) const {
    SIGNET_ASSIGN_OR_RETURN(CredentialRecord credential, RememberedCredential(services_.store, result));
    SIGNET_RETURN_IF_ERROR(Publish(services_));
    IssuedCredential shown;
    shown.secret_withheld = ShowsSomethingOnce(wanted_);
    return Show(std::move(credential), std::move(shown));
  }

  IssuedCredential Show(CredentialRecord credential, IssuedCredential shown) const {
    shown.credential = MakeCredentialView(services_, std::move(credential));
    return shown;
  }

  const Services& services_;
  const NewCredential& wanted_;
  const Principal& caller_;
  const ChangeRequest& request_;
  const absl::Time now_;
  // Its name and its client_id alone.
  CredentialRecord drawn_;
  std::optional<Furniture> furniture_;
};

}  // namespace

absl::StatusOr<IssuedCredential> CreateCredential(const Services& services, const NewCredential& credential,
                                                  const Principal& caller, const ChangeRequest& request) {
  Creation creation(services, credential, caller, request);
  return RetryConcurrentChange([&] { return creation.Attempt(); });
}

}  // namespace signet::core
