// Every field of every request, set to what nobody would send in good faith: no answer may be INTERNAL or UNKNOWN, none without a
// reason, and none may quote what was sent at length.
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;

const std::vector<std::string>& HostileStrings() {
  static const auto* const strings = new std::vector<std::string>{
      "",
      std::string(1, '\0'),
      std::string("tenants/acme\0", 13),
      std::string(100'000, 'a'),
      "tenants/" + std::string(10'000, 'a'),
      "tenants/acme/keyRings/access-token/keys/" + std::string(10'000, 'k'),
      "tenants/-/keyRings/-/keys/-",
      "../../etc/passwd",
      "' OR 1=1; DROP TABLE keys; --",
      "\xe2\x80\xae\xf0\x9f\x92\xa3",
      "{\"a\":" + std::string(50'000, '['),
      "%s%n%x",
      "eyJhbGciOiJub25lIn0.e30.",
  };
  return *strings;
}

// Sets `field` of `message` to the `variant`-th hostile value; false if there are no more.
bool SetHostile(Message& message, const FieldDescriptor& field, size_t variant) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (variant >= HostileStrings().size()) return false;
      if (field.is_repeated()) {
        for (int i = 0; i < 20; ++i) reflection.AddString(&message, &field, HostileStrings()[variant].substr(0, 5'000));
      } else {
        reflection.SetString(&message, &field, HostileStrings()[variant]);
      }
      return true;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int values[] = {-1, 0, 1, 999, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()};
      if (variant >= std::size(values)) return false;
      reflection.SetEnumValue(&message, &field, values[variant]);
      return true;
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      const int32_t values[] = {-1, 1, std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min()};
      if (variant >= std::size(values)) return false;
      reflection.SetInt32(&message, &field, values[variant]);
      return true;
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const int64_t values[] = {-1, 1, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
      if (variant >= std::size(values)) return false;
      reflection.SetInt64(&message, &field, values[variant]);
      return true;
    }
    case FieldDescriptor::CPPTYPE_UINT32:
      if (variant > 0) return false;
      reflection.SetUInt32(&message, &field, std::numeric_limits<uint32_t>::max());
      return true;
    case FieldDescriptor::CPPTYPE_UINT64:
      if (variant > 0) return false;
      reflection.SetUInt64(&message, &field, std::numeric_limits<uint64_t>::max());
      return true;
    case FieldDescriptor::CPPTYPE_BOOL:
      if (variant > 1) return false;
      reflection.SetBool(&message, &field, variant == 1);
      return true;
    default:
      ADD_FAILURE() << "no hostile values for " << field.full_name();
      return false;
  }
}

class HostileInputTest : public BackendTest {
 protected:
  HostileInputTest() { key_ = MakeEnabledKey().name(); }

  // A request whose names exist, so that hostile values beside them get far.
  std::unique_ptr<Message> PlausibleRequest(const Descriptor& type) {
    std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
    const auto set = [&](Message& message, const char* field, const std::string& value) {
      const FieldDescriptor* const descriptor = message.GetDescriptor()->FindFieldByName(field);
      if (descriptor != nullptr) message.GetReflection()->SetString(&message, descriptor, value);
    };
    const bool about_tenants = type.name().find("Tenant") != std::string::npos;
    const bool about_rings = type.name().find("KeyRing") != std::string::npos || type.name().find("Rotat") != std::string::npos ||
                             type.name() == "WatchKeysRequest";
    set(*request, "name", about_tenants ? kTenant : about_rings ? kRing : key_);
    set(*request, "parent", type.name() == "CreateKeyRequest" || type.name() == "ListKeysRequest" ? kRing : kTenant);
    set(*request, "key_ring_id", "new");
    set(*request, "data", "data");
    if (const FieldDescriptor* const ring = type.FindFieldByName("key_ring"); ring != nullptr) {
      if (ring->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        set(*request, "key_ring", kRing);
      } else {
        set(*request->GetReflection()->MutableMessage(request.get(), ring), "name", kRing);
      }
    }
    if (const FieldDescriptor* const tenant = type.FindFieldByName("tenant"); tenant != nullptr) {
      Message& message = *request->GetReflection()->MutableMessage(request.get(), tenant);
      set(message, "name", kTenant);
      message.GetReflection()->SetEnumValue(&message, message.GetDescriptor()->FindFieldByName("kind"), v1::Tenant::SUBACCOUNT);
    }
    return request;
  }

  void Send(const MethodDescriptor& method, const Message& request, const std::string& what) {
    const std::string path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
    // A stream that is accepted goes on until its deadline.
    const std::chrono::system_clock::duration timeout =
        method.server_streaming() ? std::chrono::milliseconds(300) : CallOptions().timeout;
    const grpc::Status status = CallRaw(channel_, path, request.SerializeAsString(), {.timeout = timeout}).status;
    ++calls_;
    if (status.ok() || (method.server_streaming() && status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED)) return;
    EXPECT_NE(status.error_code(), grpc::StatusCode::INTERNAL) << path << " " << what;
    EXPECT_NE(status.error_code(), grpc::StatusCode::UNKNOWN) << path << " " << what;
    EXPECT_NE(status.error_code(), grpc::StatusCode::DATA_LOSS) << path << " " << what;
    EXPECT_NE(ErrorInfoOf(status).reason(), "") << path << " " << what << ": " << status.error_message();
    EXPECT_LT(status.error_details().size(), 3'000u) << path << " " << what;
  }

  // Sends `request` once for each hostile value of each field of its part `message`.
  void SendVariants(const MethodDescriptor& method, Message& request, Message& message, const std::string& path) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      const std::string field_path = absl::StrCat(path, field.name());
      const std::unique_ptr<Message> saved(message.New());
      saved->CopyFrom(message);
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const google::protobuf::Reflection& reflection = *message.GetReflection();
        SendVariants(method, request,
                     field.is_repeated() ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
                     field_path + ".");
        message.CopyFrom(*saved);
        continue;
      }
      for (size_t variant = 0; SetHostile(message, field, variant); ++variant) {
        Send(method, request, absl::StrCat(field_path, " variant ", variant));
        message.CopyFrom(*saved);
      }
    }
  }

  std::string key_;
  int calls_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Backends, HostileInputTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite), BackendName);

TEST_P(HostileInputTest, NoFieldOfAnyRequestLeadsToAnInternalError) {
  for (const char* name : {"signet.v1.KeyService", "signet.v1.TenantService", "signet.v1.AuditService"}) {
    const auto* const service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    ASSERT_NE(service, nullptr);
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor& method = *service->method(i);
      const std::unique_ptr<Message> request = PlausibleRequest(*method.input_type());
      // What deletes or changes is only validated, so that it finds the same for each value.
      const FieldDescriptor* const validate_only = method.input_type()->FindFieldByName("validate_only");
      if (validate_only != nullptr) request->GetReflection()->SetBool(request.get(), validate_only, true);
      Send(method, *std::unique_ptr<Message>(request->New()), "empty");
      SendVariants(method, *request, *request, "");
    }
  }
  EXPECT_GT(calls_, 1'000);
  EXPECT_EQ(Verify(MakeToken()).outcome(), "OK");
}

TEST_P(HostileInputTest, ChangesThatAreReallyMadeLeadToNoInternalErrorEither) {
  for (const char* name : {"signet.v1.KeyService", "signet.v1.TenantService", "signet.v1.AuditService"}) {
    const auto* const service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    ASSERT_NE(service, nullptr);
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor& method = *service->method(i);
      if (method.input_type()->FindFieldByName("validate_only") == nullptr) continue;
      const std::unique_ptr<Message> request = PlausibleRequest(*method.input_type());
      SendVariants(method, *request, *request, "");
    }
  }
  EXPECT_EQ(Call(&TenantStub::ListTenants, v1::ListTenantsRequest()).outcome(), "OK");
}

}  // namespace
}  // namespace signet::testing
