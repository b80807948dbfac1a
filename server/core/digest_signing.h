#ifndef SIGNET_SERVER_CORE_DIGEST_SIGNING_H_
#define SIGNET_SERVER_CORE_DIGEST_SIGNING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "hsm/hsm.h"
#include "keystore/records.h"
#include "server/core/names.h"
#include "server/core/signing_admission.h"
#include "server/core/signing_ledger.h"
#include "server/core/tenant_snapshot.h"
#include "server/core/verified_signing.h"

namespace signet::core {

// What is signed: the bytes of a digest, or of the data itself; borrowed.
struct DigestInput {
  absl::string_view bytes;
};
struct DataInput {
  absl::string_view bytes;
};
enum class SignatureFormat { kRaw, kDer };

struct SigningInput {
  std::variant<DigestInput, DataInput> input;
  std::optional<uint32_t> crc32c;
  SignatureFormat format = SignatureFormat::kRaw;
};

// The largest data that is hashed here, in bytes.
inline constexpr size_t kMaxDataSize = 64 * 1024;

// DigestSigning signs digests and data, one after another, with the ENABLED key of one ring. Thread-compatible; cheap to make.
//
// Which key that is it looks up at the first signature, after one that failed, and once the last look is kLookUpInterval ago: so it
// signs on with a key that was superseded or revoked for no longer than a single call does that has just looked.
class DigestSigning {
 public:
  static constexpr absl::Duration kLookUpInterval = absl::Milliseconds(10);

  // What it works with; all borrowed.
  struct Parts {
    const SigningAdmission& admission;
    SigningLedger& ledger;
    const VerifiedSigning& signing;
    const Clock& clock;
  };
  // `profile` is what the caller may have signed; borrowed. nullptr: anything. One that limits more than rings has nothing signed
  // here.
  DigestSigning(const Parts& parts, RingName ring, const keystore::SigningProfile* profile)
      : parts_(parts), ring_(std::move(ring)), profile_(profile) {}

  // Tells, from memory, what every signature would fail with.
  //   kFailedPrecondition  TENANT_RESERVED: the ring is Signet's own
  //   kPermissionDenied    SIGNING_PROFILE
  //   as SigningAdmission::Check
  absl::Status Check() const;

  // Returns a signature, laid out as asked.
  //   kInvalidArgument  INVALID_FIELD, CHECKSUM_MISMATCH, DIGEST_LENGTH, ALGORITHM_UNSUITABLE: the input
  //   as Check, SigningAdmission::Admit and VerifiedSigning::Sign
  absl::StatusOr<std::string> Sign(const SigningInput& input, hsm::Signer& signer);

  // The key that made the last signature. Only after one, and until the next.
  const PublishedKey& key() const { return *admission_->key; }

 private:
  absl::Status CheckCaller() const;
  absl::Status LookUp();

  const Parts parts_;
  const RingName ring_;
  const keystore::SigningProfile* const profile_;
  std::optional<Admission> admission_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_DIGEST_SIGNING_H_
