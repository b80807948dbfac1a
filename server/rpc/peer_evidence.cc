#include "server/rpc/peer_evidence.h"

#include <grpc/grpc_security_constants.h>

#include <iterator>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::rpc {
namespace {

constexpr char kAuthorizationKey[] = "authorization";

absl::string_view ToView(grpc::string_ref text) { return {text.data(), text.size()}; }

absl::string_view FirstProperty(const grpc::AuthContext& context, const char* name) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(name);
  return values.empty() ? absl::string_view() : ToView(values[0]);
}

// The certificate of the caller, and what it sent behind it. OpenSSL gives a server the caller's own certificate apart from the
// rest, and other libraries that gRPC can be built with at the head of it.
std::string PeerChain(const grpc::AuthContext& context) {
  const absl::string_view own = FirstProperty(context, GRPC_X509_PEM_CERT_PROPERTY_NAME);
  const absl::string_view chain = FirstProperty(context, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME);
  if (own.empty() || absl::StartsWith(chain, own)) return std::string(own.empty() ? absl::string_view() : chain);
  return absl::StrCat(own, chain);
}

}  // namespace

absl::StatusOr<PeerEvidence> PeerEvidence::Read(const grpc::ServerContext& context) {
  PeerEvidence evidence;
  const auto [first, last] = context.client_metadata().equal_range(kAuthorizationKey);
  if (first != last) {
    evidence.authorization_ = std::string(ToView(first->second));
    // Of two, one might be somebody else's; whoever is in front of this server must not have looked at the other.
    if (std::next(first) != last) {
      return Error(absl::StatusCode::kUnauthenticated, reason::kBearerTokenInvalid, "the call has more than one authorization");
    }
  }
  const std::shared_ptr<const grpc::AuthContext> authentication = context.auth_context();  // gRPC's.
  if (authentication != nullptr) evidence.peer_chain_pem_ = PeerChain(*authentication);
  return evidence;
}

}  // namespace signet::rpc
