// Holds core's table of access rules against the services that there are.
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "externaljwt/apis/v1/api.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "gtest/gtest.h"
#include "server/core/access.h"
#include "signet/v1/audit_service.pb.h"
#include "signet/v1/credential_service.pb.h"
#include "signet/v1/key_service.pb.h"
#include "signet/v1/tenant_service.pb.h"

namespace signet::rpc {
namespace {

void AddMethods(const google::protobuf::FileDescriptor* file, std::set<std::string>& methods) {
  for (int i = 0; i < file->service_count(); ++i) {
    const google::protobuf::ServiceDescriptor* service = file->service(i);
    for (int j = 0; j < service->method_count(); ++j) {
      methods.insert(absl::StrCat(service->full_name(), "/", service->method(j)->name()));
    }
  }
}

std::set<std::string> MethodsOfTheProtos() {
  std::set<std::string> methods;
  AddMethods(v1::GetKeyRequest::descriptor()->file(), methods);
  AddMethods(v1::GetTenantRequest::descriptor()->file(), methods);
  AddMethods(v1::ListEventsRequest::descriptor()->file(), methods);
  AddMethods(v1::GetCredentialRequest::descriptor()->file(), methods);
  AddMethods(::v1::SignJWTRequest::descriptor()->file(), methods);
  AddMethods(grpc::health::v1::HealthCheckRequest::descriptor()->file(), methods);
  // A binary that links grpc++_reflection cannot link its proto too.
  methods.insert("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
  return methods;
}

TEST(AccessRulesTest, EveryMethodOfEveryServiceHasARuleAndNoRuleIsLeftOver) {
  std::set<std::string> ruled;
  for (const core::AccessRule& rule : core::access_rules::kAll) {
    // Those of HTTP begin with "GET /" and the like.
    if (!absl::StrContains(rule.method, " ")) ruled.insert(rule.method);
  }
  EXPECT_EQ(ruled, MethodsOfTheProtos());
}

TEST(AccessRulesTest, OnlyHealthReflectionAndTheJwksAreForAnybody) {
  std::set<std::string> open;
  for (const core::AccessRule& rule : core::access_rules::kAll) {
    if (absl::StartsWith(rule.method, "signet.") && rule.who == core::AccessRule::Who::kAnybody) open.insert(rule.method);
  }
  EXPECT_EQ(open, std::set<std::string>{"signet.v1.KeyService/GetJwks"});
}

}  // namespace
}  // namespace signet::rpc
