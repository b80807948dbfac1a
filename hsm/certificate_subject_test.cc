#include "hsm/certificate_subject.h"

#include <string>

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

std::string Repeat(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

void ExpectRefused(const CertificateSubject& subject, const std::string& field) {
  const absl::Status status = CheckCertificateSubject(subject);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetReason(status), "INVALID_FIELD");
  ASSERT_TRUE(GetErrorDetail(status).has_value());
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), field) << status;
}

TEST(CertificateSubject, AcceptsACommonNameAlone) { EXPECT_TRUE(CheckCertificateSubject({.common_name = "signing"}).ok()); }

TEST(CertificateSubject, CountsCharactersNotBytes) {
  const std::string longest = Repeat("é", 64);
  const std::string widest = Repeat("😀", 64);
  EXPECT_TRUE(CheckCertificateSubject({longest, widest, longest, "DE"}).ok());
  ExpectRefused({.common_name = Repeat("é", 65)}, "common_name");
  ExpectRefused({.common_name = Repeat("😀", 65)}, "common_name");
}

TEST(CertificateSubject, NamesTheFieldThatItRefuses) {
  const std::string too_long(65, 'x');
  ExpectRefused({}, "common_name");
  ExpectRefused({.common_name = too_long}, "common_name");
  ExpectRefused({.common_name = "x", .organization = too_long}, "organization");
  ExpectRefused({.common_name = "x", .organizational_unit = too_long}, "organizational_unit");
  for (const char* country : {"D", "DEU", "D1", "D ", "é"}) {
    ExpectRefused({.common_name = "x", .country = country}, "country");
  }
}

TEST(CertificateSubject, RefusesWhatIsNotUtf8) {
  ExpectRefused({.common_name = "\xff"}, "common_name");
  ExpectRefused({.common_name = "caf\xe9"}, "common_name");
  ExpectRefused({.common_name = "\xc0\xaf"}, "common_name");          // An overlong slash.
  ExpectRefused({.common_name = "\xed\xa0\x80"}, "common_name");      // A surrogate.
  ExpectRefused({.common_name = "\xf4\x90\x80\x80"}, "common_name");  // Beyond Unicode.
  ExpectRefused({.common_name = "x", .organization = "\xe2\x82"}, "organization");
}

TEST(CertificateSubject, RefusesControlCharacters) {
  ExpectRefused({.common_name = std::string("a\0b", 3)}, "common_name");
  ExpectRefused({.common_name = "a\nb"}, "common_name");
  ExpectRefused({.common_name = "x", .organizational_unit = "\x7f"}, "organizational_unit");
}

TEST(CertificateSubject, WritesTheAttributesThatAreSetFromTheCountryToTheCommonName) {
  EXPECT_EQ(absl::BytesToHexString(SubjectToDer({.common_name = "a"})), "300c310a300806035504030c0161");
  EXPECT_EQ(absl::BytesToHexString(SubjectToDer({"a", "b", "c", "DE"})),
            "3031"
            "310b3009060355040613024445"
            "310a3008060355040a0c0162"
            "310a3008060355040b0c0163"
            "310a300806035504030c0161");
}

}  // namespace
}  // namespace signet::hsm
