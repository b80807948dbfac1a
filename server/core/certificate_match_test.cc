#include "server/core/certificate_match.h"

#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "hsm/certificate.h"
#include "hsm/certificate_chain.h"
#include "hsm/testing/test_authority.h"

namespace signet::core {
namespace {

const absl::Time kNow = hsm::kIssuingTime;

class CertificateMatchTest : public testing::Test {
 protected:
  // A certificate of `subject` that begins `age` before kNow.
  std::string Issue(const std::string& subject, absl::Duration age) { return Issue(subject, age, authority_); }
  std::string Issue(const std::string& subject, absl::Duration age, const hsm::TestAuthority& authority) {
    return hsm::Issue(authority, subject, key_.get(), {.not_before = kNow - age, .basic_constraints = "CA:FALSE"});
  }
  static keystore::ClientCertificate Record(const std::string& der, bool pinned) {
    const hsm::CertificateFacts facts = hsm::ReadCertificate(der).value();
    keystore::ClientCertificate record;
    record.der = der;
    record.pinned = pinned;
    record.subject = facts.subject;
    record.issuer = facts.issuer;
    return record;
  }
  absl::StatusOr<CertificateAge> Match(const keystore::ClientCertificate& record, const std::string& der, absl::Time now = kNow) {
    return MatchCertificate(record, ReadPeerCertificate(hsm::ChainToPem({der})).value(), trusted_, now);
  }
  void ExpectRefused(const absl::StatusOr<CertificateAge>& age, absl::string_view reason = "CLIENT_CERTIFICATE") {
    EXPECT_EQ(age.status().code(), absl::StatusCode::kUnauthenticated) << age.status();
    EXPECT_EQ(GetReason(age.status()), reason);
  }

  hsm::TestAuthority authority_{.name = "authority"};
  hsm::TestAuthority stranger_{.name = "authority"};
  hsm::EvpPkey key_ = hsm::NewEcKey();
  TrustedCertificates::List trusted_ = {hsm::Issue(authority_, "authority", authority_.key.get())};
};

TEST_F(CertificateMatchTest, APinnedOneIsThatVeryCertificate) {
  const std::string der = Issue("client", absl::Hours(1), stranger_);
  EXPECT_EQ(Match(Record(der, true), der).value(), CertificateAge::kSeen) << "nobody need vouch for it";
  ExpectRefused(Match(Record(der, true), Issue("client", absl::Minutes(1))));
}

TEST_F(CertificateMatchTest, APinnedOneNeedsNoSubject) {
  const std::string der = Issue("", absl::Hours(1), stranger_);
  EXPECT_TRUE(Match(Record(der, true), der).ok());
  ExpectRefused(Match(Record(der, true), Issue("", absl::Hours(1), stranger_)));
}

TEST_F(CertificateMatchTest, APinnedOneCountsWithinItsValidity) {
  const std::string der = Issue("client", absl::ZeroDuration());
  EXPECT_TRUE(Match(Record(der, true), der, kNow).ok());
  EXPECT_TRUE(Match(Record(der, true), der, kNow + absl::Hours(1) - absl::Nanoseconds(1)).ok());
  ExpectRefused(Match(Record(der, true), der, kNow - absl::Nanoseconds(1)));
  ExpectRefused(Match(Record(der, true), der, kNow + absl::Hours(1)));
}

TEST_F(CertificateMatchTest, AnIssuedOneCountsAsPinned) {
  const std::string der = Issue("client", absl::Hours(1), stranger_);
  keystore::ClientCertificate record = Record(der, false);
  record.issued = true;
  EXPECT_TRUE(Match(record, der).ok());
  ExpectRefused(Match(record, Issue("client", absl::Minutes(1))));
}

TEST_F(CertificateMatchTest, OneThatIsNotPinnedHasItsSubjectAndIssuerAndIsVouchedFor) {
  const keystore::ClientCertificate record = Record(Issue("client", absl::Hours(1)), false);
  EXPECT_EQ(Match(record, Issue("client", absl::Hours(1))).value(), CertificateAge::kSeen);
  EXPECT_EQ(Match(record, Issue("client", absl::Minutes(30))).value(), CertificateAge::kNewer);
  ExpectRefused(Match(record, Issue("other", absl::Minutes(30))));
  ExpectRefused(Match(record, Issue("client", absl::Minutes(30), hsm::TestAuthority{.name = "another"})));
  ExpectRefused(Match(record, Issue("client", absl::Minutes(30), stranger_)), reason::kCertificateUntrusted);
  ExpectRefused(Match(record, Issue("client", absl::Minutes(30)), kNow + absl::Hours(2)), reason::kCertificateUntrusted);
  trusted_.clear();
  ExpectRefused(Match(record, record.der), reason::kCertificateUntrusted);
}

TEST_F(CertificateMatchTest, OneThatIsNotPinnedMayBeOlderThanTheLatestByTenMinutes) {
  const keystore::ClientCertificate record = Record(Issue("client", absl::Minutes(20)), false);
  EXPECT_EQ(Match(record, Issue("client", absl::Minutes(30))).value(), CertificateAge::kSeen);
  ExpectRefused(Match(record, Issue("client", absl::Minutes(30) + absl::Seconds(1))));
}

}  // namespace
}  // namespace signet::core
