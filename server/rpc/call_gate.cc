#include "server/rpc/call_gate.h"

#include <utility>

#include "base/error.h"

namespace signet::rpc {

absl::StatusOr<std::shared_ptr<const core::Principal>> CallGate::Authenticate(const grpc::ServerContext& context) const {
  SIGNET_ASSIGN_OR_RETURN(const PeerEvidence evidence, PeerEvidence::Read(context));
  return Authenticate(evidence);
}

absl::Status CallGate::CheckMay(const core::AccessRule& rule, const core::Principal& principal,
                                const std::vector<keystore::TenantId>& tenants) const {
  SIGNET_RETURN_IF_ERROR(core::CheckAccess(rule, principal));
  for (const keystore::TenantId& tenant : tenants) SIGNET_RETURN_IF_ERROR(core::CheckReach(directory_, principal, tenant));
  return absl::OkStatus();
}

absl::Status CallGate::Admit(const core::AccessRule& rule, const core::Principal& principal,
                             const std::vector<keystore::TenantId>& tenants) const {
  SIGNET_RETURN_IF_ERROR(rate_limiter_.Check(rule.call_class, principal));
  return CheckMay(rule, principal, tenants);
}

CallGate::Grant CallGate::Count(const core::AccessRule& rule, const core::Principal& principal, int calls) const {
  core::RateLimiter::Verdict verdict = rate_limiter_.Count(rule.call_class, principal.name, principal.tenant, calls);
  return {verdict.granted, std::move(verdict.status)};
}

absl::StatusOr<CallGate::Grant> CallGate::AdmitMany(const core::AccessRule& rule, const core::Principal& principal,
                                                    const std::vector<keystore::TenantId>& tenants, int calls) const {
  Grant grant = Count(rule, principal, calls);
  if (grant.granted == 0) return grant.refusal;
  SIGNET_RETURN_IF_ERROR(CheckMay(rule, principal, tenants));
  return grant;
}

}  // namespace signet::rpc
