#ifndef SIGNET_SERVER_RPC_PROTO_CONVERSION_H_
#define SIGNET_SERVER_RPC_PROTO_CONVERSION_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "hsm/algorithm.h"
#include "keystore/records.h"
#include "server/core/key_rings.h"
#include "server/core/keys.h"
#include "server/core/names.h"
#include "server/core/rotation_view.h"
#include "server/core/tenants.h"
#include "server/core/tokens.h"
#include "signet/v1/key_ring.pb.h"
#include "signet/v1/key_service.pb.h"
#include "signet/v1/signing_key.pb.h"
#include "signet/v1/tenant.pb.h"

namespace signet::rpc {

// Between the words of signet.v1 and those of the layers below. In all errors, `field` is the path of the request's field.

google::protobuf::Timestamp ToProto(absl::Time time);
google::protobuf::Duration ToProto(absl::Duration duration);
//   kInvalidArgument  INVALID_FIELD: not a valid google.protobuf.Duration: beyond 10,000 years, nanoseconds of a second or more, or
//                     of the other sign than the seconds
absl::StatusOr<absl::Duration> FromProto(absl::string_view field, const google::protobuf::Duration& duration);
//   kInvalidArgument  INVALID_FIELD: not a valid google.protobuf.Timestamp: not in the years 1 to 9999, or nanoseconds of a
//                     second or more
absl::StatusOr<absl::Time> FromProto(absl::string_view field, const google::protobuf::Timestamp& timestamp);

v1::Algorithm ToProto(hsm::Algorithm algorithm);

// nullopt for …_UNSPECIFIED.
//   kInvalidArgument  INVALID_FIELD: a number that the enum does not have
absl::StatusOr<std::optional<hsm::Algorithm>> FromProto(absl::string_view field, v1::Algorithm algorithm);
absl::StatusOr<std::optional<keystore::TenantKind>> FromProto(absl::string_view field, v1::Tenant::Kind kind);
absl::StatusOr<std::optional<keystore::Preset>> FromProto(absl::string_view field, v1::KeyPolicy::Preset preset);
absl::StatusOr<std::optional<keystore::Protection>> FromProto(absl::string_view field, v1::KeyRing::Protection protection);
absl::StatusOr<std::optional<core::SignatureFormat>> FromProto(absl::string_view field, v1::SignRequest::SignatureFormat format);

// What is unset in `policy` stays unset; the preset is STANDARD by default. Ranges are not checked.
//   kInvalidArgument  INVALID_FIELD
absl::StatusOr<keystore::KeyPolicy> FromProto(absl::string_view field, const v1::KeyPolicy& policy);
absl::StatusOr<keystore::CertificateProfile> FromProto(absl::string_view field, const v1::CertificateProfile& profile);

// Resources as replies show them. A ring's policy shows what was set, not what follows from the preset, so that a ring that is
// read, changed and written back still follows its preset.
v1::Tenant ToProto(const core::TenantView& view);
v1::KeyRing ToProto(const core::RingView& view);
v1::SigningKey ToProto(const core::KeyView& view);
v1::Rotation ToProto(const core::RingName& ring, const core::RotationView& view);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_PROTO_CONVERSION_H_
