#include "keystore/store_error.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::keystore {
namespace {

// Names a record for people.
struct Name {
  std::string operator()(const TenantRecord& tenant) const { return absl::StrCat("tenant ", tenant.id.value()); }
  std::string operator()(const RingRecord& ring) const {
    return absl::StrCat("key ring ", ring.id.value(), " of tenant ", ring.tenant.value());
  }
  std::string operator()(const KeyRecord& key) const {
    return absl::StrCat("key ", key.kid.value(), " of tenant ", key.tenant.value());
  }
  std::string operator()(const RequestRecord& request) const { return absl::StrCat("request ", request.request_id); }
  std::string operator()(const CredentialRecord& credential) const {
    return absl::StrCat("credential ", credential.id.value(), " of tenant ", credential.tenant.value());
  }
  std::string operator()(const WrappedKeyRecord& wrapped) const { return absl::StrCat("wrapped key ", wrapped.key.value()); }
  std::string operator()(const WrappingKeyRecord& wrapping_key) const {
    return absl::StrCat("wrapping key ", wrapping_key.uid.value());
  }
  std::string operator()(const RevokedToken& token) const { return absl::StrCat("revocation of token ", token.token_id); }
};

}  // namespace

absl::Status ConcurrentChange(const Record& record) {
  return Error(absl::StatusCode::kAborted, reason::kConcurrentChange,
               absl::StrCat(std::visit(Name(), record), " was changed at the same time; read it again"));
}

absl::Status KidTaken(const KeyRecord& key) {
  return Error(absl::StatusCode::kAlreadyExists, reason::kKeyExists,
               absl::StrCat("tenant ", key.tenant.value(), " has or had a key ", key.kid.value(), "; choose another id"));
}

absl::Status HostAliasTaken(const std::string& host_alias) {
  return Error(absl::StatusCode::kAlreadyExists, reason::kHostAliasExists,
               absl::StrCat("host alias ", host_alias, " belongs to another tenant; choose another"), {{"host_alias", host_alias}});
}

absl::Status ClientIdTaken(const CredentialRecord& credential) {
  return Error(absl::StatusCode::kAlreadyExists, reason::kCredentialExists,
               absl::StrCat("the client_id of credential ", credential.id.value(), " of tenant ", credential.tenant.value(),
                            " is another's; choose another"));
}

absl::Status CheckChange(const Change& change) {
  if (change.events.empty()) return Defect("a change of the store without an event");
  return absl::OkStatus();
}

absl::Status CheckPage(const Page& page) {
  if (page.limit < 1) return Defect(absl::StrCat("a page of ", page.limit, " records"));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ParsePosition(const Page& page) {
  SIGNET_RETURN_IF_ERROR(CheckPage(page));
  int64_t position = 0;
  if (!page.after.empty() && (!absl::SimpleAtoi(page.after, &position) || position < 0)) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kPageTokenInvalid,
                 "not a position of this list; start again without a page token");
  }
  return position;
}

}  // namespace signet::keystore
