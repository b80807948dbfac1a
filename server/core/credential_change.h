#ifndef SIGNET_SERVER_CORE_CREDENTIAL_CHANGE_H_
#define SIGNET_SERVER_CORE_CREDENTIAL_CHANGE_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keystore/records.h"
#include "server/core/change_request.h"
#include "server/core/names.h"
#include "server/core/services.h"

namespace signet::core {

// ChangedCredential is a credential as a change left it, or would leave it.
struct ChangedCredential {
  keystore::CredentialRecord record;
  // It is what the first call with this request_id left; its secrets have neither salt nor hash.
  bool replayed = false;
};

// Turns a credential as it is now into what it is to be, at `now`, or refuses. Called again, with the credential read anew, when
// another change came in between.
using DecideChange = absl::FunctionRef<absl::Status(keystore::CredentialRecord& credential, absl::Time now)>;

// Has `decide` change an existing credential, and commits that with the event `action`, unless the call only validates.
//   as FindCredential, FindFirstResult, CheckEtag, `decide`, CommitAndPublish
absl::StatusOr<ChangedCredential> ChangeCredential(const Services& services, const CredentialName& name, absl::string_view action,
                                                   const ChangeRequest& request, DecideChange decide);

// Checks that a credential is of `kind`, the only one that a call is for.
//   kFailedPrecondition  CREDENTIAL_KIND, with the kind that it is as metadata `kind`
absl::Status CheckKind(const keystore::CredentialRecord& credential, keystore::CredentialKind kind);

// The error for one that holds as many secrets, keys or credentials as it may: kFailedPrecondition, CREDENTIAL_LIMIT.
absl::Status CredentialLimit(absl::string_view message, int limit);

// The error for a credential that would be left without a way to authenticate: kFailedPrecondition, LAST_SECRET.
absl::Status LastSecret(absl::string_view message);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CREDENTIAL_CHANGE_H_
