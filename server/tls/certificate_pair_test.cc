#include "server/tls/certificate_pair.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/testing/test_certificate.h"

namespace signet::tls {
namespace {

CertificatePair MakePair() {
  const TestCertificate made = MakeTestCertificate();
  return {made.certificate_pem, Secret(made.private_key_pem)};
}

absl::StatusCode Check(const std::string& chain, absl::string_view key) {
  return CheckCertificatePair({chain, Secret(std::string(key))}).code();
}

TEST(CertificatePairTest, APairThatBelongsTogetherIsFine) {
  const CertificatePair pair = MakePair();
  EXPECT_EQ(CheckCertificatePair(pair).ToString(), "OK");
  EXPECT_EQ(Check(pair.certificate_chain + MakePair().certificate_chain, pair.private_key.Expose()), absl::StatusCode::kOk);
  EXPECT_EQ(Check(pair.certificate_chain + "text behind it\n", pair.private_key.Expose()), absl::StatusCode::kOk);
}

TEST(CertificatePairTest, TheKeyOfAnotherCertificateIsRefused) {
  EXPECT_EQ(Check(MakePair().certificate_chain, MakePair().private_key.Expose()), absl::StatusCode::kInvalidArgument);
}

TEST(CertificatePairTest, WhatIsNotPemIsRefused) {
  const CertificatePair pair = MakePair();
  EXPECT_EQ(Check("", pair.private_key.Expose()), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Check("no certificate", pair.private_key.Expose()), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Check(pair.certificate_chain, ""), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Check(pair.certificate_chain, pair.certificate_chain), absl::StatusCode::kInvalidArgument);
}

TEST(CertificatePairTest, AFileThatIsHalfWrittenIsRefusedWhereverItEnds) {
  const CertificatePair pair = MakePair();
  const std::string chain = pair.certificate_chain + MakePair().certificate_chain;
  const size_t first = pair.certificate_chain.size();
  // "-----BEGIN CERTIFICATE-----" must have begun for anybody to notice.
  for (size_t end = first + 28; end + 2 < chain.size(); end += 7) {
    EXPECT_EQ(Check(chain.substr(0, end), pair.private_key.Expose()), absl::StatusCode::kInvalidArgument) << end;
  }
  const absl::string_view key = pair.private_key.Expose();
  for (size_t end = 0; end + 2 < key.size(); end += 7) {
    EXPECT_EQ(Check(pair.certificate_chain, key.substr(0, end)), absl::StatusCode::kInvalidArgument) << end;
  }
}

}  // namespace
}  // namespace signet::tls
