// Client assertions (server/core/client_assertion.h). The keys are made by each process, so an input names what depends on them:
//   %1 %2 %3  header, payload and signature of a genuine assertion by the ES256 key "k1"
//   %4 %5 %6  the same by the RS256 key "k2"
//   %7 %8 %9  the same by the ES256 key "k3", whose time has passed
// An input is an assertion in compact serialisation; or, if it begins with '{', one decoded (MakeToken).

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "hsm/algorithm.h"
#include "keystore/policy.h"
#include "keystore/records.h"
#include "server/core/client_assertion.h"
#include "server/core/testing/oauth_fixture.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/token_input.h"

namespace signet::fuzz {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kClaims[] = R"({"iss":"client-app","sub":"client-app","aud":"https://as.example","exp":1700000060,"jti":"id"})";

struct App {
  core::ClientKey es256{hsm::Algorithm::kEs256};
  core::ClientKey rs256{hsm::Algorithm::kRs256With2048};
  core::ClientKey ended{hsm::Algorithm::kEs256};
  std::vector<keystore::ClientPublicKey> keys = {es256.Record("k1"), rs256.Record("k2"), ended.Record("k3")};
  std::string by_es256 = es256.Sign(R"({"alg":"ES256","kid":"k1","typ":"JWT"})", kClaims);
  std::string by_rs256 = rs256.Sign(R"({"alg":"RS256","kid":"k2"})", kClaims);
  std::string by_ended = ended.Sign(R"({"alg":"ES256","kid":"k3"})", kClaims);
  Replacements encoded;
  Replacements decoded;

  App() {
    keys[2].expire_time = kNow;
    NameParts(by_es256, 1, encoded, decoded);
    NameParts(by_rs256, 4, encoded, decoded);
    NameParts(by_ended, 7, encoded, decoded);
  }
};

const App& TheApp() {
  static const App& app = *new App;
  return app;
}

void RequireRefusal(const absl::Status& status) {
  Require(absl::IsUnauthenticated(status) && GetReason(status) == "CLIENT_ASSERTION", "an assertion is refused as one");
}

void TestAssertion(const App& app, const std::string& text, const core::ClientAssertion& assertion) {
  Require(!assertion.client_id.empty(), "an assertion is of a client");
  Require(!assertion.token_id.empty() && assertion.token_id.size() <= 256, "it has an id that can be kept");
  Require(assertion.end > kNow && assertion.end <= kNow + core::kMaxAssertionLife + 2 * keystore::kClockSkew,
          "it counts for an hour, and the skews, at most");

  const absl::Status verified = core::VerifyAssertion(assertion, app.keys, kNow);
  Require(verified.ok() == (text == app.by_es256 || text == app.by_rs256), "genuine assertions are verified and no others");
  if (!verified.ok()) RequireRefusal(verified);
  for (const size_t other : {0, 1, 2}) {
    const std::vector<keystore::ClientPublicKey> one = {app.keys[other]};
    const std::string& genuine = other == 0 ? app.by_es256 : app.by_rs256;
    Require(core::VerifyAssertion(assertion, one, kNow).ok() == (other != 2 && text == genuine), "each is of one key");
  }
  RequireRefusal(core::VerifyAssertion(assertion, {}, kNow));
}

}  // namespace

void TestOneInput(absl::string_view input) {
  const App& app = TheApp();
  const std::string text = MakeToken(input, app.encoded, app.decoded);
  const absl::StatusOr<core::ClientAssertion> assertion =
      core::ReadAssertion(text, {"https://as.example", "https://as.example/oauth/token"}, kNow, {});
  const std::string claimed = core::ClaimedClient(text);
  if (assertion.ok()) {
    Require(claimed == assertion->client_id, "an assertion is counted as its client's");
    TestAssertion(app, text, *assertion);
  } else {
    RequireRefusal(assertion.status());
  }
  Require(!core::ReadAssertion(text, {}, kNow, {}).ok(), "an assertion for nobody is for nobody");
}

}  // namespace signet::fuzz
