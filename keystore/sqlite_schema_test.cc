#include "keystore/sqlite_schema.h"

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/event_chain.h"
#include "keystore/sqlite_key_store.h"
#include "keystore/sqlite_statement.h"
#include "keystore/test_folder.h"
#include "keystore/test_records.h"

namespace signet::keystore {
namespace {

// A history of three releases.
const char kFirst[] = "CREATE TABLE a (x INTEGER); INSERT INTO a (x) VALUES (1);";
const char kSecond[] = "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1;";
const char kThird[] = "CREATE TABLE b (z INTEGER); INSERT INTO b (z) SELECT y + 1 FROM a;";

class SqliteSchema : public testing::Test {
 protected:
  std::unique_ptr<SqliteConnection> Open() {
    std::ofstream(path_, std::ios::app).close();
    auto connection = SqliteConnection::Open(path_, SqliteConnection::Access::kReadWrite);
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }

  static int64_t Number(SqliteConnection& connection, const char* sql) {
    const absl::StatusOr<int64_t> number = SelectNumber(connection, sql, {}, -1);
    EXPECT_TRUE(number.ok()) << number.status();
    return number.value_or(-2);
  }

  // Only while no connection is open: to close a file ends SQLite's locks on it.
  std::string Content() {
    std::ostringstream content;
    content << std::ifstream(path_, std::ios::binary).rdbuf();
    return content.str();
  }

