#include "server/rpc/audit_service_adapter.h"

#include "server/rpc/audit_calls.h"

namespace signet::rpc {

grpc::ServerUnaryReactor* AuditServiceAdapter::ListEvents(grpc::CallbackServerContext* context,
                                                          const v1::ListEventsRequest* request, v1::ListEventsResponse* response) {
  return dispatcher_.RunAdmin("signet.v1.AuditService/ListEvents", *context,
                              [this, request, response] { return rpc::ListEvents(backend_.audit_trail, *request, *response); });
}

}  // namespace signet::rpc
