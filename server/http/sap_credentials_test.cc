#include "server/http/sap_credentials.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "hsm/certificate_chain.h"
#include "hsm/testing/test_authority.h"
#include "server/http/sap_fixture.h"

namespace signet::http {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;

class SapCredentialsTest : public SapTest {};

TEST_F(SapCredentialsTest, ACredentialWithASecretHasTheMembersOfSapInTheirOrder) {
  const Response response = Command(absl::StrCat(kCredential, "?create"), {{"name", "ci"}, {"readOnly", "false"}});
  const ordered_json json = Json(response);
  EXPECT_EQ(NamesOf(json), (std::vector<std::string>{"tenantmode", "subaccountid", "credential-type", "clientid", "tokenurl",
                                                     "xsappname", "clientsecret", "serviceInstanceId", "url", "uaadomain", "apiurl",
                                                     "identityzone", "identityzoneid", "tenantid", "name", "zoneid", "read-only"}))
      << response.body;
  EXPECT_EQ(json["tenantmode"], "dedicated");
  EXPECT_EQ(json["credential-type"], "secret");
  EXPECT_EQ(json["clientid"], absl::StrCat("sb-", json["xsappname"].get<std::string>()));
  EXPECT_THAT(json["xsappname"].get<std::string>(), testing::MatchesRegex("full-access!a[0-9]+"));
  EXPECT_EQ(json["tokenurl"], "https://signet.example/t/acme/oauth/token");
  EXPECT_EQ(json["apiurl"], "https://signet.example/t/acme");
  EXPECT_EQ(json["uaadomain"], "signet.example/t/acme");
  for (const char* member : {"subaccountid", "identityzoneid", "tenantid", "zoneid"}) EXPECT_EQ(json[member], "acme");
  EXPECT_EQ(json["read-only"], false);
}

TEST_F(SapCredentialsTest, ACredentialIsShownListedAndDeletedWithoutItsSecret) {
  const ordered_json created = Json(Command(absl::StrCat(kCredential, "?create"), {{"name", "ci"}, {"readOnly", "true"}}));
  EXPECT_THAT(created["xsappname"].get<std::string>(), testing::MatchesRegex("read-only!a[0-9]+"));
  EXPECT_EQ(created["read-only"], true);
  const ordered_json shown = Json(Command(absl::StrCat(kCredential, "?get"), {{"name", "ci"}, {"readOnly", "false"}}));
  EXPECT_EQ(NamesOf(shown), (std::vector<std::string>{"credential-type", "tokenurl", "clientId", "apiurl", "name", "read-only"}));
  EXPECT_EQ(shown["clientId"], created["clientid"]);
  EXPECT_EQ(Json(Command(absl::StrCat(kCredential, "?list"))), ordered_json::array({shown}));
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kCredential, "?create"), {{"name", "ci"}})), "409");
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kCredential, "?create"), {{"name", "not_a_name"}})), "400");
  EXPECT_EQ(Command(absl::StrCat(kCredential, "?delete"), {{"name", "ci"}, {"readOnly", "false"}}).body, "{}");
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kCredential, "?get"), {{"name", "ci"}})), "404");
  EXPECT_EQ(Command(absl::StrCat(kCredential, "?list")).body, "[]");
}

TEST_F(SapCredentialsTest, AListIsWholeWhereItDoesNotFitIntoOnePageOfTheCore) {
  constexpr int kLargeCredentials = 100;
  keystore::Change change;
  for (int i = 0; i < kLargeCredentials; ++i) {
    keystore::CredentialRecord record;
    record.tenant = acme_;
    record.id = keystore::CredentialId(absl::StrCat("c", i));
    record.client_id = absl::StrCat("client", i);
    for (int entry = 0; entry < 100; ++entry) record.scopes.emplace_back(300, 's');
    change.puts.emplace_back(record);
  }
  change.events.emplace_back();
  ASSERT_THAT(store_->Commit(change), core::IsOk());
  ASSERT_LT(credentials().List(acme_, {.page_size = core::kMaxCredentials, .page_token = ""})->items.size(), kLargeCredentials);
  EXPECT_EQ(Json(Command(absl::StrCat(kCredential, "?list"))).size(), kLargeCredentials);
}

