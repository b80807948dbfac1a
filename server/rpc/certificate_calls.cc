#include "server/rpc/certificate_calls.h"

#include <optional>
#include <string>

#include "base/base64url.h"
#include "base/error.h"
#include "hsm/certificate_chain.h"
#include "hsm/pem.h"
#include "server/core/names.h"
#include "server/rpc/change_request_conversion.h"
#include "server/rpc/proto_conversion.h"
#include "server/rpc/required_field.h"

namespace signet::rpc {

absl::Status GetCertificate(core::Certificates& certificates, const v1::GetCertificateRequest& request, v1::Certificate& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::KeyName name, core::ParseKeyName("name", request.name()));
  SIGNET_ASSIGN_OR_RETURN(const core::CertificateView view, certificates.Get(name));
  const std::string& der = view.chain.front();
  response.set_name(core::FormatKeyName(view.name));
  response.set_pem(hsm::ChainToPem(view.chain));
  response.set_der(der);
  response.mutable_chain()->Add(view.chain.begin(), view.chain.end());
  response.set_pkcs7(hsm::ToPkcs7(view.chain));
  response.set_x5t(Base64UrlEncode(hsm::Sha1Thumbprint(der)));
  response.set_x5t_s256(Base64UrlEncode(hsm::Sha256Thumbprint(der)));
  response.set_subject(view.facts.subject);
  response.set_issuer(view.facts.issuer);
  *response.mutable_not_before() = ToProto(view.facts.not_before);
  *response.mutable_not_after() = ToProto(view.facts.not_after);
  return absl::OkStatus();
}

absl::Status SetCertificateChain(core::Certificates& certificates, const core::Principal& caller,
                                 const v1::SetCertificateChainRequest& request, v1::SigningKey& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::KeyName name, core::ParseKeyName("name", request.name()));
  if (request.pem_chain().empty()) return MissingField("pem_chain");
  SIGNET_ASSIGN_OR_RETURN(
      const core::KeyView view,
      certificates.SetChain(name, request.pem_chain(), ChangeRequestFromProto(request, caller.name, request.etag())));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status GenerateCsr(core::Certificates& certificates, const v1::GenerateCsrRequest& request,
                         v1::CertificateSigningRequest& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::KeyName name, core::ParseKeyName("name", request.name()));
  std::optional<keystore::CertificateProfile> subject;
  if (request.has_subject()) {
    SIGNET_ASSIGN_OR_RETURN(subject, FromProto("subject", request.subject()));
  }
  SIGNET_ASSIGN_OR_RETURN(const core::CertificateRequestView view, certificates.GenerateRequest(name, subject));
  response.set_name(core::FormatKeyName(view.name));
  response.set_der(view.der);
  response.set_pem(hsm::ToPem("CERTIFICATE REQUEST", view.der));
  return absl::OkStatus();
}

}  // namespace signet::rpc
