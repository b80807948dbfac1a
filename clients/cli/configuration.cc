#include "clients/cli/configuration.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/utf8.h"
#include "clients/cli/content.h"
#include "clients/cli/failure.h"
#include "clients/cli/suggestion.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
namespace {

constexpr absl::string_view kHowToConfigure =
    "pass --config FILE directly after signet, set SIGNET_CONFIG, or write ~/.config/signet/signet.json";

// A member that is misspelt would otherwise be taken as missing.
absl::Status RefuseUnknownMembers(const nlohmann::json& document, const std::string& path) {
  const std::vector<std::string> known = {"grpc_address", "https_url", "ca_certificate", "subaccount"};
  for (const auto& [name, value] : document.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return UsageError(absl::StrCat("configuration ", path, ": unknown member '", name, "'", DidYouMean(name, known)),
                      absl::StrCat("the members are ", absl::StrJoin(known, ", ")));
  }
  return absl::OkStatus();
}

// Whether `address` is HOST:PORT, with an IPv6 address in brackets, or unix:/path.
bool IsGrpcAddress(absl::string_view address) {
  if (absl::ConsumePrefix(&address, "unix:")) return address.size() > 1 && address[0] == '/';
  const size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  const absl::string_view host = address.substr(0, colon);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (host.find_first_of(in_brackets ? "/ \t\r\n" : "/: \t\r\n[]") != absl::string_view::npos) return false;
  const absl::string_view port = address.substr(colon + 1);
  int number = 0;
  return port.find_first_not_of("0123456789") == absl::string_view::npos && absl::SimpleAtoi(port, &number) && number >= 1 &&
         number <= 65535;
}

absl::StatusOr<std::string> StringMember(const nlohmann::json& document, const std::string& path, const char* name) {
  const auto member = document.find(name);
  if (member == document.end()) return "";
  if (!member->is_string()) return UsageError(absl::StrCat("configuration ", path, ": '", name, "' is not a string"));
  return member->get<std::string>();
}

}  // namespace

std::string ConfigurationPath(absl::string_view option, const Environment& environment) {
  if (!option.empty()) return std::string(option);
  if (std::string path = environment.variable("SIGNET_CONFIG"); !path.empty()) return path;
  const std::string home = environment.variable("HOME");
  return home.empty() ? "" : absl::StrCat(home, "/.config/signet/signet.json");
}

absl::StatusOr<Configuration> LoadConfiguration(const std::string& path, const Environment& environment) {
  if (path.empty()) return UsageError("there is no configuration", kHowToConfigure);
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return UsageError(absl::StrCat("configuration ", text.status().message()), kHowToConfigure);
  const nlohmann::json document = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return UsageError(absl::StrCat("configuration ", path, " is not a JSON object"));

  SIGNET_RETURN_IF_ERROR(RefuseUnknownMembers(document, path));

  Configuration configuration;
  configuration.path = path;
  SIGNET_ASSIGN_OR_RETURN(configuration.grpc_address, StringMember(document, path, "grpc_address"));
  SIGNET_ASSIGN_OR_RETURN(configuration.https_url, StringMember(document, path, "https_url"));
  SIGNET_ASSIGN_OR_RETURN(configuration.ca_certificate, StringMember(document, path, "ca_certificate"));
  SIGNET_ASSIGN_OR_RETURN(configuration.subaccount, StringMember(document, path, "subaccount"));
  if (configuration.grpc_address.empty()) return UsageError(absl::StrCat("configuration ", path, ": 'grpc_address' is missing"));
  if (!IsGrpcAddress(configuration.grpc_address)) {
    return UsageError(absl::StrCat("configuration ", path, ": 'grpc_address' is neither HOST:PORT nor unix:/path: '",
                                   configuration.grpc_address, "'"));
  }
  if (std::string target = environment.variable("SIGNET_SUBACCOUNT"); !target.empty()) configuration.subaccount = std::move(target);

  if (!IsUtf8(configuration.subaccount)) return UsageError("SIGNET_SUBACCOUNT is not valid UTF-8");

  if (!configuration.ca_certificate.empty()) {
    configuration.ca_certificate = std::filesystem::path(path).parent_path() / configuration.ca_certificate;
    absl::StatusOr<std::string> pem = ReadFile(configuration.ca_certificate);
    if (!pem.ok()) return UsageError(absl::StrCat("configuration ", path, ": 'ca_certificate': ", pem.status().message()));
    if (!absl::StrContains(*pem, "-----BEGIN CERTIFICATE-----")) {
      return UsageError(
          absl::StrCat("configuration ", path, ": 'ca_certificate': ", configuration.ca_certificate, " holds no PEM certificate"));
    }
    configuration.ca_certificate_pem = *std::move(pem);
  }
  return configuration;
}

}  // namespace signet::cli
