#include "server/core/certificates.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/certificate_chain.h"
#include "keystore/lifecycle.h"
#include "keystore/record_json.h"
#include "server/core/audit.h"
#include "server/core/commit.h"
#include "server/core/etag.h"
#include "server/core/idempotency.h"
#include "server/core/key_certificate.h"
#include "server/core/private_key_use.h"
#include "server/core/reserved_tenant.h"
#include "server/core/resource_lookup.h"

namespace signet::core {
namespace {

using keystore::KeyRecord;

// A certificate is for verifiers of what the key signs: of a key that verifies nothing any more it would mislead.
absl::Status CheckPublished(const KeyRecord& key) {
  if (keystore::IsPublished(key)) return absl::OkStatus();
  if (key.state == keystore::KeyState::kRevoked) {
    return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyRevoked, "the key is revoked, which is final");
  }
  return CheckHasPublicKey(key);
}

}  // namespace

absl::StatusOr<CertificateView> Certificates::Get(const KeyName& name) {
  SIGNET_ASSIGN_OR_RETURN(KeyInRing found, FindKey(services_.store, name));
  SIGNET_RETURN_IF_ERROR(CheckHasPublicKey(found.key));
  if (found.key.certificate_chain.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyNotGenerated,
                 "the key has no certificate yet; it is made when signetd starts and the hsm holds the key");
  }
  absl::StatusOr<hsm::CertificateFacts> facts = hsm::ReadCertificate(found.key.certificate_chain.front());
  if (!facts.ok()) {
    return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt,
                 absl::StrCat("the stored certificate of ", FormatKeyName(name), " cannot be read"));
  }
  return CertificateView{name, std::move(found.key.certificate_chain), *std::move(facts)};
}

absl::StatusOr<KeyView> Certificates::SetChain(const KeyName& name, const std::string& pem_chain, const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(name.ring.tenant));
  SIGNET_ASSIGN_OR_RETURN(const std::vector<std::string> chain, hsm::ParsePemChain(pem_chain));
  return RetryConcurrentChange([&] { return SetChainOnce(name, chain, request); });
}

absl::StatusOr<KeyView> Certificates::SetChainOnce(const KeyName& name, const std::vector<std::string>& chain,
                                                   const ChangeRequest& request) {
  const std::string& scope = name.ring.tenant.value();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, scope, request));
  if (first.has_value()) {
    SIGNET_ASSIGN_OR_RETURN(KeyRecord key, RememberedKey(services_.store, *first));
    SIGNET_ASSIGN_OR_RETURN(const KeyInRing found, FindKey(services_.store, name));
    SIGNET_RETURN_IF_ERROR(Publish(services_));
    return MakeKeyView(std::move(key), keystore::Resolve(found.ring.policy));
  }
  SIGNET_ASSIGN_OR_RETURN(const KeyInRing found, FindKey(services_.store, name));
  SIGNET_RETURN_IF_ERROR(CheckEtag(request, EtagOf(found.key)));
  SIGNET_RETURN_IF_ERROR(CheckPublished(found.key));
  SIGNET_ASSIGN_OR_RETURN(const hsm::PublicKey public_key, StoredPublicKey(found.key));
  const absl::Time now = services_.Now();
  SIGNET_RETURN_IF_ERROR(hsm::CheckChain(chain, public_key, now));

  KeyRecord updated = found.key;
  updated.certificate_chain = chain;
  const keystore::ResolvedPolicy policy = keystore::Resolve(found.ring.policy);
  if (request.mode == Mode::kValidateOnly) return MakeKeyView(std::move(updated), policy);
  keystore::Change change;
  change.puts = {updated};
  change.events = {MakeEvent(now, ActorOf(request), "SetCertificateChain", &found.key, updated)};
  RememberResult(scope, request, keystore::ToJson(updated), now, change);
  SIGNET_RETURN_IF_ERROR(CommitAndPublish(services_, change));
  return MakeKeyView(std::move(updated), policy);
}

absl::StatusOr<CertificateRequestView> Certificates::GenerateRequest(const KeyName& name,
                                                                     const std::optional<keystore::CertificateProfile>& subject) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(name.ring.tenant));
  if (subject) SIGNET_RETURN_IF_ERROR(CheckCertificateProfile("subject", *subject));
  SIGNET_ASSIGN_OR_RETURN(const KeyInRing found, FindKey(services_.store, name));
  SIGNET_RETURN_IF_ERROR(CheckPublished(found.key));
  SIGNET_ASSIGN_OR_RETURN(const hsm::PublicKey public_key, StoredPublicKey(found.key));
  SIGNET_ASSIGN_OR_RETURN(std::string der,
                          hsm::MakeCsr(SubjectOf(subject.value_or(found.ring.certificate), found.key.tenant), public_key,
                                       [&](absl::string_view digest) { return SignWithKey(services_, found.key, digest); }));
  return CertificateRequestView{name, std::move(der)};
}

}  // namespace signet::core
