#include "server/main/dev_certificates.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>

#include "gtest/gtest.h"

namespace signet::server {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

X509* Parse(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return certificate;
}

// Verifies as a TLS client does; returns OpenSSL's X509_V_ code.
int Verify(const DevCertificates& certificates, absl::Time now) {
  const std::unique_ptr<X509, decltype(&X509_free)> ca(Parse(certificates.ca), X509_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(Parse(certificates.certificate), X509_free);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(), X509_STORE_CTX_free);
  X509_STORE_add_cert(store.get(), ca.get());
  X509_STORE_set_flags(store.get(), X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  X509_STORE_CTX_set_time(context.get(), 0, absl::ToTimeT(now));
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

TEST(DevCertificatesTest, AStrictClientThatTrustsTheCaAcceptsTheCertificate) {
  const auto made = MakeDevCertificates(kNow);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(Verify(*made, kNow), X509_V_OK);
  EXPECT_EQ(Verify(*made, kNow + absl::Hours(24 * 396)), X509_V_OK);
  EXPECT_EQ(Verify(*made, kNow + absl::Hours(24 * 397)), X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST(DevCertificatesTest, TheCertificateNamesLocalhostAndBothLoopbackAddresses) {
  const auto made = MakeDevCertificates(kNow);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(Parse(made->certificate), X509_free);
  EXPECT_EQ(X509_check_host(certificate.get(), "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "::1", 0), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "example.com", 0, 0, nullptr), 0);
}

TEST(DevCertificatesTest, TheyAreUsableUntilAMonthBeforeTheyExpire) {
  const auto made = MakeDevCertificates(kNow);
  EXPECT_TRUE(AreUsable(*made, kNow));
  EXPECT_TRUE(AreUsable(*made, kNow + absl::Hours(24 * 366)));
  EXPECT_FALSE(AreUsable(*made, kNow + absl::Hours(24 * 367)));
}

TEST(DevCertificatesTest, FilesThatDoNotBelongTogetherAreNotUsable) {
  const auto one = MakeDevCertificates(kNow);
  const auto other = MakeDevCertificates(kNow);
  EXPECT_FALSE(AreUsable({other->ca, one->certificate, one->private_key}, kNow));
  EXPECT_FALSE(AreUsable({one->ca, other->certificate, one->private_key}, kNow));
  EXPECT_FALSE(AreUsable({one->ca, one->certificate, other->private_key}, kNow));
  EXPECT_FALSE(AreUsable({one->ca, one->certificate, ""}, kNow));
  EXPECT_FALSE(AreUsable({"", "", ""}, kNow));
}

}  // namespace
}  // namespace signet::server
