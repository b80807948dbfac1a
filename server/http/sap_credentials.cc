#include "server/http/sap_credentials.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/sap_instance_id.h"
#include "hsm/certificate_chain.h"
#include "hsm/client_certificate.h"
#include "hsm/pem.h"
#include "server/core/change_request.h"
#include "server/core/names.h"
#include "server/core/new_credential.h"
#include "server/http/change_by.h"
#include "server/http/sap_account.h"

namespace signet::http {
namespace {

using core::CredentialName;
using keystore::CredentialKind;
using keystore::CredentialRecord;
using keystore::TenantRecord;
using Json = nlohmann::ordered_json;

absl::StatusOr<CredentialName> NameOf(const TenantRecord& tenant, absl::string_view name) {
  SIGNET_ASSIGN_OR_RETURN(keystore::CredentialId id, core::CheckCredentialId("name", name));
  return CredentialName{tenant.id, std::move(id)};
}

absl::string_view TypeOf(const CredentialRecord& credential) {
  switch (credential.kind) {
    case CredentialKind::kClientSecret:
      return "secret";
    case CredentialKind::kCertificate:
      return "client certificate";
    case CredentialKind::kPublicKey:
      return "public key";  // SAP has none; made by Signet's own API.
  }
  return "";
}

}  // namespace

absl::StatusOr<Json> SapCredentials::Create(const TenantRecord& tenant, const NewSapCredential& wanted,
                                            const core::Principal& caller) {
  core::NewCredential credential;
  credential.tenant = tenant.id;
  credential.id = wanted.name;
  credential.client_id_form = core::ClientIdForm::kSapBtp;
  credential.read_only = wanted.read_only;
  if (!wanted.certificate.empty()) {
    SIGNET_ASSIGN_OR_RETURN(core::GivenCertificate certificate, ReadCertificate(wanted.certificate));
    credential.kind = CredentialKind::kCertificate;
    credential.certificate = std::move(certificate);
  }
  SIGNET_ASSIGN_OR_RETURN(const core::IssuedCredential issued, credentials_.Create(credential, caller, ChangeBy(caller)));
  return ShowNew(tenant, issued);
}

absl::StatusOr<core::GivenCertificate> SapCredentials::ReadCertificate(const std::string& pem) const {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<std::string> chain, hsm::ParseClientPem(pem));
  SIGNET_ASSIGN_OR_RETURN(const hsm::ClientCertificate leaf, hsm::ReadClientCertificate(chain.front()));
  const bool is_vouched_for = hsm::CheckClientChain(chain, *authorities_.Get(), clock_.Now()).ok();
  return core::GivenCertificate{.pem = pem, .pinned = !is_vouched_for || leaf.subject.empty()};
}

absl::StatusOr<Json> SapCredentials::Get(const TenantRecord& tenant, absl::string_view name) {
  SIGNET_ASSIGN_OR_RETURN(const CredentialName found, NameOf(tenant, name));
  SIGNET_ASSIGN_OR_RETURN(const core::CredentialView view, credentials_.Get(found));
  return Show(tenant, view);
}

absl::StatusOr<Json> SapCredentials::List(const TenantRecord& tenant) {
  Json json = Json::array();
  core::ListRequest request = {.page_size = core::kMaxCredentials, .page_token = ""};
  // A page of large credentials ends before it holds so many.
  do {
    SIGNET_ASSIGN_OR_RETURN(const core::ListResult<core::CredentialView> page, credentials_.List(tenant.id, request));
    for (const core::CredentialView& view : page.items) json.push_back(Show(tenant, view));
    request.page_token = page.next_page_token;
  } while (!request.page_token.empty());
  return json;
}

absl::StatusOr<Json> SapCredentials::Delete(const TenantRecord& tenant, absl::string_view name, const core::Principal& caller) {
  SIGNET_ASSIGN_OR_RETURN(const CredentialName found, NameOf(tenant, name));
  SIGNET_RETURN_IF_ERROR(credentials_.Delete(found, ChangeBy(caller)));
  return Json::object();
}

Json SapCredentials::ShowNew(const TenantRecord& tenant, const core::IssuedCredential& issued) const {
  const CredentialRecord& credential = issued.credential.record;
  const SapUrls urls = SapUrlsOf(tenant, public_url_);
  const std::string& id = tenant.id.value();
  Json json = {{"tenantmode", "dedicated"},
               {"subaccountid", id},
               {"credential-type", std::string(TypeOf(credential))},
               {"clientid", credential.client_id}};
  if (!credential.certificates.empty()) {
    json["clientx509enabled"] = true;
    json["certificate"] = hsm::ChainToPem({credential.certificates.front().der});
    json["certurl"] = urls.cert_url;
    json["certificate-pinning"] = credential.certificates.front().pinned;
    // It never leaves who had the certificate made.
    json["key"] = "";
  }
  json["tokenurl"] = issued.credential.token_url;
  json["xsappname"] = std::string(absl::StripPrefix(credential.client_id, "sb-"));
  if (credential.kind == CredentialKind::kClientSecret) json["clientsecret"] = std::string(issued.client_secret.Expose());
  json["serviceInstanceId"] = SapInstanceIdOf(credential.client_id);
  json["url"] = urls.url;
  json["uaadomain"] = urls.uaa_domain;
  json["apiurl"] = urls.url;
  json["identityzone"] = urls.identity_zone;
  json["identityzoneid"] = id;
  json["tenantid"] = id;
  json["name"] = credential.id.value();
  json["zoneid"] = id;
  json["read-only"] = credential.read_only;
  return json;
}

Json SapCredentials::Show(const TenantRecord& tenant, const core::CredentialView& view) const {
  const CredentialRecord& credential = view.record;
  Json json = {{"credential-type", std::string(TypeOf(credential))},
               {"tokenurl", view.token_url},
               {"clientId", credential.client_id},
               {"apiurl", SapUrlsOf(tenant, public_url_).url}};
  if (!credential.certificates.empty() && !credential.certificates.front().hidden) {
    json["certificate"] = hsm::ChainToPem({credential.certificates.front().der});
  }
  json["name"] = credential.id.value();
  json["read-only"] = credential.read_only;
  return json;
}

}  // namespace signet::http
