#ifndef SIGNET_SERVER_HTTP_REQUEST_PARAMETERS_H_
#define SIGNET_SERVER_HTTP_REQUEST_PARAMETERS_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace signet::http {

// RequestParameters are the parameters of an OAuth request (RFC 6749 section 3.2), each once. All are kept as secrets, as a
// client's proof is among them.
class RequestParameters {
 public:
  // More are refused: no request has so many, and a body of 64 KiB could hold 20,000.
  static constexpr size_t kMaxCount = 32;

  // Adds a parameter; an empty `value` is as good as none (RFC 6749 section 3.2), but counts as given.
  //   kInvalidArgument  the parameter was given before, or there are too many
  absl::Status Add(std::string name, std::string value);

  // The value, or "" if there is none. Borrowed.
  absl::string_view Find(absl::string_view name) const;

 private:
  std::map<std::string, Secret, std::less<>> values_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_REQUEST_PARAMETERS_H_
