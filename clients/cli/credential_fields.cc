#include "clients/cli/credential_fields.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "clients/cli/duration.h"
#include "clients/cli/failure.h"
#include "clients/cli/parameters.h"
#include "clients/cli/scope_table.h"
#include "google/protobuf/util/json_util.h"

namespace signet::cli {
namespace {

using Kind = v1::Credential::Kind;

// As SAP's command line calls them, but for the last.
constexpr std::pair<absl::string_view, Kind> kKinds[] = {
    {"binding-secret", v1::Credential::CLIENT_SECRET},
    {"x509", v1::Credential::CERTIFICATE},
    {"public-key", v1::Credential::PUBLIC_KEY},
};

std::vector<std::string> KindNames() {
  std::vector<std::string> names;
  for (const auto& [name, kind] : kKinds) names.emplace_back(name);
  return names;
}

absl::StatusOr<Kind> ParseKind(const std::string& text) {
  for (const auto& [name, kind] : kKinds) {
    if (absl::AsciiStrToLower(text) == name) return kind;
  }
  if (const absl::StatusOr<Kind> kind = ParseEnum<Kind>("kind", text); kind.ok()) return *kind;
  return UsageError(absl::StrCat("--kind: '", text, "' is unknown"), "the kinds are binding-secret, x509 and public-key");
}

// Sets the kind, which follows from where the certificate or the key comes from.
absl::Status SetKind(const Values& values, v1::Credential& credential) {
  std::vector<std::string> sources;
  for (const char* source : {"certificate", "csr", "generate-key", "public-key"}) {
    if (values.Has(source)) sources.push_back(absl::StrCat("--", source));
  }
  if (sources.size() > 1) return UsageError(absl::StrCat(sources[0], " and ", sources[1], " exclude each other"));
  if (!sources.empty()) credential.set_kind(values.Has("public-key") ? v1::Credential::PUBLIC_KEY : v1::Credential::CERTIFICATE);
  if (!values.Has("kind")) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const Kind kind, ParseKind(values.Get("kind")));
  if (!sources.empty() && kind != credential.kind()) {
    return UsageError(absl::StrCat(sources[0], " is not for --kind ", values.Get("kind")));
  }
  credential.set_kind(kind);
  return absl::OkStatus();
}

// "AUDIENCE [SCOPE…]".
absl::StatusOr<v1::AudienceGrant> ParseGrant(const std::string& text) {
  const std::vector<std::string> words = absl::StrSplit(text, absl::ByAnyChar(" ,\t"), absl::SkipEmpty());
  if (words.empty()) return UsageError("--grant names no audience", "write it like 'https://orders.example.com read write'");
  v1::AudienceGrant grant;
  grant.set_audience(words[0]);
  grant.mutable_scopes()->Add(words.begin() + 1, words.end());
  return grant;
}

absl::Status SetSigningProfile(Session& session, v1::Credential& credential) {
  if (!session.values().Has("signing-profile")) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const std::string json, session.Content("signing-profile"));
  if (google::protobuf::util::JsonStringToMessage(json, credential.mutable_signing_profile()).ok()) return absl::OkStatus();
  return UsageError("--signing-profile is not the JSON of a signing profile", "signet help create security/api-credential");
}

// Reads what is to be sent. A private key that was named by mistake must not leave the machine.
absl::StatusOr<std::string> PublicContent(Session& session, absl::string_view parameter) {
  SIGNET_ASSIGN_OR_RETURN(std::string content, session.Content(parameter));
  if (absl::StrContains(content, "PRIVATE KEY-----")) {
    return UsageError(absl::StrCat("--", parameter, " holds a private key, which nobody else should see"));
  }
  return content;
}

absl::Status SetCertificate(Session& session, v1::CreateCredentialRequest& request) {
  const Values& values = session.values();
  if (values.Has("certificate")) {
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_certificate()->mutable_pem(), PublicContent(session, "certificate"));
  }
  if (values.Has("csr")) {
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_certificate()->mutable_csr(), PublicContent(session, "csr"));
  }
  if (values.Has("generate-key")) {
    v1::GeneratedKey& key = *request.mutable_certificate()->mutable_generate();
    if (const std::string type = values.Get("generate-key"); !type.empty()) {
      SIGNET_ASSIGN_OR_RETURN(const auto number, ParseEnum<v1::GeneratedKey::Type>("generate-key", type));
      key.set_type(number);
    }
  }
  if (values.Has("certificate-pinning")) request.mutable_certificate()->set_pinned(values.IsTrue("certificate-pinning"));
  if (values.Has("ensure-uniqueness")) request.mutable_certificate()->set_unique(values.IsTrue("ensure-uniqueness"));
  if (values.Has("hide-certificate")) request.mutable_certificate()->set_hidden(values.IsTrue("hide-certificate"));
  if (values.Has("validity")) {
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_certificate()->mutable_validity(), ReadDurationOf("validity", values.Get("validity")));
  }
  return absl::OkStatus();
}

