#include "keystore/event_chain.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace signet::keystore {
namespace {

Event FullEvent() {
  Event event;
  event.sequence = 258;
  event.revision = 77;
  event.time = absl::FromUnixMicros(1'700'000'000'123'456);
  event.actor = "größe";
  event.action = "PutKey";
  event.resource = "tenants/t1";
  event.tenant = TenantId("t1");
  event.request_id = "q-1";
  event.before = "{}";
  event.after = std::string("a\0b", 3);
  return event;
}

TEST(EventChain, TheHashIsThatOfASecondImplementation) {
  // hashlib.sha256 over struct.pack(">Q") of each length and number, in Python.
  EXPECT_EQ(absl::BytesToHexString(EventHash("", FullEvent())), "693e83a48bba45e397121b43d21300b8f1673bcc40f3a965cd16df32e0379ad0");
  EXPECT_EQ(absl::BytesToHexString(EventHash(std::string(32, '\xaa'), FullEvent())),
            "d3eb0ab20e045c9ca94cd58d545546ece2791e6aa969fbb81ea54582c0072230");
}

TEST(EventChain, EveryMemberButTheHashItselfChangesTheHash) {
  std::set<std::string> hashes = {EventHash("", FullEvent()), EventHash("x", FullEvent())};
  const std::vector<std::function<void(Event&)>> changes = {
      [](Event& event) { ++event.sequence; },
      [](Event& event) { ++event.revision; },
      [](Event& event) { event.time += absl::Microseconds(1); },
      [](Event& event) { event.actor += "x"; },
      [](Event& event) { event.action += "x"; },
      [](Event& event) { event.resource += "x"; },
      [](Event& event) { event.tenant = TenantId(absl::StrCat(event.tenant.value(), "x")); },
      [](Event& event) { event.request_id += "x"; },
      [](Event& event) { event.before += "x"; },
      [](Event& event) { event.after += "x"; },
  };
  for (const auto& change : changes) {
    Event event = FullEvent();
    change(event);
    hashes.insert(EventHash("", event));
  }
  EXPECT_EQ(hashes.size(), changes.size() + 2);
  Event event = FullEvent();
  event.hash = "x";
  EXPECT_EQ(EventHash("", event), EventHash("", FullEvent()));
}

TEST(EventChain, WhatMovesFromOneMemberToTheNextChangesTheHash) {
  Event event = FullEvent();
  event.actor = "grö";
  event.action = "ßePutKey";
  EXPECT_NE(EventHash("", event), EventHash("", FullEvent()));
}

}  // namespace
}  // namespace signet::keystore
