#include "server/core/testing/core_fixture.h"

#include <utility>

#include "hsm/software_hsm.h"
#include "keystore/memory_key_store.h"
#include "server/core/system_tenant.h"

namespace signet::core {

constexpr char kPublicUrl[] = "https://signet.example";

Core::Core(keystore::KeyStore& store, hsm::Hsm& hsm, const Clock& clock, Random& random, StepObserver& steps)
    : directory({.public_url = kPublicUrl, .instance_id = *store.InstanceId(), .credentials = &live_credentials}, store),
      ledger({}, store),
      services{store, hsm, directory, ledger, clock, random, steps, log, *store.InstanceId(), kPublicUrl},
      keys(services),
      rings(services),
      tenants(services),
      credentials(services) {}

ChangeRequest Call() {
  ChangeRequest request;
  request.principal = "alice";
  request.fingerprint = "body";
  return request;
}

ChangeRequest CallWithId(const std::string& request_id, const std::string& body) {
  ChangeRequest request = Call();
  request.request_id = request_id;
  request.fingerprint = body;
  return request;
}

ChangeRequest CallWithEtag(const std::string& etag) {
  ChangeRequest request = Call();
  request.etag = etag;
  return request;
}

ChangeRequest ValidateOnly() {
  ChangeRequest request = CallWithId("validated");
  request.mode = Mode::kValidateOnly;
  return request;
}

CoreTest::CoreTest()
    : store_(keystore::CreateMemoryKeyStore()),
      hsm_(hsm::CreateSoftwareHsm()),
      core_(std::make_unique<Core>(*store_, *hsm_, clock_, random_, steps_)) {
  NewTenantNamed(acme_.value());
  RingUpdate at_once;
  at_once.activation_delay = absl::ZeroDuration();
  EXPECT_THAT(rings().Update(ring_, at_once, Call()), IsOk());
}

TenantView CoreTest::NewTenantNamed(const std::string& id) {
  NewTenant tenant;
  tenant.id = id;
  const absl::StatusOr<TenantView> view = tenants().Create(tenant, Call());
  EXPECT_THAT(view, IsOk());
  return view.value_or(TenantView());
}

RingName CoreTest::NewRing(const std::string& id, const keystore::KeyPolicy& policy) {
  RingName name = {acme_, keystore::RingId(id)};
  EXPECT_THAT(rings().Create(name, {.policy = policy}, Call()), IsOk());
  return name;
}

KeyName CoreTest::NewKey(const std::string& kid) { return NewKeyIn(ring_, kid); }

KeyName CoreTest::NewKeyIn(const RingName& ring, const std::string& kid) {
  const absl::StatusOr<KeyView> view = keys().Create(ring, keystore::Kid(kid), Call());
  EXPECT_THAT(view, IsOk());
  return {ring, view.value_or(KeyView()).record.kid};
}

KeyName CoreTest::NewEnabledKey(const std::string& kid) {
  KeyName name = NewKey(kid);
  EXPECT_THAT(keys().Enable(name, keystore::Force::kNo, Call()), IsOk());
  return name;
}

void CoreTest::MakeSystemTenant() { EXPECT_THAT(EnsureSystemTenant(services()), IsOk()); }

IssuedCredential CoreTest::NewCredentialNamed(const std::string& id, std::optional<std::vector<std::string>> scopes) {
  NewCredential credential;
  credential.tenant = acme_;
  credential.id = id;
  credential.scopes = std::move(scopes);
  absl::StatusOr<IssuedCredential> issued = credentials().Create(credential, LocalPrincipal(), Call());
  EXPECT_THAT(issued, IsOk());
  return issued.ok() ? *std::move(issued) : IssuedCredential();
}

keystore::CredentialRecord CoreTest::StoredCredential(const CredentialName& name) {
  const absl::StatusOr<std::optional<keystore::CredentialRecord>> record = store_->GetCredential(name.tenant, name.credential);
  EXPECT_TRUE(record.ok() && record->has_value()) << FormatCredentialName(name);
  return record.ok() ? record->value_or(keystore::CredentialRecord()) : keystore::CredentialRecord();
}

keystore::KeyRecord CoreTest::StoredKey(const KeyName& name) {
  const absl::StatusOr<std::optional<keystore::KeyRecord>> key = store_->GetKey(name.ring.tenant, name.kid);
  EXPECT_TRUE(key.ok() && key->has_value()) << FormatKeyName(name);
  return key.ok() ? key->value_or(keystore::KeyRecord()) : keystore::KeyRecord();
}

std::vector<keystore::Event> CoreTest::Events() { return store_->ListEvents({}, {"", 1000}).value(); }

std::vector<std::string> CoreTest::Actions(size_t skipped) {
  std::vector<std::string> actions;
  const std::vector<keystore::Event> events = Events();
  for (size_t i = skipped; i < events.size(); ++i) actions.push_back(events[i].action);
  return actions;
}

size_t CoreTest::KeysInHsm() { return hsm_->ListKeys("").value().size(); }

bool CoreTest::IsPublished(const KeyName& name) {
  const std::shared_ptr<const TenantSnapshot> tenant = directory().FindTenant(name.ring.tenant);
  return tenant != nullptr && tenant->published.Find(name.kid) != nullptr;
}

int64_t CoreTest::StoreRevision() { return store_->ReadChanges(0, 1'000'000).value().revision; }

}  // namespace signet::core
