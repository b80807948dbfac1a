#include "server/main/tls_files.h"

#include <strings.h>

#include "base/error.h"
#include "server/main/file.h"

namespace signet::server {
namespace {

constexpr size_t kPemSizeLimit = 1 << 20;

}  // namespace

absl::StatusOr<TlsFiles> ReadTlsFiles(const config::v1::Tls& tls) {
  TlsFiles files;
  SIGNET_ASSIGN_OR_RETURN(files.certificate_chain, ReadFile(tls.certificate_file(), kPemSizeLimit));
  SIGNET_ASSIGN_OR_RETURN(std::string private_key, ReadFile(tls.private_key_file(), kPemSizeLimit));
  files.private_key = Secret(private_key);
  explicit_bzero(private_key.data(), private_key.size());
  return files;
}

}  // namespace signet::server
