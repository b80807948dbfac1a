#include "tests/e2e/hostile_token_fixture.h"

#include <stdlib.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "base/secret.h"
#include "hsm/pkcs11_hsm.h"
#include "hsm/software_hsm.h"

namespace signet::testing {
namespace {

using nlohmann::json;

// A generous bound: what is refused costs at most a signature check.
constexpr absl::Duration kQuickly = absl::Seconds(1);

}  // namespace

bool IsFieldText(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isprint(c); });
}

std::string* HostileTokenTest::signetd_path = nullptr;
HostileTokenTest::Bench* HostileTokenTest::bench_ = nullptr;

HostileTokenTest::Bench::Bench() : software(hsm::CreateSoftwareHsm()), software_signer(software->CreateSigner()) {
  EXPECT_TRUE(server.Start()) << server.log();
  announcement = server.announcement();
  admin = json::parse(ReadTextFile(announcement.value("admin_credential_file", "")));
  https_url = announcement.value("https_url", "");
  trust.ca_certificate = ReadTextFile(announcement.value("ca_certificate", ""));
  client = server.Connect();
  stub = Connect();
  setenv("SOFTHSM2_CONF", (server.data_dir() + "/softhsm2.conf").c_str(), 1);
  hsm = OrDie(hsm::Pkcs11Hsm::Create({.module_path = announcement.value("token_module", ""),
                                      .token_label = "signet-dev",
                                      .pin = Secret(ReadTextFile(announcement.value("token_pin_file", ""))),
                                      .random = &random}));
  hsm_signer = hsm->CreateSigner();
  ec.emplace(NewKey(hsm::Algorithm::kEs256, "attacker's ec key"));
  rsa.emplace(NewKey(hsm::Algorithm::kRs256With2048, "attacker's rsa key"));
}

TextSigner HostileTokenTest::Bench::NewKey(hsm::Algorithm algorithm, const std::string& id) {
  const hsm::KeySpec spec{.id = (id + std::string(16, ' ')).substr(0, 16), .label = id, .algorithm = algorithm};
  return TextSigner(*software_signer, spec, OrDie(software->GenerateKey(spec)));
}

std::unique_ptr<v1::TenantService::Stub> HostileTokenTest::Bench::Connect() const {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = trust.ca_certificate;
  grpc::ChannelArguments arguments;
  // Channels with the same arguments would share one connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return v1::TenantService::NewStub(
      grpc::CreateCustomChannel(announcement.value("grpc_address", ""), grpc::SslCredentials(tls), arguments));
}

template <typename Send>
std::optional<http::ReceivedResponse> HostileTokenTest::Exchange(const Send& send) {
  if (http_ == nullptr) {
    const std::string address = bench_->https_url.substr(std::string("https://").size());
    http_ = http::HttpClient::ConnectTls(address, {.trusted_certificate = bench_->trust.ca_certificate});
  }
  const absl::Time start = absl::Now();
  const auto response = send(*http_);
  EXPECT_LT(absl::Now() - start, kQuickly);
  if (!response || response->fields.count("connection") == 0 || response->fields.at("connection") != "keep-alive") http_ = nullptr;
  return response;
}

grpc::Status HostileTokenTest::CallApi(const std::string& token) {
  // What is much too large costs the connection: on one of its own, so that the next call does not meet its end.
  const bool fits = token.size() <= kMaxMetadataToken;
  const std::unique_ptr<v1::TenantService::Stub> own = fits ? nullptr : bench_->Connect();
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  context.AddMetadata("authorization", "Bearer " + token);
  v1::ListTenantsResponse response;
  const absl::Time start = absl::Now();
  const grpc::Status status = (fits ? *bench_->stub : *own).ListTenants(&context, v1::ListTenantsRequest(), &response);
  EXPECT_LT(absl::Now() - start, kQuickly);
  return status;
}

int HostileTokenTest::GetMetrics(const std::string& token) {
  const auto response =
      Exchange([&](http::HttpClient& http) { return http.Get("/metrics", absl::StrCat("Authorization: Bearer ", token, "\r\n")); });
  return response ? response->status : 0;
}

std::string HostileTokenTest::BodyOf(const Form& form) {
  std::string body;
  for (const auto& [name, value] : form) {
    absl::StrAppend(&body, body.empty() ? "" : "&", name, "=", client::FormEncoded(value));
  }
  return body;
}

std::optional<http::ReceivedResponse> HostileTokenTest::Post(const std::string& path, const Form& form,
                                                             const std::string& authorization) {
  return Exchange([&](http::HttpClient& http) {
    return http.PostForm(path, BodyOf(form), authorization.empty() ? "" : absl::StrCat("Authorization: ", authorization, "\r\n"));
  });
}

std::string HostileTokenTest::AdminBasic() {
  return "Basic " +
         absl::Base64Escape(absl::StrCat(bench_->admin.value("client_id", ""), ":", bench_->admin.value("client_secret", "")));
}

