#ifndef SIGNET_HSM_TESTING_HSM_BED_H_
#define SIGNET_HSM_TESTING_HSM_BED_H_

#include <cstddef>

#include "hsm/hsm.h"
#include "hsm/key_wrapper.h"

namespace signet::hsm {

// HsmBed is an Hsm and its KeyWrapper with an empty token, and what they stand on.
class HsmBed {
 public:
  // How many keys the KeyWrapper keeps unwrapped: so few that tests see it make room.
  static constexpr size_t kUnwrappedKeys = 3;

  virtual ~HsmBed() = default;
  virtual Hsm& hsm() = 0;
  virtual KeyWrapper& key_wrapper() = 0;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_HSM_BED_H_
