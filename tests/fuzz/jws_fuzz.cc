// Tokens (server/core/jws.h, server/core/tokens.h). The keys are made by each process, so an input names what depends on them:
//   %1 %2 %3  header, payload and signature of a genuine ES256 token     %7  its kid
//   %4 %5 %6  the same of a genuine RS256 token                          %8  its kid
// An input is a token in compact serialisation; or, if it begins with '{', one decoded (MakeToken).

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "server/core/jws.h"
#include "server/core/key_directory.h"
#include "server/core/seeded_store.h"
#include "server/core/signing_ledger.h"
#include "server/core/tokens.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/token_input.h"

namespace signet::fuzz {
namespace {

// Issuer is two tenants: "acme" with an ES256 key in one ring and an RS256 key in another, and "other" without keys.
struct Issuer {
  core::SeededStore seeded;
  core::KeyDirectory directory{{"https://signet.example", seeded.instance_id()}, seeded.store()};
  core::SigningLedger ledger{{}, seeded.store()};
  FakeClock clock;
  SystemRandom random;
  core::Tokens tokens{directory, ledger, clock, random};
  const keystore::TenantId acme = keystore::TenantId("acme");
  const keystore::TenantId other = keystore::TenantId("other");
  std::string es256_token;
  std::string rs256_token;
  Replacements encoded;
  Replacements decoded;

  Issuer() {
    seeded.AddTenant(other.value());
    const core::RingName es256 = seeded.AddTenant(acme.value());
    const core::RingName rs256 = {acme, keystore::RingId("rs256")};
    seeded.AddRing(rs256);
    const keystore::KeyRecord es256_key = seeded.AddKey(es256, hsm::Algorithm::kEs256, keystore::KeyState::kEnabled);
    const keystore::KeyRecord rs256_key = seeded.AddKey(rs256, hsm::Algorithm::kRs256With2048, keystore::KeyState::kEnabled);
    Require(directory.Refresh().ok(), "the directory follows the store");
    es256_token = Sign(es256);
    rs256_token = Sign(rs256);
    NameParts(es256_token, 1, encoded, decoded);
    NameParts(rs256_token, 4, encoded, decoded);
    decoded.emplace_back("%7", es256_key.kid.value());
    decoded.emplace_back("%8", rs256_key.kid.value());
  }

  std::string Sign(const core::RingName& ring) {
    const std::unique_ptr<hsm::Signer> signer = seeded.hsm().CreateSigner();
    const absl::StatusOr<core::SignedToken> token =
        tokens.SignToken({ring, R"({"sub":"alice","aud":"api"})", std::nullopt}, *signer);
    Require(token.ok(), "a key signs");
    return token->token;
  }
};

Issuer& TheIssuer() {
  static Issuer& issuer = *new Issuer;
  return issuer;
}

void RequireRefusal(const absl::Status& status) {
  Require(absl::IsInvalidArgument(status) && !GetReason(status).empty(), "a token is refused with a reason");
}

void TestParts(const std::string& token) {
  const absl::StatusOr<core::CompactJws> jws = core::SplitCompactJws(token);
  if (!jws.ok()) return RequireRefusal(jws.status());
  const std::string signing_input = absl::StrCat(Base64UrlEncode(jws->header_json), ".", Base64UrlEncode(jws->payload));
  Require(jws->signing_input == signing_input, "what is signed is the header and the payload");
  Require(absl::StrCat(signing_input, ".", Base64UrlEncode(jws->signature)) == token, "a token is its three parts");
  const absl::StatusOr<core::JwsHeader> header = core::ParseJwsHeader(jws->header_json);
  if (!header.ok()) RequireRefusal(header.status());
}

}  // namespace

void TestOneInput(absl::string_view input) {
  const Issuer& issuer = TheIssuer();
  const std::string token = MakeToken(input, issuer.encoded, issuer.decoded);
  TestParts(token);

  const bool is_genuine = token == issuer.es256_token || token == issuer.rs256_token;
  const absl::StatusOr<core::VerifiedToken> verified = issuer.tokens.VerifyToken({issuer.acme, token, "api"});
  Require(verified.ok() == is_genuine, "genuine tokens are accepted and no others");
  if (!verified.ok()) RequireRefusal(verified.status());

  const absl::StatusOr<core::VerifiedToken> elsewhere = issuer.tokens.VerifyToken({issuer.other, token, "api"});
  Require(!elsewhere.ok(), "no token is another tenant's");
  RequireRefusal(elsewhere.status());
}

}  // namespace signet::fuzz
