#ifndef SIGNET_KEYSTORE_TEST_RECORDS_H_
#define SIGNET_KEYSTORE_TEST_RECORDS_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "keystore/records.h"

namespace signet::keystore {

// Records for tests, valid in every field; a test changes what it is about.

inline absl::Time TestTime() { return absl::FromUnixSeconds(1'700'000'000); }

inline TenantRecord MakeTenant(const std::string& id) {
  TenantRecord tenant;
  tenant.id = TenantId(id);
  tenant.display_name = absl::StrCat("Tenant ", id);
  tenant.create_time = tenant.update_time = TestTime();
  return tenant;
}

inline RingRecord MakeRing(const std::string& tenant, const std::string& id) {
  RingRecord ring;
  ring.tenant = TenantId(tenant);
  ring.id = RingId(id);
  ring.algorithm = "ES256";
  ring.create_time = ring.update_time = TestTime();
  return ring;
}

// Makes the uid that a test counts as `number`.
inline KeyUid MakeUid(int number) { return KeyUid(absl::StrFormat("%032x", number)); }

// Makes a DISABLED key that was never enabled.
inline KeyRecord MakeKey(const std::string& tenant, const std::string& ring, int number) {
  KeyRecord key;
  key.uid = MakeUid(number);
  key.tenant = TenantId(tenant);
  key.ring = RingId(ring);
  key.kid = Kid(absl::StrCat("kid-", number));
  key.algorithm = "ES256";
  key.state = KeyState::kDisabled;
  key.public_key_der = absl::StrCat("der\xff-", number);
  key.create_time = key.update_time = TestTime();
  key.publish_time = TestTime();
  return key;
}

inline RequestRecord MakeRequest(const std::string& scope, const std::string& request_id) {
  RequestRecord request;
  request.scope = scope;
  request.request_id = request_id;
  request.fingerprint = std::string("\x00\xff\x01 fingerprint", 15);
  request.create_time = TestTime();
  return request;
}

// Makes a credential whose client_id is that of its number.
inline CredentialRecord MakeCredential(const std::string& tenant, const std::string& id, int number) {
  CredentialRecord credential;
  credential.tenant = TenantId(tenant);
  credential.id = CredentialId(id);
  credential.client_id = absl::StrCat("client-", number);
  credential.scopes = {"keys.read", "keys.use"};
  ClientSecret secret;
  secret.id = "s1";
  secret.salt = std::string("\x00\xff salt", 7);
  secret.hash = "\xfe hash";
  secret.create_time = TestTime();
  credential.secrets = {secret};
  credential.create_time = credential.update_time = TestTime();
  return credential;
}

// Makes a token that is void and expires an hour after the test's time.
inline RevokedToken MakeRevokedToken(const std::string& tenant, const std::string& token_id) {
  RevokedToken token;
  token.token_id = token_id;
  token.tenant = TenantId(tenant);
  token.expire_time = TestTime() + absl::Hours(1);
  return token;
}

inline Event MakeEvent(const std::string& action) {
  Event event;
  event.time = TestTime();
  event.actor = "tester";
  event.action = action;
  event.resource = "tenants/t1";
  event.tenant = TenantId("t1");
  return event;
}

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_TEST_RECORDS_H_
