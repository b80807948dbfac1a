#include "server/core/credential_change.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/record_json.h"
#include "server/core/audit.h"
#include "server/core/commit.h"
#include "server/core/credential_lookup.h"
#include "server/core/etag.h"
#include "server/core/idempotency.h"

namespace signet::core {
namespace {

using keystore::CredentialRecord;

absl::StatusOr<ChangedCredential> ChangeOnce(const Services& services, const CredentialName& name, absl::string_view action,
                                             const ChangeRequest& request, DecideChange decide) {
  const std::string& scope = name.tenant.value();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services.store, scope, request));
  if (first.has_value()) {
    SIGNET_ASSIGN_OR_RETURN(CredentialRecord remembered, RememberedCredential(services.store, *first));
    SIGNET_RETURN_IF_ERROR(Publish(services));
    return ChangedCredential{std::move(remembered), true};
  }
  SIGNET_ASSIGN_OR_RETURN(const CredentialRecord credential, FindCredential(services.store, name));
  SIGNET_RETURN_IF_ERROR(CheckEtag(request, EtagOf(credential)));
  const absl::Time now = services.Now();
  CredentialRecord changed = credential;
  SIGNET_RETURN_IF_ERROR(decide(changed, now));
  changed.update_time = now;
  if (request.mode == Mode::kValidateOnly) return ChangedCredential{std::move(changed)};

  keystore::Change change;
  change.puts = {changed};
  change.events = {MakeEvent(now, ActorOf(request), action, &credential, changed)};
  RememberResult(scope, request, keystore::ToEventJson(changed), now, change);
  SIGNET_RETURN_IF_ERROR(CommitAndPublish(services, change));
  return ChangedCredential{std::move(changed)};
}

}  // namespace

absl::StatusOr<ChangedCredential> ChangeCredential(const Services& services, const CredentialName& name, absl::string_view action,
                                                   const ChangeRequest& request, DecideChange decide) {
  return RetryConcurrentChange([&] { return ChangeOnce(services, name, action, request, decide); });
}

absl::Status CheckKind(const CredentialRecord& credential, keystore::CredentialKind kind) {
  if (credential.kind == kind) return absl::OkStatus();
  const std::string present(keystore::ToWord(credential.kind));
  return Error(
      absl::StatusCode::kFailedPrecondition, reason::kCredentialKind,
      absl::StrCat("the credential is a ", present, ", and this is for a ", keystore::ToWord(kind), "; create another credential"),
      {{"kind", present}});
}

absl::Status CredentialLimit(absl::string_view message, int limit) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kCredentialLimit, message, {{"limit", absl::StrCat(limit)}});
}

absl::Status LastSecret(absl::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kLastSecret, message);
}

}  // namespace signet::core
