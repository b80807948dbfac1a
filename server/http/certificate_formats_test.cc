#include "server/http/certificate_formats.h"

#include <gtest/gtest.h>

#include <string>

namespace signet::http {
namespace {

// SHA-1 of "abc" (FIPS 180-2, appendix A.1): what is hashed is whatever bytes there are.
TEST(CertificateFormatsTest, TheThumbprintIsTheSha1InUpperCaseAndTheFingerprintHasColons) {
  EXPECT_EQ(CertificateThumbprint("abc"), "A9993E364706816ABA3E25717850C26C9CD0D89D");
  EXPECT_EQ(CertificateFingerprint("abc"), "A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D");
}

TEST(CertificateFormatsTest, TheLinesOfPemEndInCrLf) {
  EXPECT_EQ(CertificateToPem("abc"), "-----BEGIN CERTIFICATE-----\r\nYWJj\r\n-----END CERTIFICATE-----\r\n");
}

}  // namespace
}  // namespace signet::http
