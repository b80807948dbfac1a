#include "server/http/token_keys.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "server/core/testing/core_fixture.h"
#include "server/http/public_document.h"

namespace signet::http {
namespace {

using core::Call;
using core::IsOk;
using nlohmann::ordered_json;

class TokenKeysTest : public core::CoreTest {
 protected:
  void SignWith(hsm::Algorithm algorithm) {
    core::RingUpdate update;
    update.algorithm = algorithm;
    ASSERT_THAT(rings().Update(ring_, update, Call()), IsOk());
  }
  Response Serve(const Request& request = {}) { return ServeTokenKeys(*directory().FindTenant(acme_), clock_.Now(), request); }
  Response ServeOne() { return ServeTokenKey(*directory().FindTenant(acme_), clock_.Now(), {}); }
  ordered_json Entry(const std::string& kid) {
    const ordered_json document = ordered_json::parse(Serve().body);
    for (const ordered_json& entry : document["keys"]) {
      if (entry["kid"] == kid) return entry;
    }
    return nullptr;
  }
  static std::vector<std::string> NamesOf(const ordered_json& entry) {
    std::vector<std::string> names;
    for (const auto& [name, value] : entry.items()) names.push_back(name);
    return names;
  }
  static Request IfChangedSince(const std::string& tag) {
    return {.method = "GET", .target = "/token_keys", .fields = {{"If-None-Match", tag}}};
  }
  static std::string FieldOf(const Response& response, absl::string_view name) {
    for (const auto& [field, value] : response.fields) {
      if (field == name) return value;
    }
    return "";
  }
  // What a key is in the JWKS.
  ordered_json Jwk(const core::KeyName& name) { return ordered_json::parse(keys().GetPublicKey(name)->jwk_json); }
  std::string Pem(const core::KeyName& name) { return keys().GetPublicKey(name)->key.ToPem(); }
};

TEST_F(TokenKeysTest, AnRsaKeyHasTheMembersOfSapInTheirOrder) {
  SignWith(hsm::Algorithm::kRs256With2048);
  const core::KeyName name = NewKey("rsa");
  const ordered_json entry = Entry("rsa");
  EXPECT_EQ(NamesOf(entry), (std::vector<std::string>{"kty", "e", "use", "kid", "alg", "value", "n"}));
  for (const char* member : {"kty", "e", "use", "kid", "alg", "n"}) EXPECT_EQ(entry[member], Jwk(name)[member]) << member;
  EXPECT_EQ(entry["value"].get<std::string>() + "\n", Pem(name));
}

TEST_F(TokenKeysTest, KeysOfEcAndEd25519HaveTheirJwkMembersAroundTheValue) {
  const core::KeyName ec = NewKey("ec");
  SignWith(hsm::Algorithm::kEd25519);
  const core::KeyName ed = NewKey("ed");
  EXPECT_EQ(NamesOf(Entry("ec")), (std::vector<std::string>{"kty", "crv", "use", "kid", "alg", "value", "x", "y"}));
  EXPECT_EQ(NamesOf(Entry("ed")), (std::vector<std::string>{"kty", "crv", "use", "kid", "alg", "value", "x"}));
  for (const core::KeyName& name : {ec, ed}) {
    const ordered_json entry = Entry(name.kid.value());
    EXPECT_EQ(entry["x"], Jwk(name)["x"]);
    EXPECT_EQ(entry["value"].get<std::string>() + "\n", Pem(name));
  }
}

TEST_F(TokenKeysTest, TheKeysComeInTheOrderOfTheJwks) {
  NewEnabledKey("signs");
  NewKey("older");
  NewKey("younger");
  const ordered_json document = ordered_json::parse(Serve().body);
  const auto snapshot = directory().FindTenant(acme_);
  const ordered_json jwks = ordered_json::parse(directory().FindJwks(snapshot)->json);
  ASSERT_EQ(document["keys"].size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(document["keys"][i]["kid"], jwks["keys"][i]["kid"]);
}

TEST_F(TokenKeysTest, TokenKeyIsTheKeyThatSigns) {
  NewKey("next");
  EXPECT_EQ(ServeOne().status, 404);
  NewEnabledKey("signs");
  const Response response = ServeOne();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(ordered_json::parse(response.body), Entry("signs"));
}

TEST_F(TokenKeysTest, TheTagIsStrongAndChangesWithTheKeys) {
  NewKey("one");
  const Response first = Serve();
  const std::string tag = FieldOf(first, "ETag");
  EXPECT_TRUE(absl::StartsWith(tag, "\"")) << tag;
  EXPECT_EQ(Serve(IfChangedSince(tag)).status, 304);
  NewKey("two");
  EXPECT_NE(FieldOf(Serve(), "ETag"), tag);
  EXPECT_EQ(Serve(IfChangedSince(tag)).status, 200);
}

TEST_F(TokenKeysTest, ItMayBeCachedAsTheJwksMay) {
  const auto snapshot = directory().FindTenant(acme_);
  const std::string expected =
      FieldOf({.fields = PublicFields(*snapshot, clock_.Now(), "application/jwk-set+json")}, "Cache-Control");
  EXPECT_EQ(FieldOf(Serve(), "Cache-Control"), expected);
  EXPECT_EQ(FieldOf(Serve(), "Access-Control-Allow-Origin"), "*");
}

}  // namespace
}  // namespace signet::http
