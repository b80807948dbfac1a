#ifndef SIGNET_BASE_SAP_INSTANCE_ID_H_
#define SIGNET_BASE_SAP_INSTANCE_ID_H_

#include <string>

#include "absl/strings/string_view.h"

namespace signet {

// A UUID (RFC 9562, version 8) that stands for an API credential wherever SAP BTP has an instance of a service: always the same for
// a client id, so that nothing has to be stored for it.
std::string SapInstanceIdOf(absl::string_view client_id);

}  // namespace signet

#endif  // SIGNET_BASE_SAP_INSTANCE_ID_H_
