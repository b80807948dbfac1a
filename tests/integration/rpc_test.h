#ifndef SIGNET_TESTS_INTEGRATION_RPC_TEST_H_
#define SIGNET_TESTS_INTEGRATION_RPC_TEST_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "tests/integration/rpc_client.h"
#include "tests/integration/test_server.h"

namespace signet::testing {

// RpcTest is a server with a tenant, `tenants/acme`, and calls on it over TLS.
class RpcTest : public ::testing::Test {
 protected:
  explicit RpcTest(const TestServerOptions& options = {});

  // Calls of the services.
  template <typename Request, typename Response>
  Reply<Response> Call(grpc::Status (KeyStub::*method)(grpc::ClientContext*, const Request&, Response*), const Request& request,
                       const CallOptions& options = {}) {
    return testing::Call(*key_stub_, method, request, options);
  }
  template <typename Request, typename Response>
  Reply<Response> Call(grpc::Status (TenantStub::*method)(grpc::ClientContext*, const Request&, Response*), const Request& request,
                       const CallOptions& options = {}) {
    return testing::Call(*tenant_stub_, method, request, options);
  }
  template <typename Request, typename Response>
  Reply<Response> Call(grpc::Status (AuditStub::*method)(grpc::ClientContext*, const Request&, Response*), const Request& request,
                       const CallOptions& options = {}) {
    return testing::Call(*audit_stub_, method, request, options);
  }

  // Steps that many tests begin with; they must succeed.
  void MakeTenant(const std::string& id);
  void MakeRing(const std::string& id, v1::Algorithm algorithm = v1::ES256);
  v1::SigningKey MakeKey(const std::string& ring = kRing);
  // A key that signs; the one that did before no longer does.
  v1::SigningKey MakeEnabledKey(const std::string& ring = kRing);
  v1::SigningKey Enable(const std::string& key);
  std::string MakeToken(const std::string& claims_json = "{}", const std::string& ring = kRing);

  // Short forms of single calls.
  v1::SigningKey GetKey(const std::string& name);
  Reply<v1::VerifyTokenResponse> Verify(const std::string& token, const std::string& tenant = kTenant);

  static constexpr char kTenant[] = "tenants/acme";
  static constexpr char kRing[] = "tenants/acme/keyRings/access-token";

  TestServer server_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<KeyStub> key_stub_;
  const std::unique_ptr<TenantStub> tenant_stub_;
  const std::unique_ptr<AuditStub> audit_stub_;
};

// BackendTest is an RpcTest on each backend.
class BackendTest : public RpcTest, public ::testing::WithParamInterface<Backend> {
 protected:
  BackendTest() : RpcTest({.backend = GetParam()}) {}
};

inline std::string BackendName(const ::testing::TestParamInfo<Backend>& info) { return ::testing::PrintToString(info.param); }

}  // namespace signet::testing

#endif  // SIGNET_TESTS_INTEGRATION_RPC_TEST_H_
