#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "base/base64url.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet {
namespace {

TEST(Error, CarriesReasonMetadataAndRetryDelayThroughAnnotate) {
  const absl::Status status = Error(absl::StatusCode::kNotFound, reason::kKeyNotFound, "no key",
                                    {{"key", "a b\nc\"\\"}, {"empty", ""}}, absl::Milliseconds(1500));
  const absl::Status annotated = Annotate(status, "context");
  EXPECT_EQ(annotated.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(annotated.message(), "context: no key");
  const ErrorDetail expected{"KEY_NOT_FOUND", {{"key", "a b\nc\"\\"}, {"empty", ""}}, absl::Milliseconds(1500)};
  EXPECT_EQ(GetErrorDetail(annotated), expected);
}

TEST(Error, AForeignStatusHasNoDetail) {
  EXPECT_EQ(GetErrorDetail(absl::InternalError("x")), std::nullopt);
  EXPECT_EQ(GetReason(absl::OkStatus()), "");
  EXPECT_TRUE(Annotate(absl::OkStatus(), "x").ok());
}

TEST(Base64Url, RoundTripsEveryLength) {
  SystemRandom random;
  for (size_t length = 0; length < 70; ++length) {
    const std::string bytes = random.Bytes(length);
    EXPECT_EQ(Base64UrlDecode(Base64UrlEncode(bytes)), bytes);
  }
}

TEST(Base64Url, RefusesWhatIsNotCanonical) {
  for (const char* text : {"A", "AA=", "AA==", "A A", "AA\n", "A+", "A/", "AB", "AAB", "AAAAA", "\xff"}) {
    EXPECT_EQ(Base64UrlDecode(text), std::nullopt) << text;
  }
}

TEST(Crc32c, MatchesTheVectorsOfRfc3720) {
  EXPECT_EQ(Crc32c(""), 0u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
}

TEST(Random, MakesDistinctUuidsOfVersion4) {
  SystemRandom random;
  EXPECT_THAT(NewUuid(random), testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(NewUuid(random), NewUuid(random));
}

// Counts up, so that no byte is like the one before it.
class CountingRandom : public Random {
 public:
  std::string Bytes(size_t count) override {
    ++calls;
    std::string bytes;
    while (bytes.size() < count) bytes += static_cast<char>(++last_);
    return bytes;
  }
  int calls = 0;

 private:
  unsigned char last_ = 0;
};

TEST(RandomStock, GivesEachByteOnceAndAsksItsSourceSeldom) {
  CountingRandom source;
  RandomStock stock(source);
  std::multiset<char> given;
  for (int i = 0; i < 256; ++i) {
    for (const char byte : stock.Bytes(16)) given.insert(byte);
  }
  EXPECT_EQ(source.calls, 1);
  // 4096 bytes that count up: each value 16 times, none of them twice for the same place.
  for (int value = 0; value < 256; ++value) EXPECT_EQ(given.count(static_cast<char>(value)), 16);
  stock.Bytes(1);
  EXPECT_EQ(source.calls, 2);
}

TEST(RandomStock, GivesAnyAmount) {
  SystemRandom source;
  RandomStock stock(source);
  for (const size_t count : {0, 1, 4095, 4096, 4097, 100'000}) EXPECT_EQ(stock.Bytes(count).size(), count);
  EXPECT_NE(NewUuid(stock), NewUuid(stock));
}

TEST(Secret, IsEmptyAfterItWasMovedFrom) {
  Secret pin("1234");
  Secret other(std::move(pin));
  EXPECT_TRUE(pin.empty());
  EXPECT_EQ(other.Expose(), "1234");
}

TEST(Sha256, GivesTheDigestsOfFips180) {
  EXPECT_EQ(absl::BytesToHexString(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(absl::BytesToHexString(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Utf8, IsWhatEveryReaderTakes) {
  for (const char* text : {"", "a", "Zürich €", "\xF0\x9F\x94\x91", "\xF4\x8F\xBF\xBF", "\xEE\x80\x80"})
    EXPECT_TRUE(IsUtf8(text)) << text;
  for (const char* text : {"\xff", "a\x80", "\xC3", "\xC3(", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
                           "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(text)) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace signet
