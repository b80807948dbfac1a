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
#include "clients/cli/private_file.h"
#include "clients/cli/suggestion.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
namespace {

constexpr absl::string_view kHowToConfigure =
    "pass --config FILE directly after signet, set SIGNET_CONFIG, write ~/.config/signet/signet.json, or `signet login`";

// A member that is misspelt would otherwise be taken as missing.
absl::Status RefuseUnknownMembers(const nlohmann::json& document, const std::string& path) {
  const std::vector<std::string> known = {"grpc_address", "https_url",          "ca_certificate", "subaccount",
                                          "client_id",    "client_secret_file", "token_url",      "admin_credential_file"};
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

// Reads the credential that the members name.
absl::Status ReadCredential(const nlohmann::json& document, Configuration& configuration) {
  const std::string& path = configuration.path;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  SIGNET_ASSIGN_OR_RETURN(const std::string file, StringMember(document, path, "admin_credential_file"));
  SIGNET_ASSIGN_OR_RETURN(const std::string client_id, StringMember(document, path, "client_id"));
  SIGNET_ASSIGN_OR_RETURN(const std::string secret_file, StringMember(document, path, "client_secret_file"));
  SIGNET_ASSIGN_OR_RETURN(const std::string token_url, StringMember(document, path, "token_url"));
  const int members =
      static_cast<int>(!client_id.empty()) + static_cast<int>(!secret_file.empty()) + static_cast<int>(!token_url.empty());
  if (!file.empty()) {
    if (members > 0) {
      return UsageError(
          absl::StrCat("configuration ", path,
                       ": 'admin_credential_file' stands in place of 'client_id', 'client_secret_file' and 'token_url'"));
    }
    absl::StatusOr<ClientCredential> credential = ReadCredentialFile(folder / file);
    if (!credential.ok()) return Annotate(credential.status(), absl::StrCat("configuration ", path, ": 'admin_credential_file'"));
    configuration.credential = *std::move(credential);
    return absl::OkStatus();
  }
  if (members == 0) return absl::OkStatus();
  if (members < 3) {
    return UsageError(absl::StrCat("configuration ", path, ": 'client_id', 'client_secret_file' and 'token_url' go together"));
  }
  if (!absl::StartsWith(token_url, "https://")) {
    return UsageError(absl::StrCat("configuration ", path, ": 'token_url' is no https URL: '", token_url, "'"));
  }
  const std::string secret_path = folder / secret_file;
  const std::string context = absl::StrCat("configuration ", path, ": 'client_secret_file'");
  const absl::StatusOr<Secret> text = ReadPrivateFile(secret_path);
  if (!text.ok()) return Annotate(text.status(), context);
  SIGNET_ASSIGN_OR_RETURN(const Secret secret, AsClientSecret(*text, absl::StrCat(context, ": ", secret_path)));
  configuration.credential = ClientCredential{client_id, secret, token_url};
  return absl::OkStatus();
}

// Reads the file itself.
absl::Status ReadMembers(Configuration& configuration) {
  const std::string& path = configuration.path;
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return UsageError(absl::StrCat("configuration ", text.status().message()), kHowToConfigure);
  const nlohmann::json document = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return UsageError(absl::StrCat("configuration ", path, " is not a JSON object"));
  SIGNET_RETURN_IF_ERROR(RefuseUnknownMembers(document, path));
  SIGNET_ASSIGN_OR_RETURN(configuration.grpc_address, StringMember(document, path, "grpc_address"));
  SIGNET_ASSIGN_OR_RETURN(configuration.https_url, StringMember(document, path, "https_url"));
  SIGNET_ASSIGN_OR_RETURN(configuration.ca_certificate, StringMember(document, path, "ca_certificate"));
  SIGNET_ASSIGN_OR_RETURN(configuration.target.id, StringMember(document, path, "subaccount"));
  if (!configuration.ca_certificate.empty()) {
    configuration.ca_certificate = std::filesystem::path(path).parent_path() / configuration.ca_certificate;
  }
  // What nobody uses need not be readable.
  return configuration.stored.credential ? absl::OkStatus() : ReadCredential(document, configuration);
}

void UseStored(Configuration& configuration) {
  const StoredSession& stored = configuration.stored;
  if (!stored.grpc_address.empty()) configuration.grpc_address = stored.grpc_address;
  if (!stored.https_url.empty()) configuration.https_url = stored.https_url;
  if (!stored.ca_certificate.empty()) configuration.ca_certificate = stored.ca_certificate;
  if (stored.target) configuration.target = *stored.target;
  if (stored.credential) configuration.credential = stored.credential;
}

absl::Status ReadCertificate(Configuration& configuration) {
  absl::StatusOr<std::string> pem = ReadFile(configuration.ca_certificate);
  if (!pem.ok()) {
    return UsageError(absl::StrCat("configuration ", configuration.path, ": 'ca_certificate': ", pem.status().message()));
  }
  if (!absl::StrContains(*pem, "-----BEGIN CERTIFICATE-----")) {
    return UsageError(absl::StrCat("configuration ", configuration.path, ": 'ca_certificate': ", configuration.ca_certificate,
                                   " holds no PEM certificate"));
  }
  configuration.ca_certificate_pem = *std::move(pem);
  return absl::OkStatus();
}

}  // namespace

std::string ConfigurationPath(absl::string_view option, const Environment& environment) {
  if (!option.empty()) return std::string(option);
  if (std::string path = environment.variable("SIGNET_CONFIG"); !path.empty()) return path;
  const std::string home = environment.variable("HOME");
  return home.empty() ? "" : absl::StrCat(home, "/.config/signet/signet.json");
}

absl::Status CheckGrpcAddress(absl::string_view name, absl::string_view address) {
  if (IsGrpcAddress(address)) return absl::OkStatus();
  return UsageError(absl::StrCat(name, " is neither HOST:PORT nor unix:/path: '", address, "'"));
}

absl::StatusOr<Configuration> LoadConfiguration(const std::string& path, Needs needs, const Environment& environment) {
  if (path.empty()) return UsageError("there is no configuration", kHowToConfigure);
  Configuration configuration;
  configuration.path = path;
  configuration.session_path = SessionFilePath(path);
  SIGNET_ASSIGN_OR_RETURN(configuration.stored, ReadSessionFile(configuration.session_path));
  std::error_code ignored;
  const bool may_be_missing = needs == Needs::kNothing || !configuration.stored.grpc_address.empty();
  if (!may_be_missing || std::filesystem::exists(path, ignored)) SIGNET_RETURN_IF_ERROR(ReadMembers(configuration));
  UseStored(configuration);

  if (!configuration.grpc_address.empty()) {
    SIGNET_RETURN_IF_ERROR(CheckGrpcAddress(absl::StrCat("configuration ", path, ": 'grpc_address'"), configuration.grpc_address));
  } else if (needs == Needs::kServer) {
    return UsageError(absl::StrCat("configuration ", path, ": 'grpc_address' is missing"));
  }
  if (std::string target = environment.variable("SIGNET_SUBACCOUNT"); !target.empty()) {
    if (!IsUtf8(target)) return UsageError("SIGNET_SUBACCOUNT is not valid UTF-8");
    configuration.target = {"subaccount", std::move(target)};
  }
  if (!configuration.ca_certificate.empty()) SIGNET_RETURN_IF_ERROR(ReadCertificate(configuration));
  return configuration;
}

}  // namespace signet::cli
