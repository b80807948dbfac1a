#include "server/rpc/item_signing.h"

#include <optional>

#include "absl/status/statusor.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "server/core/names.h"
#include "server/rpc/proto_conversion.h"
#include "server/rpc/required_field.h"

namespace signet::rpc {
namespace {

template <typename Input>
absl::StatusOr<core::SigningInput> Read(const Input& input) {
  core::SigningInput result;
  if (input.has_digest()) {
    result.input = core::DigestInput{input.digest()};
  } else if (input.has_data()) {
    result.input = core::DataInput{input.data()};
  } else {
    return MissingField("input");
  }
  if (input.has_input_crc32c()) result.crc32c = input.input_crc32c();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<core::SignatureFormat> format,
                          FromProto("signature_format", input.signature_format()));
  result.format = format.value_or(core::SignatureFormat::kRaw);
  return result;
}

}  // namespace

template <typename Input>
absl::Status ItemSigning::SignAny(const Input& input, v1::SignResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::SigningInput to_sign, Read(input));
  SIGNET_ASSIGN_OR_RETURN(std::string signature, signing_.Sign(to_sign, signer_));
  response.set_key(KeyName());
  response.set_algorithm(ToProto(signing_.key().algorithm()));
  response.set_signature_crc32c(Crc32c(signature));
  response.set_signature(std::move(signature));
  response.set_input_crc32c_verified(input.has_input_crc32c());
  return absl::OkStatus();
}

template absl::Status ItemSigning::SignAny(const v1::SignRequest& input, v1::SignResponse& response);
template absl::Status ItemSigning::SignAny(const v1::SigningInput& input, v1::SignResponse& response);

const std::string& ItemSigning::KeyName() {
  const core::KeyName& name = signing_.key().name;
  if (key_name_.empty() || kid_ != name.kid) {
    kid_ = name.kid;
    key_name_ = core::FormatKeyName(name);
  }
  return key_name_;
}

}  // namespace signet::rpc
