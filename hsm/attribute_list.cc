#include "hsm/attribute_list.h"

#include <algorithm>

namespace signet::hsm {

AttributeList& AttributeList::AddBool(CK_ATTRIBUTE_TYPE type, bool value) {
  const CK_BBOOL byte = value ? CK_TRUE : CK_FALSE;
  return AddBytes(type, absl::string_view(reinterpret_cast<const char*>(&byte), sizeof(byte)));
}

AttributeList& AttributeList::AddNumber(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
  return AddBytes(type, absl::string_view(reinterpret_cast<const char*>(&value), sizeof(value)));
}

AttributeList& AttributeList::Remove(CK_ATTRIBUTE_TYPE type) {
  attributes_.erase(
      std::remove_if(attributes_.begin(), attributes_.end(), [&](const CK_ATTRIBUTE& each) { return each.type == type; }),
      attributes_.end());
  return *this;
}

AttributeList& AttributeList::AddBytes(CK_ATTRIBUTE_TYPE type, absl::string_view value) {
  std::string& owned = values_.emplace_back(value);
  attributes_.push_back({type, owned.data(), owned.size()});
  return *this;
}

}  // namespace signet::hsm
