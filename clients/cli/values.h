#ifndef SIGNET_CLIENTS_CLI_VALUES_H_
#define SIGNET_CLIENTS_CLI_VALUES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::cli {

// Values are the parameters of one command line, by name, as they were written.
class Values {
 public:
  void Add(absl::string_view name, absl::string_view value) { values_[std::string(name)].emplace_back(value); }

  bool Has(absl::string_view name) const { return values_.contains(std::string(name)); }
  // Returns the value; "" if the parameter is missing or stands without one.
  std::string Get(absl::string_view name) const { return Has(name) ? All(name).front() : ""; }
  std::vector<std::string> All(absl::string_view name) const {
    const auto found = values_.find(std::string(name));
    return found == values_.end() ? std::vector<std::string>() : found->second;
  }
  // Reads a parameter of kind kBool; false if it is missing.
  bool IsTrue(absl::string_view name) const { return Get(name) == "true"; }

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_VALUES_H_
