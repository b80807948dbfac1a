#include "server/http/form_body.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "base/error.h"
#include "server/core/json_object.h"

namespace signet::http {
namespace {

// The value of a hexadecimal digit; -1 for any other character.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = absl::ascii_tolower(static_cast<unsigned char>(c));
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool IsControl(char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); }

}  // namespace

std::optional<std::string> DecodeFormText(absl::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) return std::nullopt;
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      if (IsControl(c)) return std::nullopt;
      i += 2;
    }
    decoded.push_back(c);
  }
  return decoded;
}

absl::StatusOr<RequestParameters> ParseForm(absl::string_view body) {
  RequestParameters parameters;
  while (!body.empty()) {
    const absl::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    if (pair.empty()) continue;
    const size_t name_size = std::min(pair.find('='), pair.size());
    std::optional<std::string> name = DecodeFormText(pair.substr(0, name_size));
    std::optional<std::string> value = DecodeFormText(pair.substr(std::min(name_size + 1, pair.size())));
    if (!name || !value) return absl::InvalidArgumentError("the body is not application/x-www-form-urlencoded");
    if (name->empty()) return absl::InvalidArgumentError("the request has a parameter without a name");
    SIGNET_RETURN_IF_ERROR(parameters.Add(*std::move(name), *std::move(value)));
  }
  return parameters;
}

absl::StatusOr<RequestParameters> ParseJsonForm(absl::string_view body) {
  SIGNET_ASSIGN_OR_RETURN(const nlohmann::ordered_json object, core::ParseJsonObject(body));
  RequestParameters parameters;
  for (const auto& [name, value] : object.items()) {
    if (value.is_null()) continue;
    if (!value.is_string()) return absl::InvalidArgumentError("the members of the body must be strings");
    std::string text = value.get<std::string>();
    if (std::any_of(text.begin(), text.end(), IsControl)) return absl::InvalidArgumentError("the body holds a control character");
    SIGNET_RETURN_IF_ERROR(parameters.Add(name, std::move(text)));
  }
  return parameters;
}

}  // namespace signet::http
