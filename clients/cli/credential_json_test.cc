#include "clients/cli/credential_json.h"

#include <string>
#include <vector>

#include "base/sap_instance_id.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
namespace {

using testing::ElementsAre;

v1::IssuedCredential Issued(v1::Credential::Kind kind) {
  v1::IssuedCredential reply;
  v1::Credential& credential = *reply.mutable_credential();
  credential.set_name("tenants/shop/credentials/ci");
  credential.set_kind(kind);
  credential.set_client_id("sb-c1");
  credential.set_token_url("https://shop.example:8444/t/shop/oauth/token");
  if (kind == v1::Credential::CERTIFICATE) {
    credential.mutable_certificate()->set_pem("PEM");
    reply.set_private_key("KEY");
  } else if (kind == v1::Credential::CLIENT_SECRET) {
    reply.set_client_secret("s3cret");
  }
  return reply;
}

std::vector<std::string> MembersOf(const nlohmann::ordered_json& json) {
  std::vector<std::string> names;
  for (const auto& [name, value] : json.items()) names.push_back(name);
  return names;
}

TEST(IssuedCredentialJson, OfASecretHasTheMembersOfSapsProgramInTheirOrder) {
  const nlohmann::ordered_json json = IssuedCredentialJson(Issued(v1::Credential::CLIENT_SECRET));
  EXPECT_THAT(MembersOf(json), ElementsAre("tenantmode", "subaccountid", "credential-type", "clientid", "tokenurl", "xsappname",
                                           "clientsecret", "serviceInstanceId", "url", "uaadomain", "apiurl", "identityzone",
                                           "identityzoneid", "tenantid", "name", "zoneid", "read-only", "signet"));
  EXPECT_EQ(json["tenantmode"], "dedicated");
  EXPECT_EQ(json["credential-type"], "secret");
  EXPECT_EQ(json["clientid"], "sb-c1");
  EXPECT_EQ(json["xsappname"], "c1");
  EXPECT_EQ(json["serviceInstanceId"], SapInstanceIdOf("sb-c1"));
  EXPECT_EQ(json["clientsecret"], "s3cret");
  EXPECT_EQ(json["tokenurl"], "https://shop.example:8444/t/shop/oauth/token");
  EXPECT_EQ(json["url"], "https://shop.example:8444/t/shop");
  EXPECT_EQ(json["uaadomain"], "shop.example:8444/t/shop");
  EXPECT_EQ(json["apiurl"], "https://shop.example:8444/t/shop");
  for (const char* id : {"subaccountid", "identityzone", "identityzoneid", "tenantid", "zoneid"}) EXPECT_EQ(json[id], "shop") << id;
  EXPECT_EQ(json["name"], "ci");
  EXPECT_EQ(json["read-only"], false);
}

TEST(IssuedCredentialJson, OfACertificateHasItAndItsKeyAndNoSecret) {
  const nlohmann::ordered_json json = IssuedCredentialJson(Issued(v1::Credential::CERTIFICATE));
  EXPECT_EQ(json["credential-type"], "client certificate");
  EXPECT_FALSE(json.contains("clientsecret"));
  EXPECT_EQ(json["clientx509enabled"], true);
  EXPECT_EQ(json["certificate"], "PEM");
  EXPECT_EQ(json["certurl"], "https://shop.example:8444/t/shop");
  EXPECT_EQ(json["certificate-pinning"], false);
  EXPECT_EQ(json["key"], "KEY");
}

TEST(IssuedCredentialJson, OfAHiddenCertificateLacksIt) {
  v1::IssuedCredential reply = Issued(v1::Credential::CERTIFICATE);
  reply.mutable_credential()->mutable_certificate()->clear_pem();
  EXPECT_FALSE(IssuedCredentialJson(reply).contains("certificate"));
  EXPECT_FALSE(CredentialJson(reply.credential()).contains("certificate"));
}

TEST(IssuedCredentialJson, OfACertificateWithAKeyOfTheClientsHasAnEmptyKey) {
  v1::IssuedCredential reply = Issued(v1::Credential::CERTIFICATE);
  reply.clear_private_key();
  EXPECT_EQ(IssuedCredentialJson(reply)["key"], "");
  EXPECT_FALSE(IssuedCredentialJson(Issued(v1::Credential::CLIENT_SECRET)).contains("key"));
}

TEST(IssuedCredentialJson, SaysTheRestInSignetsWordsAndASecretOnceOnly) {
  const nlohmann::ordered_json secret = IssuedCredentialJson(Issued(v1::Credential::CLIENT_SECRET));
  EXPECT_EQ(secret["signet"]["credential"]["name"], "tenants/shop/credentials/ci");
  EXPECT_EQ(secret["signet"].dump().find("s3cret"), std::string::npos);
  const nlohmann::ordered_json certificate = IssuedCredentialJson(Issued(v1::Credential::CERTIFICATE));
  EXPECT_EQ(certificate["signet"].dump().find("KEY\""), std::string::npos);
  v1::IssuedCredential withheld = Issued(v1::Credential::CERTIFICATE);
  withheld.clear_private_key();
  withheld.set_secret_withheld(true);
  EXPECT_EQ(IssuedCredentialJson(withheld)["key"], "");
  EXPECT_EQ(IssuedCredentialJson(withheld)["signet"]["secretWithheld"], true);
}

TEST(IssuedCredentialJson, OfATenantWithAHostAliasHasItsHostAndThatForCertificates) {
  v1::IssuedCredential reply = Issued(v1::Credential::CERTIFICATE);
  reply.mutable_credential()->set_token_url("https://eu.authentication.cert.example:8444/oauth/token");
  const nlohmann::ordered_json json = IssuedCredentialJson(reply);
  EXPECT_EQ(json["tokenurl"], "https://eu.authentication.cert.example:8444/oauth/token");
  EXPECT_EQ(json["certurl"], "https://eu.authentication.cert.example:8444");
  EXPECT_EQ(json["url"], "https://eu.authentication.example:8444");
  EXPECT_EQ(json["apiurl"], "https://eu.authentication.example:8444");
  EXPECT_EQ(json["uaadomain"], "eu.authentication.example:8444");
  EXPECT_EQ(json["identityzone"], "eu");
  EXPECT_EQ(json["zoneid"], "shop");
  EXPECT_EQ(CredentialJson(reply.credential())["tokenurl"], json["tokenurl"]);
  EXPECT_EQ(CredentialJson(reply.credential())["apiurl"], json["apiurl"]);
  reply.mutable_credential()->set_token_url("https://localhost:8444/oauth/token");
  EXPECT_EQ(IssuedCredentialJson(reply)["identityzone"], "localhost");
}

TEST(IssuedCredentialJson, OfATenantWithoutAHostAliasLeavesTheServersNameAlone) {
  v1::IssuedCredential reply = Issued(v1::Credential::CERTIFICATE);
  reply.mutable_credential()->set_token_url("https://a.authentication.cert.example/t/shop/oauth/token");
  for (const char* member : {"url", "apiurl", "certurl"}) {
    EXPECT_EQ(IssuedCredentialJson(reply)[member], "https://a.authentication.cert.example/t/shop") << member;
  }
  EXPECT_EQ(IssuedCredentialJson(reply)["identityzone"], "shop");
}

TEST(IssuedCredentialJson, HasAHostOfAnyForm) {
  v1::IssuedCredential reply = Issued(v1::Credential::PUBLIC_KEY);
  for (const std::string domain : {"h", "[::1]", "[::1]:8444/t/shop"}) {
    reply.mutable_credential()->set_token_url("https://" + domain + "/oauth/token");
    EXPECT_EQ(IssuedCredentialJson(reply)["uaadomain"], domain);
    EXPECT_EQ(IssuedCredentialJson(reply)["apiurl"], "https://" + domain);
  }
  reply.mutable_credential()->clear_token_url();
  EXPECT_EQ(IssuedCredentialJson(reply)["uaadomain"], "");
  EXPECT_EQ(IssuedCredentialJson(reply)["credential-type"], "public key");
}

TEST(CredentialJson, OfGetHasTheFewMembersOfSapsProgram) {
  v1::Credential credential = Issued(v1::Credential::CLIENT_SECRET).credential();
  credential.set_read_only(true);
  const nlohmann::ordered_json json = CredentialJson(credential);
  EXPECT_THAT(MembersOf(json), ElementsAre("credential-type", "tokenurl", "clientId", "apiurl", "name", "read-only", "signet"));
  EXPECT_EQ(json["clientId"], "sb-c1");
  EXPECT_EQ(json["read-only"], true);
  EXPECT_EQ(json["signet"]["clientId"], "sb-c1");
  EXPECT_THAT(MembersOf(CredentialJson(Issued(v1::Credential::CERTIFICATE).credential())),
              ElementsAre("credential-type", "tokenurl", "clientId", "apiurl", "certificate", "name", "read-only", "signet"));
}

TEST(CredentialListJson, IsAnArray) {
  v1::ListCredentialsResponse reply;
  EXPECT_EQ(CredentialListJson(reply).dump(), "[]");
  *reply.add_credentials() = Issued(v1::Credential::CLIENT_SECRET).credential();
  EXPECT_EQ(CredentialListJson(reply)[0], CredentialJson(reply.credentials(0)));
}

}  // namespace
}  // namespace signet::cli
