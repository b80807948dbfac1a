#include "hsm/testing/soft_token.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "hsm/testing/subprocess.h"

namespace signet::hsm {

SoftToken::SoftToken(std::string directory)
    : directory_(std::move(directory)), config_path_(directory_ + "/softhsm2.conf"), token_directory_(directory_ + "/tokens") {}

SoftToken::~SoftToken() {
  unsetenv("SOFTHSM2_CONF");
  std::error_code ignored;  // What is left on /dev/shm harms no later test: each has a folder of its own.
  std::filesystem::remove_all(directory_, ignored);
}

absl::StatusOr<std::unique_ptr<SoftToken>> SoftToken::Create() {
  char directory[] = "/dev/shm/signet-test-XXXXXX";
  if (mkdtemp(directory) == nullptr) return absl::UnavailableError(absl::StrCat("mkdtemp: ", strerror(errno)));
  std::unique_ptr<SoftToken> token(new SoftToken(directory));

  std::error_code error;
  std::filesystem::create_directory(token->token_directory_, error);
  std::ofstream config(token->config_path_);
  config << "directories.tokendir = " << token->token_directory_ << "\n"
         << "objectstore.backend = file\n"
         << "log.level = ERROR\n"
         << "slots.removable = false\n";
  config.close();
  if (error || !config) return absl::UnavailableError(absl::StrCat(directory, ": cannot write the configuration of SoftHSM"));

  setenv("SOFTHSM2_CONF", token->config_path_.c_str(), /*overwrite=*/1);
  SIGNET_RETURN_IF_ERROR(token->AddToken(token->label_));
  return token;
}

absl::Status SoftToken::AddToken(absl::string_view label) {
  // The PINs of a test's token are no secrets: they may stand on a command line.
  const absl::StatusOr<SubprocessResult> result =
      RunSubprocess({"softhsm2-util", "--module", module_path_, "--init-token", "--free", "--label", std::string(label), "--pin",
                     std::string(user_pin_.Expose()), "--so-pin", std::string(so_pin_.Expose())});
  if (!result.ok()) return absl::UnavailableError(result.status().message());
  if (result->exit_code != 0) return absl::UnavailableError(absl::StrCat("softhsm2-util: ", result->output));
  return absl::OkStatus();
}

}  // namespace signet::hsm
