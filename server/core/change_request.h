#ifndef SIGNET_SERVER_CORE_CHANGE_REQUEST_H_
#define SIGNET_SERVER_CORE_CHANGE_REQUEST_H_

#include <string>
#include <vector>

namespace signet::core {

enum class Mode { kExecute, kValidateOnly };

// ChangeRequest is what every call that changes something carries beside its subject.
struct ChangeRequest {
  // Who calls, for the audit trail.
  std::string principal;
  // AIP-155; empty if the caller sent none. At most 128 printable ASCII characters (INVALID_FIELD otherwise).
  std::string request_id;
  // SHA-256 over the method and the request without its request_id, made by the adapter; compared when a request_id comes again.
  std::string fingerprint;
  // AIP-154; empty if the change is unconditional.
  std::string etag;
  Mode mode = Mode::kExecute;
};

// ListRequest asks for a page of a list.
struct ListRequest {
  // As the caller sent it: 0 means 100, above 1000 means 1000, below 0 is INVALID_FIELD.
  int page_size = 0;
  std::string page_token;
};

// ListResult is a page of a list.
template <typename T>
struct ListResult {
  std::vector<T> items;
  // Empty at the end.
  std::string next_page_token;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CHANGE_REQUEST_H_
