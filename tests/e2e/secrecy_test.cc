// Nothing secret leaves a busy server by its logs, its metrics, its audit trail, its command line, its environment or a core dump.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "signet/v1/credential_service.grpc.pb.h"
#include "tests/e2e/access_fixture.h"
#include "tests/e2e/dev_server.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

std::string* signetd_path;

// Secrets, by what they are.
using Secrets = std::map<std::string, std::string>;

void ExpectNothingSecretIn(const std::string& where, const std::string& text, const Secrets& secrets) {
  EXPECT_FALSE(text.empty()) << where << " cannot be read";
  for (const auto& [what, secret] : secrets) {
    ASSERT_GE(secret.size(), 16) << what;
    EXPECT_EQ(text.find(secret), std::string::npos) << "a " << what << " is in " << where;
  }
}

std::string LongestLine(const std::string& pem) {
  std::vector<std::string> lines = absl::StrSplit(pem, '\n');
  return *std::max_element(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
}

// SecrecyTest has a server that can be dumped, and remembers what is secret by what it is.
class SecrecyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.Start()) << server_.log();
    client_ = server_.Connect();
    secrets_["PIN"] = Content("token_pin_file");
    secrets_["administrator's secret"] =
        nlohmann::json::parse(ReadTextFile(server_.announcement().value("admin_credential_file", "")))["client_secret"];
    secrets_["TLS private key"] = LongestLine(ReadTextFile(server_.data_dir() + "/server.key"));
    v1::RotateKeysRequest rotate;
    rotate.set_name("tenants/dev/keyRings/access-token");
    ASSERT_TRUE(client_->Call(&v1::KeyService::Stub::RotateKeys, rotate).ok());
    url_ = server_.announcement().value("https_url", "") + "/t/dev/oauth/";
  }

  std::string Content(const std::string& member) const {
    return std::string(absl::StripAsciiWhitespace(ReadTextFile(server_.announcement().value(member, ""))));
  }

  v1::IssuedCredential NewCredential(const v1::CreateCredentialRequest& request) {
    v1::CreateCredentialRequest complete = request;
    complete.set_parent("tenants/dev");
    const auto made = client_->Call(&v1::CredentialService::Stub::CreateCredential, complete);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : v1::IssuedCredential();
  }
  // Posts a form by curl; what is secret in it is read from a file. Returns what came back.
  std::string Post(const std::string& endpoint, const std::string& form, const std::string& options = "") {
    std::ofstream(folder_ / "form") << form;
    return RunShell(absl::StrCat("curl --silent --cacert ", server_.data_dir(), "/ca.pem ", options, " --data @", folder_ / "form",
                                 " '", url_, endpoint, "' 2>/dev/null"))
        .out;
  }
  static std::string TokenIn(const std::string& reply) {
    const nlohmann::json json = nlohmann::json::parse(reply, nullptr, false);
    EXPECT_TRUE(json.is_object() && json.contains("access_token")) << reply;
    return json.is_object() ? json.value("access_token", "") : "";
  }

  // Makes, uses and misuses every kind of secret.
  void BeBusy() {
    const v1::IssuedCredential credential = NewCredential({});
    secrets_["client secret"] = credential.client_secret();
    v1::CreateCredentialRequest with_key;
    with_key.mutable_credential()->set_kind(v1::Credential::CERTIFICATE);
    with_key.mutable_certificate()->mutable_generate();
    secrets_["generated private key"] = LongestLine(NewCredential(with_key).private_key());
    v1::RotateSecretRequest rotate;
    rotate.set_name(credential.credential().name());
    rotate.mutable_overlap()->set_seconds(3600);
    const auto rotated = client_->Call(&v1::CredentialService::Stub::RotateSecret, rotate);
    ASSERT_TRUE(rotated.ok()) << rotated.status();
    secrets_["rotated client secret"] = rotated->client_secret();

    const std::string client =
        absl::StrCat("client_id=", credential.credential().client_id(), "&client_secret=", credential.client_secret());
    for (int i = 0; i < 20; ++i) {
      const std::string token = TokenIn(Post("token", absl::StrCat(client, "&grant_type=client_credentials")));
      secrets_[absl::StrCat("access token ", i)] = token;
      Post("introspect", absl::StrCat(client, "&token=", token));
      if (i % 2 == 0) Post("revoke", absl::StrCat(client, "&token=", token));
      secrets_[absl::StrCat("access token by Basic ", i)] =
          TokenIn(Post("token", "grant_type=client_credentials",
                       absl::StrCat("--user ", credential.credential().client_id(), ":", rotated->client_secret())));
      // Where secrets do not belong.
      Post(absl::StrCat("token?access_token=", token), "grant_type=client_credentials");
      Post("token", absl::StrCat("grant_type=client_credentials&client_secret=x&client_id=", credential.client_secret()));
      Post("token", absl::StrCat("grant_type=", credential.client_secret()),
           absl::StrCat("--header 'Authorization: Basic ", token, "' --header 'X-Request-Id: ", credential.client_secret(), "'"));
      v1::SignTokenRequest sign;
      sign.set_key_ring("tenants/dev/keyRings/access-token");
      sign.set_claims_json(R"({"sub":"a-very-secret-subject"})");
      const auto signed_token = client_->Call(&v1::KeyService::Stub::SignToken, sign);
      ASSERT_TRUE(signed_token.ok()) << signed_token.status();
      secrets_[absl::StrCat("signed token ", i)] = signed_token->token();
      v1::GetKeyRequest misplaced;
      misplaced.set_name(signed_token->token());
      EXPECT_FALSE(client_->Call(&v1::KeyService::Stub::GetKey, misplaced).ok());
    }
    secrets_["access token of the administrator"] = server_.AccessToken();
    secrets_["claim"] = "a-very-secret-subject";
  }

  void ExpectNothingSecretIn(const std::string& where, const std::string& text) const {
    testing::ExpectNothingSecretIn(where, text, secrets_);
  }

  TestFolder folder_;
  DevServer server_{*signetd_path, folder_};
  std::unique_ptr<client::Client> client_;
  std::string url_;
  Secrets secrets_;
};

