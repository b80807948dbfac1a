#ifndef SIGNET_TESTS_INTEGRATION_RPC_CLIENT_H_
#define SIGNET_TESTS_INTEGRATION_RPC_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "google/protobuf/text_format.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "signet/v1/audit_service.grpc.pb.h"
#include "signet/v1/credential_service.grpc.pb.h"
#include "signet/v1/key_service.grpc.pb.h"
#include "signet/v1/tenant_service.grpc.pb.h"

namespace signet::testing {

using KeyStub = v1::KeyService::Stub;
using TenantStub = v1::TenantService::Stub;
using AuditStub = v1::AuditService::Stub;
using CredentialStub = v1::CredentialService::Stub;

// The ErrorInfo of a status, or an empty one; RetryInfo and RequestInfo likewise.
google::rpc::ErrorInfo ErrorInfoOf(const grpc::Status& status);
google::rpc::RetryInfo RetryInfoOf(const grpc::Status& status);
google::rpc::RequestInfo RequestInfoOf(const grpc::Status& status);

// "OK", or code and reason, such as "NOT_FOUND KEY_NOT_FOUND". An ErrorInfo of another domain shows as "BAD_DOMAIN".
std::string OutcomeOf(const grpc::Status& status);

// Reply is how a call ended.
template <typename Response>
struct Reply {
  grpc::Status status;
  Response response;
  // The initial metadata `x-request-id`; empty without.
  std::string request_id;

  std::string outcome() const { return OutcomeOf(status); }
  const Response* operator->() const { return &response; }
};

struct CallOptions {
  // Long enough for any machine: a test that needs it has failed.
  std::chrono::system_clock::duration timeout = std::chrono::seconds(60);
  std::map<std::string, std::string> metadata = {};
};

// Makes a unary call, such as Call(stub, &KeyStub::GetKey, request).
template <typename Stub, typename Request, typename Response>
Reply<Response> Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                     const Request& request, const CallOptions& options = {}) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + options.timeout);
  for (const auto& [key, value] : options.metadata) context.AddMetadata(key, value);
  Reply<Response> reply;
  reply.status = (stub.*method)(&context, request, &reply.response);
  const auto id = context.GetServerInitialMetadata().find("x-request-id");
  if (id != context.GetServerInitialMetadata().end()) reply.request_id = std::string(id->second.data(), id->second.size());
  return reply;
}

// RawReply is how a call ended whose messages are bytes.
struct RawReply {
  grpc::Status status;
  std::string response;
};

// Makes a call of any method, such as "/signet.v1.KeyService/GetKey", with any bytes as its request.
RawReply CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& request,
                 const CallOptions& options = {});

// Reads a request from protobuf's text format; a text that cannot be read fails the test.
template <typename Request>
Request FromText(const std::string& text) {
  Request request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
  return request;
}

}  // namespace signet::testing

#endif  // SIGNET_TESTS_INTEGRATION_RPC_CLIENT_H_
