#ifndef SIGNET_SERVER_CORE_KEY_WATCH_H_
#define SIGNET_SERVER_CORE_KEY_WATCH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keystore/ids.h"
#include "keystore/key_store.h"
#include "server/core/key_view.h"
#include "server/core/page_token.h"
#include "server/core/services.h"

namespace signet::core {

// WatchScope says whose keys are watched: those of a tenant, or of one of its rings.
struct WatchScope {
  keystore::TenantId tenant;
  std::optional<keystore::RingId> ring;
};

// KeyChange is one change of one key.
struct KeyChange {
  // Its event's position in the audit trail.
  int64_t sequence = 0;
  absl::Time time;
  // As the audit trail calls it, such as "EnableKey".
  std::string action;
  // The key as the change left it, under its ring's present policy, with what it has signed as of now.
  KeyView key;
  // For Open: goes on behind this change.
  std::string resume_token;
};

// KeyWatch is one caller's place in the changes of keys: the part of the audit trail that tells of them. So every change is seen,
// each once and in the order in which they were committed. It keeps a position and nothing else. It outlives its ring: if that is
// deleted and made again, its keys are shown again. For one thread at a time; its methods block on the store. `services` are
// borrowed.
class KeyWatch {
 public:
  // Begins behind what `resume_token` stands for, or, if that is empty, with what changes from now on.
  //   kInvalidArgument  RESUME_TOKEN_INVALID: not made by a watch of this scope on this store, or for a position it does not have
  //   kNotFound         TENANT_NOT_FOUND, KEY_RING_NOT_FOUND
  //   and as KeyStore
  static absl::StatusOr<KeyWatch> Open(const Services& services, const WatchScope& scope, const std::string& resume_token);

  // Reads the next changes: at most `limit`, and at most `limit` events to find them in, so that there may be none although more
  // follow; see at_end. After an error the place is what it was.
  //   as KeyStore
  absl::StatusOr<std::vector<KeyChange>> Read(int limit);

  // Whether the last Read saw all there was.
  bool at_end() const { return at_end_; }
  // Goes on behind all that was read, whomever it was about.
  std::string resume_token() const { return TokenFor(position_); }

 private:
  KeyWatch(const Services& services, const WatchScope& scope);

  std::string TokenFor(int64_t position) const;
  absl::StatusOr<int64_t> ReadToken(const std::string& resume_token) const;

  const Services* services_;
  keystore::KeyStore::EventFilter filter_;
  ListScope token_scope_;
  // The sequence of the last event that was looked at, or that is known to be another's.
  int64_t position_ = 0;
  bool at_end_ = false;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_WATCH_H_
