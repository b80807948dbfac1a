// The examples of RFC 7515, 7516, 7517, 7520 and 8037 (rfc_examples.json), decided by what reads tokens and clients' keys here, and
// by npm's jose.
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "hsm/algorithm.h"
#include "hsm/public_key.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "nlohmann/json.hpp"
#include "server/core/checked_jws.h"
#include "server/core/client_assertion.h"
#include "server/core/client_public_keys.h"
#include "server/core/jws.h"
#include "server/core/new_credential.h"
#include "server/core/tenant_snapshot.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

using keystore::ClientPublicKey;
using nlohmann::json;

std::string* examples_path;
std::string* run_node;  // The command, with its script.

const absl::Time kNow = absl::FromUnixSeconds(1700000000);

const json& Examples() {
  static const auto& examples = *new json([] {
    std::ifstream file(*examples_path);
    return json::parse(file, nullptr, /*allow_exceptions=*/false);
  }());
  return examples;
}

const json& KeyNamed(const std::string& name) {
  for (const json& key : Examples()["keys"]) {
    if (key["name"] == name) return key;
  }
  ADD_FAILURE() << "no key " << name;
  return Examples()["keys"][0];
}

bool IsValid(const json& example) { return example["verdict"] == "valid"; }

// Reads a key, without what the example says that it is called and for.
absl::StatusOr<ClientPublicKey> ReadKey(json jwk, const std::string& id, const std::string& algorithm = "") {
  for (const char* name : {"kid", "alg", "use"}) jwk.erase(name);
  core::NewPublicKey key;
  key.id = id;
  key.public_key = jwk.dump();
  if (!algorithm.empty()) key.algorithm = hsm::FindAlgorithm(algorithm);
  return core::ReadClientPublicKey(key, kNow);
}

hsm::PublicKey PublicKeyOf(const ClientPublicKey& key) {
  return hsm::PublicKey::FromSpki(hsm::FindAlgorithm(key.algorithm).value(), key.public_key_der).value();
}

// The keys by which Signet decides a token: the one that it is valid with, or else all that Signet reads.
std::vector<ClientPublicKey> KeysFor(const json& token, const std::string& id) {
  std::vector<ClientPublicKey> keys;
  if (IsValid(token)) {
    const auto key = ReadKey(KeyNamed(token["key"])["jwk"], id, token["algorithm"]);
    EXPECT_TRUE(key.ok()) << key.status();
    if (key.ok()) keys.push_back(*key);
    return keys;
  }
  for (const json& key : Examples()["keys"]) {
    if (key["verdict"] == "read") keys.push_back(ReadKey(key["jwk"], id).value());
  }
  return keys;
}

// The `kid` of a token's header; "the key" without.
std::string KeyIdOf(const std::string& token) {
  const auto jws = core::SplitCompactJws(token);
  if (!jws.ok()) return "the key";
  const auto header = core::ParseJwsHeader(jws->header_json);
  return header.ok() ? header->kid.value_or("the key") : "the key";
}

// Decides by the key of a client, as of an assertion, which need not name its key.
absl::Status DecideAsAssertion(const std::string& token, const ClientPublicKey& key) {
  SIGNET_ASSIGN_OR_RETURN(const core::CompactJws jws, core::SplitCompactJws(token));
  SIGNET_ASSIGN_OR_RETURN(const core::JwsHeader header, core::ParseJwsHeader(jws.header_json));
  core::ClientAssertion assertion;
  assertion.header = header;
  assertion.signature = jws.signature;
  assertion.signing_input = jws.signing_input;
  return core::VerifyAssertion(assertion, {key}, kNow);
}

// Decides by the key of a tenant, as VerifyToken does, which wants to be told which.
absl::Status DecideAsToken(const std::string& token, const ClientPublicKey& key) {
  keystore::KeyRecord record;
  record.kid = keystore::Kid(key.id);
  record.state = keystore::KeyState::kEnabled;
  record.algorithm = key.algorithm;
  record.public_key_der = key.public_key_der;
  core::TenantSnapshot tenant;
  const auto instance = std::make_shared<const std::string>("instance");
  tenant.published.Apply(
      {{record.uid, std::make_shared<const core::PublishedKey>(core::ReadPublishedKey(record, instance).value())}});
  return core::CheckJws(tenant, token).status();
}

bool Accepts(const std::string& token, const std::vector<ClientPublicKey>& keys) {
  for (const ClientPublicKey& key : keys) {
    if (DecideAsAssertion(token, key).ok() || DecideAsToken(token, key).ok()) return true;
  }
  return false;
}

// `token` with one bit of one part turned.
std::string Turn(const std::string& token, size_t part, size_t bit) {
  std::vector<std::string> parts = absl::StrSplit(token, '.');
  std::string bytes = Base64UrlDecode(parts[part]).value();
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  parts[part] = Base64UrlEncode(bytes);
  return absl::StrCat(parts[0], ".", parts[1], ".", parts[2]);
}

TEST(RfcExamples, AreAllThere) {
  ASSERT_TRUE(Examples().is_object());
  std::map<std::string, int> count;
  for (const char* list : {"keys", "tokens"}) {
    for (const json& example : Examples()[list]) {
      ++count[absl::StrCat(list, " ", example["verdict"].get<std::string>(), " ",
                           example["source"].get<std::string>().substr(0, 8))];
      EXPECT_EQ(example.contains("why"), example["verdict"] == "refused") << example["name"];
    }
  }
  EXPECT_EQ(count["tokens valid RFC 7515"], 3);
  EXPECT_EQ(count["tokens valid RFC 7520"], 3);
  EXPECT_EQ(count["tokens valid RFC 8037"], 1);
  EXPECT_EQ(count["tokens refused RFC 7516"], 4);
  EXPECT_EQ(count["tokens valid RFC 7516"], 0);
  EXPECT_EQ(count["keys read RFC 7517"], 2);
  EXPECT_EQ(count["keys refused RFC 7517"], 4);
}

