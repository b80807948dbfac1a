#include "hsm/pem.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/error.h"

namespace signet::hsm {
namespace {

constexpr absl::string_view kBegin = "-----BEGIN ";
constexpr absl::string_view kEnd = "-----END ";
constexpr absl::string_view kDashes = "-----";

// Returns the label of a line that begins a block, if it is one.
std::optional<std::string> LabelOf(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, kBegin) || !absl::ConsumeSuffix(&line, kDashes) || line.empty()) return std::nullopt;
  return std::string(line);
}

}  // namespace

std::string ToPem(absl::string_view label, absl::string_view der) {
  constexpr size_t kLineLength = 64;  // RFC 7468 section 2.
  const std::string base64 = absl::Base64Escape(der);
  std::string pem = absl::StrCat("-----BEGIN ", label, "-----\n");
  for (size_t i = 0; i < base64.size(); i += kLineLength) {
    absl::StrAppend(&pem, absl::string_view(base64).substr(i, kLineLength), "\n");
  }
  absl::StrAppend(&pem, "-----END ", label, "-----\n");
  return pem;
}

absl::StatusOr<PemBlock> ParsePemBlock(absl::string_view field, absl::string_view pem) {
  if (pem.size() > kMaxPemBlockSize) return InvalidField(field, absl::StrCat("is longer than ", kMaxPemBlockSize, " bytes"));
  PemBlock block;
  std::string base64;
  enum class Place { kBefore, kWithin, kAfter } place = Place::kBefore;
  for (absl::string_view line : absl::StrSplit(pem, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (place == Place::kWithin) {
      if (line == absl::StrCat(kEnd, block.label, kDashes)) {
        place = Place::kAfter;
      } else {
        absl::StrAppend(&base64, line);
      }
    } else if (std::optional<std::string> label = LabelOf(line)) {
      if (absl::StrContains(*label, "PRIVATE KEY")) {
        return InvalidField(field, "is a private key; send the public part only, and regard that key as disclosed");
      }
      if (place == Place::kAfter) return InvalidField(field, "has more than one PEM block; send one");
      block.label = *std::move(label);
      place = Place::kWithin;
    } else if (!line.empty() && line[0] != '#') {
      return InvalidField(field, "is not PEM; send one block of base64 between its BEGIN and END lines");
    }
  }
  if (place == Place::kBefore) return InvalidField(field, "has no PEM block; send one");
  if (place == Place::kWithin) return InvalidField(field, "has no END line of its PEM block; it was cut off");
  // absl forgives white space and missing padding: what it does not write again in the same characters was not base64.
  if (!absl::Base64Unescape(base64, &block.der) || absl::Base64Escape(block.der) != base64) {
    return InvalidField(field, "is not base64 between its BEGIN and END lines");
  }
  return block;
}

}  // namespace signet::hsm
