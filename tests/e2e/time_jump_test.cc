// The server under a clock that jumps, which libfaketime sets for it: the policy's 12 hours and 90 days are really waited for.

#include <glob.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/dev_server.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

using client::Client;
using ::testing::HasSubstr;
using v1::SigningKey;

std::string* signetd_path;

constexpr char kRing[] = "tenants/dev/keyRings/btp";
constexpr char kJwks[] = "/t/dev/.well-known/jwks.json";
// The dynamic linker puts the folder of the architecture in place of $LIB.
constexpr char kLibrary[] = "/usr/$LIB/faketime/libfaketime.so.1";
constexpr char kLibraryPattern[] = "/usr/lib/*/faketime/libfaketime.so.1";
// The scheduler looks every 2 seconds.
constexpr absl::Duration kPatience = absl::Seconds(30);

bool IsLibraryInstalled() {
  glob_t found = {};
  const bool installed = glob(kLibraryPattern, 0, nullptr, &found) == 0;
  globfree(&found);
  return installed;
}

// TimeJumpTest has a server whose clock it sets, with a ring of the preset SAP_BTP whose first key signs.
class TimeJumpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(IsLibraryInstalled()) << "install libfaketime";
    SetClock();
    // Waiting goes by the monotonic clock, which does not jump. AddressSanitizer wants to be the first library.
    ASSERT_TRUE(server_.Start({{"LD_PRELOAD", kLibrary},
                               {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                               {"FAKETIME_TIMESTAMP_FILE", clock_file_},
                               {"FAKETIME_NO_CACHE", "1"},
                               {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
                               {"NO_FAKE_STAT", "1"}}))
        << server_.log();
    client_ = server_.Connect();
    v1::CreateKeyRingRequest ring;
    ring.set_parent("tenants/dev");
    ring.set_key_ring_id("btp");
    ring.mutable_key_ring()->mutable_policy()->set_preset(v1::KeyPolicy::SAP_BTP);
    ASSERT_TRUE(client_->Call(&v1::KeyService::Stub::CreateKeyRing, ring).ok());
    v1::CreateKeyRequest create;
    create.set_parent(kRing);
    const auto key = client_->Call(&v1::KeyService::Stub::CreateKey, create);
    ASSERT_TRUE(key.ok()) << key.status();
    first_ = key->name();
    v1::EnableKeyRequest enable;
    enable.set_name(first_);
    enable.set_force(true);
    ASSERT_TRUE(client_->Call(&v1::KeyService::Stub::EnableKey, enable).ok());
  }

  // Sets the server's clock ahead of the true one by as much as it is now, and `by`.
  void Jump(absl::Duration by) {
    ahead_ += by;
    SetClock();
    // The library looks at its file again after about a second.
    WaitFor("the server's clock to jump",
            [&] { return absl::AbsDuration(ServerTime() - absl::Now() - ahead_) < absl::Seconds(5); });
  }
  void SetClock() const {
    // It is read at any time: in place at once, or not at all.
    std::ofstream(clock_file_ + ".new") << absl::StreamFormat("%+d\n", absl::ToInt64Seconds(ahead_));
    ASSERT_EQ(std::rename((clock_file_ + ".new").c_str(), clock_file_.c_str()), 0);
  }
  // The time as the server's replies have it.
  absl::Time ServerTime() const {
    absl::Time time;
    std::string error;
    const std::string field = Curl("--output /dev/null --write-out '%header{date}'", "/livez");
    EXPECT_TRUE(absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", field, &time, &error)) << error;
    return time;
  }

  void SwitchAutomaticRotationOn() {
    v1::UpdateKeyRingRequest update;
    update.mutable_key_ring()->set_name(kRing);
    update.mutable_key_ring()->mutable_policy()->set_automatic(true);
    update.mutable_update_mask()->add_paths("policy.automatic");
    const auto ring = client_->Call(&v1::KeyService::Stub::UpdateKeyRing, update);
    ASSERT_TRUE(ring.ok()) << ring.status();
  }

  v1::KeyRing Ring() {
    v1::GetKeyRingRequest get;
    get.set_name(kRing);
    const auto ring = client_->Call(&v1::KeyService::Stub::GetKeyRing, get);
    EXPECT_TRUE(ring.ok()) << ring.status();
    return ring.value_or(v1::KeyRing());
  }
  // The name of the one key in the role; empty if there is none or more.
  std::string KeyInRole(SigningKey::Role role) {
    v1::ListKeysRequest list;
    list.set_parent(kRing);
    const auto keys = client_->Call(&v1::KeyService::Stub::ListKeys, list);
    EXPECT_TRUE(keys.ok()) << keys.status();
    if (!keys.ok()) return "";
    std::string found;
    for (const SigningKey& key : keys->keys()) {
      if (key.role() != role) continue;
      if (!found.empty()) return "";
      found = key.name();
    }
    return found;
  }
  static void WaitFor(const std::string& what, const std::function<bool()>& happened) {
    const absl::Time end = absl::Now() + kPatience;
    while (!happened()) {
      ASSERT_LT(absl::Now(), end) << "in vain: " << what;
      absl::SleepFor(absl::Milliseconds(50));
    }
  }
  // Waits for the key of rotation `number` to be published; returns it.
  std::string WaitForRotation(int64_t number) {
    std::string next;
    WaitFor(absl::StrCat("rotation ", number), [&] {
      next = KeyInRole(SigningKey::NEXT);
      return Ring().rotation().number() == number && !next.empty();
    });
    EXPECT_FALSE(Ring().rotation().has_activation_time());
    return next;
  }
  void WaitForCurrent(const std::string& key) {
    WaitFor(absl::StrCat(key, " to become CURRENT"), [&] { return KeyInRole(SigningKey::CURRENT) == key; });
    EXPECT_TRUE(Ring().rotation().has_activation_time());
  }

  // Has the ring sign a token of a day, which must be signed by `key`, and verifies it.
  std::string TokenSignedBy(const std::string& key) {
    v1::SignTokenRequest sign;
    sign.set_key_ring(kRing);
    sign.mutable_ttl()->set_seconds(24 * 3600);
    const auto token = client_->Call(&v1::KeyService::Stub::SignToken, sign);
    EXPECT_TRUE(token.ok()) << token.status();
    if (!token.ok()) return "";
    EXPECT_EQ(token->key(), key);
    const absl::Status verified = Verify(token->token());
    EXPECT_TRUE(verified.ok()) << verified;
    return token->token();
  }
  absl::Status Verify(const std::string& token) {
    v1::VerifyTokenRequest verify;
    verify.set_parent("tenants/dev");
    verify.set_token(token);
    return client_->Call(&v1::KeyService::Stub::VerifyToken, verify).status();
  }

  std::string Curl(const std::string& options, const std::string& path) const {
    return RunShell(absl::StrCat("curl --silent --max-time 20 --cacert ", server_.data_dir(), "/ca.pem ", options, " ",
                                 server_.announcement().value("https_url", ""), path))
        .out;
  }
  // For how many seconds the JWKS may be cached.
  int JwksMaxAge() const {
    const std::string field = Curl("--output /dev/null --write-out '%header{cache-control}'", kJwks);
    int seconds = 0;
    EXPECT_TRUE(absl::SimpleAtoi(field.substr(field.find('=') + 1), &seconds)) << field;
    return seconds;
  }

  TestFolder folder_;
  DevServer server_{*signetd_path, folder_};
  const std::string clock_file_ = folder_ / "clock";
  absl::Duration ahead_;
  std::unique_ptr<Client> client_;
  std::string first_;
};

TEST_F(TimeJumpTest, ARingThatRotatesAutomaticallyLivesThroughAQuarterOfAYear) {
  SwitchAutomaticRotationOn();
  const std::string second = WaitForRotation(1);
  EXPECT_THAT(Curl("", kJwks), HasSubstr(second.substr(second.rfind('/') + 1)));
  EXPECT_EQ(JwksMaxAge(), 300);
  const std::string token_of_first = TokenSignedBy(first_);

  Jump(absl::Hours(12) - absl::Minutes(2));
  EXPECT_LE(JwksMaxAge(), 120);
  EXPECT_GT(JwksMaxAge(), 0);
  TokenSignedBy(first_);
  Jump(absl::Minutes(2));
  WaitForCurrent(second);
  EXPECT_EQ(KeyInRole(SigningKey::PREVIOUS), first_);
  const std::string token_of_second = TokenSignedBy(second);
  EXPECT_TRUE(Verify(token_of_first).ok());

  // Rings are spread over an hour. The 7 days for which the first key is kept end on the way, so that there is room.
  Jump(absl::Hours(90 * 24 + 1));
  const std::string third = WaitForRotation(2);
  EXPECT_EQ(KeyInRole(SigningKey::PREVIOUS), "");
  EXPECT_FALSE(Verify(token_of_second).ok());
  TokenSignedBy(second);

  Jump(absl::Minutes(-10));
  TokenSignedBy(second);
  EXPECT_EQ(KeyInRole(SigningKey::NEXT), third);
  EXPECT_EQ(Curl("--output /dev/null --write-out '%{http_code}'", "/readyz"), "200");
  // The scheduler goes on.
  Jump(absl::Minutes(10) + absl::Hours(12));
  WaitForCurrent(third);
  EXPECT_EQ(Ring().rotation().number(), 2);
  TokenSignedBy(third);
  EXPECT_EQ(server_.Stop(), 0) << server_.log();
}

TEST_F(TimeJumpTest, AClockThatIsSetBackDelaysARotationUnderWayButStopsNoSigning) {
  Jump(absl::Hours(1));
  SwitchAutomaticRotationOn();
  const std::string second = WaitForRotation(1);
  Jump(absl::Minutes(-10));
  for (int i = 0; i < 3; ++i) TokenSignedBy(first_);
  // 12 hours by the clock, of which 10 minutes come twice.
  Jump(absl::Hours(12));
  TokenSignedBy(first_);
  EXPECT_EQ(KeyInRole(SigningKey::NEXT), second);
  Jump(absl::Minutes(10));
  WaitForCurrent(second);
  TokenSignedBy(second);
  EXPECT_EQ(server_.Stop(), 0) << server_.log();
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
