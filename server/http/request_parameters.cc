#include "server/http/request_parameters.h"

#include <utility>

namespace signet::http {

absl::Status RequestParameters::Add(std::string name, std::string value) {
  if (values_.size() == kMaxCount) return absl::InvalidArgumentError("the request has too many parameters");
  Secret secret(std::move(value));
  if (!values_.try_emplace(std::move(name), std::move(secret)).second) {
    return absl::InvalidArgumentError("the request has a parameter twice");
  }
  return absl::OkStatus();
}

absl::string_view RequestParameters::Find(absl::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? absl::string_view() : found->second.Expose();
}

}  // namespace signet::http
