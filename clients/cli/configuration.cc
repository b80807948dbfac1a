#include "clients/cli/configuration.h"

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/content.h"
#include "clients/cli/failure.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
namespace {

constexpr absl::string_view kHowToConfigure =
    "pass --config FILE directly after signet, set SIGNET_CONFIG, or write ~/.config/signet/signet.json";

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

  Configuration configuration;
  configuration.path = path;
  SIGNET_ASSIGN_OR_RETURN(configuration.grpc_address, StringMember(document, path, "grpc_address"));
  SIGNET_ASSIGN_OR_RETURN(configuration.https_url, StringMember(document, path, "https_url"));
  SIGNET_ASSIGN_OR_RETURN(configuration.ca_certificate, StringMember(document, path, "ca_certificate"));
  SIGNET_ASSIGN_OR_RETURN(configuration.subaccount, StringMember(document, path, "subaccount"));
  if (configuration.grpc_address.empty()) return UsageError(absl::StrCat("configuration ", path, ": 'grpc_address' is missing"));
  if (std::string target = environment.variable("SIGNET_SUBACCOUNT"); !target.empty()) configuration.subaccount = std::move(target);

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