  TestFolder folder_;
  const std::string path_ = folder_ / "signet.db";
};

TEST_F(SqliteSchema, ANewDatabaseGetsEveryMigrationInOrder) {
  const auto connection = Open();
  ASSERT_TRUE(Migrate(*connection, {{kFirst}, {kSecond}, {kThird}}).ok());
  EXPECT_EQ(Number(*connection, "SELECT z FROM b"), 3);
  EXPECT_EQ(Number(*connection, "PRAGMA user_version"), 3);
}

TEST_F(SqliteSchema, ADatabaseOfEachOldVersionIsBroughtUpToDate) {
  const std::vector<SqliteMigration> history = {{kFirst}, {kSecond}, {kThird}};
  for (size_t version = 1; version <= history.size(); ++version) {
    const auto connection = Open();
    ASSERT_TRUE(Migrate(*connection, {history.begin(), history.begin() + version}).ok());
    EXPECT_EQ(Number(*connection, "PRAGMA user_version"), static_cast<int64_t>(version));
    ASSERT_TRUE(Migrate(*connection, history).ok());
    EXPECT_EQ(Number(*connection, "PRAGMA user_version"), 3);
    EXPECT_EQ(Number(*connection, "SELECT z FROM b"), 3);
    ASSERT_TRUE(connection->Run("PRAGMA user_version = 0; PRAGMA application_id = 0; DROP TABLE a; DROP TABLE b;", "reset").ok());
  }
}

TEST_F(SqliteSchema, ToMigrateAgainChangesNothing) {
  const auto connection = Open();
  ASSERT_TRUE(Migrate(*connection, {{kFirst}}).ok());
  ASSERT_TRUE(Migrate(*connection, {{kFirst}}).ok());
  EXPECT_EQ(Number(*connection, "SELECT count(*) FROM a"), 1);
}

TEST_F(SqliteSchema, TheCodeOfAMigrationRunsAfterItsScriptAndItsFailureUndoesBoth) {
  const auto connection = Open();
  const auto fail = [](SqliteConnection& open) -> absl::Status {
    SIGNET_RETURN_IF_ERROR(open.Run("INSERT INTO a (x) VALUES (9);", "prepare"));
    return absl::InternalError("no");
  };
  EXPECT_EQ(Migrate(*connection, {{kFirst}, {kSecond, fail}}), absl::InternalError("no"));
  EXPECT_EQ(Number(*connection, "PRAGMA user_version"), 1);
  EXPECT_EQ(Number(*connection, "SELECT count(*) FROM a"), 1);
  const auto count_up = [](SqliteConnection& open) { return open.Run("UPDATE a SET y = y + 10;", "prepare"); };
  ASSERT_TRUE(Migrate(*connection, {{kFirst}, {kSecond, count_up}}).ok());
  EXPECT_EQ(Number(*connection, "SELECT y FROM a"), 12);
}

TEST_F(SqliteSchema, AMigrationThatFailsLeavesTheVersionBeforeIt) {
  const auto connection = Open();
  EXPECT_EQ(GetReason(Migrate(*connection, {{kFirst}, {"CREATE TABLE c (x INTEGER); SELECT nonsense;"}})), reason::kDefect);
  EXPECT_EQ(Number(*connection, "PRAGMA user_version"), 1);
  EXPECT_EQ(Number(*connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'c'"), 0);
  ASSERT_TRUE(Migrate(*connection, {{kFirst}, {kSecond}}).ok());
  EXPECT_EQ(Number(*connection, "SELECT y FROM a"), 2);
}

TEST_F(SqliteSchema, AStoreOfANewerReleaseIsRefusedAndUntouched) {
  ASSERT_TRUE(CreateSqliteKeyStore(path_).ok());
  ASSERT_TRUE(Open()->Run("PRAGMA user_version = 1000;", "pretend").ok());
  const std::string before = Content();
  const absl::Status status = CreateSqliteKeyStore(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(Content(), before);
}

TEST_F(SqliteSchema, ADatabaseOfAnotherProgramIsRefusedAndUntouched) {
  ASSERT_TRUE(Open()->Run("CREATE TABLE recipes (name TEXT);", "pretend").ok());
  const std::string before = Content();
  const absl::Status status = CreateSqliteKeyStore(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(Content(), before);
}

TEST_F(SqliteSchema, TheReleasedMigrationsMakeOneStoreRowWithAnInstanceId) {
  const auto connection = Open();
  ASSERT_TRUE(Migrate(*connection, SqliteMigrations()).ok());
  EXPECT_EQ(Number(*connection, "SELECT count(*) FROM store"), 1);
  EXPECT_EQ(Number(*connection, "SELECT length(instance_id) FROM store"), 32);
  EXPECT_EQ(Number(*connection, "SELECT revision FROM store"), 0);
}

// A store of version 1 with a key in each stage of its life, in the form in which the releases of version 1 wrote it. All of them
// lived under tokens of an hour.
class SqliteVersion1 : public SqliteSchema {
 protected:
  void SetUp() override {
    const auto connection = Open();
    ASSERT_TRUE(Migrate(*connection, {SqliteMigrations().front()}).ok());
    AddKey(*connection, "next", "DISABLED", R"("create_time":1000000,"publish_time":1000000,"update_time":1000000)");
    AddKey(*connection, "current", "ENABLED", R"("create_time":1000000,"enable_time":2000000,"update_time":2000000)");
    // Disabled and enabled again.
    AddKey(*connection, "returned", "ENABLED", R"("create_time":1000000,"enable_time":4000000,"disable_time":3000000)");
    AddKey(*connection, "previous", "DISABLED", R"("create_time":1000000,"enable_time":2000000,"disable_time":3000000)");
    AddKey(*connection, "revoked", "REVOKED", R"("enable_time":2000000,"disable_time":3000000,"revoke_time":4000000)");
    AddKey(*connection, "unused", "REVOKED", R"("create_time":1000000,"revoke_time":4000000)");
    ASSERT_TRUE(RunStatement(*connection,
                             "INSERT INTO events (sequence, revision, time, actor, action, resource, tenant, request_id, before, "
                             "after) VALUES (1, 7, 1000000, 'a', 'Put', 'tenants/t1', 't1', 'q-1', '', '{}')",
                             {})
                    .ok());
    ASSERT_TRUE(connection->Run("UPDATE store SET revision = 7;", "prepare").ok());
  }

  // Adds a key with these times, each in a ring of its own.
  static void AddKey(SqliteConnection& connection, const std::string& name, const std::string& state, const std::string& times) {
    const std::string record = absl::StrCat(
        R"({"uid":")", name, R"(","tenant":"t1","ring":")", name, R"(","kid":"kid-)", name,
        R"(","kid_chosen":true,"algorithm":"ES256","state":")", state,
        R"(","public_key_der":"AP8","in_hsm":true,"token_ttl_bound":3600000000,"create_request_id":"Größe \"1\"",)", times, "}");
    AddRow(connection, name, state, record);
  }
  static void AddRow(SqliteConnection& connection, const std::string& name, const std::string& state, const std::string& record) {
    const auto added = RunStatement(connection,
                                    "INSERT INTO signing_keys (uid, tenant, ring, kid, state, create_revision, revision, record) "
                                    "VALUES (?1, 't1', ?1, 'kid-' || ?1, ?2, 1, 7, ?3)",
                                    {name, state, record});
    ASSERT_TRUE(added.ok()) << added.status();
  }

  std::unique_ptr<KeyStore> OpenStore() {
    absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(path_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  static std::optional<absl::Time> BoundOf(KeyStore& store, const std::string& name) {
    const auto key = store.GetKeyByUid(KeyUid(name));
    EXPECT_TRUE(key.ok() && key->has_value()) << name << key.status();
    return (*key)->usage.token_expiry_bound;
  }
};

TEST_F(SqliteVersion1, AKeyThatWasDisabledIsBoundByItsTokensLifeFromThenOn) {
  EXPECT_EQ(BoundOf(*OpenStore(), "previous"), absl::FromUnixSeconds(3) + absl::Hours(1));
}

TEST_F(SqliteVersion1, AKeyThatMayHaveSignedUpToTheMigrationIsBoundByItsTokensLifeFromThenOn) {
  // SQLite tells the time in milliseconds.
  const absl::Time before = absl::Now() - absl::Milliseconds(2);
  const std::unique_ptr<KeyStore> store = OpenStore();
  const absl::Time after = absl::Now() + absl::Milliseconds(2);
  for (const char* name : {"current", "returned", "revoked"}) {
    EXPECT_GE(BoundOf(*store, name), before + absl::Hours(1)) << name;
    EXPECT_LE(BoundOf(*store, name), after + absl::Hours(1)) << name;
  }
}

TEST_F(SqliteVersion1, AKeyThatWasNeverEnabledHasNoBound) {
  const std::unique_ptr<KeyStore> store = OpenStore();
  EXPECT_EQ(BoundOf(*store, "next"), std::nullopt);
  EXPECT_EQ(BoundOf(*store, "unused"), std::nullopt);
}

TEST_F(SqliteVersion1, AKeyKeepsItsOtherMembersAndItsRevisionAndHasSignedNothingThatWasCounted) {
  const std::unique_ptr<KeyStore> store = OpenStore();
  KeyRecord expected;
  expected.uid = KeyUid("next");
  expected.tenant = TenantId("t1");
  expected.ring = RingId("next");
  expected.kid = Kid("kid-next");
  expected.kid_chosen = true;
  expected.algorithm = "ES256";
  expected.state = KeyState::kDisabled;
  expected.public_key_der = std::string("\x00\xff", 2);
  expected.create_request_id = "Größe \"1\"";
  expected.create_time = absl::FromUnixSeconds(1);
  expected.publish_time = absl::FromUnixSeconds(1);
  expected.update_time = absl::FromUnixSeconds(1);
  expected.create_revision = 1;
  expected.revision = 7;
  EXPECT_EQ(**store->GetKeyByUid(expected.uid), expected);
  EXPECT_EQ(store->ReadChanges(0, 100)->revision, 7);
  EXPECT_EQ(store->ReadChanges(0, 100)->records.size(), 6u);
}

TEST_F(SqliteVersion1, TheLifeOfTokensLeavesTheRecordOfEveryKey) {
  OpenStore() = nullptr;
  const auto connection = Open();
  EXPECT_EQ(Number(*connection, "SELECT count(*) FROM signing_keys WHERE record LIKE '%token_ttl_bound%'"), 0);
  EXPECT_EQ(Number(*connection, "SELECT count(*) FROM key_usage WHERE signature_count <> 0"), 0);
  EXPECT_EQ(Number(*connection, "PRAGMA user_version"), 5);
}

TEST_F(SqliteVersion1, ItsKeysAndEventsAreUsedAsThoseOfAnyStore) {
  const std::unique_ptr<KeyStore> store = OpenStore();
  KeyStore::EventFilter filter;
  filter.tenant = TenantId("t1");
  EXPECT_EQ(store->ListEvents(filter, {})->size(), 1u);
  UsageUpdate update;
  update.uid = KeyUid("current");
  update.signatures = 2;
  update.token_expiry_bound = absl::FromUnixSeconds(5);
  EXPECT_TRUE(store->RecordUsage({update})->empty());
  EXPECT_EQ((*store->GetKeyByUid(update.uid))->usage.signature_count, 2);
  EXPECT_GT(BoundOf(*store, "current"), update.token_expiry_bound);
  EXPECT_TRUE(*store->HoldLease({"rotation", "a", absl::FromUnixSeconds(9)}, absl::FromUnixSeconds(1)));
}

TEST_F(SqliteVersion1, ARecordThatIsDamagedStopsItsReadersAndNotTheMigration) {
  AddRow(*Open(), "damaged", "ENABLED", R"({"uid":"damaged","enable_time":)");
  const std::unique_ptr<KeyStore> store = OpenStore();
  EXPECT_EQ(GetReason(store->GetKeyByUid(KeyUid("damaged")).status()), reason::kStoreCorrupt);
  EXPECT_EQ(BoundOf(*store, "previous"), absl::FromUnixSeconds(3) + absl::Hours(1));
}

TEST_F(SqliteVersion1, ItsEventsAreChainedFromTheFirstOn) {
  const std::unique_ptr<KeyStore> store = OpenStore();
  ASSERT_TRUE(store->Commit({{}, {}, {MakeEvent("Next")}}).ok());
  const std::vector<Event> events = *store->ListEvents({}, {});
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].hash, EventHash("", events[0]));
  EXPECT_EQ(events[1].hash, EventHash(events[0].hash, events[1]));
}

// A store of version 2 with a trail.
class SqliteVersion2 : public SqliteSchema {
 protected:
  void SetUp() override {
    const auto connection = Open();
    ASSERT_TRUE(Migrate(*connection, {SqliteMigrations()[0], SqliteMigrations()[1]}).ok());
    ASSERT_TRUE(
        connection
            ->Run("INSERT INTO events (sequence, revision, time, actor, action, resource, tenant, request_id, before, after) "
                  "VALUES (1, 1, 1000000, 'a', 'Put', 'tenants/t1', 't1', 'q-1', '', '{}'), "
                  "(2, 1, 1000001, 'größe', 'Put', '', '', '', '{}', ''), (3, 2, -5, '', '', '', '', '', '', '');"
                  "UPDATE store SET revision = 2;"
                  "INSERT INTO signing_keys (uid, tenant, ring, kid, state, create_revision, revision, record, "
                  "signature_count, token_expiry_bound) VALUES ('u', 't1', 'r', 'k', 'ENABLED', 1, 2, "
                  "'{\"uid\":\"u\",\"state\":\"ENABLED\"}', 7, 9000000);",
                  "prepare")
            .ok());
  }
};

TEST_F(SqliteVersion2, ItsEventsAreChainedAndItsKeysStayAsTheyAre) {
  const absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  const std::vector<Event> events = *(*store)->ListEvents({}, {});
  ASSERT_EQ(events.size(), 3u);
  std::string hash;
  for (const Event& event : events) {
    hash = EventHash(hash, event);
    EXPECT_EQ(event.hash, hash) << event.sequence;
  }
  EXPECT_EQ(events[1].actor, "größe");
  const KeyRecord key = **(*store)->GetKeyByUid(KeyUid("u"));
  EXPECT_EQ(key.usage.signature_count, 7);
  EXPECT_EQ(key.usage.token_expiry_bound, absl::FromUnixSeconds(9));
}

TEST_F(SqliteVersion2, ItTakesWhatVersion3Brings) {
  const absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->Commit({{MakeCredential("t1", "c1", 1), MakeRevokedToken("t1", "j1")}, {}, {MakeEvent("Put")}}).ok());
  EXPECT_TRUE(*(*store)->UseOnce("a", "b", TestTime(), TestTime() - absl::Seconds(1)));
  EXPECT_EQ((*store)->ReadChanges(2, 10)->records.size(), 2u);
}

// A store of version 3 with a key and a credential.
class SqliteVersion3 : public SqliteSchema {
 protected:
  void SetUp() override {
    const auto connection = Open();
    ASSERT_TRUE(Migrate(*connection, {SqliteMigrations().begin(), SqliteMigrations().begin() + 3}).ok());
    ASSERT_EQ(Number(*connection, "PRAGMA user_version"), 3);
    ASSERT_TRUE(
        connection
            ->Run("INSERT INTO signing_keys (uid, tenant, ring, kid, state, create_revision, revision, record, "
                  "signature_count) VALUES ('u', 't1', 'r', 'k', 'ENABLED', 1, 2, "
                  "'{\"uid\":\"u\",\"tenant\":\"t1\",\"ring\":\"r\",\"kid\":\"k\",\"state\":\"ENABLED\"}', 7);"
                  "INSERT INTO key_rings (tenant, id, deleted, revision, record) VALUES ('t1', 'r', 0, 1, "
                  "'{\"tenant\":\"t1\",\"id\":\"r\"}');"
                  "INSERT INTO events (sequence, revision, time, actor, action, resource, tenant, request_id, before, after, "
                  "hash) VALUES (1, 2, 1000000, 'a', 'Put', 'tenants/t1', 't1', '', '', '{}', x'0102');"
                  "UPDATE store SET revision = 2;",
                  "prepare")
            .ok());
  }
};

TEST_F(SqliteVersion3, ItsKeysAndRingsAreOfTheTokenAndItsEventsStayAsTheyAre) {
  const absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  const KeyRecord key = **(*store)->GetKeyByUid(KeyUid("u"));
  EXPECT_EQ(key.protection, Protection::kToken);
  EXPECT_EQ(key.state, KeyState::kEnabled);
  EXPECT_EQ(key.revision, 2);
  EXPECT_EQ(key.usage.signature_count, 7);
  EXPECT_EQ((**(*store)->GetRing(TenantId("t1"), RingId("r"))).protection, Protection::kToken);
  const std::vector<Event> events = *(*store)->ListEvents({}, {});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].hash, "\x01\x02");
  EXPECT_EQ(Number(*Open(), "PRAGMA user_version"), 5);
}

TEST_F(SqliteVersion3, ItTakesWhatVersion4Brings) {
  const absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->ListWrappingKeys()->empty());
  EXPECT_TRUE((*store)->CountWrappedKeys()->empty());
  WrappingKeyRecord wrapping_key;
  wrapping_key.uid = WrappingKeyUid(MakeUid(9).value());
  wrapping_key.state = WrappingKeyState::kCurrent;
  wrapping_key.create_time = TestTime();
  const WrappedKeyRecord wrapped = {
      .key = KeyUid("u"), .wrapping_key = wrapping_key.uid, .public_key_der = "public", .blob = "blob", .mac = "mac"};
  const absl::StatusOr<Revision> committed = (*store)->Commit({{wrapping_key, wrapped}, {}, {MakeEvent("Put")}});
  ASSERT_TRUE(committed.ok()) << committed.status();
  EXPECT_EQ(*committed, 3);
  EXPECT_EQ((**(*store)->GetWrappedKey(KeyUid("u"))).blob, "blob");
  EXPECT_EQ((*store)->CountWrappedKeys()->at(wrapping_key.uid), 1);
}

