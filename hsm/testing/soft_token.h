#ifndef SIGNET_HSM_TESTING_SOFT_TOKEN_H_
#define SIGNET_HSM_TESTING_SOFT_TOKEN_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace signet::hsm {

// SoftToken is a fresh, initialised SoftHSM token in a folder of its own on /dev/shm, which its destructor removes.
//
// It sets SOFTHSM2_CONF in this process's environment, so that a module loaded afterwards and every child process find the token:
// have one at a time, make it before any thread starts, and let it outlive whatever has the module loaded.
class SoftToken {
 public:
  // Makes the folder, its configuration and one token. SoftHSM's own program initialises it, in a process of its own.
  //   kUnavailable  SoftHSM is not installed or failed
  static absl::StatusOr<std::unique_ptr<SoftToken>> Create();

  ~SoftToken();
  SoftToken(const SoftToken&) = delete;
  SoftToken& operator=(const SoftToken&) = delete;

  // Initialises one more token with the same PINs. `label` may be one that exists.
  absl::Status AddToken(absl::string_view label);

  // The PKCS#11 module.
  const std::string& module_path() const { return module_path_; }
  // The token's CKA_LABEL.
  const std::string& label() const { return label_; }
  const Secret& user_pin() const { return user_pin_; }
  const Secret& so_pin() const { return so_pin_; }
  // The value of SOFTHSM2_CONF.
  const std::string& config_path() const { return config_path_; }
  // Where SoftHSM keeps its tokens: one folder each, one file an object.
  const std::string& token_directory() const { return token_directory_; }

 private:
  explicit SoftToken(std::string directory);

  const std::string directory_;
  const std::string config_path_;
  const std::string token_directory_;
  const std::string module_path_ = "/usr/lib/softhsm/libsofthsm2.so";
  const std::string label_ = "signet-test";
  const Secret user_pin_{"482913"};
  const Secret so_pin_{"73920155"};
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_SOFT_TOKEN_H_
