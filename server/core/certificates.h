#ifndef SIGNET_SERVER_CORE_CERTIFICATES_H_
#define SIGNET_SERVER_CORE_CERTIFICATES_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "hsm/certificate.h"
#include "keystore/records.h"
#include "server/core/change_request.h"
#include "server/core/key_view.h"
#include "server/core/names.h"
#include "server/core/services.h"

namespace signet::core {

struct CertificateView {
  KeyName name;
  // DER, that of the key first.
  std::vector<std::string> chain;
  // What the first one states.
  hsm::CertificateFacts facts;
};

struct CertificateRequestView {
  KeyName name;
  std::string der;
};

// Certificates shows and replaces the X.509 certificates of keys. Thread-safe; every method blocks on the store, GenerateRequest on
// the HSM too. The errors are those that signet.v1.KeyService documents for each RPC, and those of KeyStore and Hsm. The latter
// two refuse the system tenant.
class Certificates {
 public:
  explicit Certificates(Services services) : services_(std::move(services)) {}

  // Of a REVOKED key too.
  absl::StatusOr<CertificateView> Get(const KeyName& name);
  absl::StatusOr<KeyView> SetChain(const KeyName& name, const std::string& pem_chain, const ChangeRequest& request);
  // `subject` nullopt: the ring's profile.
  absl::StatusOr<CertificateRequestView> GenerateRequest(const KeyName& name,
                                                         const std::optional<keystore::CertificateProfile>& subject);

 private:
  absl::StatusOr<KeyView> SetChainOnce(const KeyName& name, const std::vector<std::string>& chain, const ChangeRequest& request);

  Services services_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CERTIFICATES_H_
