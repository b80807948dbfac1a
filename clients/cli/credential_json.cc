#include "clients/cli/credential_json.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/sap_instance_id.h"
#include "clients/cli/json_reply.h"
#include "clients/cli/printer.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
namespace {

using Json = nlohmann::ordered_json;

// As SAP's command line calls the kinds, but for the last.
std::string TypeOf(v1::Credential::Kind kind) {
  if (kind == v1::Credential::CERTIFICATE) return "client certificate";
  return kind == v1::Credential::PUBLIC_KEY ? "public key" : "secret";
}

std::string TenantOf(absl::string_view credential_name) {
  absl::ConsumePrefix(&credential_name, "tenants/");
  return std::string(credential_name.substr(0, credential_name.find('/')));
}

// Addresses are where a tenant answers, by SAP's names.
struct Addresses {
  // Below which the client gets its tokens.
  std::string certurl;
  // The same for clients without a certificate: `url` and `apiurl`.
  std::string url;
  std::string uaadomain;
  std::string identityzone;
};

Addresses AddressesOf(const v1::Credential& credential) {
  Addresses addresses;
  addresses.certurl = std::string(absl::StripSuffix(credential.token_url(), "/oauth/token"));
  addresses.url = addresses.certurl;
  const absl::string_view authority = absl::StripPrefix(addresses.certurl, "https://");
  // A host alias of the tenant's, which alone has a second name for clients with a certificate, has no path behind it.
  const bool has_alias = !authority.empty() && !absl::StrContains(authority, '/');
  if (has_alias) absl::StrReplaceAll({{".authentication.cert.", ".authentication."}}, &addresses.url);
  addresses.uaadomain = std::string(absl::StripPrefix(addresses.url, "https://"));
  addresses.identityzone =
      has_alias ? std::string(authority.substr(0, authority.find_first_of(".:"))) : TenantOf(credential.name());
  return addresses;
}

}  // namespace

Json IssuedCredentialJson(const v1::IssuedCredential& reply) {
  const v1::Credential& credential = reply.credential();
  const std::string tenant = TenantOf(credential.name());
  const Addresses addresses = AddressesOf(credential);
  Json json;
  json["tenantmode"] = "dedicated";
  json["subaccountid"] = tenant;
  json["credential-type"] = TypeOf(credential.kind());
  json["clientid"] = credential.client_id();
  json["tokenurl"] = credential.token_url();
  json["xsappname"] = std::string(absl::StripPrefix(credential.client_id(), "sb-"));
  if (!reply.client_secret().empty()) json["clientsecret"] = reply.client_secret();
  json["serviceInstanceId"] = SapInstanceIdOf(credential.client_id());
  json["url"] = addresses.url;
  json["uaadomain"] = addresses.uaadomain;
  json["apiurl"] = addresses.url;
  json["identityzone"] = addresses.identityzone;
  json["identityzoneid"] = tenant;
  json["tenantid"] = tenant;
  json["name"] = IdOf(credential.name());
  json["zoneid"] = tenant;
  json["read-only"] = credential.read_only();
  if (credential.kind() == v1::Credential::CERTIFICATE) {
    json["clientx509enabled"] = true;
    if (!credential.certificate().pem().empty()) json["certificate"] = credential.certificate().pem();
    json["certurl"] = addresses.certurl;
    json["certificate-pinning"] = credential.certificate().pinned();
    // Empty unless the server made it now: it keeps none.
    json["key"] = reply.private_key();
  }
  v1::IssuedCredential rest = reply;
  rest.clear_client_secret();
  rest.clear_private_key();
  json["signet"] = DocumentOf(rest);
  return json;
}

Json CredentialJson(const v1::Credential& credential) {
  Json json;
  json["credential-type"] = TypeOf(credential.kind());
  json["tokenurl"] = credential.token_url();
  json["clientId"] = credential.client_id();
  json["apiurl"] = AddressesOf(credential).url;
  if (!credential.certificate().pem().empty()) json["certificate"] = credential.certificate().pem();
  json["name"] = IdOf(credential.name());
  json["read-only"] = credential.read_only();
  json["signet"] = DocumentOf(credential);
  return json;
}

Json CredentialListJson(const v1::ListCredentialsResponse& reply) {
  Json json = Json::array();
  for (const v1::Credential& credential : reply.credentials()) json.push_back(CredentialJson(credential));
  return json;
}

}  // namespace signet::cli
