#include "server/http/discovery.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hsm/algorithm.h"
#include "server/core/scope.h"

namespace signet::http {
namespace {

using Json = nlohmann::ordered_json;

std::string Url(const DiscoverySource& source, absl::string_view path) {
  return absl::StrCat(source.public_url, "/t/", source.tenant.tenant.id.value(), path);
}

std::vector<std::string> AuthMethods(const DiscoverySource& source) {
  std::vector<std::string> methods = {"client_secret_basic", "client_secret_post", "private_key_jwt"};
  if (source.client_certificates) {
    methods.emplace_back("tls_client_auth");
    methods.emplace_back("self_signed_tls_client_auth");
  }
  return methods;
}

// The algorithms of client assertions: those of the table, each name once, and what Ed25519 was called before RFC 9864.
std::vector<std::string> AssertionAlgorithms() {
  std::vector<std::string> names;
  for (const hsm::AlgorithmInfo& info : hsm::AllAlgorithms()) {
    if (names.empty() || names.back() != info.jose_name) names.emplace_back(info.jose_name);
  }
  names.emplace_back("EdDSA");
  return names;
}

// An endpoint where clients authenticate.
void AddEndpoint(Json& metadata, const DiscoverySource& source, const std::string& name, absl::string_view path) {
  metadata[name + "_endpoint"] = Url(source, path);
  metadata[name + "_endpoint_auth_methods_supported"] = AuthMethods(source);
  metadata[name + "_endpoint_auth_signing_alg_values_supported"] = AssertionAlgorithms();
}

Json CommonMetadata(const DiscoverySource& source) {
  Json metadata = {{"issuer", source.tenant.issuer}, {"jwks_uri", Url(source, "/.well-known/jwks.json")}};
  AddEndpoint(metadata, source, "token", "/oauth/token");
  AddEndpoint(metadata, source, "introspection", "/oauth/introspect");
  AddEndpoint(metadata, source, "revocation", "/oauth/revoke");
  metadata["grant_types_supported"] = {"client_credentials"};
  metadata["response_types_supported"] = Json::array();
  metadata["scopes_supported"] = core::ToWords(core::ScopeSet::All());
  if (source.client_certificates) metadata["tls_client_certificate_bound_access_tokens"] = true;
  return metadata;
}

// Replaces what is not UTF-8, where the default is to throw.
std::string Dump(const Json& metadata) { return metadata.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string OpenIdConfiguration(const DiscoverySource& source) {
  Json metadata = CommonMetadata(source);
  metadata["subject_types_supported"] = {"public"};
  metadata["id_token_signing_alg_values_supported"] = source.tenant.SigningAlgorithms();
  return Dump(metadata);
}

std::string AuthorizationServerMetadata(const DiscoverySource& source) { return Dump(CommonMetadata(source)); }

}  // namespace signet::http
