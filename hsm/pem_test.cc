#include "hsm/pem.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

using ::testing::HasSubstr;

void ExpectRefused(const std::string& pem, const std::string& what) {
  const absl::Status status = ParsePemBlock("csr", pem).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(GetReason(status), "INVALID_FIELD");
  ASSERT_TRUE(GetErrorDetail(status).has_value());
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), "csr");
  EXPECT_THAT(std::string(status.message()), HasSubstr(what));
}

TEST(Pem, WritesLinesOf64BetweenTheLabels) {
  EXPECT_EQ(ToPem("X", std::string(48, '\0')), "-----BEGIN X-----\n" + std::string(64, 'A') + "\n-----END X-----\n");
  EXPECT_EQ(ToPem("X", std::string(49, '\0')), "-----BEGIN X-----\n" + std::string(64, 'A') + "\nAA==\n-----END X-----\n");
}

TEST(ParsePemBlock, ReadsWhatToPemWrites) {
  for (const std::string& bytes : {std::string(), std::string("\0\xff", 2), std::string(100, 'x')}) {
    const absl::StatusOr<PemBlock> block = ParsePemBlock("csr", ToPem("PUBLIC KEY", bytes));
    ASSERT_TRUE(block.ok()) << block.status();
    EXPECT_EQ(block->label, "PUBLIC KEY");
    EXPECT_EQ(block->der, bytes);
  }
}

TEST(ParsePemBlock, TakesCommentsBlankLinesAndLineEndsOfWindows) {
  const std::string pem = absl::StrCat("# a comment\n\n", ToPem("X", "bytes"), " \t\n# the end");
  EXPECT_EQ(ParsePemBlock("csr", pem)->der, "bytes");
  EXPECT_EQ(ParsePemBlock("csr", absl::StrReplaceAll(pem, {{"\n", "\r\n"}}))->der, "bytes");
}

TEST(ParsePemBlock, RefusesWhatIsNotOneBlock) {
  const std::string pem = ToPem("X", "bytes");
  ExpectRefused("", "no PEM block");
  ExpectRefused("# nothing\n", "no PEM block");
  ExpectRefused("garbage", "not PEM");
  ExpectRefused(std::string("\0\xff\n", 3) + pem, "not PEM");
  ExpectRefused(pem + "garbage", "not PEM");
  ExpectRefused(pem + pem, "more than one");
  ExpectRefused(pem.substr(0, pem.size() - 2), "cut off");
  ExpectRefused("-----BEGIN X-----\nAAAA\n-----END Y-----\n", "cut off");
  ExpectRefused("-----BEGIN X-----\nAA\n-----END X-----\n", "not base64");
  ExpectRefused("-----BEGIN X-----\nA A A A\n-----END X-----\n", "not base64");
  ExpectRefused("-----BEGIN X-----\nAAA*\n-----END X-----\n", "not base64");
  ExpectRefused(ToPem("X", std::string(kMaxPemBlockSize, 'x')), "longer");
}

TEST(ParsePemBlock, RefusesAPrivateKeyWhereverItStands) {
  for (const char* label : {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY"}) {
    ExpectRefused(ToPem(label, "x"), "disclosed");
    ExpectRefused(ToPem("X", "x") + ToPem(label, "x"), "disclosed");
  }
}

}  // namespace
}  // namespace signet::hsm
