#include "tests/crash/crash_test_bench.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keystore/sqlite_key_store.h"

namespace signet::testing {

using client::Client;

namespace {

// The parts of rows that a reconciliation may not change.
std::map<std::string, std::string> Etags(const std::map<std::string, v1::SigningKey>& rows) {
  std::map<std::string, std::string> etags;
  for (const auto& [name, row] : rows) etags[name] = row.etag();
  return etags;
}

int CountIf(const std::map<std::string, v1::SigningKey>& rows, const std::vector<v1::SigningKey::State>& states) {
  return static_cast<int>(std::count_if(rows.begin(), rows.end(), [&states](const auto& row) {
    return std::find(states.begin(), states.end(), row.second.state()) != states.end();
  }));
}

int CountLive(const std::map<std::string, v1::SigningKey>& rows) {
  return CountIf(rows, {v1::SigningKey::DISABLED, v1::SigningKey::ENABLED});
}

}  // namespace

std::string RingOf(const std::string& key_name) { return key_name.substr(0, key_name.find("/keys/")); }

absl::StatusOr<v1::SigningKey> CreateKey(Client& client, const std::string& ring, const std::string& request_id) {
  v1::CreateKeyRequest request;
  request.set_parent(ring);
  request.set_request_id(request_id);
  return client.Call(&v1::KeyService::Stub::CreateKey, request);
}

absl::StatusOr<v1::SigningKey> EnableKey(Client& client, const std::string& key_name) {
  v1::EnableKeyRequest request;
  request.set_name(key_name);
  request.set_force(true);
  return client.Call(&v1::KeyService::Stub::EnableKey, request);
}

absl::StatusOr<v1::SignTokenResponse> SignToken(Client& client, const std::string& ring) {
  v1::SignTokenRequest request;
  request.set_key_ring(ring);
  return client.Call(&v1::KeyService::Stub::SignToken, request);
}

std::map<std::string, v1::SigningKey> CrashTestBench::Rows(const std::string& tenant) {
  std::map<std::string, v1::SigningKey> rows;
  const auto client = server_.Connect();
  v1::ListKeyRingsRequest list_rings;
  list_rings.set_parent(tenant);
  const auto rings = client->ListAll(&v1::KeyService::Stub::ListKeyRings, list_rings);
  EXPECT_TRUE(rings.ok()) << rings.status();
  if (!rings.ok()) return rows;
  for (const v1::KeyRing& ring : rings->key_rings()) {
    v1::ListKeysRequest list_keys;
    list_keys.set_parent(ring.name());
    list_keys.set_show_destroyed(true);
    const auto keys = client->ListAll(&v1::KeyService::Stub::ListKeys, list_keys);
    EXPECT_TRUE(keys.ok()) << keys.status();
    if (!keys.ok()) continue;
    for (const v1::SigningKey& key : keys->keys()) rows[key.name()] = key;
  }
  return rows;
}

CrashTestBench::Census CrashTestBench::CountToken() const {
  const nlohmann::json dev = server_.announcement();
  const std::string command = absl::StrCat("SOFTHSM2_CONF=", server_.data_dir(), "/softhsm2.conf ", programs_.token_census, " ",
                                           dev.value("token_module", ""), " signet-dev ", dev.value("token_pin_file", ""));
  Census census;
  FILE* pipe = popen(command.c_str(), "r");
  EXPECT_EQ(fscanf(pipe, "%d %d", &census.whole_pairs, &census.halves), 2);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return census;
}

// The scheduler may be making a key of the system's own: until it has, what is counted does not fit what is listed.
CrashTestBench::Census CrashTestBench::CountKeysOfTenants() {
  while (true) {
    const std::map<std::string, v1::SigningKey> rows = Rows("tenants/system");
    Census census = CountToken();
    if (Etags(Rows("tenants/system")) != Etags(rows)) continue;
    if (CountIf(rows, {v1::SigningKey::PENDING_GENERATION}) > 0) continue;
    census.whole_pairs -= CountLive(rows);
    return census;
  }
}

void CrashTestBench::ExpectStoreAndTokenAgree() {
  const std::map<std::string, v1::SigningKey> rows = Rows("tenants/dev");
  for (const auto& [name, row] : rows) EXPECT_NE(row.state(), v1::SigningKey::PENDING_GENERATION) << name;
  const int keys = CountLive(rows);
  const Census census = CountKeysOfTenants();
  EXPECT_EQ(census, (Census{keys, 0})) << "a key without a row, or a row without a key";

  ASSERT_EQ(server_.Stop(), 0) << server_.log();
  ASSERT_TRUE(server_.Start()) << server_.log();
  EXPECT_EQ(Etags(Rows("tenants/dev")), Etags(rows)) << "the second reconciliation changed a row";
  EXPECT_EQ(CountKeysOfTenants(), census) << "the second reconciliation changed the token";
  const std::string log = server_.log();
  EXPECT_THAT(
      log.substr(log.rfind("\"reconciled\"")),
      ::testing::HasSubstr(
          R"("completed":0,"failed":0,"destroyed":0,"orphans":0,"refused":0,"missing":0,"certified":0,"wrapping_keys":0})"));
}

void CrashTestBench::EndLease() const {
  const auto store = keystore::CreateSqliteKeyStore(server_.data_dir() + "/signet.db");
  ASSERT_TRUE(store.ok()) << store.status();
  const absl::Time now = absl::Now();
  const auto taken = (*store)->HoldLease({"rotation", "crash test", now}, now + keystore::KeyStore::kLongestLease);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_TRUE(*taken);
}

void CrashTestBench::ExpectSigns(Client& client, const std::string& key_name) {
  const auto enabled = EnableKey(client, key_name);
  ASSERT_TRUE(enabled.ok()) << key_name << ": " << enabled.status();
  const auto token = SignToken(client, RingOf(key_name));
  ASSERT_TRUE(token.ok()) << key_name << ": " << token.status();
  EXPECT_EQ(token->key(), key_name);
  v1::VerifyTokenRequest verify;
  verify.set_parent("tenants/dev");
  verify.set_token(token->token());
  const auto verified = client.Call(&v1::KeyService::Stub::VerifyToken, verify);
  EXPECT_TRUE(verified.ok()) << verified.status();
}

}  // namespace signet::testing
