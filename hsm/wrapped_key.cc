#include "hsm/wrapped_key.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "hsm/algorithm.h"

namespace signet::hsm {
namespace {

// Eight bytes of length, the highest first, and the part itself.
void Append(std::string& binding, absl::string_view part) {
  for (int shift = 56; shift >= 0; shift -= 8) binding.push_back(static_cast<char>(uint64_t{part.size()} >> shift));
  absl::StrAppend(&binding, part);
}

}  // namespace

std::string BindingOf(const KeySpec& spec, const WrappedKey& wrapped) {
  std::string binding;
  Append(binding, "signet wrapped key 1");
  Append(binding, spec.id);
  Append(binding, spec.label);
  Append(binding, GetAlgorithmInfo(spec.algorithm).name);
  Append(binding, wrapped.wrapping_key_id);
  Append(binding, wrapped.public_key_der);
  Append(binding, wrapped.blob);
  return binding;
}

}  // namespace signet::hsm
