// The two lists of reasons, that of the wire and that of the code, are the same.
#include "base/error_reason.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "signet/v1/error_reason.pb.h"

namespace signet {
namespace {

TEST(ErrorReason, TheProtoAndTheCodeListTheSameReasons) {
  std::set<std::string> in_proto;
  const google::protobuf::EnumDescriptor& reasons = *v1::ErrorReason_descriptor();
  for (int i = 0; i < reasons.value_count(); ++i) {
    if (reasons.value(i)->number() != v1::ERROR_REASON_UNSPECIFIED) in_proto.insert(reasons.value(i)->name());
  }
  std::set<std::string> in_code;
  for (const absl::string_view name : reason::kAll)
    EXPECT_TRUE(in_code.insert(std::string(name)).second) << name << " stands twice";
  EXPECT_EQ(in_code, in_proto);
}

}  // namespace
}  // namespace signet
