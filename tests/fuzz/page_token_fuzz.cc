// Page tokens and resume tokens (server/core/page_token.h, server/core/key_watch.h). The input is a token, and also a position
// for which a token is made: anybody can compute one.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "hsm/software_hsm.h"
#include "keystore/memory_key_store.h"
#include "server/core/key_watch.h"
#include "server/core/page_token.h"
#include "server/core/testing/core_fixture.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

// What has a store whose audit trail holds a few events.
struct Trail {
  std::unique_ptr<keystore::KeyStore> store = keystore::CreateMemoryKeyStore();
  std::unique_ptr<hsm::Hsm> hsm = hsm::CreateSoftwareHsm();
  FakeClock clock;
  SystemRandom random;
  core::StepObserver steps;
  core::Core core{*store, *hsm, clock, random, steps};
  const keystore::TenantId acme = keystore::TenantId("acme");

  Trail() {
    core::NewTenant tenant;
    tenant.id = acme.value();
    Require(core.tenants.Create(tenant, core::Call()).ok(), "a tenant is made");
    Require(core.keys.Create({acme, keystore::RingId("access-token")}, keystore::Kid("key"), core::Call()).ok(), "a key is made");
  }
};

const Trail& TheTrail() {
  static const Trail& trail = *new Trail;
  return trail;
}

core::ListScope Scope() { return {"ListThings", {"tenants/acme"}}; }

void RequireRefusal(const absl::Status& status, absl::string_view reason) {
  Require(absl::IsInvalidArgument(status) && GetReason(status) == reason, "a wrong token is refused as one");
}

void TestPage(const std::string& token) {
  const absl::StatusOr<keystore::Page> page = core::ToPage(Scope(), {.page_token = token});
  if (!page.ok()) return RequireRefusal(page.status(), reason::kPageTokenInvalid);
  Require(token.empty() || core::MakePageToken(Scope(), page->after) == token, "a position has one token");
  Require(token.empty() || !core::ToPage({"ListOthers", {"tenants/acme"}}, {.page_token = token}).ok(), "a token is of one list");

  const absl::StatusOr<keystore::Page> numbered = core::ToNumberedPage(Scope(), {.page_token = token});
  if (!numbered.ok()) return RequireRefusal(numbered.status(), reason::kPageTokenInvalid);
  Require(TheTrail().store->ListEvents({}, *numbered).ok(), "the store takes a position that is a number");
}

void TestResume(const std::string& token) {
  const Trail& trail = TheTrail();
  absl::StatusOr<core::KeyWatch> watch = core::KeyWatch::Open(trail.core.services, {trail.acme, std::nullopt}, token);
  if (!watch.ok()) return RequireRefusal(watch.status(), reason::kResumeTokenInvalid);
  Require(watch->Read(10).ok(), "a watch goes on from where it may begin");
}

}  // namespace

void TestOneInput(absl::string_view input) {
  const std::string text(input);
  TestPage(text);
  TestResume(text);

  const std::string token = core::MakePageToken(Scope(), text);
  const absl::StatusOr<keystore::Page> page = core::ToPage(Scope(), {.page_token = token});
  Require(text.empty() || (page.ok() && page->after == text), "a page begins where its token says");
  TestPage(token);
  const std::string instance = TheTrail().core.services.instance_id;
  TestResume(core::MakePageToken({"WatchKeys", {"tenants/acme", instance}}, text));
}

}  // namespace signet::fuzz
