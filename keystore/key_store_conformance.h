#ifndef SIGNET_KEYSTORE_KEY_STORE_CONFORMANCE_H_
#define SIGNET_KEYSTORE_KEY_STORE_CONFORMANCE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keystore/key_store.h"
#include "keystore/test_folder.h"
#include "keystore/test_records.h"

namespace signet::keystore {

// What the suite is run on: a name for the test, and how to make an empty store, in a folder of its own if it needs one.
struct KeyStoreCase {
  std::string name;
  absl::StatusOr<std::unique_ptr<KeyStore>> (*create)(const TestFolder& folder);
};

// KeyStoreConformance is the suite that every KeyStore passes. A test of an implementation instantiates it.
class KeyStoreConformance : public testing::TestWithParam<KeyStoreCase> {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<KeyStore>> store = GetParam().create(folder_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  KeyStore& store() { return *store_; }

  // Commits puts with one event; must succeed.
  Revision Put(std::vector<Record> records) {
    const absl::StatusOr<Revision> revision = store().Commit({std::move(records), {}, {MakeEvent("Put")}});
    EXPECT_TRUE(revision.ok()) << revision.status();
    return revision.ok() ? *revision : 0;
  }

  // Commits puts with one event and returns why that failed.
  absl::Status TryPut(std::vector<Record> records) { return store().Commit({std::move(records), {}, {MakeEvent("Put")}}).status(); }

  // What nothing but a successful commit may change.
  struct Trace {
    Revision revision;
    std::vector<Record> records;
    std::vector<Event> events;
    friend bool operator==(const Trace&, const Trace&) = default;
  };
  Trace Everything() {
    const absl::StatusOr<Changes> changes = store().ReadChanges(0, 1'000'000);
    const absl::StatusOr<std::vector<Event>> events = store().ListEvents({}, {.after = "", .limit = 1'000'000});
    EXPECT_TRUE(changes.ok() && events.ok());
    return {changes->revision, changes->records, *events};
  }

 private:
  TestFolder folder_;
  std::unique_ptr<KeyStore> store_;
};

// Matches a status with this code and reason.
MATCHER_P2(FailsWith, code, reason, "") { return arg.code() == code && GetReason(arg) == reason; }

inline auto FailsAsConcurrentChange() { return FailsWith(absl::StatusCode::kAborted, reason::kConcurrentChange); }
inline auto FailsAsDefect() { return FailsWith(absl::StatusCode::kInternal, reason::kDefect); }

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_KEY_STORE_CONFORMANCE_H_
