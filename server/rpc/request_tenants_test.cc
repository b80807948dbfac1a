#include "server/rpc/request_tenants.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "signet/v1/audit_service.pb.h"
#include "signet/v1/credential_service.pb.h"
#include "signet/v1/key_service.pb.h"
#include "signet/v1/tenant_service.pb.h"

namespace signet::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using keystore::TenantId;

// Fields of texts that name no resource that the call is about, by message and field.
const std::set<std::string>& OtherTexts() {
  static const auto& texts = *new std::set<std::string>{
      "AddPublicKeyRequest.etag",
      "AddPublicKeyRequest.request_id",
      "AudienceGrant.audience",
      "AudienceGrant.scopes",
      "CertificateProfile.common_name",
      "CertificateProfile.country",
      "CertificateProfile.organization",
      "CertificateProfile.organizational_unit",
      "CertificateSource.csr",
      "CertificateSource.pem",
      "ClientCertificate.issuer",
      "ClientCertificate.pem",
      "ClientCertificate.subject",
      "ClientCertificate.thumbprint",
      "ClientPublicKey.id",
      "ClientPublicKey.public_key",
      "ClientSecret.id",
      "CreateCredentialRequest.credential_id",
      "CreateCredentialRequest.request_id",
      "CreateCredentialRequest.seal_to_jwk",
      "CreateKeyRequest.key_id",
      "CreateKeyRequest.request_id",
      "CreateKeyRingRequest.key_ring_id",
      "CreateKeyRingRequest.request_id",
      "CreateTenantRequest.request_id",
      "CreateTenantRequest.tenant_id",
      "Credential.client_id",
      "Credential.etag",
      // Ignored at the creation, which is the only call with one.
      "Credential.name",
      "Credential.scopes",
      "Credential.token_url",
      "DeleteCredentialRequest.etag",
      "DeleteCredentialRequest.request_id",
      "DeleteKeyRequest.etag",
      "DeleteKeyRequest.request_id",
      "DeleteKeyRingRequest.etag",
      "DeleteKeyRingRequest.request_id",
      "DeleteTenantRequest.etag",
      "DeleteTenantRequest.request_id",
      "DestroyWrappingKeyRequest.request_id",
      "DisableKeyRequest.etag",
      "DisableKeyRequest.request_id",
      "EnableKeyRequest.etag",
      "EnableKeyRequest.request_id",
      "FieldMask.paths",
      "KeyRing.etag",
      "ListCredentialsRequest.page_token",
      // Filters, within the tenant of `parent`.
      "ListEventsRequest.action",
      "ListEventsRequest.actor",
      "ListEventsRequest.page_token",
      "ListEventsRequest.request_id",
      "ListEventsRequest.resource",
      "ListKeyRingsRequest.page_token",
      "ListKeysRequest.page_token",
      "ListTenantsRequest.page_token",
      "ListWrappingKeysRequest.page_token",
      "RemovePublicKeyRequest.etag",
      "RemovePublicKeyRequest.public_key_id",
      "RemovePublicKeyRequest.request_id",
      "RevokeKeyRequest.etag",
      "RevokeKeyRequest.request_id",
      "RevokeSecretRequest.etag",
      "RevokeSecretRequest.request_id",
      "RevokeSecretRequest.secret_id",
      "RotateKeysRequest.reason",
      "RotateKeysRequest.request_id",
      "RotateSecretRequest.etag",
      "RotateSecretRequest.request_id",
      "RotateSecretRequest.seal_to_jwk",
      "RotateWrappingKeyRequest.request_id",
      "SetCertificateChainRequest.etag",
      "SetCertificateChainRequest.pem_chain",
      "SetCertificateChainRequest.request_id",
      "SignTokenRequest.claims_json",
      "SigningProfile.allowed_claims",
      "SigningProfile.audiences",
      "SigningProfile.fixed_claims_json",
      // Ids, of rings in every tenant that is reached.
      "SigningProfile.key_rings",
      "SigningProfile.required_claims",
      "Tenant.display_name",
      "Tenant.etag",
      "Tenant.host_aliases",
      "Tenant.issuer",
      "UpdateKeyRingRequest.request_id",
      "UpdateTenantRequest.request_id",
      "VerifyTokenRequest.audience",
      "VerifyTokenRequest.token",
      "WatchKeysRequest.resume_token",
  };
  return texts;
}

// The names within a new resource are ignored: what it is called follows from the rest of the request.
bool IsIgnored(const std::string& method, const std::string& field) {
  return (method == "CreateKeyRing" && field == "KeyRing.name") || (method == "CreateTenant" && field == "Tenant.name");
}

// What a reply says of a resource and a request only repeats.
bool IsOutputOnly(const FieldDescriptor& field) {
  const auto& behaviors = field.options().GetRepeatedExtension(google::api::field_behavior);
  return std::find(behaviors.begin(), behaviors.end(), google::api::OUTPUT_ONLY) != behaviors.end();
}

