#include "clients/cli/completion_ids.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/printer.h"
#include "clients/cli/signing_key.h"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;
using Candidates = std::vector<Candidate>;

absl::StatusOr<Candidates> Tenants(Session& session) {
  SIGNET_ASSIGN_OR_RETURN(const v1::ListTenantsResponse reply,
                          session.Call(&v1::TenantService::Stub::ListTenants, v1::ListTenantsRequest()));
  Candidates candidates;
  for (const v1::Tenant& tenant : reply.tenants()) candidates.push_back({IdOf(tenant.name()), tenant.display_name()});
  return candidates;
}

absl::StatusOr<Candidates> KeyRings(Session& session) {
  v1::ListKeyRingsRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Tenant());
  SIGNET_ASSIGN_OR_RETURN(const v1::ListKeyRingsResponse reply, session.Call(&KeyStub::ListKeyRings, request));
  Candidates candidates;
  for (const v1::KeyRing& ring : reply.key_rings()) candidates.push_back({IdOf(ring.name()), v1::Algorithm_Name(ring.algorithm())});
  return candidates;
}

absl::StatusOr<Candidates> Keys(Session& session) {
  v1::ListKeysRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Ring());
  SIGNET_ASSIGN_OR_RETURN(const v1::ListKeysResponse reply, session.Call(&KeyStub::ListKeys, request));
  Candidates candidates;
  for (const v1::SigningKey& key : reply.keys()) {
    candidates.push_back({key.kid(), absl::StrCat(RoleText(key.role()), ", created ", DateOf(key.create_time()))});
  }
  return candidates;
}

absl::StatusOr<Candidates> Credentials(Session& session) {
  v1::ListCredentialsRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Tenant());
  SIGNET_ASSIGN_OR_RETURN(const v1::ListCredentialsResponse reply,
                          session.Call(&v1::CredentialService::Stub::ListCredentials, request));
  Candidates candidates;
  for (const v1::Credential& credential : reply.credentials())
    candidates.push_back({IdOf(credential.name()), credential.client_id()});
  return candidates;
}

}  // namespace

absl::StatusOr<Candidates> ListIds(Session& session, Offer offer) {
  switch (offer) {
    case Offer::kTenants:
      return Tenants(session);
    case Offer::kKeyRings:
      return KeyRings(session);
    case Offer::kKeys:
      return Keys(session);
    case Offer::kCredentials:
      return Credentials(session);
    case Offer::kNothing:
    case Offer::kFiles:
    case Offer::kContent:
      break;
  }
  return Candidates();
}

}  // namespace signet::cli
