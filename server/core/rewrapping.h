#ifndef SIGNET_SERVER_CORE_REWRAPPING_H_
#define SIGNET_SERVER_CORE_REWRAPPING_H_

#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/services.h"

namespace signet::core {

// Rewrapping wraps keys anew that a FORMER wrapping key has wrapped. For one thread. One replica at a time is to do it, but several
// do no harm: each key is written on condition that it is still as it was read. What is done is in the store, so that whoever comes
// next goes on from there.
//
// The private keys stay the same, and signatures go on meanwhile.
class Rewrapping {
 public:
  // `services` is borrowed.
  explicit Rewrapping(const Services& services) : services_(services) {}

  // Wraps keys anew until `is_over`, which is asked after each few, or nothing is left, with one event "RewrapKeys" for each few.
  // Returns how many. A key that cannot be unwrapped is logged, left as it is, and not tried again by this process; so is what a
  // wrapping key has wrapped that the HSM does not hold, until it does.
  //   as KeyStore and KeyWrapper::Rewrap, for what concerns all keys: try again later
  absl::StatusOr<int> Run(absl::FunctionRef<bool()> is_over);

 private:
  struct Rewrapped {
    keystore::WrappedKeyRecord wrapped;
    // Its name.
    std::string key;
  };

  // Whether the HSM holds the key that has wrapped them. One that it does not hold is logged once.
  absl::StatusOr<bool> IsInHsm(const keystore::WrappingKeyRecord& former);
  // Wraps anew the next few that `former` has wrapped; false if there are none.
  absl::StatusOr<bool> RunOnce(const keystore::WrappingKeyRecord& former, const keystore::WrappingKeyUid& current, int& done);
  // Appends `wrapped`, wrapped anew, unless its key is gone or cannot be unwrapped.
  absl::Status Rewrap(const keystore::WrappedKeyRecord& wrapped, const keystore::WrappingKeyUid& current,
                      std::vector<Rewrapped>& rewrapped);
  absl::Status Commit(const keystore::WrappingKeyRecord& former, const keystore::WrappingKeyUid& current,
                      const std::vector<Rewrapped>& rewrapped);

  const Services& services_;
  // The last key that was looked at, in the order of uids; empty at the beginning.
  std::string position_;
  // Those that cannot be unwrapped.
  std::set<keystore::KeyUid> unusable_;
  // Those that the HSM was found not to hold.
  std::set<keystore::WrappingKeyUid> missing_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_REWRAPPING_H_
