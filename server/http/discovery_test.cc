#include "server/http/discovery.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "server/http/testing/published_tenants.h"

namespace signet::http {
namespace {

using nlohmann::json;

class DiscoveryTest : public testing::Test {
 protected:
  json OpenId(const std::string& tenant = "acme", bool client_certificates = false) {
    return json::parse(OpenIdConfiguration(Source(tenant, client_certificates)));
  }
  json OAuth(const std::string& tenant = "acme", bool client_certificates = false) {
    return json::parse(AuthorizationServerMetadata(Source(tenant, client_certificates)));
  }

 private:
  DiscoverySource Source(const std::string& tenant, bool client_certificates) {
    snapshot_ = tenants_.directory().FindTenant(keystore::TenantId(tenant));
    return {*snapshot_, kPublicUrl, client_certificates};
  }

  PublishedTenants tenants_;
  std::shared_ptr<const core::TenantSnapshot> snapshot_;
};

std::set<std::string> MembersOf(const json& object) {
  std::set<std::string> members;
  for (const auto& [name, value] : object.items()) members.insert(name);
  return members;
}

const std::set<std::string> kCommon = {"issuer",
                                       "jwks_uri",
                                       "token_endpoint",
                                       "token_endpoint_auth_methods_supported",
                                       "token_endpoint_auth_signing_alg_values_supported",
                                       "introspection_endpoint",
                                       "introspection_endpoint_auth_methods_supported",
                                       "introspection_endpoint_auth_signing_alg_values_supported",
                                       "revocation_endpoint",
                                       "revocation_endpoint_auth_methods_supported",
                                       "revocation_endpoint_auth_signing_alg_values_supported",
                                       "grant_types_supported",
                                       "response_types_supported",
                                       "scopes_supported"};

TEST_F(DiscoveryTest, StatesWhatExistsAndNoMore) {
  EXPECT_EQ(MembersOf(OAuth()), kCommon);
  std::set<std::string> open_id = kCommon;
  open_id.insert({"subject_types_supported", "id_token_signing_alg_values_supported"});
  EXPECT_EQ(MembersOf(OpenId()), open_id);
}

TEST_F(DiscoveryTest, BothDocumentsAgreeAndNameTheTenantsEndpoints) {
  for (const json& metadata : {OpenId(), OAuth()}) {
    EXPECT_EQ(metadata["issuer"], "https://signet.example:8444/t/acme");
    EXPECT_EQ(metadata["jwks_uri"], "https://signet.example:8444/t/acme/.well-known/jwks.json");
    EXPECT_EQ(metadata["token_endpoint"], "https://signet.example:8444/t/acme/oauth/token");
    EXPECT_EQ(metadata["introspection_endpoint"], "https://signet.example:8444/t/acme/oauth/introspect");
    EXPECT_EQ(metadata["revocation_endpoint"], "https://signet.example:8444/t/acme/oauth/revoke");
    EXPECT_EQ(metadata["grant_types_supported"], json({"client_credentials"}));
    EXPECT_EQ(metadata["response_types_supported"], json::array());
    EXPECT_EQ(metadata["scopes_supported"].size(), 17u);
    for (const char* endpoint : {"token", "introspection", "revocation"}) {
      EXPECT_EQ(metadata[std::string(endpoint) + "_endpoint_auth_methods_supported"],
                json({"client_secret_basic", "client_secret_post", "private_key_jwt"}));
      EXPECT_EQ(metadata[std::string(endpoint) + "_endpoint_auth_signing_alg_values_supported"],
                json({"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "Ed25519", "EdDSA"}));
    }
  }
  EXPECT_EQ(OpenId()["id_token_signing_alg_values_supported"], json({"ES256"}));
}

TEST_F(DiscoveryTest, CertificatesAreOfferedWhereClientsAreAskedForThem) {
  for (const json& metadata : {OpenId("acme", true), OAuth("acme", true)}) {
    EXPECT_EQ(metadata["tls_client_certificate_bound_access_tokens"], true);
    for (const char* endpoint : {"token", "introspection", "revocation"}) {
      EXPECT_EQ(
          metadata[std::string(endpoint) + "_endpoint_auth_methods_supported"],
          json({"client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}));
    }
  }
}

TEST_F(DiscoveryTest, AnIssuerOfTheTenantsOwnChangesNotWhereItsEndpointsAre) {
  const json metadata = OAuth("other");
  EXPECT_EQ(metadata["issuer"], "https://login.other.example");
  EXPECT_EQ(metadata["token_endpoint"], "https://signet.example:8444/t/other/oauth/token");
}

}  // namespace
}  // namespace signet::http
