#include "server/http/auth0_certificate.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "hsm/certificate_chain.h"
#include "keystore/ids.h"
#include "server/core/names.h"
#include "server/http/auth0_error.h"
#include "server/http/certificate_formats.h"

namespace signet::http {
namespace {

// The chain of the key that signs; nullptr without.
const std::vector<std::string>* FindChain(const core::TenantSnapshot& tenant) {
  const auto ring = tenant.rings.find(keystore::RingId(std::string(core::kAccessTokenRing)));
  if (ring == tenant.rings.end() || ring->second.current == nullptr) return nullptr;
  const std::vector<std::string>& chain = ring->second.current->certificate_chain;
  return chain.empty() ? nullptr : &chain;
}

}  // namespace

Response ServeAuth0Certificate(const core::TenantSnapshot& tenant, Auth0Call call, absl::Time now) {
  const std::vector<std::string>* const chain = FindChain(tenant);
  if (chain == nullptr) return Auth0Error(404, "No signing key with a certificate is in use.", "inexistent_signing_key");
  Response response = {
      .fields = {{"Cache-Control", absl::StrCat("public, max-age=", absl::ToInt64Seconds(tenant.jwks_life.MaxAge(now)))},
                 {"Access-Control-Allow-Origin", "*"}}};
  const auto serve = [&](absl::string_view content_type, std::string body) {
    response.fields.emplace_back("Content-Type", std::string(content_type));
    response.body = std::move(body);
  };
  // An id of a tenant holds nothing that would have to be escaped.
  const auto attach = [&](absl::string_view extension) {
    response.fields.emplace_back("Content-Disposition",
                                 absl::StrCat("attachment; filename=\"", tenant.tenant.id.value(), extension, "\""));
  };
  switch (call) {
    case Auth0Call::kCer:
      serve("application/pkix-cert", chain->front());
      attach(".cer");
      break;
    case Auth0Call::kPem:
      serve("application/x-pem-file", CertificateToPem(chain->front()));
      attach(".pem");
      break;
    case Auth0Call::kPkcs7:
      serve("application/x-pkcs7-certificates", hsm::ToPkcs7(*chain));
      attach(".p7b");
      break;
    case Auth0Call::kFingerprint:
      serve("text/plain; charset=utf-8", CertificateFingerprint(chain->front()));
      break;
    default:
      serve("text/plain; charset=utf-8", CertificateToPem(chain->front()));
  }
  return response;
}

}  // namespace signet::http
