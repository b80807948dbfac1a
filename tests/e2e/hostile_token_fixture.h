#ifndef SIGNET_TESTS_E2E_HOSTILE_TOKEN_FIXTURE_H_
#define SIGNET_TESTS_E2E_HOSTILE_TOKEN_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "clients/cpp/client.h"
#include "clients/cpp/https_post.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "hsm/hsm.h"
#include "nlohmann/json.hpp"
#include "server/http/testing/http_client.h"
#include "tests/e2e/dev_server.h"
#include "tests/e2e/hostile_tokens.h"

namespace signet::testing {

// The largest tokens that go into gRPC's metadata and the head of a request of HTTP. The server bounds both, and refuses what is
// larger before anybody looks at it.
inline constexpr size_t kMaxMetadataToken = 15 * 1024;
inline constexpr size_t kMaxFieldToken = 8000;
// The largest body of a request of HTTP; a larger one is 413.
inline constexpr size_t kMaxBody = 64 * 1024;

// Aborts where there is none: the rest of a test would mean nothing.
template <typename T>
T OrDie(absl::StatusOr<T> value) {
  EXPECT_TRUE(value.ok()) << value.status();
  if (!value.ok()) std::abort();
  return *std::move(value);
}

// Text that is good as the value of a field of HTTP and of metadata.
bool IsFieldText(const std::string& text);

// HostileTokenTest has a real server, its administrator, and its HSM open as well, so that what only the right key could have
// signed is signed by it.
class HostileTokenTest : public ::testing::Test {
 public:
  // The path of signetd, set by main.
  static std::string* signetd_path;

 protected:
  using Form = std::vector<std::pair<std::string, std::string>>;

  static void SetUpTestSuite() { bench_ = new Bench; }
  static void TearDownTestSuite() {
    delete bench_;
    bench_ = nullptr;
  }

  struct Bench {
    Bench();
    TextSigner NewKey(hsm::Algorithm algorithm, const std::string& id);
    // A new connection.
    std::unique_ptr<v1::TenantService::Stub> Connect() const;

    TestFolder folder;
    DevServer server{*signetd_path, folder};
    nlohmann::json announcement, admin;
    std::string https_url;
    client::HttpsTrust trust;
    std::unique_ptr<client::Client> client;
    std::unique_ptr<v1::TenantService::Stub> stub;
    SystemRandom random;
    std::unique_ptr<hsm::Hsm> hsm;
    std::unique_ptr<hsm::Signer> hsm_signer;
    std::unique_ptr<hsm::Hsm> software;
    std::unique_ptr<hsm::Signer> software_signer;
    // Keys that nobody but an attacker has.
    std::optional<TextSigner> ec, rsa;
  };

  // Calls. Each must come back quickly.
  static grpc::Status CallApi(const std::string& token);
  // The status of GET /metrics; 0 if the connection ended without an answer.
  int GetMetrics(const std::string& token);
  // The body of a request with this form.
  static std::string BodyOf(const Form& form);
  std::optional<http::ReceivedResponse> Post(const std::string& path, const Form& form, const std::string& authorization = "");

  // What counts.
  static std::string AdminBasic();
  // Has a tenant's endpoint issue a token.
  std::string IssueToken(const std::string& tenant, const v1::IssuedCredential& client, const std::string& audience = "");
  static std::string TokenOf(const std::optional<http::ReceivedResponse>& response);
  std::string IssueAdminToken();
  // An access token of the administrator as the endpoint makes them, and the key that signs those.
  TokenMould AccessTokenMould();
  // The key of the system tenant that its JWK set has under `kid`, as the HSM knows it.
  const TextSigner& SystemKey(const std::string& kid);
  nlohmann::json SystemJwks();
  static v1::IssuedCredential NewClient(const std::string& id, v1::Credential::Kind kind, v1::CreateCredentialRequest request = {});
  static void MakeDevKey();

  void ExpectRefused(const NamedToken& hostile);
  void ExpectCounts(const std::string& token);
  // The memory of the server.
  static size_t ResidentKib();

  static Bench* bench_;
  std::vector<std::unique_ptr<TextSigner>> signers_;
  std::unique_ptr<http::HttpClient> http_;

 private:
  // On the connection at hand, or where the server has closed it, on another.
  template <typename Send>
  std::optional<http::ReceivedResponse> Exchange(const Send& send);
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_E2E_HOSTILE_TOKEN_FIXTURE_H_
