// What cannot be signed, and the code and reason with which it is refused.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/crc32c.h"
#include "gtest/gtest.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

// BadSigningInputTest has a key that signs, by ES256.
class BadSigningInputTest : public BackendTest {
 protected:
  void SetUp() override { MakeEnabledKey(); }

  Reply<v1::SignTokenResponse> SignToken(const std::string& claims_json, int64_t ttl_seconds = 0) {
    v1::SignTokenRequest request;
    request.set_key_ring(kRing);
    request.set_claims_json(claims_json);
    if (ttl_seconds != 0) request.mutable_ttl()->set_seconds(ttl_seconds);
    return Call(&KeyStub::SignToken, request);
  }
  // Signs "data" with `checksum` as its CRC.
  std::string SignDataOutcome(uint32_t checksum) {
    v1::SignRequest request;
    request.set_key_ring(kRing);
    request.set_data("data");
    request.set_input_crc32c(checksum);
    return Call(&KeyStub::Sign, request).outcome();
  }
  // Claims with `depth` levels; the claims themselves are the first.
  static std::string ClaimsOfDepth(int depth) {
    return absl::StrCat("{\"a\":", std::string(depth - 1, '['), std::string(depth - 1, ']'), "}");
  }
  static std::string ClaimsOfSize(size_t size) { return absl::StrCat("{\"a\":\"", std::string(size - 8, 'x'), "\"}"); }
};

INSTANTIATE_TEST_SUITE_P(Backends, BadSigningInputTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite),
                         BackendName);

TEST_P(BadSigningInputTest, ClaimsThatAreNotAnObjectAreRefused) {
  for (const char* claims : {"[]", "1", "null", "\"{}\"", "{", "{} {}", "{'a':1}"}) {
    EXPECT_EQ(SignToken(claims).outcome(), "INVALID_ARGUMENT CLAIMS_INVALID") << claims;
  }
}

TEST_P(BadSigningInputTest, ClaimsThatOccurTwiceOrHaveAnotherTypeThanRegisteredAreRefused) {
  EXPECT_EQ(SignToken(R"({"a":1,"a":2})").outcome(), "INVALID_ARGUMENT CLAIMS_INVALID");
  EXPECT_EQ(SignToken(R"({"aud":7})").outcome(), "INVALID_ARGUMENT CLAIMS_INVALID");
}

TEST_P(BadSigningInputTest, ClaimsDeeperThan32LevelsAreRefused) {
  EXPECT_EQ(SignToken(ClaimsOfDepth(32)).outcome(), "OK");
  EXPECT_EQ(SignToken(ClaimsOfDepth(33)).outcome(), "INVALID_ARGUMENT CLAIMS_INVALID");
  EXPECT_EQ(SignToken(ClaimsOfDepth(30'000)).outcome(), "INVALID_ARGUMENT CLAIMS_INVALID");
}

TEST_P(BadSigningInputTest, ClaimsLargerThan64KibibytesAreRefused) {
  EXPECT_EQ(SignToken(ClaimsOfSize(64 * 1024)).outcome(), "OK");
  EXPECT_EQ(SignToken(ClaimsOfSize(64 * 1024 + 1)).outcome(), "INVALID_ARGUMENT CLAIMS_TOO_LARGE");
}

TEST_P(BadSigningInputTest, ClaimsThatTheServerOwnsAreRefusedAndNamed) {
  for (const char* claim : {"iss", "iat", "exp", "jti"}) {
    const auto reply = SignToken(absl::StrCat("{\"", claim, "\":1}"));
    EXPECT_EQ(reply.outcome(), "INVALID_ARGUMENT CLAIM_RESERVED");
    EXPECT_EQ(ErrorInfoOf(reply.status).metadata().at("claim"), claim);
  }
}

TEST_P(BadSigningInputTest, ALifetimeThatIsTooLongOrNotInWholeSecondsIsRefused) {
  const auto reply = SignToken("{}", 24 * 3600 + 1);
  EXPECT_EQ(reply.outcome(), "INVALID_ARGUMENT TTL_TOO_LONG");
  EXPECT_EQ(ErrorInfoOf(reply.status).metadata().count("max_token_ttl"), 1u);
  EXPECT_EQ(SignToken("{}", -1).outcome(), "INVALID_ARGUMENT INVALID_FIELD");
  EXPECT_EQ(SignToken("{}", 999'999'999'999).outcome(), "INVALID_ARGUMENT INVALID_FIELD");
  for (const char* ttl : {"seconds: 1 nanos: 1", "seconds: 1 nanos: -1", "nanos: -5", ""}) {
    const auto request = FromText<v1::SignTokenRequest>(absl::StrCat("key_ring: '", kRing, "' ttl {", ttl, "}"));
    EXPECT_EQ(Call(&KeyStub::SignToken, request).outcome(), "INVALID_ARGUMENT INVALID_FIELD") << ttl;
  }
}

TEST_P(BadSigningInputTest, ADigestOfTheWrongLengthIsRefusedWithBothLengths) {
  for (const size_t length : {0, 31, 33, 64, 10'000}) {
    v1::SignRequest request;
    request.set_key_ring(kRing);
    request.set_digest(std::string(length, 'd'));
    const auto reply = Call(&KeyStub::Sign, request);
    EXPECT_EQ(reply.outcome(), "INVALID_ARGUMENT DIGEST_LENGTH") << length;
    EXPECT_EQ(ErrorInfoOf(reply.status).metadata().at("expected"), "32");
    EXPECT_EQ(ErrorInfoOf(reply.status).metadata().at("actual"), absl::StrCat(length));
  }
}

TEST_P(BadSigningInputTest, ADigestForEd25519IsUnsuitable) {
  MakeRing("eddsa", v1::ED25519);
  MakeEnabledKey("tenants/acme/keyRings/eddsa");
  v1::SignRequest request;
  request.set_key_ring("tenants/acme/keyRings/eddsa");
  request.set_digest(std::string(32, 'd'));
  const auto reply = Call(&KeyStub::Sign, request);
  EXPECT_EQ(reply.outcome(), "INVALID_ARGUMENT ALGORITHM_UNSUITABLE");
  EXPECT_EQ(ErrorInfoOf(reply.status).metadata().at("algorithm"), "ED25519");
}

TEST_P(BadSigningInputTest, ACrcThatDoesNotMatchTheDataIsRefused) {
  EXPECT_EQ(SignDataOutcome(Crc32c("data")), "OK");
  EXPECT_EQ(SignDataOutcome(Crc32c("dat4")), "INVALID_ARGUMENT CHECKSUM_MISMATCH");
  EXPECT_EQ(SignDataOutcome(0), "INVALID_ARGUMENT CHECKSUM_MISMATCH");
}

TEST_P(BadSigningInputTest, DataLargerThan64KibibytesIsRefusedAndTheFieldIsNamed) {
  v1::SignRequest request;
  request.set_key_ring(kRing);
  request.set_data(std::string(64 * 1024 + 1, 'x'));
  const auto reply = Call(&KeyStub::Sign, request);
  EXPECT_EQ(reply.outcome(), "INVALID_ARGUMENT INVALID_FIELD");
  EXPECT_EQ(ErrorInfoOf(reply.status).metadata().at("field"), "data");
}

}  // namespace
}  // namespace signet::testing
