#ifndef SIGNET_KEYSTORE_IDS_H_
#define SIGNET_KEYSTORE_IDS_H_

#include <compare>
#include <ostream>
#include <string>
#include <utility>

namespace signet::keystore {

// Id is a string that cannot be mistaken for another kind of id.
template <typename Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}
  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }
  friend bool operator==(const Id&, const Id&) = default;
  friend std::strong_ordering operator<=>(const Id& a, const Id& b) { return a.value_.compare(b.value_) <=> 0; }
  friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.value_; }
  template <typename H>
  friend H AbslHashValue(H state, const Id& id) {
    return H::combine(std::move(state), id.value_);
  }

 private:
  std::string value_;
};

// The last segment of `tenants/{tenant}`.
using TenantId = Id<struct TenantTag>;
// The last segment of `tenants/{tenant}/keyRings/{ring}`; unique within the tenant.
using RingId = Id<struct RingTag>;
// The JOSE `kid`, last segment of `…/keys/{key}`; unique within the tenant, for ever.
using Kid = Id<struct KidTag>;
// 32 lower-case hex digits: the primary key of a signing key and, as 16 bytes, its CKA_ID in the HSM. Never shown.
using KeyUid = Id<struct KeyUidTag>;
// 32 lower-case hex digits: the primary key of a wrapping key and, as 16 bytes, its CKA_ID in the HSM.
using WrappingKeyUid = Id<struct WrappingKeyUidTag>;
// The last segment of `tenants/{tenant}/credentials/{credential}`; unique within the tenant.
using CredentialId = Id<struct CredentialTag>;

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_IDS_H_
