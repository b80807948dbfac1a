#include "server/core/audit.h"

#include "keystore/record_json.h"
#include "server/core/names.h"

namespace signet::core {
namespace {

std::string ResourceName(const keystore::TenantRecord& record) { return FormatTenantName(record.id); }
std::string ResourceName(const keystore::RingRecord& record) { return FormatRingName({record.tenant, record.id}); }
std::string ResourceName(const keystore::KeyRecord& record) { return FormatKeyName({{record.tenant, record.ring}, record.kid}); }
std::string ResourceName(const keystore::CredentialRecord& record) { return FormatCredentialName({record.tenant, record.id}); }
std::string ResourceName(const keystore::WrappingKeyRecord& record) { return FormatWrappingKeyName(record.uid); }

template <typename Record>
std::string Shown(const Record& record) {
  return keystore::ToJson(record);
}
// The trail is read by more people than may recognise a secret.
std::string Shown(const keystore::CredentialRecord& record) { return keystore::ToEventJson(record); }

template <typename Record>
keystore::Event EventOn(absl::Time time, const Actor& actor, absl::string_view action, const Record* before, const Record& after,
                        const keystore::TenantId& tenant) {
  keystore::Event event;
  event.time = time;
  event.actor = actor.name;
  event.action = std::string(action);
  event.resource = ResourceName(after);
  event.tenant = tenant;
  event.request_id = actor.request_id;
  if (before != nullptr) event.before = Shown(*before);
  event.after = Shown(after);
  return event;
}

}  // namespace

Actor ActorOf(const ChangeRequest& request) { return {request.principal, request.request_id}; }

keystore::Event MakeEvent(absl::Time time, const Actor& actor, absl::string_view action, const keystore::TenantRecord* before,
                          const keystore::TenantRecord& after) {
  return EventOn(time, actor, action, before, after, after.id);
}

keystore::Event MakeEvent(absl::Time time, const Actor& actor, absl::string_view action, const keystore::RingRecord* before,
                          const keystore::RingRecord& after) {
  return EventOn(time, actor, action, before, after, after.tenant);
}

keystore::Event MakeEvent(absl::Time time, const Actor& actor, absl::string_view action, const keystore::KeyRecord* before,
                          const keystore::KeyRecord& after) {
  return EventOn(time, actor, action, before, after, after.tenant);
}

keystore::Event MakeEvent(absl::Time time, const Actor& actor, absl::string_view action, const keystore::WrappingKeyRecord* before,
                          const keystore::WrappingKeyRecord& after) {
  return EventOn(time, actor, action, before, after, {});
}

keystore::Event MakeEvent(absl::Time time, const Actor& actor, absl::string_view action, const keystore::CredentialRecord* before,
                          const keystore::CredentialRecord& after) {
  return EventOn(time, actor, action, before, after, after.tenant);
}

}  // namespace signet::core