TEST(RfcExamples, PublicKeysAreReadAndPrivateAndSymmetricOnesRefused) {
  for (const json& example : Examples()["keys"]) {
    const auto key = ReadKey(example["jwk"], "");
    if (example["verdict"] == "refused") {
      EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument) << example["name"] << key.status();
      EXPECT_EQ(GetReason(key.status()), reason::kInvalidField) << example["name"];
      continue;
    }
    ASSERT_TRUE(key.ok()) << example["name"] << key.status();
    EXPECT_EQ(key->algorithm, example["algorithm"]) << example["name"];
    const hsm::PublicKey public_key = PublicKeyOf(*key);
    for (const auto& [name, value] : public_key.jwk_members()) EXPECT_EQ(example["jwk"][name], value) << example["name"];
  }
}

TEST(RfcExamples, KeysAreWhatTheySayTheyAreFor) {
  const auto read = [](const std::string& name) {
    return core::ReadClientPublicKey({.public_key = KeyNamed(name)["jwk"].dump()}, kNow);
  };
  EXPECT_EQ(GetReason(read("rfc7517-a1-ec").status()), reason::kInvalidField) << "it is for encryption";
  EXPECT_EQ(read("rfc7517-a1-rsa")->id, "2011-04-29");
}

TEST(RfcExamples, HaveTheThumbprintsOfRfc7638AndRfc8037) {
  int count = 0;
  for (const json& example : Examples()["keys"]) {
    if (!example.contains("thumbprint")) continue;
    const ClientPublicKey key = ReadKey(example["jwk"], "").value();
    EXPECT_EQ(PublicKeyOf(key).thumbprint(), example["thumbprint"]) << example["name"];
    EXPECT_EQ(key.id, example["thumbprint"]) << "which is the id of a key that has no other";
    ++count;
  }
  EXPECT_EQ(count, 2);
}

TEST(RfcExamples, TokensOfTheTableVerifyAndNoOthersDo) {
  for (const json& example : Examples()["tokens"]) {
    const std::string token = example["token"];
    for (const ClientPublicKey& key : KeysFor(example, KeyIdOf(token))) {
      EXPECT_EQ(DecideAsAssertion(token, key).ok(), IsValid(example)) << example["name"];
      const absl::Status status = DecideAsToken(token, key);
      if (!IsValid(example)) {
        EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << example["name"] << status;
        EXPECT_EQ(GetReason(status), example["reason"]) << example["name"] << status;
      } else if (KeyIdOf(token) == "the key") {
        // Tokens always name their key.
        EXPECT_EQ(GetReason(status), reason::kTokenMalformed) << example["name"] << status;
      } else {
        EXPECT_TRUE(status.ok()) << example["name"] << status;
      }
    }
  }
}

TEST(RfcExamples, DoNotVerifyWithABitTurned) {
  for (const json& example : Examples()["tokens"]) {
    if (!IsValid(example)) continue;
    const std::string token = example["token"];
    const std::vector<ClientPublicKey> keys = KeysFor(example, KeyIdOf(token));
    const std::vector<std::string> parts = absl::StrSplit(token, '.');
    ASSERT_TRUE(Accepts(token, keys)) << example["name"];
    for (size_t part = 0; part < 3; ++part) {
      const size_t size = Base64UrlDecode(parts[part]).value().size();
      for (size_t byte = 0; byte < size; ++byte) {
        EXPECT_FALSE(Accepts(Turn(token, part, 8 * byte + byte % 8), keys)) << example["name"] << " part " << part << " " << byte;
      }
    }
  }
}

TEST(RfcExamples, DoNotVerifyWithAnyOtherKey) {
  for (const json& example : Examples()["tokens"]) {
    if (!IsValid(example)) continue;
    const std::string token = example["token"];
    for (const json& other : Examples()["keys"]) {
      if (other["verdict"] != "read" || other["name"] == example["key"]) continue;
      EXPECT_FALSE(Accepts(token, {ReadKey(other["jwk"], KeyIdOf(token)).value()})) << example["name"] << other["name"];
    }
  }
}

TEST(RfcExamples, AreDecidedAlikeByJose) {
  std::string expected;
  int differences = 0;
  for (const json& example : Examples()["tokens"]) {
    const std::string token = example["token"];
    const std::string signet = Accepts(token, KeysFor(example, KeyIdOf(token))) ? "valid" : "refused";
    const std::string jose = example.value("jose", signet);
    if (jose != signet) ++differences;
    absl::StrAppend(&expected, example["name"].get<std::string>(), ": ", jose, "\n");
  }
  const ShellResult result = RunShell(absl::StrCat(*run_node, " ", *examples_path));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, expected);
  EXPECT_EQ(differences, 2) << "jose verifies with symmetric keys, and so its HS256 examples";
}

}  // namespace
}  // namespace signet::testing

// Usage: rfc_examples_test EXAMPLES RUN_NODE NODE_MODULES SCRIPT
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 5) return 2;
  signet::testing::examples_path = new std::string(argv[1]);
  signet::testing::run_node = new std::string(absl::StrCat(argv[2], " ", argv[3], " ", argv[4]));
  return RUN_ALL_TESTS();
}
