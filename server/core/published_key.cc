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

hsm::KeySpec MakeSpec(absl::string_view instance_id, const keystore::KeyUid& uid, const RingName& ring, hsm::Algorithm algorithm,
                      keystore::Protection protection) {
  const bool wrapped = protection == keystore::Protection::kWrapped;
  return {.id = HsmKeyId(uid),
          .label = wrapped ? WrappedKeyLabel(instance_id, uid, ring) : HsmLabel(instance_id, uid),
          .algorithm = algorithm,
          .protection = wrapped ? hsm::Protection::kWrapped : hsm::Protection::kToken};
}

}  // namespace

const SigningForm& PublishedKey::signing_form() const {
  return lazy_signing_form.Get([this] {
    const absl::string_view alg = hsm::GetAlgorithmInfo(algorithm()).jose_name;
    const keystore::KeyUid& uid = meter->uid();
    return SigningForm{.spec = MakeSpec(*instance_id, uid, name.ring, algorithm(), protection),
                       .encoded_header = EncodeJwtHeader(alg, name.kid.value(), kJwtType),
                       .encoded_access_token_header = EncodeJwtHeader(alg, name.kid.value(), kAccessTokenType)};
  });
}

absl::StatusOr<PublishedKey> ReadPublishedKey(const keystore::KeyRecord& record, std::shared_ptr<const std::string> instance_id,
                                              std::shared_ptr<KeyMeter> meter) {
  const KeyName name = {{record.tenant, record.ring}, record.kid};
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(record.algorithm);
  if (!algorithm) return Corrupt(name, "the algorithm is unknown to this release");
  absl::StatusOr<hsm::PublicKey> public_key = hsm::PublicKey::FromSpki(*algorithm, record.public_key_der);
  if (!public_key.ok()) return Corrupt(name, public_key.status().message());
  if (meter == nullptr) meter = std::make_shared<KeyMeter>(record.uid, record.usage.token_expiry_bound);
  return PublishedKey{.name = name,
                      .public_key = *std::move(public_key),
                      .state = record.state,
                      .protection = record.protection,
                      .create_revision = record.create_revision,
                      .publish_time = record.publish_time,
                      .enable_time = record.enable_time,
                      .disable_time = record.disable_time,
                      .token_expiry_bound = record.usage.token_expiry_bound,
                      .certificate_chain = record.certificate_chain,
                      .meter = std::move(meter),
                      .instance_id = std::move(instance_id)};
}

std::string HsmLabel(absl::string_view instance_id, const keystore::KeyUid& uid) {
  return absl::StrCat("signet/", instance_id, "/", uid.value());
}

std::string WrappedKeyLabel(absl::string_view instance_id, const keystore::KeyUid& uid, const RingName& ring) {
  return absl::StrCat(HsmLabel(instance_id, uid), "/", ring.tenant.value(), "/", ring.ring.value());
}

std::string HsmKeyId(const keystore::KeyUid& uid) { return absl::HexStringToBytes(uid.value()); }

hsm::KeySpec HsmKeySpec(absl::string_view instance_id, const keystore::KeyRecord& record) {
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(record.algorithm);
  // Impossible: the callers have checked it.
  if (!algorithm) std::abort();
  return MakeSpec(instance_id, record.uid, {record.tenant, record.ring}, *algorithm, record.protection);
}

}  // namespace signet::core
