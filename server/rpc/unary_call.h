#ifndef SIGNET_SERVER_RPC_UNARY_CALL_H_
#define SIGNET_SERVER_RPC_UNARY_CALL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/rpc/call_report.h"
#include "server/rpc/unary_rpc.h"

namespace signet::rpc {

// UnaryCall is one unary call from its arrival to its one reply.
//
// gRPC keeps the context, the request and the response of a call until it is finished, even if it is cancelled meanwhile: so work
// on another thread may use them until it calls Finish, and not after. Every UnaryCall must be finished exactly once.
class UnaryCall {
 public:
  // As CallReport.
  UnaryCall(absl::string_view method, UnaryContext& context, const CallReporting& reporting);

  // Tells whether the work is still worth doing: as rpc::CheckWanted.
  absl::Status CheckWanted() const;

  // As CallReport.
  void SetPrincipal(const std::string& name) { report_.SetPrincipal(name); }
  CallReport& report() { return report_; }

  // Writes the access-log line, counts the call and replies. The context, the request and the response are gone afterwards.
  void Finish(const absl::Status& status);

 private:
  UnaryContext& context_;
  CallReport report_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_UNARY_CALL_H_
