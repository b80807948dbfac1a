#ifndef SIGNET_SERVER_MAIN_DEV_ENVIRONMENT_H_
#define SIGNET_SERVER_MAIN_DEV_ENVIRONMENT_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/unique_fd.h"
#include "server/main/command_line.h"
#include "signet/config/v1/config.pb.h"

namespace signet::server {

// DevEnvironment is all that a development server needs, made under one folder at its first start and found there at the next:
// a token, a store, a CA, a certificate. It holds a lock on the folder. The administrator's credential is made by
// EnsureDevAdministrator.
class DevEnvironment {
 public:
  // Takes the folder and makes what it lacks. Removes the dev.json of an earlier run.
  //   kInvalidArgument     an address is not on 127.0.0.1, [::1] or localhost, for which alone the certificate is; or the folder's
  //                        name has characters that SoftHSM's configuration cannot hold
  //   kFailedPrecondition  another signetd uses the folder
  //   otherwise            as MakeFolder, WriteFileAtomically, PrepareDevToken
  static absl::StatusOr<DevEnvironment> Prepare(const DevCommand& command, Random& random, const Clock& clock);

  // Absolute.
  const std::string& folder() const { return folder_; }
  // Where the administrator's credential is.
  std::string admin_credential_file() const { return folder_ + "/admin.json"; }
  // Complete and valid.
  const config::v1::Config& config() const { return config_; }

  // Writes signet.json, which tells the command line where the server is, and then dev.json, which tells programs so. Call it when
  // the server answers.
  absl::Status Announce(const std::string& grpc_address, const std::string& https_url) const;

 private:
  DevEnvironment(std::string folder, UniqueFd lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}
  absl::Status PrepareCertificates(absl::Time now) const;
  std::string PathOf(const char* name) const;

  std::string folder_;
  UniqueFd lock_;
  config::v1::Config config_;
};

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_DEV_ENVIRONMENT_H_
