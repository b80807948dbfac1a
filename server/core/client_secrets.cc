#include "server/core/client_secrets.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/client_secret.h"
#include "server/core/credential_fields.h"
#include "server/core/credential_grants.h"
#include "server/core/credential_lookup.h"
#include "server/core/sealed_reply.h"

namespace signet::core {
namespace {

using keystore::ClientSecret;
using keystore::CredentialKind;
using keystore::CredentialRecord;

constexpr absl::Duration kLongestOverlap = absl::Hours(24 * 30);
constexpr size_t kMaxSecretIdLength = 128;

absl::Status CheckOverlap(absl::Duration overlap) {
  if (overlap >= absl::ZeroDuration() && overlap <= kLongestOverlap) return absl::OkStatus();
  return InvalidField("overlap", "must be 0 to 30 days");
}

absl::Status CheckSecretId(const std::string& id) {
  if (id.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kMissingField, "secret_id is required", {{"field", "secret_id"}});
  }
  if (id.size() > kMaxSecretIdLength) return InvalidField("secret_id", "must not be longer than 128 characters");
  return absl::OkStatus();
}

// Ends all secrets at `end` at the latest. Those that have ended by `now` go: nothing recognises them any more.
void EndAll(absl::Time end, absl::Time now, std::vector<ClientSecret>& secrets) {
  for (ClientSecret& secret : secrets) secret.expire_time = std::min(secret.expire_time.value_or(end), end);
  std::erase_if(secrets, [&](const ClientSecret& secret) { return !IsWorking(secret, now); });
}

absl::Status Rotate(const ClientSecret& made, absl::Duration overlap, absl::Time now, CredentialRecord& credential) {
  std::vector<ClientSecret>& secrets = credential.secrets;
  // In whole microseconds, as the store keeps it.
  EndAll(now + absl::Trunc(overlap, absl::Microseconds(1)), now, secrets);
  if (secrets.size() >= kMaxClientSecrets) {
    return CredentialLimit(absl::StrCat(kMaxClientSecrets, " secrets of the credential work; revoke one first"), kMaxClientSecrets);
  }
  secrets.push_back(made);
  secrets.back().create_time = now;
  return absl::OkStatus();
}

absl::Status Revoke(const std::string& id, absl::Time now, CredentialRecord& credential) {
  std::vector<ClientSecret>& secrets = credential.secrets;
  const auto found = std::find_if(secrets.begin(), secrets.end(), [&](const ClientSecret& secret) { return secret.id == id; });
  if (found == secrets.end()) {
    return Error(absl::StatusCode::kNotFound, reason::kSecretNotFound, "the credential has no secret of that id",
                 {{"secret_id", id}});
  }
  const bool worked = IsWorking(*found, now);
  secrets.erase(found);
  const bool any_works =
      std::any_of(secrets.begin(), secrets.end(), [&](const ClientSecret& secret) { return IsWorking(secret, now); });
  if (!worked || any_works) return absl::OkStatus();
  return LastSecret("it is the last secret that works; rotate it without overlap, or delete the credential");
}

}  // namespace

absl::StatusOr<IssuedCredential> RotateClientSecret(const Services& services, const CredentialName& name, const NewSecret& secret,
                                                    const Principal& caller, const ChangeRequest& request) {
  MadeClientSecret made = MakeClientSecret(services.random);
  made.record.expire_time = secret.expire_time;
  IssuedCredential issued;
  // Before the commit: what cannot be shown must not have been made.
  const auto decide = [&](CredentialRecord& credential, absl::Time now) -> absl::Status {
    SIGNET_RETURN_IF_ERROR(CheckOverlap(secret.overlap));
    SIGNET_RETURN_IF_ERROR(CheckExpireTime("expire_time", secret.expire_time, now));
    SIGNET_RETURN_IF_ERROR(CheckKind(credential, CredentialKind::kClientSecret));
    SIGNET_RETURN_IF_ERROR(CheckGrant(credential, caller));
    SIGNET_RETURN_IF_ERROR(Rotate(made.record, secret.overlap, now, credential));
    issued.client_secret = made.text;
    return SealReply(secret.seal_to_jwk, issued);
  };
  SIGNET_ASSIGN_OR_RETURN(ChangedCredential changed, ChangeCredential(services, name, "RotateSecret", request, decide));
  // The new secret of a call that only validates is nobody's.
  if (changed.replayed || request.mode == Mode::kValidateOnly) issued = {};
  issued.secret_withheld = changed.replayed;
  issued.credential = MakeCredentialView(services, std::move(changed.record));
  return issued;
}

absl::StatusOr<ChangedCredential> RevokeClientSecret(const Services& services, const CredentialName& name,
                                                     const std::string& secret_id, const ChangeRequest& request) {
  return ChangeCredential(services, name, "RevokeSecret", request, [&](CredentialRecord& credential, absl::Time now) {
    SIGNET_RETURN_IF_ERROR(CheckSecretId(secret_id));
    SIGNET_RETURN_IF_ERROR(CheckKind(credential, CredentialKind::kClientSecret));
    return Revoke(secret_id, now, credential);
  });
}

}  // namespace signet::core
