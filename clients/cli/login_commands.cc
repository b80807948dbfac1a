#include "clients/cli/login_commands.h"

#include <filesystem>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "clients/cli/client_credential.h"
#include "clients/cli/content.h"
#include "clients/cli/failure.h"
#include "clients/cli/parameters.h"
#include "clients/cli/private_file.h"
#include "clients/cli/session.h"
#include "clients/cli/session_file.h"
#include "google/protobuf/struct.pb.h"

namespace signet::cli {
namespace {

constexpr size_t kMaxSecretLine = 4096;

// Writes `fields`, by their names in JSON too, as there is no message of the API for them.
void Print(Session& session, absl::string_view headline, const std::vector<std::pair<std::string, std::string>>& json_names,
           const Fields& fields) {
  google::protobuf::Struct reply;
  for (const auto& [name, value] : json_names) (*reply.mutable_fields())[name].set_string_value(value);
  session.printer().PrintReply(reply, headline, fields);
}

absl::StatusOr<std::string> ReadClientId(Session& session) {
  if (session.values().Has("client-id")) return session.values().Get("client-id");
  const Environment& environment = session.environment();
  if (!environment.in_is_terminal) return UsageError("--client-id is missing", "signet help login");
  environment.err << "Client ID: " << std::flush;
  std::string line;
  std::getline(environment.in, line);
  line = std::string(absl::StripAsciiWhitespace(line));
  if (line.empty()) return Declined();
  return line;
}

// From the file that is named; from the user, who does not see it; or from what is piped in. Never from the command line, which
// other users of the machine can see, and the shell remembers.
absl::StatusOr<Secret> ReadClientSecret(Session& session) {
  const Environment& environment = session.environment();
  const std::string file = session.values().Get("client-secret-file");
  if (!file.empty() && file != "-") {
    const absl::StatusOr<Secret> text = ReadPrivateFile(file);
    if (!text.ok()) return Annotate(text.status(), "--client-secret-file");
    return AsClientSecret(*text, absl::StrCat("--client-secret-file: ", file));
  }
  if (file.empty() && environment.in_is_terminal) {
    const std::optional<Secret> line = environment.read_hidden("Client secret: ");
    if (!line || line->empty()) return Declined();
    return AsClientSecret(*line, "the client secret");
  }
  std::string line(kMaxSecretLine, '\0');
  environment.in.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<size_t>(environment.in.gcount()));
  return AsClientSecret(Secret(std::move(line)), "standard input");
}

// Takes over where the server is.
absl::Status SetServer(const Values& values, StoredSession& stored) {
  if (values.Has("url")) {
    stored.https_url = values.Get("url");
    if (!absl::StartsWith(stored.https_url, "https://")) {
      return UsageError(absl::StrCat("--url is no https URL: '", stored.https_url, "'"));
    }
  }
  if (values.Has("grpc-address")) {
    stored.grpc_address = values.Get("grpc-address");
    SIGNET_RETURN_IF_ERROR(CheckGrpcAddress("--grpc-address", stored.grpc_address));
  }
  if (values.Has("ca-certificate")) {
    std::error_code error;
    stored.ca_certificate = std::filesystem::absolute(values.Get("ca-certificate"), error);
    return Annotate(ReadFile(stored.ca_certificate).status(), "--ca-certificate");
  }
  return absl::OkStatus();
}

// The token endpoint of the tenant that is named; without one, of the tenant that the URL's host stands for.
absl::StatusOr<std::string> TokenUrl(const Session& session, absl::string_view https_url, const std::optional<Target>& tenant) {
  const Values& values = session.values();
  if (values.Has("token-url")) {
    const std::string url = values.Get("token-url");
    if (!absl::StartsWith(url, "https://")) return UsageError(absl::StrCat("--token-url is no https URL: '", url, "'"));
    return url;
  }
  if (https_url.empty()) return UsageError("the server is not known: pass --url HTTPS_URL", "signet help login");
  absl::ConsumeSuffix(&https_url, "/");
  return absl::StrCat(https_url, tenant ? absl::StrCat("/t/", client::FormEncoded(tenant->id)) : "", "/oauth/token");
}

absl::StatusOr<std::string> CertificateOf(const Session& session, const StoredSession& stored) {
  return stored.ca_certificate.empty() ? session.configuration().ca_certificate_pem : ReadFile(stored.ca_certificate);
}

// The scope parameter that stands, with its value, or that of the target; nullopt if none stands.
absl::StatusOr<std::optional<Target>> NamedTenant(const Session& session) {
  for (const char* scope : {"subaccount", "directory", "global-account"}) {
    if (!session.values().Has(scope)) continue;
    SIGNET_ASSIGN_OR_RETURN(const std::string tenant, session.Tenant());
    return std::optional<Target>({scope, std::string(absl::StripPrefix(tenant, "tenants/"))});
  }
  return std::nullopt;
}

absl::Status Login(Session& session) {
  const Configuration& configuration = session.configuration();
  StoredSession stored = configuration.stored;
  SIGNET_RETURN_IF_ERROR(SetServer(session.values(), stored));
  if (configuration.grpc_address.empty() && stored.grpc_address.empty()) {
    return UsageError("the server's gRPC address is not known: pass --grpc-address HOST:PORT", "signet help login");
  }
  SIGNET_ASSIGN_OR_RETURN(const std::optional<Target> tenant, NamedTenant(session));
  ClientCredential credential;
  SIGNET_ASSIGN_OR_RETURN(credential.token_url,
                          TokenUrl(session, stored.https_url.empty() ? configuration.https_url : stored.https_url, tenant));
  SIGNET_ASSIGN_OR_RETURN(const std::string ca_certificate, CertificateOf(session, stored));
  SIGNET_ASSIGN_OR_RETURN(credential.client_id, ReadClientId(session));
  SIGNET_ASSIGN_OR_RETURN(credential.client_secret, ReadClientSecret(session));

  session.Tell("Token endpoint", credential.token_url);
  SIGNET_ASSIGN_OR_RETURN(const std::unique_ptr<client::TokenSource> tokens,
                          client::TokenSource::Create({.token_url = credential.token_url,
                                                       .client_id = credential.client_id,
                                                       .client_secret = credential.client_secret,
                                                       .trust = {.ca_certificate = ca_certificate}},
                                                      session.environment().clock));
  if (const absl::Status status = tokens->Token().status(); !status.ok()) {
    // Most likely the host of the URL stands for no tenant.
    const bool is_elsewhere = status.code() == absl::StatusCode::kInvalidArgument;
    return is_elsewhere ? WithHint(status, "name the credential's tenant with --subaccount, or its token endpoint with --token-url")
                        : status;
  }
  stored.credential = credential;
  stored.token = tokens->Current();
  if (tenant && !stored.target && configuration.target.id.empty()) stored.target = tenant;
  SIGNET_RETURN_IF_ERROR(WriteSessionFile(configuration.session_path, stored));
  Print(session, absl::StrCat("Logged in as '", credential.client_id, "'"),
        {{"clientId", credential.client_id}, {"tokenUrl", credential.token_url}, {"session", configuration.session_path}},
        {{"Token URL", credential.token_url}, {"Stored in", configuration.session_path}});
  return absl::OkStatus();
}

// Revokes the token that is stored, if one is. Whatever comes of it, the secret is to be forgotten.
void RevokeToken(Session& session, const StoredSession& stored) {
  if (!stored.credential || !stored.token || stored.token->expire_time <= session.Now()) return;
  const absl::StatusOr<std::unique_ptr<client::TokenSource>> tokens =
      client::TokenSource::Create({.token_url = stored.credential->token_url,
                                   .client_id = stored.credential->client_id,
                                   .client_secret = stored.credential->client_secret,
                                   .trust = {.ca_certificate = session.configuration().ca_certificate_pem},
                                   .token = stored.token},
                                  session.environment().clock);
  const absl::Status status = tokens.ok() ? (*tokens)->Revoke() : tokens.status();
  if (status.ok()) return;
  session.Warn(absl::StrCat("the token could not be revoked, and works until ",
                            absl::FormatTime("%a %b %d %H:%M:%S UTC %Y", stored.token->expire_time, absl::UTCTimeZone()), ": ",
                            status.message()));
}

absl::Status Logout(Session& session) {
  const Configuration& configuration = session.configuration();
  RevokeToken(session, configuration.stored);
  SIGNET_RETURN_IF_ERROR(RemoveSessionFile(configuration.session_path));
  Print(session, configuration.stored.credential ? "Logged out" : "You were not logged in", {}, {});
  return absl::OkStatus();
}

absl::Status SetTarget(Session& session) {
  const Configuration& configuration = session.configuration();
  Target target = configuration.target;
  SIGNET_ASSIGN_OR_RETURN(const std::optional<Target> named, NamedTenant(session));
  if (named) {
    target = *named;
    StoredSession stored = configuration.stored;
    stored.target = target;
    SIGNET_RETURN_IF_ERROR(WriteSessionFile(configuration.session_path, stored));
  }
  Print(session, target.id.empty() ? "There is no target" : absl::StrCat("The target is the ", target.scope, " '", target.id, "'"),
        {{"scope", target.id.empty() ? "" : target.scope}, {"id", target.id}}, {});
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> LoginCommands() {
  return {
      {"login", "",
       "Log in with the client id and the secret of an API credential. They are proved by fetching a token, and stored beside the "
       "configuration, readable by you alone; from then on every call is made as this client. A secret is never a parameter: it "
       "is asked for without being shown, or read from standard input where that is no terminal.",
       Join(
           {{{.name = "url",
              .value = "HTTPS_URL",
              .doc = "The server's HTTPS address, such as https://signet.example.com:8444. Default: that of the configuration."},
             {.name = "client-id", .value = "ID", .doc = "The client id. Default: it is asked for."},
             {.name = "client-secret-file",
              .value = "FILE",
              .doc = "Read the secret from this file, which nobody else may read; - is standard input.",
              .offer = Offer::kFiles},
             {.name = "token-url",
              .value = "URL",
              .doc = "The token endpoint, as the credential shows it. Default: that of the tenant, at the server's HTTPS address."},
             {.name = "grpc-address",
              .value = "HOST:PORT",
              .doc = "The server's gRPC address, or unix:/path. Default: that of the configuration."},
             {.name = "ca-certificate",
              .value = "FILE",
              .doc = "The certificates to trust, as PEM. Default: those of the configuration, or of the system.",
              .offer = Offer::kFiles},
             {.name = "subaccount",
              .kind = ParameterKind::kOptionalValue,
              .value = "ID",
              .doc = "The tenant that the credential belongs to, and the target from now on if there is none. Default: the tenant "
                     "that the host of the HTTPS address stands for."},
             {.name = "directory",
              .kind = ParameterKind::kOptionalValue,
              .value = "ID",
              .doc = "As --subaccount.",
              .offer = Offer::kTenants},
             {.name = "global-account",
              .kind = ParameterKind::kOptionalValue,
              .value = "ID",
              .doc = "As --subaccount.",
              .offer = Offer::kTenants}}}),
       Login, "", Needs::kNothing},
      {"logout",
       "",
       "Log out: revoke the token, and forget the secret and all that login and target stored. A credential that the configuration "
       "names is used again.",
       {},
       Logout,
       "",
       Needs::kNothing},
      {"target",
       "",
       "Set the tenant that is meant when none is named, or show it. Whether there is such a tenant is not checked.",
       {{.name = "subaccount", .value = "ID", .doc = "The tenant. As everywhere, it may be of any kind.", .offer = Offer::kTenants},
        {.name = "directory",
         .value = "ID",
         .doc = "The tenant that --directory without a value stands for, too.",
         .offer = Offer::kTenants},
        {.name = "global-account", .value = "ID", .doc = "The same for --global-account.", .offer = Offer::kTenants}},
       SetTarget,
       "",
       Needs::kNothing},
  };
}

}  // namespace signet::cli
