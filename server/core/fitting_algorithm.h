#ifndef SIGNET_SERVER_CORE_FITTING_ALGORITHM_H_
#define SIGNET_SERVER_CORE_FITTING_ALGORITHM_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"
#include "server/core/checked_jws.h"

namespace signet::core {

// The algorithm of that JOSE name ("PS256") for keys such as those of `fitting`: of the same type, and curve or size. nullopt if
// they sign in no such way.
inline std::optional<hsm::Algorithm> FindFittingAlgorithm(hsm::Algorithm fitting, absl::string_view jose_name) {
  const hsm::AlgorithmInfo& wanted = hsm::GetAlgorithmInfo(fitting);
  for (const hsm::AlgorithmInfo& info : hsm::AllAlgorithms()) {
    if (IsJoseName(jose_name, info.algorithm) && info.key_type == wanted.key_type && info.bits == wanted.bits)
      return info.algorithm;
  }
  return std::nullopt;
}

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_FITTING_ALGORITHM_H_
