#include "server/core/tenant_fields.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

void ExpectRefused(const absl::Status& status, const std::string& field, const std::string& value) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << value;
  EXPECT_EQ(GetReason(status), reason::kInvalidField) << value;
  ASSERT_TRUE(GetErrorDetail(status).has_value()) << value;
  EXPECT_EQ(GetErrorDetail(status)->metadata["field"], field) << value;
}

TEST(DisplayName, IsAnyTextOf255Bytes) {
  for (const std::string& name : {std::string(), std::string("Zürich \"☃\" <b>"), std::string(255, 'x')}) {
    EXPECT_TRUE(CheckDisplayName(name).ok()) << name;
  }
}

TEST(DisplayName, ThatIsTooLongOrHoldsControlCharactersIsRefused) {
  for (const std::string& name : {std::string(256, 'x'), std::string(10'000, 'x'), std::string("a\nb"), std::string("a\0b", 3),
                                  std::string("\x7f"), std::string("a\xc2\x85")}) {
    ExpectRefused(CheckDisplayName(name), "tenant.display_name", name);
  }
}

TEST(Issuer, IsAnHttpsUrl) {
  for (const std::string& issuer :
       {std::string(), std::string("https://example.com"), std::string("https://Example.COM:8443/t/a%20b;c=@"),
        std::string("https://127.0.0.1:1"), std::string("https://tenant.eu.auth0.com/"), std::string("https://e.com:8443/t/a/"),
        std::string("https://[::1]:443/x"), std::string("https://[::1]"), "https://e.com/" + std::string(498, 'x')}) {
    EXPECT_TRUE(CheckIssuer(issuer).ok()) << issuer;
  }
}

TEST(Issuer, OfAnotherFormIsRefused) {
  for (const std::string& issuer : {std::string("http://example.com"),
                                    std::string("example.com"),
                                    std::string("https://"),
                                    std::string("https:///x"),
                                    std::string("https://example.com//"),
                                    std::string("https://example.com/x//"),
                                    std::string("https://example.com?q"),
                                    std::string("https://example.com/x?q"),
                                    std::string("https://example.com/x#f"),
                                    std::string("https://user@example.com"),
                                    std::string("https://a b"),
                                    std::string("https://e.com/a b"),
                                    std::string("https://e.com/%2"),
                                    std::string("https://e.com/\xc3\xa4"),
                                    std::string("https://e.com:0"),
                                    std::string("https://e.com:65536"),
                                    std::string("https://e.com:"),
                                    std::string("https://[::1"),
                                    std::string("https://[]"),
                                    std::string("https://e..com"),
                                    std::string("HTTPS://e.com"),
                                    std::string("https://e.com/\"x"),
                                    "https://e.com/" + std::string(499, 'x'),
                                    "https://" + std::string(10'000, 'x')}) {
    ExpectRefused(CheckIssuer(issuer), "tenant.issuer", issuer);
  }
}

TEST(HostAliases, AreDnsNamesInLowerCase) {
  EXPECT_TRUE(CheckHostAliases({}).ok());
  EXPECT_TRUE(
      CheckHostAliases({"localhost", "login.example.com", "127.0.0.1", "xn--zrich-kva.ch", std::string(63, 'a') + ".b"}).ok());
  std::vector<std::string> sixteen;
  sixteen.reserve(17);
  for (int i = 0; i < 16; ++i) sixteen.push_back("h" + std::to_string(i));
  EXPECT_TRUE(CheckHostAliases(sixteen).ok());
  sixteen.push_back("one-more");
  ExpectRefused(CheckHostAliases(sixteen), "tenant.host_aliases", "17");
}

TEST(HostAliases, OfAnotherFormAreRefused) {
  for (const std::string& alias :
       {std::string(), std::string("Login.example.com"), std::string("example.com:8443"), std::string("example.com."),
        std::string(".example.com"), std::string("a..b"), std::string("-a"), std::string("a-.b"), std::string("a_b"),
        std::string("*.a"), std::string(64, 'a'), std::string(10'000, 'a')}) {
    ExpectRefused(CheckHostAliases({alias}), "tenant.host_aliases", alias);
  }
  ExpectRefused(CheckHostAliases({"a", "b", "a"}), "tenant.host_aliases", "twice");
}

TEST(HostAliases, AreNotThoseOfAnotherTenantsClientsWithACertificate) {
  EXPECT_TRUE(CheckHostAliases({"sub.authentication.example.com"}).ok());
  ExpectRefused(CheckHostAliases({"sub.authentication.cert.example.com"}), "tenant.host_aliases", "with cert.");
}

}  // namespace
}  // namespace signet::core
