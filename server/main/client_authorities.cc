#include "server/main/client_authorities.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "hsm/certificate_chain.h"
#include "server/main/file.h"

namespace signet::server {

absl::StatusOr<std::vector<std::string>> ReadAuthorities(const std::string& path) {
  SIGNET_ASSIGN_OR_RETURN(const std::string pem, ReadFile(path, hsm::kMaxPemChainSize));
  absl::StatusOr<std::vector<std::string>> authorities = hsm::ParsePemChain(pem);
  if (authorities.ok()) return authorities;
  return absl::InvalidArgumentError(absl::StrCat(path, " must hold 1 to 8 certificates as PEM: ", authorities.status().message()));
}

absl::StatusOr<std::unique_ptr<ClientAuthorities>> ClientAuthorities::Create(Options options, core::TrustedCertificates& trusted,
                                                                             Logger& logger) {
  SIGNET_ASSIGN_OR_RETURN(std::vector<std::string> authorities, ReadAuthorities(options.path));
  trusted.Set(authorities);
  return std::unique_ptr<ClientAuthorities>(new ClientAuthorities(std::move(options), std::move(authorities), trusted, logger));
}

ClientAuthorities::ClientAuthorities(Options options, std::vector<std::string> authorities, core::TrustedCertificates& trusted,
                                     Logger& logger)
    : options_(std::move(options)), trusted_(trusted), logger_(logger), current_(std::move(authorities)) {
  if (options_.interval != absl::InfiniteDuration()) thread_ = std::thread([this] { Run(); });
}

ClientAuthorities::~ClientAuthorities() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void ClientAuthorities::Run() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!stopping_) stop_.WaitFor(mutex_, options_.interval);
      if (stopping_) return;
    }
    Look();
  }
}

void ClientAuthorities::Look() {
  MutexLock lock(look_mutex_);
  absl::StatusOr<std::vector<std::string>> read = ReadAuthorities(options_.path);
  const std::string problem(read.status().message());
  if (problem != std::exchange(problem_, problem) && !read.ok()) {
    logger_.Log(LogLevel::kWarning, "the authorities of clients stay as they were", {{"error", problem}});
  }
  if (!read.ok() || *read == current_) return;
  current_ = *std::move(read);
  trusted_.Set(current_);
  logger_.Log(LogLevel::kInfo, "new authorities of clients are in use",
              {{"client_ca_file", options_.path}, {"certificates", static_cast<int64_t>(current_.size())}});
}

}  // namespace signet::server