TEST_F(SapCredentialsTest, WhatIsNoPemHasSapsError) {
  const Response response = Command(absl::StrCat(kCredential, "?create"), {{"certificate", "not pem"}});
  EXPECT_EQ(BackendStatus(response), "400");
  EXPECT_EQ(response.body, R"({"error":"The certificate is not valid PEM format."})");
}

TEST_F(SapCredentialsTest, ACertificateMayComeWithItsChainAndText) {
  const hsm::TestAuthority authority{.name = "authority"};
  const hsm::Issuing authoritys = {.not_before = clock_.Now(), .not_after = clock_.Now() + absl::Hours(1)};
  hsm::Issuing clients = authoritys;
  clients.basic_constraints = "CA:FALSE";
  const hsm::EvpPkey key = hsm::NewEcKey();
  const std::string root = hsm::Issue(authority, "authority", authority.key.get(), authoritys);
  authorities_.Set({root});
  const auto create = [&](const std::string& name, const std::string& subject) {
    const std::string leaf = hsm::ChainToPem({hsm::Issue(authority, subject, key.get(), clients)});
    const ordered_json created = Json(
        Command(absl::StrCat(kCredential, "?create"),
                {{"name", name}, {"certificate", absl::StrCat("subject=\n", leaf, "\n1 s:\n", hsm::ChainToPem({root}), "end")}}));
    EXPECT_EQ(created["certificate"], leaf) << created;
    return created.value("certificate-pinning", false);
  };
  EXPECT_FALSE(create("named", "client"));
  EXPECT_TRUE(create("nameless", "")) << "there is no subject by which a later one could be recognised";
}

TEST_F(SapCredentialsTest, OfATenantWithAHostAliasHaveItsAddressesAndThoseForCertificates) {
  core::TenantUpdate update;
  update.host_aliases = {"sub.authentication.example"};
  ASSERT_THAT(tenants().Update(acme_, update, core::Call()), core::IsOk());
  const std::string pem = hsm::ChainToPem(StoredKey(NewKey()).certificate_chain);
  const ordered_json tls = Json(Command(absl::StrCat(kCredential, "?create"), {{"name", "tls"}, {"certificate", pem}}));
  EXPECT_EQ(tls["certurl"], "https://sub.authentication.cert.example");
  EXPECT_EQ(tls["tokenurl"], "https://sub.authentication.cert.example/oauth/token");
  EXPECT_EQ(tls["url"], "https://sub.authentication.example");
  EXPECT_EQ(tls["identityzone"], "sub");
  EXPECT_EQ(Json(Command(absl::StrCat(kCredential, "?get"), {{"name", "tls"}}))["tokenurl"], tls["tokenurl"]);
  EXPECT_EQ(Json(Command(absl::StrCat(kCredential, "?create"), {{"name", "ci"}}))["tokenurl"],
            "https://sub.authentication.example/oauth/token");
}

TEST_F(SapCredentialsTest, AHiddenCertificateIsNotShown) {
  core::NewCredential hidden;
  hidden.tenant = acme_;
  hidden.id = "tls";
  hidden.kind = keystore::CredentialKind::kCertificate;
  hidden.certificate = core::GivenCertificate{.pem = hsm::ChainToPem(StoredKey(NewKey()).certificate_chain), .hidden = true};
  ASSERT_THAT(credentials().Create(hidden, core::LocalPrincipal(), core::Call()), core::IsOk());
  const ordered_json shown = Json(Command(absl::StrCat(kCredential, "?get"), {{"name", "tls"}}));
  EXPECT_EQ(shown["credential-type"], "client certificate");
  EXPECT_FALSE(shown.contains("certificate"));
}

TEST_F(SapCredentialsTest, ACertificateWithAPrivateKeyIsRefusedWithoutRepeatingIt) {
  const std::string pem = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n";
  const Response response = Command(absl::StrCat(kCredential, "?create"), {{"certificate", pem}});
  EXPECT_EQ(BackendStatus(response), "400");
  EXPECT_THAT(response.body, testing::StartsWith(R"({"error":"The certificate comes with a private key; )"));
  EXPECT_THAT(response.body, testing::Not(HasSubstr("bm90")));
}

}  // namespace
}  // namespace signet::http