std::string HostileTokenTest::IssueToken(const std::string& tenant, const v1::IssuedCredential& client,
                                         const std::string& audience) {
  std::vector<std::pair<std::string, std::string>> form = {{"grant_type", "client_credentials"},
                                                           {"client_id", client.credential().client_id()},
                                                           {"client_secret", client.client_secret()}};
  if (!audience.empty()) form.emplace_back("audience", audience);
  return TokenOf(Post(absl::StrCat("/t/", tenant, "/oauth/token"), form));
}

std::string HostileTokenTest::TokenOf(const std::optional<http::ReceivedResponse>& response) {
  EXPECT_TRUE(response.has_value());
  if (!response) return "";
  EXPECT_EQ(response->status, 200) << response->body;
  return json::parse(response->body, nullptr, false).value("access_token", "");
}

std::string HostileTokenTest::IssueAdminToken() {
  return TokenOf(Post("/t/system/oauth/token", {{"grant_type", "client_credentials"}}, AdminBasic()));
}

TokenMould HostileTokenTest::AccessTokenMould() {
  const std::vector<std::string> parts = absl::StrSplit(IssueAdminToken(), '.');
  const std::string header = Base64UrlDecode(parts[0]).value();
  return {ReadMembers(header), ReadMembers(Base64UrlDecode(parts[1]).value()), SystemKey(json::parse(header)["kid"])};
}

const TextSigner& HostileTokenTest::SystemKey(const std::string& kid) {
  std::string x;
  for (const json& jwk : SystemJwks()) {
    if (jwk["kid"] == kid) x = jwk["x"];
  }
  for (const hsm::StoredKey& stored : OrDie(bench_->hsm->ListKeys("signet/"))) {
    const hsm::KeySpec spec{.id = stored.id, .label = stored.label, .algorithm = hsm::Algorithm::kEs256};
    const auto key = bench_->hsm->ProveKey(spec);
    if (!key.ok() || key->jwk_members().at("x") != x) continue;
    signers_.push_back(std::make_unique<TextSigner>(*bench_->hsm_signer, spec, *key));
    return *signers_.back();
  }
  ADD_FAILURE() << "the HSM has no key " << kid;
  std::abort();
}

json HostileTokenTest::SystemJwks() {
  const auto response = Exchange([](http::HttpClient& http) { return http.Get("/t/system/.well-known/jwks.json"); });
  return json::parse(response.value().body)["keys"];
}

v1::IssuedCredential HostileTokenTest::NewClient(const std::string& id, v1::Credential::Kind kind,
                                                 v1::CreateCredentialRequest request) {
  request.set_parent("tenants/dev");
  request.set_credential_id(id);
  request.mutable_credential()->set_kind(kind);
  request.mutable_credential()->add_scopes("read:tenants");
  return OrDie(bench_->client->Call(&v1::CredentialService::Stub::CreateCredential, request));
}

void HostileTokenTest::MakeDevKey() {
  v1::CreateKeyRequest create;
  create.set_parent("tenants/dev/keyRings/access-token");
  v1::EnableKeyRequest enable;
  enable.set_name(OrDie(bench_->client->Call(&v1::KeyService::Stub::CreateKey, create)).name());
  enable.set_force(true);
  OrDie(bench_->client->Call(&v1::KeyService::Stub::EnableKey, enable));
}

void HostileTokenTest::ExpectRefused(const NamedToken& hostile) {
  SCOPED_TRACE(absl::StrCat(hostile.name, ", ", hostile.token.size(), " bytes: ", absl::CHexEscape(hostile.token.substr(0, 60))));
  if (!IsFieldText(hostile.token)) return;
  const grpc::StatusCode code = CallApi(hostile.token).error_code();
  if (hostile.token.size() <= kMaxMetadataToken) {
    EXPECT_EQ(code, grpc::StatusCode::UNAUTHENTICATED);
  } else {
    // The transport's answers: to a stream whose metadata is too large, and to a connection where it is much too large.
    EXPECT_TRUE(code == grpc::StatusCode::RESOURCE_EXHAUSTED || code == grpc::StatusCode::UNAVAILABLE) << code;
  }
  EXPECT_EQ(GetMetrics(hostile.token), hostile.token.size() <= kMaxFieldToken ? 401 : 400);
}

void HostileTokenTest::ExpectCounts(const std::string& token) {
  const grpc::Status status = CallApi(token);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(GetMetrics(token), 200);
}

size_t HostileTokenTest::ResidentKib() {
  const std::string status = ReadTextFile(absl::StrCat("/proc/", bench_->server.process().pid(), "/status"));
  size_t kib = 0;
  for (absl::string_view line : absl::StrSplit(status, '\n')) {
    if (absl::ConsumePrefix(&line, "VmRSS:") && absl::ConsumeSuffix(&line, "kB") && !absl::SimpleAtoi(line, &kib)) return 0;
  }
  return kib;
}

}  // namespace signet::testing
