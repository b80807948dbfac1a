#include "clients/cli/certificate_commands.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "clients/cli/program_runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr char kName[] = "tenants/dev/keyRings/access-token/keys/k1";
constexpr char kPem[] = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n";

v1::Certificate Certificate() {
  v1::Certificate certificate;
  certificate.set_name(kName);
  certificate.set_pem(kPem);
  certificate.set_der(std::string("0\x82\n\0\r", 5));
  certificate.set_pkcs7(std::string("p\0k", 3));
  certificate.set_x5t("t1");
  certificate.set_x5t_s256("t2");
  certificate.set_subject("CN=dev");
  certificate.set_issuer("CN=authority");
  certificate.mutable_not_before()->set_seconds(1706885331);
  certificate.mutable_not_after()->set_seconds(1706885332);
  return certificate;
}

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class CertificateCommandsTest : public testing::Test {
 protected:
  ProgramRunner::Result Run(const std::string& action, const std::string& object, const std::vector<std::string>& more = {}) {
    std::vector<std::string> line = {action, object, "--key", "k1", "--subaccount", "dev"};
    line.insert(line.end(), more.begin(), more.end());
    return runner_.Run(line);
  }
  ProgramRunner::Result Get(const std::vector<std::string>& more = {}) {
    runner_.server().Reply("GetCertificate", Certificate());
    return Run("get", "security/certificate", more);
  }
  ProgramRunner::Result CreateRequest(const std::vector<std::string>& more = {}) {
    v1::CertificateSigningRequest reply;
    reply.set_pem("-----BEGIN CERTIFICATE REQUEST-----\n");
    runner_.server().Reply("GenerateCsr", reply);
    return Run("create", "security/certificate-request", more);
  }

  ProgramRunner runner_;
};

TEST_F(CertificateCommandsTest, GetShowsWhatItSaysAndThePem) {
  EXPECT_EQ(Get().out,
            "Key ID:                        k1\n"
            "Subject:                       CN=dev\n"
            "Issuer:                        CN=authority\n"
            "Valid from:                    Fri Feb 02 14:48:51 UTC 2024\n"
            "Valid until:                   Fri Feb 02 14:48:52 UTC 2024\n"
            "SHA-1 thumbprint (x5t):        t1\n"
            "SHA-256 thumbprint (x5t#S256): t2\n"
            "\n"
            "-----BEGIN CERTIFICATE-----\n"
            "MII=\n"
            "-----END CERTIFICATE-----\n"
            "\n"
            "OK\n");
  EXPECT_EQ(runner_.server().Received<v1::GetCertificateRequest>("GetCertificate").at(0).name(), kName);
}

TEST_F(CertificateCommandsTest, AFormIsWrittenAloneByteForByte) {
  EXPECT_EQ(Get({"--form", "pem"}).out, kPem);
  EXPECT_EQ(Get({"--form", "DER"}).out, Certificate().der());
  EXPECT_EQ(Get({"--form", "pkcs7"}).out, Certificate().pkcs7());
}

TEST_F(CertificateCommandsTest, AFileTakesTheFormOrThePem) {
  const std::string path = runner_.folder() + "/out";
  std::ofstream(path) << "much longer than what it will hold";
  const ProgramRunner::Result result = Get({"--form", "der", "--out", path});
  EXPECT_EQ(result.out, "Wrote " + path + "\n\nOK\n");
  EXPECT_EQ(ContentOf(path), Certificate().der());
  Get({"--out", path});
  EXPECT_EQ(ContentOf(path), kPem);
}

TEST_F(CertificateCommandsTest, AFileThatCannotBeWrittenIsAUsageError) {
  const ProgramRunner::Result result = Get({"--out", "/nowhere/out"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err, StartsWith("FAILED: --out: /nowhere/out cannot be written: "));
  EXPECT_EQ(Get({"--out", "/dev/full"}).exit_code, kExitUsage);
}

TEST_F(CertificateCommandsTest, JsonIsTheMessageWhateverTheForm) {
  runner_.out_is_terminal = true;
  runner_.server().Reply("GetCertificate", Certificate());
  const auto reply = nlohmann::json::parse(
      runner_.Run({"--format", "json", "get", "security/certificate", "--key", "k1", "--form", "der", "--subaccount", "dev"}).out,
      nullptr, /*allow_exceptions=*/false);
  EXPECT_EQ(reply["subject"], "CN=dev");
}

TEST_F(CertificateCommandsTest, BytesAreKeptFromATerminal) {
  runner_.out_is_terminal = true;
  EXPECT_EQ(Get({"--form", "der"}).exit_code, kExitUsage);
  EXPECT_EQ(Run("get", "security/certificate", {"--form", "p12"}).err,
            "FAILED: --form: 'p12' is unknown\nHint: the forms are pem, der and pkcs7\n");
  EXPECT_TRUE(runner_.server().Received<v1::GetCertificateRequest>("GetCertificate").empty());
  EXPECT_EQ(Get({"--form", "pem"}).out, kPem);
}

TEST_F(CertificateCommandsTest, UpdateSendsTheChain) {
  const std::string path = runner_.folder() + "/chain.pem";
  std::ofstream(path) << kPem;
  v1::SigningKey key;
  key.set_kid("k1");
  key.add_warnings("it expires soon");
  runner_.server().Reply("SetCertificateChain", key);
  const ProgramRunner::Result result = Run("update", "security/certificate", {"--pem-chain", "@" + path, "--request-id", "r1"});
  EXPECT_THAT(result.out, StartsWith("Updated the certificate of signing key 'k1'\n\nKey ID: "));
  EXPECT_EQ(result.err, "Warning: it expires soon\n");
  const auto request = runner_.server().Received<v1::SetCertificateChainRequest>("SetCertificateChain").at(0);
  EXPECT_EQ(request.name(), kName);
  EXPECT_EQ(request.pem_chain(), kPem);
  EXPECT_EQ(request.request_id(), "r1");
}

TEST_F(CertificateCommandsTest, ARequestIsWrittenAlone) {
  EXPECT_EQ(CreateRequest().out, "-----BEGIN CERTIFICATE REQUEST-----\n");
  const auto request = runner_.server().Received<v1::GenerateCsrRequest>("GenerateCsr").at(0);
  EXPECT_EQ(request.name(), kName);
  EXPECT_FALSE(request.has_subject());
  const std::string path = runner_.folder() + "/out";
  EXPECT_THAT(CreateRequest({"--out", path}).out, HasSubstr("Wrote "));
  EXPECT_EQ(ContentOf(path), "-----BEGIN CERTIFICATE REQUEST-----\n");
}

TEST_F(CertificateCommandsTest, ARequestTakesASubject) {
  CreateRequest({"--common-name", "shop", "--organization", "", "--organizational-unit", "IT", "--country", "DE"});
  const auto subject = runner_.server().Received<v1::GenerateCsrRequest>("GenerateCsr").at(0).subject();
  EXPECT_EQ(subject.common_name(), "shop");
  EXPECT_EQ(subject.organization(), "");
  EXPECT_EQ(subject.organizational_unit(), "IT");
  EXPECT_EQ(subject.country(), "DE");
}

}  // namespace
}  // namespace signet::cli
