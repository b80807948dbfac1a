#ifndef SIGNET_CLIENTS_CLI_CERTIFICATE_SUBJECT_H_
#define SIGNET_CLIENTS_CLI_CERTIFICATE_SUBJECT_H_

#include <string>
#include <vector>

#include "clients/cli/command.h"
#include "clients/cli/values.h"
#include "signet/v1/key_ring.pb.h"

namespace signet::cli {

// The parameters that name the subject of a certificate.
std::vector<Parameter> SubjectParameters();

// Sets the fields that these parameters name, and returns the names of those fields.
std::vector<std::string> SetSubject(const Values& values, v1::CertificateProfile& profile);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_CERTIFICATE_SUBJECT_H_
