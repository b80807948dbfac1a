#ifndef SIGNET_SERVER_RPC_UPDATE_CONVERSION_H_
#define SIGNET_SERVER_RPC_UPDATE_CONVERSION_H_

#include "absl/status/statusor.h"
#include "google/protobuf/field_mask.pb.h"
#include "server/core/key_rings.h"
#include "server/core/tenants.h"
#include "signet/v1/key_ring.pb.h"
#include "signet/v1/tenant.pb.h"

namespace signet::rpc {

// Turn a resource with new values and a mask (AIP-134, AIP-161) into an update. An empty mask means the fields that are set; "*"
// means all that can be changed. A field in the mask that is not set goes back to its default; `policy` names all fields of the
// policy.
//   kInvalidArgument  INVALID_FIELD for `update_mask`: a path that does not exist or cannot be changed, such as an output-only one
//                     INVALID_FIELD, INVALID_NAME: a value
//                     MISSING_FIELD: `algorithm` in the mask without a value: no default is worth a silent change of it
absl::StatusOr<core::TenantUpdate> TenantUpdateFromProto(const v1::Tenant& tenant, const google::protobuf::FieldMask& mask);
absl::StatusOr<core::RingUpdate> RingUpdateFromProto(const v1::KeyRing& ring, const google::protobuf::FieldMask& mask);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_UPDATE_CONVERSION_H_