std::string GrantText(const v1::AudienceGrant& grant) {
  return absl::StrCat(grant.audience(), grant.scopes().empty() ? "" : ": ", absl::StrJoin(grant.scopes(), " "));
}

std::string ProfileText(const v1::SigningProfile& profile) {
  std::string json;
  return google::protobuf::util::MessageToJsonString(profile, &json).ok() ? json : "";
}

template <typename Part>
std::string PartText(const Part& part) {
  const std::string end = DateOf(part.expire_time());
  return absl::StrCat(part.id(), ", made ", DateOf(part.create_time()), end.empty() ? "" : ", ends ", end);
}

}  // namespace

std::vector<Parameter> PublicKeyParameters(Occurrence occurrence) {
  return {
      {.name = "public-key",
       .kind = ParameterKind::kContent,
       .value = "JWK|PEM|@FILE|-",
       .doc = "The public key that verifies the client's assertions: a JWK, or PEM (PUBLIC KEY or CERTIFICATE).",
       .occurrence = occurrence},
      {.name = "key", .value = "ID", .doc = "The kid of the public key. Default: that of the JWK; its RFC 7638 thumbprint."},
      {.name = "algorithm",
       .value = "ALG",
       .doc = "The only algorithm of its assertions. Default: by the kind of the key.",
       .choices = EnumNames(v1::Algorithm_descriptor())},
  };
}

std::vector<Parameter> CredentialParameters() {
  return Join(
      {{{.name = "kind",
         .value = "KIND",
         .doc = "How the client authenticates: binding-secret, x509 or public-key. Default: by the parameters; binding-secret.",
         .choices = KindNames()},
        {.name = "read-only", .kind = ParameterKind::kBool, .doc = "It holds read: scopes alone."},
        {.name = "scopes",
         .value = "SCOPE,...",
         .doc = "What it may do here, such as read:signing_keys,sign:tokens. Default: all that you may; with --read-only, all that "
                "you may read.",
         .occurrence = Occurrence::kRepeatable,
         .choices = ScopeNames()},
        {.name = "grant",
         .value = "'AUDIENCE SCOPE...'",
         .doc = "What its tokens for another audience may say, such as 'https://orders.example.com read write'.",
         .occurrence = Occurrence::kRepeatable},
        {.name = "signing-profile",
         .kind = ParameterKind::kContent,
         .value = "JSON|@FILE|-",
         .doc =
             "Limits what it may have signed: an object with keyRings, fixedClaimsJson, allowedClaims, requiredClaims, audiences "
             "and maxTtl (\"600s\")."},
        {.name = "token-ttl",
         .value = "DURATION",
         .doc =
             "The life of its access tokens: 1m to 24h. Default: 1h; for other audiences than Signet's API, what the preset of the "
             "key ring access-token says ('signet help update security/key-ring')."},
        {.name = "expires", .value = "TIME", .doc = "When it ends to work. Default: never."},
        {.name = "certificate",
         .kind = ParameterKind::kContent,
         .value = "PEM|@FILE|-",
         .doc =
             "The certificate that the client has. Issuers may follow it; text around it is ignored. Leave its private key out."},
        {.name = "certificate-pinning",
         .kind = ParameterKind::kBool,
         .doc =
             "Take exactly this certificate; false takes later ones of the same subject and issuer, too, if an authority that the "
             "server trusts issued them. One without a subject has to be pinned. Default: true."},
        {.name = "ensure-uniqueness",
         .kind = ParameterKind::kBool,
         .doc = "Refuse the certificate if another credential of the account has it, and for others from now on."},
        {.name = "hide-certificate", .kind = ParameterKind::kBool, .doc = "Never show the certificate, only what it says."},
        {.name = "csr",
         .kind = ParameterKind::kContent,
         .value = "PEM|@FILE|-",
         .doc = "A certificate signing request (PKCS#10), for which Signet issues the certificate."},
        {.name = "generate-key",
         .kind = ParameterKind::kOptionalValue,
         .value = "TYPE",
         .doc =
             "Have Signet make the certificate and its private key, which is shown once: EC_P256, RSA_2048, RSA_4096 or RSA_8192. "
             "Default: EC_P256.",
         .choices = EnumNames(v1::GeneratedKey::Type_descriptor())},
        {.name = "validity",
         .value = "DURATION",
         .doc = "For how long a certificate that Signet issues is valid: 1d to 30d. Default: 7d."}},
       PublicKeyParameters(Occurrence::kOptional)});
}

