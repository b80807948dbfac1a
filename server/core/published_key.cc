#include "server/core/published_key.h"

#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "server/core/jws.h"

namespace signet::core {
namespace {

absl::Status Corrupt(const KeyName& name, absl::string_view what) {
  return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt, absl::StrCat(FormatKeyName(name), ": ", what));
}

}  // namespace

const EncodedHeaders& PublishedKey::headers() const {
  return lazy_headers.Get([this] {
    const absl::string_view alg = hsm::GetAlgorithmInfo(spec.algorithm).jose_name;
    return EncodedHeaders{.jwt = EncodeJwtHeader(alg, name.kid.value(), kJwtType),
                          .access_token = EncodeJwtHeader(alg, name.kid.value(), kAccessTokenType)};
  });
}

absl::StatusOr<PublishedKey> ReadPublishedKey(const keystore::KeyRecord& record, absl::string_view instance_id,
                                              std::shared_ptr<KeyMeter> meter) {
  const KeyName name = {{record.tenant, record.ring}, record.kid};
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(record.algorithm);
  if (!algorithm) return Corrupt(name, "the algorithm is unknown to this release");
  absl::StatusOr<hsm::PublicKey> public_key = hsm::PublicKey::FromSpki(*algorithm, record.public_key_der);
  if (!public_key.ok()) return Corrupt(name, public_key.status().message());
  if (meter == nullptr) meter = std::make_shared<KeyMeter>(record.uid, record.usage.token_expiry_bound);
  return PublishedKey{.name = name,
                      .spec = HsmKeySpec(instance_id, record),
                      .public_key = *std::move(public_key),
                      .state = record.state,
                      .create_revision = record.create_revision,
                      .publish_time = record.publish_time,
                      .enable_time = record.enable_time,
                      .disable_time = record.disable_time,
                      .token_expiry_bound = record.usage.token_expiry_bound,
                      .certificate_chain = record.certificate_chain,
                      .meter = std::move(meter)};
}

std::string HsmLabel(absl::string_view instance_id, const keystore::KeyUid& uid) {
  return absl::StrCat("signet/", instance_id, "/", uid.value());
}

std::string HsmKeyId(const keystore::KeyUid& uid) { return absl::HexStringToBytes(uid.value()); }

hsm::KeySpec HsmKeySpec(absl::string_view instance_id, const keystore::KeyRecord& record) {
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(record.algorithm);
  // Impossible: the callers have checked it.
  if (!algorithm) std::abort();
  return {HsmKeyId(record.uid), HsmLabel(instance_id, record.uid), *algorithm};
}

}  // namespace signet::core
