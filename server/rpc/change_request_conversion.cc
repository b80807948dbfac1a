#include "server/rpc/change_request_conversion.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "hsm/digest.h"

namespace signet::rpc {

std::string Fingerprint(const google::protobuf::Message& request) {
  std::string bytes = request.GetTypeName();
  bytes.push_back('\0');
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  return hsm::ComputeDigest(hsm::Hash::kSha256, bytes);
}

}  // namespace signet::rpc