TEST_F(SecrecyTest, NothingThatABusyServerSaysIsSecret) {
  BeBusy();
  ExpectNothingSecretIn("the log", server_.log());
  const std::string process = absl::StrCat("/proc/", server_.process().pid());
  ExpectNothingSecretIn("the command line", ReadTextFile(process + "/cmdline"));
  ExpectNothingSecretIn("the environment", ReadTextFile(process + "/environ"));
  const auto events = client_->ListAll(&v1::AuditService::Stub::ListEvents, v1::ListEventsRequest());
  ASSERT_TRUE(events.ok()) << events.status();
  ExpectNothingSecretIn("the audit trail", events->DebugString());
  v1::ListCredentialsRequest list;
  list.set_parent("tenants/dev");
  const auto credentials = client_->ListAll(&v1::CredentialService::Stub::ListCredentials, list);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  ExpectNothingSecretIn("a list", credentials->DebugString());
  ExpectNothingSecretIn("the metrics", RunShell(absl::StrCat("curl --silent --cacert ", server_.data_dir(),
                                                             "/ca.pem --header 'Authorization: Bearer ", server_.AccessToken(),
                                                             "' ", server_.announcement().value("https_url", ""), "/metrics"))
                                           .out);
  ASSERT_EQ(server_.Stop(), 0);
  for (const auto& file : std::filesystem::directory_iterator(server_.data_dir())) {
    if (file.path().filename().string().rfind("signet.db", 0) == 0 && file.file_size() > 0) {
      ExpectNothingSecretIn("the store", ReadTextFile(file.path().string()));
    }
  }
}

TEST_F(SecrecyTest, ACoreDumpHoldsNothingSecret) {
  BeBusy();
  const std::string pid = absl::StrCat(server_.process().pid());
  const ShellResult dumped = RunShell(absl::StrCat("gcore -o ", folder_ / "core", " ", pid, " 2>&1"));
  const std::string core = ReadTextFile(folder_ / absl::StrCat("core.", pid));
  ASSERT_GT(core.size(), 1000) << dumped.out;
  ExpectNothingSecretIn("a core dump", core);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a whole dump would be of all that the sanitizer knows of its address space: 20 GiB and more";
#endif
  // That there is something to find, where the filter does not hold it back.
  ASSERT_EQ(RunShell(absl::StrCat("echo 0x33 >/proc/", pid, "/coredump_filter")).exit_code, 0);
  RunShell(absl::StrCat("gcore -o ", folder_ / "full", " ", pid, " 2>&1"));
  EXPECT_GT(ReadTextFile(folder_ / absl::StrCat("full.", pid)).size(), 10 * core.size());
}

