#ifndef SIGNET_HSM_TESTING_HSM_BED_H_
#define SIGNET_HSM_TESTING_HSM_BED_H_

#include "hsm/hsm.h"

namespace signet::hsm {

// HsmBed is an Hsm with an empty token, and what it stands on.
class HsmBed {
 public:
  virtual ~HsmBed() = default;
  virtual Hsm& hsm() = 0;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_HSM_BED_H_
