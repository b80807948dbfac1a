#include "keystore/event_chain.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/sha256.h"

namespace signet::keystore {
namespace {

void AppendNumber(std::string& encoding, uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) encoding.push_back(static_cast<char>(number >> shift));
}

void AppendText(std::string& encoding, absl::string_view text) {
  AppendNumber(encoding, text.size());
  absl::StrAppend(&encoding, text);
}

}  // namespace

std::string EventHash(absl::string_view previous_hash, const Event& event) {
  std::string encoding;
  AppendText(encoding, "signet-event-v1");
  AppendText(encoding, previous_hash);
  for (const int64_t number : {event.sequence, event.revision, absl::ToUnixMicros(event.time)}) {
    AppendNumber(encoding, static_cast<uint64_t>(number));
  }
  for (const absl::string_view text :
       {absl::string_view(event.actor), absl::string_view(event.action), absl::string_view(event.resource),
        absl::string_view(event.tenant.value()), absl::string_view(event.request_id), absl::string_view(event.before),
        absl::string_view(event.after)}) {
    AppendText(encoding, text);
  }
  return Sha256(encoding);
}

}  // namespace signet::keystore