// LoudServerTest has a server that logs all that it can, with clients that are known by certificates and by keys of their own.
class LoudServerTest : public AccessFixture {
 protected:
  LoudServerTest() : AccessFixture(*signetd_path, "log: {level: DEBUG}\n") {}

  // Asks for a token with a client assertion (private_key_jwt), which is made by PyJWT. Returns the token.
  std::string AskWithAssertion(const std::string& name, const std::string& client_id, const std::string& audience) {
    Shell(absl::StrCat("/usr/bin/python3 -c 'import jwt, time; print(jwt.encode({\"iss\": \"", client_id, "\", \"sub\": \"",
                       client_id, "\", \"aud\": \"", audience, "\", \"jti\": \"", name,
                       "\", \"exp\": int(time.time()) + 60}, open(\"own.key\").read(), algorithm=\"ES256\"), end=\"\")' >", name));
    secrets_[absl::StrCat("assertion ", name)] = ReadTextFile(folder_ / name);
    const std::string reply = RunShell(absl::StrCat("curl --silent --cacert ", folder_ / "dev/ca.pem",
                                                    " --data grant_type=client_credentials --data client_assertion_type="
                                                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer --data-urlencode "
                                                    "client_assertion@",
                                                    folder_ / name, " https://", https_address(), "/t/acme/oauth/token"))
                                  .out;
    const nlohmann::json json = nlohmann::json::parse(reply, nullptr, false);
    return json.is_object() ? json.value("access_token", "") : "";
  }

  Secrets secrets_;
};

TEST_F(LoudServerTest, SaysNothingSecretAtDebugEither) {
  ASSERT_EQ(Bootstrap("admin.json"), 0) << log();
  Start();
  const auto admin = ConnectAs("admin.json");
  MakeTenant(*admin, "acme");
  secrets_["administrator's secret"] = nlohmann::json::parse(ReadTextFile(folder_ / "admin.json"))["client_secret"];
  secrets_["PIN"] = std::string(absl::StripAsciiWhitespace(ReadTextFile(folder_ / "dev/token-pin")));
  for (const char* key : {"dev/server.key", "issuer.key"}) secrets_[key] = LongestLine(ReadTextFile(folder_ / key));

  const auto issuer = ConnectWithCertificate("issuer");
  v1::SignTokenRequest sign;
  sign.set_key_ring("tenants/acme/keyRings/access-token");
  sign.set_claims_json(R"({"aud":"https://orders.example.com","sub":"a-very-secret-subject"})");
  const auto signed_token = issuer->Call(&v1::KeyService::Stub::SignToken, sign);
  ASSERT_TRUE(signed_token.ok()) << signed_token.status();
  secrets_["signed token"] = signed_token->token();
  secrets_["claim"] = "a-very-secret-subject";

  Shell(
      "openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt >own.key && openssl pkey -in own.key "
      "-pubout >own.pub");
  secrets_["client's own key"] = LongestLine(ReadTextFile(folder_ / "own.key"));
  v1::CreateCredentialRequest request;
  request.set_parent("tenants/acme");
  request.mutable_credential()->set_kind(v1::Credential::PUBLIC_KEY);
  request.mutable_public_key()->set_public_key(ReadTextFile(folder_ / "own.pub"));
  const auto credential = admin->Call(&v1::CredentialService::Stub::CreateCredential, request);
  ASSERT_TRUE(credential.ok()) << credential.status();
  const std::string client_id = credential->credential().client_id();
  const std::string audience = absl::StrCat("https://", https_address(), "/t/acme/oauth/token");
  const std::string token = AskWithAssertion("good", client_id, audience);
  ASSERT_NE(token, "") << log();
  secrets_["access token"] = token;
  EXPECT_EQ(AskWithAssertion("another-audience", client_id, "https://other.example"), "");

  // Connections that fail, and are logged now: what they brought is not.
  const std::string curl = absl::StrCat("curl --silent --max-time 5 --cacert ", folder_ / "dev/ca.pem", " ");
  RunShell(absl::StrCat(curl, "http://", https_address(), "/?access_token=", token));
  RunShell(absl::StrCat(curl, "https://", https_address(), "/readyz?access_token=", token));
  RunShell(absl::StrCat(curl, "https://", https_address(), "/t/acme/oauth/token --request-target 'x ", token, "'"));
  EXPECT_NE(log().find(R"("level":"debug")"), std::string::npos);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingSecretIn("the log", log(), secrets_));
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
