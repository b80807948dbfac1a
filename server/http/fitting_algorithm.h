#ifndef SIGNET_SERVER_HTTP_FITTING_ALGORITHM_H_
#define SIGNET_SERVER_HTTP_FITTING_ALGORITHM_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"

namespace signet::http {

// The algorithm of that JOSE name ("PS256") for keys such as those of `fitting`: of the same type, and curve or size. nullopt if
// they sign in no such way.
inline std::optional<hsm::Algorithm> FindFittingAlgorithm(hsm::Algorithm fitting, absl::string_view jose_name) {
  const hsm::AlgorithmInfo& wanted = hsm::GetAlgorithmInfo(fitting);
  for (const hsm::AlgorithmInfo& info : hsm::AllAlgorithms()) {
    if (info.jose_name == jose_name && info.key_type == wanted.key_type && info.bits == wanted.bits) return info.algorithm;
  }
  return std::nullopt;
}

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_FITTING_ALGORITHM_H_
