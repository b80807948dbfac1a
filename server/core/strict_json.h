#ifndef SIGNET_SERVER_CORE_STRICT_JSON_H_
#define SIGNET_SERVER_CORE_STRICT_JSON_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace signet::core {

// How deep objects and arrays may stand in each other; the object itself is the first level.
inline constexpr int kMaxJsonDepth = 32;

// StrictJsonReader is told of what the parser meets in text from a sender whom nobody trusts, and stops it at what ParseJsonObject
// does not allow, except members that occur twice: only who keeps them can tell. The parser keeps its own stack on the heap, and
// the depth is bounded, so that no text can exhaust the thread's stack.
class StrictJsonReader : public nlohmann::json_sax<nlohmann::ordered_json> {
 public:
  bool binary(nlohmann::ordered_json::binary_t&) final { return false; }  // JSON has none.
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) final;

  // Why it stopped; empty if it did not.
  const std::string& failure() const { return failure_; }

 protected:
  // Stops the parser, as the functions that return false do.
  bool Refuse(std::string failure);
  // To be called first by whoever is told of a value: of a string, number or literal; of the begin of an object or array.
  bool EnterScalar();
  bool EnterObject();
  bool EnterArray();
  // To be called at the end of an object or array.
  void Leave() { --depth_; }
  bool RefuseDuplicate() { return Refuse("an object has a member twice"); }
  // The objects and arrays that stand open.
  int depth() const { return depth_; }

 private:
  int depth_ = 0;
  std::string failure_;
};

// Has `reader` read `text`.
//   kInvalidArgument  it refused; without a reason, which the caller adds, as it knows what the text is. The message never quotes
//                     the text.
absl::Status ReadStrictly(absl::string_view text, StrictJsonReader& reader);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_STRICT_JSON_H_
