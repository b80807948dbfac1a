#ifndef SIGNET_TESTS_INTEGRATION_API_METHODS_H_
#define SIGNET_TESTS_INTEGRATION_API_METHODS_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "signet/v1/audit_service.pb.h"
#include "signet/v1/credential_service.pb.h"
#include "signet/v1/key_service.pb.h"
#include "signet/v1/tenant_service.pb.h"

namespace signet::testing {

// All methods of signet.v1, as the protos have them.
inline std::vector<const google::protobuf::MethodDescriptor*> ApiMethods() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const google::protobuf::FileDescriptor* file :
       {v1::GetKeyRequest::descriptor()->file(), v1::GetTenantRequest::descriptor()->file(),
        v1::ListEventsRequest::descriptor()->file(), v1::GetCredentialRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) methods.push_back(file->service(i)->method(j));
    }
  }
  return methods;
}

// "signet.v1.KeyService/GetKey".
inline std::string FullNameOf(const google::protobuf::MethodDescriptor& method) {
  return absl::StrCat(method.service()->full_name(), "/", method.name());
}

}  // namespace signet::testing

#endif  // SIGNET_TESTS_INTEGRATION_API_METHODS_H_
