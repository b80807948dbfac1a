#include "keystore/sqlite_row.h"

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/error.h"
#include "keystore/record_json.h"

namespace signet::keystore {
namespace {

std::optional<absl::Time> OptionalTime(const SqliteStatement& row, int column) {
  const std::optional<int64_t> micros = row.OptionalNumber(column);
  if (!micros) return std::nullopt;
  return absl::FromUnixMicros(*micros);
}

}  // namespace

absl::StatusOr<TenantRecord> ReadTenant(const SqliteStatement& row) {
  SIGNET_ASSIGN_OR_RETURN(TenantRecord tenant, TenantFromJson(row.Text(0)));
  tenant.revision = row.Number(1);
  return tenant;
}

absl::StatusOr<RingRecord> ReadRing(const SqliteStatement& row) {
  SIGNET_ASSIGN_OR_RETURN(RingRecord ring, RingFromJson(row.Text(0)));
  ring.revision = row.Number(1);
  return ring;
}

absl::StatusOr<KeyRecord> ReadKey(const SqliteStatement& row) {
  SIGNET_ASSIGN_OR_RETURN(KeyRecord key, KeyFromJson(row.Text(0)));
  key.revision = row.Number(1);
  key.create_revision = row.Number(2);
  key.usage.signature_count = row.OptionalNumber(3).value_or(0);
  key.usage.last_signed_time = OptionalTime(row, 4);
  key.usage.latest_token_expiry = OptionalTime(row, 5);
  key.usage.token_expiry_bound = OptionalTime(row, 6);
  return key;
}

absl::StatusOr<CredentialRecord> ReadCredential(const SqliteStatement& row) {
  SIGNET_ASSIGN_OR_RETURN(CredentialRecord credential, CredentialFromJson(row.Text(0)));
  credential.revision = row.Number(1);
  credential.last_used_time = OptionalTime(row, 2);
  return credential;
}

absl::StatusOr<RevokedToken> ReadRevokedToken(const SqliteStatement& row) {
  RevokedToken token;
  token.token_id = row.Text(0);
  token.revision = row.Number(1);
  token.tenant = TenantId(row.Text(2));
  token.expire_time = absl::FromUnixMicros(row.Number(3));
  return token;
}

absl::StatusOr<WrappingKeyRecord> ReadWrappingKey(const SqliteStatement& row) {
  SIGNET_ASSIGN_OR_RETURN(WrappingKeyRecord wrapping_key, WrappingKeyFromJson(row.Text(0)));
  wrapping_key.revision = row.Number(1);
  return wrapping_key;
}

absl::StatusOr<WrappedKeyRecord> ReadWrappedKey(const SqliteStatement& row) {
  WrappedKeyRecord wrapped;
  wrapped.key = KeyUid(row.Text(0));
  wrapped.wrapping_key = WrappingKeyUid(row.Text(1));
  wrapped.public_key_der = row.Bytes(2);
  wrapped.blob = row.Bytes(3);
  wrapped.mac = row.Bytes(4);
  wrapped.revision = row.Number(5);
  return wrapped;
}

absl::StatusOr<RequestRecord> ReadRequest(const SqliteStatement& row) {
  RequestRecord request;
  request.scope = row.Text(0);
  request.request_id = row.Text(1);
  request.fingerprint = row.Bytes(2);
  request.result = row.Text(3);
  request.key_uid = KeyUid(row.Text(4));
  request.create_time = absl::FromUnixMicros(row.Number(5));
  request.revision = row.Number(6);
  return request;
}

absl::StatusOr<Event> ReadEvent(const SqliteStatement& row) {
  Event event;
  event.sequence = row.Number(0);
  event.revision = row.Number(1);
  event.time = absl::FromUnixMicros(row.Number(2));
  event.actor = row.Text(3);
  event.action = row.Text(4);
  event.resource = row.Text(5);
  event.tenant = TenantId(row.Text(6));
  event.request_id = row.Text(7);
  event.before = row.Text(8);
  event.after = row.Text(9);
  event.hash = row.Bytes(10);
  return event;
}

absl::StatusOr<Record> ReadAny(const SqliteStatement& row) {
  switch (row.Number(7)) {
    case 0:
      return ReadTenant(row);
    case 1:
      return ReadRing(row);
    case 2:
      return ReadKey(row);
    case 4:
      return ReadCredential(row);
    default:
      return ReadRevokedToken(row);
  }
}

}  // namespace signet::keystore
