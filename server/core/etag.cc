#include "server/core/etag.h"

#include "absl/strings/string_view.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/digest.h"
#include "keystore/record_json.h"

namespace signet::core {
namespace {

// 128 bits: two contents of one resource do not meet by chance.
constexpr size_t kEtagBytes = 16;

std::string EtagOfJson(absl::string_view json) {
  return Base64UrlEncode(hsm::ComputeDigest(hsm::Hash::kSha256, json).substr(0, kEtagBytes));
}

}  // namespace

std::string EtagOf(const keystore::TenantRecord& record) { return EtagOfJson(keystore::ToJson(record)); }

std::string EtagOf(const keystore::RingRecord& record) {
  // Rotations move the ring's keys, not what a caller would set of it.
  keystore::RingRecord settings = record;
  settings.rotation.reset();
  settings.rotation_quota_time.reset();
  return EtagOfJson(keystore::ToJson(settings));
}

std::string EtagOf(const keystore::KeyRecord& record) {
  // in_hsm moves after the reply to RevokeKey was decided, or at the next start: an etag of that reply must outlive it.
  keystore::KeyRecord visible = record;
  visible.in_hsm = true;
  return EtagOfJson(keystore::ToJson(visible));
}

// Salt and hash of its secrets stay out: a result that was remembered without them has the etag that it had.
std::string EtagOf(const keystore::CredentialRecord& record) { return EtagOfJson(keystore::ToEventJson(record)); }

absl::Status CheckEtag(const ChangeRequest& request, const std::string& present) {
  if (request.etag.empty() || request.etag == present) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, reason::kEtagMismatch, "the etag is stale; read the resource again",
               {{"field", "etag"}});
}

}  // namespace signet::core