// FieldWalk fills each text field of a request in turn, however deep, and asks for the tenants of what comes of it.
template <typename Request>
class FieldWalk {
 public:
  explicit FieldWalk(std::string method) : method_(std::move(method)) { Walk(request_, 0); }

 private:
  void Walk(Message& message, int depth) {
    const google::protobuf::Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (field.type() == FieldDescriptor::TYPE_STRING) CheckText(message, field);
      if (field.type() != FieldDescriptor::TYPE_MESSAGE || depth == 3 || IsOutputOnly(field)) continue;
      const google::protobuf::Reflection& reflection = *message.GetReflection();
      Walk(field.is_repeated() ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
           depth + 1);
    }
  }

  void CheckText(Message& message, const FieldDescriptor& field) {
    const std::string name = absl::StrCat(field.containing_type()->name(), ".", field.name());
    if (OtherTexts().contains(name) || IsIgnored(method_, name)) return;
    ASSERT_FALSE(field.is_repeated()) << name;
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    reflection.SetString(&message, &field, "tenants/foreign/keyRings/r/keys/k");
    EXPECT_THAT(TenantsOf(request_), ElementsAre(TenantId("foreign"))) << method_ << ": " << name;
    reflection.ClearField(&message, &field);
  }

  const std::string method_;
  Request request_;
};

TEST(RequestTenantsTest, EveryNameOfAResourceInAnyRequestIsFound) {
#define WALK(method) FieldWalk<v1::method##Request> walk_##method(#method)
  WALK(CreateKeyRing);
  WALK(GetKeyRing);
  WALK(ListKeyRings);
  WALK(UpdateKeyRing);
  WALK(DeleteKeyRing);
  WALK(CreateKey);
  WALK(GetKey);
  WALK(ListKeys);
  WALK(EnableKey);
  WALK(DisableKey);
  WALK(RevokeKey);
  WALK(DeleteKey);
  WALK(RotateKeys);
  WALK(PreviewRotation);
  WALK(WatchKeys);
  WALK(BatchSign);
  WALK(StreamSign);
  WALK(ListWrappingKeys);
  WALK(RotateWrappingKey);
  WALK(DestroyWrappingKey);
  WALK(GetCertificate);
  WALK(SetCertificateChain);
  WALK(GenerateCsr);
  WALK(GetPublicKey);
  WALK(GetJwks);
  WALK(Sign);
  WALK(SignToken);
  WALK(VerifyToken);
  WALK(CreateTenant);
  WALK(GetTenant);
  WALK(ListTenants);
  WALK(UpdateTenant);
  WALK(DeleteTenant);
  WALK(ListEvents);
  WALK(VerifyAuditLog);
  WALK(CreateCredential);
  WALK(GetCredential);
  WALK(ListCredentials);
  WALK(DeleteCredential);
  WALK(RotateSecret);
  WALK(RevokeSecret);
  WALK(AddPublicKey);
  WALK(RemovePublicKey);
#undef WALK
  // Those above are all that there are.
  int methods = 0;
  for (const google::protobuf::FileDescriptor* file :
       {v1::GetKeyRequest::descriptor()->file(), v1::GetTenantRequest::descriptor()->file(),
        v1::ListEventsRequest::descriptor()->file(), v1::GetCredentialRequest::descriptor()->file()}) {
    methods += file->service(0)->method_count();
    EXPECT_EQ(file->service_count(), 1);
  }
  EXPECT_EQ(methods, 43);
}

TEST(RequestTenantsTest, AnUpdateNamesWhatItChangesAndANewParent) {
  v1::UpdateTenantRequest request;
  request.mutable_tenant()->set_name("tenants/a");
  request.mutable_tenant()->set_parent("tenants/b");
  EXPECT_THAT(TenantsOf(request), ElementsAre(TenantId("a"), TenantId("b")));
  request.mutable_tenant()->set_parent("tenants/a");
  EXPECT_THAT(TenantsOf(request), ElementsAre(TenantId("a")));
}

TEST(RequestTenantsTest, TheNameOfWhatIsNewIsIgnored) {
  v1::CreateTenantRequest request;
  request.mutable_tenant()->set_name("tenants/new");
  request.mutable_tenant()->set_parent("tenants/above");
  EXPECT_THAT(TenantsOf(request), ElementsAre(TenantId("above")));
}

TEST(RequestTenantsTest, WhatNoCallAcceptsNamesNoTenant) {
  for (const char* name : {"", "tenants", "tenants/", "tenants//keyRings/r", "tenants/UPPER", "tenants/a b", "/tenants/a",
                           "tenants/-a", "projects/a", "tenants/a%2fb"}) {
    EXPECT_THAT(TenantsIn({name}), IsEmpty()) << name;
  }
}

}  // namespace
}  // namespace signet::rpc