absl::Status SetFields(Session& session, v1::CreateCredentialRequest& request) {
  const Values& values = session.values();
  v1::Credential& credential = *request.mutable_credential();
  SIGNET_RETURN_IF_ERROR(SetKind(values, credential));
  credential.set_read_only(values.IsTrue("read-only"));
  for (const std::string& scopes : values.All("scopes")) {
    for (absl::string_view scope : absl::StrSplit(scopes, absl::ByAnyChar(", \t"), absl::SkipEmpty())) {
      credential.add_scopes(std::string(scope));
    }
  }
  for (const std::string& text : values.All("grant")) {
    SIGNET_ASSIGN_OR_RETURN(*credential.add_grants(), ParseGrant(text));
  }
  if (values.Has("token-ttl")) {
    SIGNET_ASSIGN_OR_RETURN(*credential.mutable_access_token_ttl(), ReadDurationOf("token-ttl", values.Get("token-ttl")));
  }
  if (values.Has("expires")) {
    SIGNET_ASSIGN_OR_RETURN(*credential.mutable_expire_time(), ReadTimeOf("expires", values.Get("expires")));
  }
  SIGNET_RETURN_IF_ERROR(SetSigningProfile(session, credential));
  SIGNET_RETURN_IF_ERROR(SetCertificate(session, request));
  if (values.Has("public-key")) return SetPublicKey(session, *request.mutable_public_key());
  for (const char* name : {"key", "algorithm"}) {
    if (values.Has(name)) return UsageError(absl::StrCat("--", name, " is for --public-key"));
  }
  return absl::OkStatus();
}

absl::Status SetPublicKey(Session& session, v1::ClientPublicKey& key) {
  const Values& values = session.values();
  SIGNET_ASSIGN_OR_RETURN(*key.mutable_public_key(), PublicContent(session, "public-key"));
  key.set_id(values.Get("key"));
  if (values.Has("algorithm")) {
    SIGNET_ASSIGN_OR_RETURN(const v1::Algorithm algorithm, ParseEnum<v1::Algorithm>("algorithm", values.Get("algorithm")));
    key.set_algorithm(algorithm);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> CredentialName(const Session& session, absl::string_view parameter) {
  SIGNET_ASSIGN_OR_RETURN(const std::string tenant, session.Tenant());
  return absl::StrCat(tenant, "/credentials/", session.values().Get(parameter));
}

std::string KindText(v1::Credential::Kind kind) {
  for (const auto& [name, known] : kKinds) {
    if (kind == known) return std::string(name);
  }
  return v1::Credential::Kind_Name(kind);
}

Fields Describe(const v1::Credential& credential) {
  const v1::ClientCertificate& certificate = credential.certificate();
  const int64_t ttl = credential.access_token_ttl().seconds();
  Fields fields = {
      {"Name", IdOf(credential.name())},
      {"Credential Type", KindText(credential.kind())},
      {"Read-only", credential.read_only() ? "true" : "false"},
      {"Client ID", credential.client_id()},
      {"Token URL", credential.token_url()},
      {"Scopes", absl::StrJoin(credential.scopes(), " ")},
      {"Signing profile", credential.has_signing_profile() ? ProfileText(credential.signing_profile()) : ""},
      {"Token TTL", ttl == 0 ? "" : WriteDuration(absl::Seconds(ttl))},
      {"Certificate", certificate.subject()},
      {"Certificate issuer", certificate.issuer()},
      {"Certificate thumbprint", certificate.thumbprint()},
      {"Certificate valid until", DateOf(certificate.not_after_time())},
      {"Certificate pinned", credential.has_certificate() ? (certificate.pinned() ? "true" : "false") : ""},
      {"Certificate unique", certificate.unique() ? "true" : ""},
      {"Certificate hidden", certificate.hidden() ? "true" : ""},
  };
  for (const v1::AudienceGrant& grant : credential.grants()) fields.emplace_back("Grant", GrantText(grant));
  for (const v1::ClientSecret& secret : credential.secrets()) fields.emplace_back("Secret", PartText(secret));
  for (const v1::ClientPublicKey& key : credential.public_keys()) {
    fields.emplace_back("Public key", absl::StrCat(PartText(key), ", ", v1::Algorithm_Name(key.algorithm())));
  }
  fields.emplace_back("Expires", DateOf(credential.expire_time()));
  fields.emplace_back("Created", DateOf(credential.create_time()));
  fields.emplace_back("Updated", DateOf(credential.update_time()));
  fields.emplace_back("Last used", DateOf(credential.last_used_time()));
  return WithoutEmpty(std::move(fields));
}

}  // namespace signet::cli
