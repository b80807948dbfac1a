#ifndef SIGNET_SERVER_RPC_CHANGE_REQUEST_CONVERSION_H_
#define SIGNET_SERVER_RPC_CHANGE_REQUEST_CONVERSION_H_

#include <string>

#include "google/protobuf/message.h"
#include "server/core/change_request.h"

namespace signet::rpc {

// Returns SHA-256 over a request's type, which stands for its method, and the deterministic serialisation of `request`. Equal
// requests of one method have equal fingerprints within one release of the protos.
std::string Fingerprint(const google::protobuf::Message& request);

// Reads what every change carries; `principal` is the name of who calls. `Request` has request_id and validate_only.
template <typename Request>
core::ChangeRequest ChangeRequestFromProto(const Request& request, const std::string& principal, const std::string& etag) {
  core::ChangeRequest change;
  change.principal = principal;
  change.request_id = request.request_id();
  change.etag = etag;
  change.mode = request.validate_only() ? core::Mode::kValidateOnly : core::Mode::kExecute;
  if (!change.request_id.empty()) {
    Request body = request;
    body.clear_request_id();
    change.fingerprint = Fingerprint(body);
  }
  return change;
}

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CHANGE_REQUEST_CONVERSION_H_
