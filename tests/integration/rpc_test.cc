#include "tests/integration/rpc_test.h"

namespace signet::testing {

RpcTest::RpcTest(const TestServerOptions& options)
    : server_(options),
      channel_(server_.Connect()),
      key_stub_(v1::KeyService::NewStub(channel_)),
      tenant_stub_(v1::TenantService::NewStub(channel_)),
      audit_stub_(v1::AuditService::NewStub(channel_)) {
  MakeTenant("acme");
}

void RpcTest::MakeTenant(const std::string& id) {
  v1::CreateTenantRequest request;
  request.set_tenant_id(id);
  request.mutable_tenant()->set_kind(v1::Tenant::SUBACCOUNT);
  ASSERT_EQ(Call(&TenantStub::CreateTenant, request).outcome(), "OK");
}

void RpcTest::MakeRing(const std::string& id, v1::Algorithm algorithm) {
  v1::CreateKeyRingRequest request;
  request.set_parent(kTenant);
  request.set_key_ring_id(id);
  request.mutable_key_ring()->set_algorithm(algorithm);
  ASSERT_EQ(Call(&KeyStub::CreateKeyRing, request).outcome(), "OK");
}

v1::SigningKey RpcTest::MakeKey(const std::string& ring) {
  v1::CreateKeyRequest request;
  request.set_parent(ring);
  const auto reply = Call(&KeyStub::CreateKey, request);
  EXPECT_EQ(reply.outcome(), "OK");
  return reply.response;
}

v1::SigningKey RpcTest::MakeEnabledKey(const std::string& ring) { return Enable(MakeKey(ring).name()); }

v1::SigningKey RpcTest::Enable(const std::string& key) {
  v1::EnableKeyRequest request;
  request.set_name(key);
  request.set_force(true);
  const auto reply = Call(&KeyStub::EnableKey, request);
  EXPECT_EQ(reply.outcome(), "OK");
  return reply.response;
}

std::string RpcTest::MakeToken(const std::string& claims_json, const std::string& ring) {
  v1::SignTokenRequest request;
  request.set_key_ring(ring);
  request.set_claims_json(claims_json);
  const auto reply = Call(&KeyStub::SignToken, request);
  EXPECT_EQ(reply.outcome(), "OK");
  return reply->token();
}

v1::SigningKey RpcTest::GetKey(const std::string& name) {
  v1::GetKeyRequest request;
  request.set_name(name);
  const auto reply = Call(&KeyStub::GetKey, request);
  EXPECT_EQ(reply.outcome(), "OK");
  return reply.response;
}

Reply<v1::VerifyTokenResponse> RpcTest::Verify(const std::string& token, const std::string& tenant) {
  v1::VerifyTokenRequest request;
  request.set_parent(tenant);
  request.set_token(token);
  return Call(&KeyStub::VerifyToken, request);
}

}  // namespace signet::testing
