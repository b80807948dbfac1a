#include "server/core/tenant_urls.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace signet::core {
namespace {

using keystore::CredentialKind;

constexpr char kPublicUrl[] = "https://signet.example:8444";

keystore::TenantRecord Acme(std::vector<std::string> host_aliases = {}) {
  keystore::TenantRecord tenant;
  tenant.id = keystore::TenantId("acme");
  tenant.host_aliases = std::move(host_aliases);
  return tenant;
}

TEST(TenantUrlsTest, AreThoseOfTheFirstHostAliasWithThePortOfTheServer) {
  const TenantUrls urls = TenantUrlsOf(Acme({"acme.authentication.example", "other.example"}), kPublicUrl);
  EXPECT_EQ(urls.url, "https://acme.authentication.example:8444");
  EXPECT_EQ(urls.cert_url, "https://acme.authentication.cert.example:8444");
  EXPECT_EQ(TenantUrlsOf(Acme({"acme.example"}), "https://signet.example").url, "https://acme.example");
  EXPECT_EQ(TenantUrlsOf(Acme({"acme.example"}), "https://[::1]").url, "https://acme.example");
  EXPECT_EQ(TenantUrlsOf(Acme({"acme.example"}), "https://[::1]:8444").cert_url, "https://acme.example:8444");
}

TEST(TenantUrlsTest, AreThePathOfATenantWithoutAHost) {
  const TenantUrls urls = TenantUrlsOf(Acme(), kPublicUrl);
  EXPECT_EQ(urls.url, "https://signet.example:8444/t/acme");
  EXPECT_EQ(urls.cert_url, urls.url);
  // The server's own name is not the tenant's: it is left as it is.
  EXPECT_EQ(TenantUrlsOf(Acme(), "https://a.authentication.example").cert_url, "https://a.authentication.example/t/acme");
}

TEST(TenantUrlsTest, TokensOfClientsWithACertificateComeFromTheHostForThem) {
  const keystore::TenantRecord sap = Acme({"acme.authentication.example"});
  EXPECT_EQ(TokenUrlOf(sap, CredentialKind::kCertificate, kPublicUrl), "https://acme.authentication.cert.example:8444/oauth/token");
  for (const CredentialKind kind : {CredentialKind::kClientSecret, CredentialKind::kPublicKey}) {
    EXPECT_EQ(TokenUrlOf(sap, kind, kPublicUrl), "https://acme.authentication.example:8444/oauth/token");
  }
  for (const CredentialKind kind : {CredentialKind::kClientSecret, CredentialKind::kCertificate}) {
    EXPECT_EQ(TokenUrlOf(Acme({"acme.example"}), kind, kPublicUrl), "https://acme.example:8444/oauth/token");
    EXPECT_EQ(TokenUrlOf(Acme(), kind, kPublicUrl), "https://signet.example:8444/t/acme/oauth/token");
  }
}

TEST(TenantUrlsTest, TheHostForCertificatesStandsForTheOther) {
  EXPECT_EQ(WithoutCertificateLabel("acme.authentication.cert.example"), "acme.authentication.example");
  EXPECT_EQ(WithoutCertificateLabel("acme.cert.example"), "acme.cert.example");
}

TEST(TenantUrlsTest, AHostHasNoPort) {
  for (const char* url : {"https://h", "https://h:8444", "https://h:8444/signet"}) EXPECT_EQ(HostOf(url), "h");
  for (const char* url : {"https://[::1]", "https://[::1]:8444"}) EXPECT_EQ(HostOf(url), "[::1]");
}

}  // namespace
}  // namespace signet::core
