#include "clients/cli/signing_key.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace signet::cli {

Parameter KeyParameter() {
  return {.name = "key",
          .value = "ID",
          .doc = "The id of the key, its kid.",
          .occurrence = Occurrence::kRequired,
          .offer = Offer::kKeys};
}

absl::StatusOr<std::string> KeyName(const Session& session) {
  SIGNET_ASSIGN_OR_RETURN(const std::string ring, session.Ring());
  return absl::StrCat(ring, "/keys/", session.values().Get("key"));
}

std::string RoleText(v1::SigningKey::Role role) {
  return role == v1::SigningKey::ROLE_UNSPECIFIED ? "NONE" : v1::SigningKey::Role_Name(role);
}

std::string ProtectionText(v1::KeyRing::Protection protection) {
  return protection == v1::KeyRing::PROTECTION_UNSPECIFIED ? "" : v1::KeyRing::Protection_Name(protection);
}

Fields Describe(const v1::SigningKey& key) {
  return WithoutEmpty({
      {"Key ID", key.kid()},
      {"Role", RoleText(key.role())},
      {"State", v1::SigningKey::State_Name(key.state())},
      {"Algorithm", v1::Algorithm_Name(key.algorithm())},
      {"Protection", ProtectionText(key.protection())},
      {"Fips compliant", key.fips_compliant() ? "yes" : "no"},
      {"Resource", key.name()},
      {"Created", DateOf(key.create_time())},
      {"Published", DateOf(key.publish_time())},
      {"Activatable", DateOf(key.activatable_time())},
      {"Enabled", DateOf(key.enable_time())},
      {"Disabled", DateOf(key.disable_time())},
      {"Deletable", DateOf(key.deletable_time())},
      {"Retires", DateOf(key.retire_time())},
      {"Revoked", DateOf(key.revoke_time())},
      {"Deleted", DateOf(key.destroy_time())},
      {"Effective", DateOf(key.effective_time())},
      {"Signatures", absl::StrCat(key.signature_count())},
      {"Last signed", DateOf(key.last_signed_time())},
      {"Latest token expiry", DateOf(key.latest_token_expiry())},
      {"Token expiry bound", DateOf(key.token_expiry_bound())},
  });
}

}  // namespace signet::cli
