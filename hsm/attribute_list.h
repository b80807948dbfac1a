#ifndef SIGNET_HSM_ATTRIBUTE_LIST_H_
#define SIGNET_HSM_ATTRIBUTE_LIST_H_

#include <p11-kit/pkcs11.h>

#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::hsm {

// AttributeList is a template for Cryptoki that owns its values.
class AttributeList {
 public:
  AttributeList() = default;
  AttributeList(AttributeList&&) = default;  // A deque's elements stay where they are, and the pointers to them hold.
  AttributeList& operator=(AttributeList&&) = default;

  AttributeList& AddBool(CK_ATTRIBUTE_TYPE type, bool value);
  AttributeList& AddNumber(CK_ATTRIBUTE_TYPE type, CK_ULONG value);
  AttributeList& AddBytes(CK_ATTRIBUTE_TYPE type, absl::string_view value);

  AttributeList& Remove(CK_ATTRIBUTE_TYPE type);

  // What Cryptoki takes: it has no const.
  CK_ATTRIBUTE* data() { return attributes_.data(); }
  CK_ULONG size() const { return attributes_.size(); }

 private:
  std::deque<std::string> values_;
  std::vector<CK_ATTRIBUTE> attributes_;  // Point into values_.
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_ATTRIBUTE_LIST_H_
