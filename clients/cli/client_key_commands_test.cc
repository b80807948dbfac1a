#include "clients/cli/client_key_commands.h"

#include <string>
#include <vector>

#include "clients/cli/program_runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signet/v1/credential_service.pb.h"

namespace signet::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ClientKeyCommandsTest : public testing::Test {
 protected:
  static v1::Credential Credential() {
    v1::Credential credential;
    credential.set_name("tenants/dev/credentials/ci");
    credential.set_kind(v1::Credential::PUBLIC_KEY);
    v1::ClientPublicKey& key = *credential.add_public_keys();
    key.set_id("k1");
    key.set_algorithm(v1::ES256);
    key.mutable_create_time()->set_seconds(1706885331);
    return credential;
  }
  ProgramRunner::Result Run(std::vector<std::string> words) {
    words.insert(words.end(), {"--credential", "ci", "--subaccount", "dev"});
    return runner_.Run(words);
  }

  ProgramRunner runner_;
};

TEST_F(ClientKeyCommandsTest, CreateAddsAKey) {
  runner_.server().Reply("AddPublicKey", Credential());
  const ProgramRunner::Result result =
      Run({"create", "security/api-credential-key", "--public-key", "@" + runner_.Write("k.jwk", R"({"kty":"EC"})"), "--key", "k1",
           "--algorithm", "ES256", "--expires", "2030-01-01T00:00:00Z"});
  EXPECT_THAT(result.out, StartsWith("Added a public key to API credential 'ci'\n\nName:"));
  EXPECT_THAT(result.out, HasSubstr("Public key:      k1, made Fri Feb 02 14:48:51 UTC 2024, ES256\n"));
  const auto request = runner_.server().Received<v1::AddPublicKeyRequest>("AddPublicKey").at(0);
  EXPECT_EQ(request.name(), "tenants/dev/credentials/ci");
  EXPECT_EQ(request.public_key().public_key(), R"({"kty":"EC"})");
  EXPECT_EQ(request.public_key().id(), "k1");
  EXPECT_EQ(request.public_key().algorithm(), v1::ES256);
  EXPECT_EQ(request.public_key().expire_time().seconds(), 1893456000);
}

TEST_F(ClientKeyCommandsTest, CreateNeedsAKey) {
  EXPECT_EQ(Run({"create", "security/api-credential-key"}).exit_code, kExitUsage);
  EXPECT_EQ(Run({"create", "security/api-credential-key", "--public-key", "{}", "--algorithm", "none"}).exit_code, kExitUsage);
}

TEST_F(ClientKeyCommandsTest, DeleteRemovesAKeyOnceConfirmed) {
  EXPECT_EQ(Run({"delete", "security/api-credential-key", "--key", "k1"}).exit_code, kExitUsage);
  runner_.server().Reply("RemovePublicKey", Credential());
  const ProgramRunner::Result result = Run({"delete", "security/api-credential-key", "--key", "k1", "--confirm"});
  EXPECT_THAT(result.out, StartsWith("Removed public key 'k1' from API credential 'ci'\n"));
  const auto request = runner_.server().Received<v1::RemovePublicKeyRequest>("RemovePublicKey").at(0);
  EXPECT_EQ(request.name(), "tenants/dev/credentials/ci");
  EXPECT_EQ(request.public_key_id(), "k1");
}

}  // namespace
}  // namespace signet::cli
