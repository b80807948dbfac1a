#ifndef SIGNET_CLIENTS_CLI_KEY_RING_FIELDS_H_
#define SIGNET_CLIENTS_CLI_KEY_RING_FIELDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/command.h"
#include "clients/cli/printer.h"
#include "clients/cli/values.h"
#include "google/protobuf/field_mask.pb.h"
#include "signet/v1/key_ring.pb.h"

namespace signet::cli {

// The parameters for what can be set of a key ring: its algorithm, its policy, and what its certificates say.
std::vector<Parameter> KeyRingParameters();

// What the presets stand for, as lines for help: a copy of the server's table.
std::string PresetTable();

// Sets the fields of `ring` that parameters name, and returns them as a mask. A field whose value is "default" is in the mask only.
//   kInvalidArgument USAGE  a value is none
absl::StatusOr<google::protobuf::FieldMask> SetFields(const Values& values, v1::KeyRing& ring);

// Describes a key ring: each field of the policy in force, and whether it comes from the preset; the last rotation, and the next.
Fields Describe(const v1::KeyRing& ring);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_KEY_RING_FIELDS_H_