// A store of version 4 with a key that has signed and one that has not.
class SqliteVersion4 : public SqliteSchema {
 protected:
  void SetUp() override {
    const auto connection = Open();
    ASSERT_TRUE(Migrate(*connection, {SqliteMigrations().begin(), SqliteMigrations().begin() + 4}).ok());
    ASSERT_TRUE(connection
                    ->Run("INSERT INTO signing_keys (uid, tenant, ring, kid, state, create_revision, revision, record, "
                          "signature_count, last_signed_time, latest_token_expiry, token_expiry_bound) VALUES "
                          "('used', 't1', 'r', 'k1', 'ENABLED', 1, 2, '{\"uid\":\"used\",\"state\":\"ENABLED\"}', 7, 1000000, "
                          "2000000, 3000000), "
                          "('new', 't1', 'r', 'k2', 'DISABLED', 2, 2, '{\"uid\":\"new\",\"state\":\"DISABLED\"}', 0, NULL, NULL, "
                          "NULL);"
                          "UPDATE store SET revision = 2;",
                          "prepare")
                    .ok());
  }
};

TEST_F(SqliteVersion4, WhatItsKeysHaveSignedStays) {
  const absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  const KeyUsage used = {7, absl::FromUnixSeconds(1), absl::FromUnixSeconds(2), absl::FromUnixSeconds(3)};
  EXPECT_EQ((**(*store)->GetKeyByUid(KeyUid("used"))).usage, used);
  EXPECT_EQ((**(*store)->GetKeyByUid(KeyUid("new"))).usage, KeyUsage());
  EXPECT_EQ((*store)->ReadChanges(0, 10)->records.size(), 2u);
}

TEST_F(SqliteVersion4, WhatItsKeysSignIsAddedToThat) {
  const absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  std::vector<UsageUpdate> updates(2);
  updates[0].uid = KeyUid("used");
  updates[1].uid = KeyUid("new");
  for (UsageUpdate& update : updates) update.signatures = 2;
  EXPECT_TRUE((*store)->RecordUsage(updates)->empty());
  EXPECT_EQ((**(*store)->GetKeyByUid(KeyUid("used"))).usage.signature_count, 9);
  EXPECT_EQ((**(*store)->GetKeyByUid(KeyUid("new"))).usage.signature_count, 2);
}

}  // namespace
}  // namespace signet::keystore
