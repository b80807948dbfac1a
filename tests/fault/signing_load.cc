#include "tests/fault/signing_load.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "gtest/gtest.h"

namespace signet::testing {
namespace {

constexpr char kRing[] = "tenants/dev/keyRings/access-token";
constexpr absl::Duration kPatience = absl::Minutes(1);

bool Await(const std::atomic<int>& count, int more) {
  const absl::Time end = absl::Now() + kPatience;
  const int goal = count + more;
  while (count < goal && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
  return count >= goal;
}

}  // namespace

// With an access token, which the HSM signs.
std::shared_ptr<client::Client> SigningLoad::Connect() {
  std::shared_ptr<client::Client> client = server_.Connect();
  v1::GetJwksRequest request;
  request.set_parent("tenants/dev");
  EXPECT_TRUE(client->Call(&v1::KeyService::Stub::GetJwks, request).ok());
  return client;
}

SigningLoad::SigningLoad(DevServer& server) : server_(server) {
  for (int i = 0; i < 2; ++i) threads_.emplace_back([this, client = Connect()] { SignTokens(*client); });
  threads_.emplace_back([this, client = Connect()] { SignBatches(*client); });
  threads_.emplace_back([this, client = Connect()] { AskForJwks(*client); });
}

void SigningLoad::Stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void SigningLoad::AwaitGood(int more) const { EXPECT_TRUE(Await(good_, more)) << "nothing is signed any more"; }
void SigningLoad::AwaitLost(int more) const { EXPECT_TRUE(Await(lost_, more)) << "nobody noticed"; }

void SigningLoad::NoteLoss(const absl::Status& status) {
  ++lost_;
  EXPECT_TRUE(absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status)) << status;
  // Where all fail at once, this would be a busy loop.
  absl::SleepFor(absl::Milliseconds(2));
}

void SigningLoad::Verify(client::Client& client, const std::string& key, absl::string_view message, absl::string_view signature) {
  std::optional<hsm::PublicKey> known;
  {
    MutexLock lock(mutex_);
    if (const auto found = keys_.find(key); found != keys_.end()) known = found->second;
  }
  if (!known) {
    v1::GetPublicKeyRequest request;
    request.set_name(key);
    const auto reply = client.Call(&v1::KeyService::Stub::GetPublicKey, request);
    ASSERT_TRUE(reply.ok()) << reply.status();
    absl::StatusOr<hsm::PublicKey> read = hsm::PublicKey::FromSpki(hsm::Algorithm::kEs256, reply->der());
    ASSERT_TRUE(read.ok()) << read.status();
    known = *std::move(read);
    MutexLock lock(mutex_);
    keys_.emplace(key, *known);
  }
  EXPECT_TRUE(known->VerifyMessage(message, signature).ok()) << "a wrong signature was released";
  ++good_;
}

void SigningLoad::SignTokens(client::Client& client) {
  v1::SignTokenRequest sign;
  sign.set_key_ring(kRing);
  sign.set_claims_json(R"({"sub":"x"})");
  while (!stopping_) {
    const auto reply = client.Call(&v1::KeyService::Stub::SignToken, sign);
    if (!reply.ok()) {
      NoteLoss(reply.status());
      continue;
    }
    const std::string& token = reply->token();
    const size_t dot = token.rfind('.');
    const auto signature = Base64UrlDecode(absl::string_view(token).substr(dot + 1));
    ASSERT_TRUE(signature) << token;
    Verify(client, reply->key(), absl::string_view(token).substr(0, dot), *signature);
  }
}

void SigningLoad::SignBatches(client::Client& client) {
  v1::BatchSignRequest sign;
  sign.set_key_ring(kRing);
  for (int i = 0; i < 20; ++i) sign.add_items()->set_data(absl::StrCat("data ", i));
  while (!stopping_) {
    const auto reply = client.Call(&v1::KeyService::Stub::BatchSign, sign);
    if (!reply.ok()) {
      NoteLoss(reply.status());
      continue;
    }
    for (int i = 0; i < reply->results_size(); ++i) {
      const v1::BatchSignResponse::Result& result = reply->results(i);
      if (result.has_error()) {
        NoteLoss(absl::Status(static_cast<absl::StatusCode>(result.error().code()), result.error().message()));
      } else {
        Verify(client, result.signature().key(), absl::StrCat("data ", i), result.signature().signature());
      }
    }
  }
}

void SigningLoad::AskForJwks(client::Client& client) {
  v1::GetJwksRequest request;
  request.set_parent("tenants/dev");
  while (!stopping_) {
    const auto reply = client.Call(&v1::KeyService::Stub::GetJwks, request);
    ASSERT_TRUE(reply.ok()) << reply.status();
    ++jwks_;
    absl::SleepFor(absl::Milliseconds(10));
  }
}

}  // namespace signet::testing
