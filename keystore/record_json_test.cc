#include "keystore/record_json.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/test_records.h"

namespace signet::keystore {
namespace {

TenantRecord FullTenant() {
  TenantRecord tenant = MakeTenant("t1");
  tenant.kind = TenantKind::kDirectory;
  tenant.display_name = "Größe \"1\"\n";
  tenant.parent = TenantId("root");
  tenant.issuer = "https://issuer.example";
  tenant.host_aliases = {"a.example", "b.example"};
  tenant.custom_signing_keys = {{"k1", R"({"kty":"EC"})"}};
  tenant.delete_time = TestTime() + absl::Microseconds(7);
  return tenant;
}

Rotation FullRotation() {
  Rotation rotation;
  rotation.number = int64_t{1} << 40;
  rotation.start_time = TestTime();
  rotation.activation_time = TestTime() + absl::Seconds(1);
  rotation.update_time = TestTime() + absl::Seconds(2);
  rotation.actor = "system";
  rotation.request_id = "q-1";
  rotation.reason = "it leaked";
  rotation.purge = true;
  rotation.force = true;
  rotation.current = KeyUid("c");
  rotation.superseded = KeyUid("s");
  rotation.next = KeyUid("n");
  rotation.revoked = {KeyUid("v1"), KeyUid("v2")};
  rotation.retired = {KeyUid("e1")};
  return rotation;
}

constexpr char kFullRotation[] =
    R"({"number":1099511627776,"start_time":1700000000000000,"activation_time":1700000001000000,"update_time":1700000002000000,"actor":"system",)"
    R"("request_id":"q-1","reason":"it leaked","purge":true,"force":true,"current":"c","superseded":"s","next":"n",)"
    R"("revoked":["v1","v2"],"retired":["e1"]})";

RingRecord FullRing() {
  RingRecord ring = MakeRing("t1", "saml");
  ring.policy.preset = Preset::kSapBtp;
  ring.policy.max_keys = 4;
  ring.policy.keep_next = true;
  ring.policy.automatic = false;
  ring.policy.period = absl::Hours(720);
  ring.policy.activation_delay = absl::Minutes(1);
  ring.policy.min_retention = absl::Hours(1);
  ring.policy.retain_until_revoked = false;
  ring.policy.retirement_delay = absl::Seconds(2);
  ring.policy.signing_grace = absl::Seconds(3);
  ring.policy.idempotency_window = absl::Seconds(4);
  ring.policy.rotations_per_day = 5;
  ring.policy.revoked_history = 6;
  ring.policy.max_token_ttl = absl::Hours(2);
  ring.policy.refresh_token_validity = absl::Hours(3);
  ring.policy.jwks_max_age = absl::Seconds(30);
  ring.policy.jwks_cached_until = TestTime() + absl::Seconds(7);
  ring.certificate.common_name = "Größe";
  ring.certificate.organization = "o";
  ring.certificate.organizational_unit = "ou";
  ring.certificate.country = "DE";
  ring.certificate.validity = absl::Hours(1);
  ring.rotation = FullRotation();
  ring.rotation_quota_time = TestTime() + absl::Seconds(8);
  ring.delete_time = TestTime();
  return ring;
}

KeyRecord FullKey() {
  KeyRecord key = MakeKey("t1", "saml", 1);
  key.state = KeyState::kDestroyed;
  key.kid_chosen = true;
  key.in_hsm = false;
  key.public_key_der = std::string("\x00\x30\xff\xfe", 4);
  key.certificate_chain = {"\x30\xff", "\x01"};
  key.create_request_id = "r-1";
  key.enable_time = TestTime() + absl::Seconds(1);
  key.disable_time = TestTime() + absl::Seconds(2);
  key.revoke_time = TestTime() + absl::Seconds(3);
  key.destroy_time = TestTime() + absl::Seconds(4);
  key.update_time = TestTime() + absl::Seconds(4);
  return key;
}

CredentialRecord FullCredential() {
  CredentialRecord credential = MakeCredential("t1", "c1", 1);
  credential.kind = CredentialKind::kPublicKey;
  credential.read_only = true;
  credential.grants = {{"https://api.example", {"größe"}}, {"b", {}}};
  credential.signing_profile = {{RingId("saml")}, R"({"a":1})", {"b"}, {"c"}, {"d"}, absl::Seconds(5)};
  credential.access_token_ttl = absl::Minutes(1);
  credential.secrets.front().expire_time = TestTime() + absl::Seconds(1);
  credential.public_keys = {{"k1", "ES256", "\x30\xff", TestTime(), TestTime() + absl::Seconds(2)}};
  credential.certificates = {{"\x30\xfe", false, "CN=a", "CN=b", true, true, true, TestTime()}};
  credential.expire_time = TestTime() + absl::Seconds(3);
  credential.delete_time = TestTime() + absl::Seconds(4);
  return credential;
}

TEST(RecordJson, ATenantHasItsMembersInAFixedOrder) {
  EXPECT_EQ(ToJson(FullTenant()),
            R"({"id":"t1","kind":"DIRECTORY","display_name":"Größe \"1\"\n","parent":"root","issuer":"https://issuer.example",)"
            R"("host_aliases":["a.example","b.example"],"custom_signing_keys":[{"kid":"k1","jwk":"{\"kty\":\"EC\"}"}],)"
            R"("create_time":1700000000000000,"update_time":1700000000000000,)"
            R"("delete_time":1700000000000007})");
}

TEST(RecordJson, ARingHasItsMembersInAFixedOrder) {
  EXPECT_EQ(
      ToJson(FullRing()),
      absl::StrCat(R"({"tenant":"t1","id":"saml","algorithm":"ES256","policy":{"preset":"SAP_BTP","max_keys":4,)"
                   R"("keep_next":true,"automatic":false,"period":2592000000000,)"
                   R"("activation_delay":60000000,"min_retention":3600000000,"retain_until_revoked":false,)"
                   R"("retirement_delay":2000000,"signing_grace":3000000,"idempotency_window":4000000,)"
                   R"("rotations_per_day":5,"revoked_history":6,"max_token_ttl":7200000000,"refresh_token_validity":10800000000,)"
                   R"("jwks_max_age":30000000,"jwks_cached_until":1700000007000000},)"
                   R"("certificate":{"common_name":"Größe","organization":"o","organizational_unit":"ou",)"
                   R"("country":"DE","validity":3600000000},"rotation":)",
                   kFullRotation,
                   R"(,"rotation_quota_time":1700000008000000,"create_time":1700000000000000,)"
                   R"("update_time":1700000000000000,"delete_time":1700000000000000})"));
}

TEST(RecordJson, AKeyHasItsMembersInAFixedOrder) {
  EXPECT_EQ(ToJson(FullKey()),
            R"({"uid":"00000000000000000000000000000001","tenant":"t1","ring":"saml","kid":"kid-1","kid_chosen":true,)"
            R"("algorithm":"ES256","state":"DESTROYED","public_key_der":"ADD__g","in_hsm":false,"certificate_chain":["MP8","AQ"],)"
            R"("create_request_id":"r-1","create_time":1700000000000000,"publish_time":1700000000000000,)"
            R"("enable_time":1700000001000000,"disable_time":1700000002000000,"revoke_time":1700000003000000,)"
            R"("destroy_time":1700000004000000,"update_time":1700000004000000})");
}

TEST(RecordJson, ACredentialHasItsMembersInAFixedOrder) {
  EXPECT_EQ(
      ToJson(FullCredential()),
      R"({"tenant":"t1","id":"c1","client_id":"client-1","kind":"PUBLIC_KEY","scopes":["keys.read","keys.use"],"read_only":true,)"
      R"("grants":[{"audience":"https://api.example","scopes":["größe"]},{"audience":"b","scopes":[]}],)"
      R"("signing_profile":{"key_rings":["saml"],"fixed_claims_json":"{\"a\":1}","allowed_claims":["b"],"required_claims":["c"],)"
      R"("audiences":["d"],"max_ttl":5000000},"access_token_ttl":60000000,)"
      R"("secrets":[{"id":"s1","salt":"AP8gc2FsdA","hash":"_iBoYXNo","create_time":1700000000000000,)"
      R"("expire_time":1700000001000000}],)"
      R"("public_keys":[{"id":"k1","algorithm":"ES256","public_key_der":"MP8","create_time":1700000000000000,)"
      R"("expire_time":1700000002000000}],)"
      R"("certificates":[{"der":"MP4","pinned":false,"subject":"CN=a","issuer":"CN=b","issued":true,)"
      R"("unique":true,"hidden":true,"create_time":1700000000000000}],)"
      R"("expire_time":1700000003000000,"create_time":1700000000000000,"update_time":1700000000000000,)"
      R"("delete_time":1700000004000000})");
}

TEST(RecordJson, ACredentialsEventFormHasNeitherSaltNorHashAndReadsBackWithoutThem) {
  const std::string json = ToEventJson(FullCredential());
  for (const char* absent : {"salt", "hash", "AP8gc2FsdA", "_iBoYXNo"}) EXPECT_EQ(json.find(absent), std::string::npos) << absent;
  CredentialRecord expected = FullCredential();
  expected.secrets.front().salt.clear();
  expected.secrets.front().hash.clear();
  EXPECT_EQ(*CredentialFromJson(json), expected);
}

TEST(RecordJson, ARevokedTokenHasItsMembersInAFixedOrder) {
  EXPECT_EQ(ToJson(MakeRevokedToken("t1", "j1")), R"({"token_id":"j1","tenant":"t1","expire_time":1700003600000000})");
}

TEST(RecordJson, ARotationHasItsMembersInAFixedOrder) { EXPECT_EQ(ToJson(FullRotation()), kFullRotation); }

TEST(RecordJson, WhatIsNotSetLeavesNoMember) {
  EXPECT_EQ(ToJson(MakeTenant("t1")), R"({"id":"t1","kind":"SUBACCOUNT","display_name":"Tenant t1","issuer":"","host_aliases":[],)"
                                      R"("create_time":1700000000000000,"update_time":1700000000000000})");
  EXPECT_EQ(ToJson(MakeRing("t1", "r")), R"({"tenant":"t1","id":"r","algorithm":"ES256","policy":{"preset":"STANDARD"},)"
                                         R"("create_time":1700000000000000,"update_time":1700000000000000})");
}

TEST(RecordJson, ARotationThatIsUnderWayHasNoActivationTime) {
  Rotation rotation = FullRotation();
  rotation.activation_time.reset();
  rotation.revoked.clear();
  rotation.retired.clear();
  EXPECT_EQ(
      ToJson(rotation),
      R"({"number":1099511627776,"start_time":1700000000000000,"update_time":1700000002000000,"actor":"system","request_id":"q-1",)"
      R"("reason":"it leaked","purge":true,"force":true,"current":"c","superseded":"s","next":"n",)"
      R"("revoked":[],"retired":[]})");
  EXPECT_EQ(*RotationFromJson(ToJson(rotation)), rotation);
}

TEST(RecordJson, EveryRecordReadsBackAsItWas) {
  EXPECT_EQ(*TenantFromJson(ToJson(FullTenant())), FullTenant());
  EXPECT_EQ(*RingFromJson(ToJson(FullRing())), FullRing());
  EXPECT_EQ(*KeyFromJson(ToJson(FullKey())), FullKey());
  EXPECT_EQ(*RotationFromJson(kFullRotation), FullRotation());
  EXPECT_EQ(*CredentialFromJson(ToJson(FullCredential())), FullCredential());
  EXPECT_EQ(*CredentialFromJson(ToJson(CredentialRecord())), CredentialRecord());
  EXPECT_EQ(*TenantFromJson(ToJson(TenantRecord())), TenantRecord());
  EXPECT_EQ(*RingFromJson(ToJson(RingRecord())), RingRecord());
  EXPECT_EQ(*KeyFromJson(ToJson(KeyRecord())), KeyRecord());
  EXPECT_EQ(*RotationFromJson(ToJson(Rotation())), Rotation());
}

TEST(RecordJson, EveryWordReadsBackAsItsValue) {
  for (TenantKind kind : {TenantKind::kGlobalAccount, TenantKind::kDirectory, TenantKind::kSubaccount, TenantKind::kSystem}) {
    TenantRecord tenant;
    tenant.kind = kind;
    EXPECT_EQ(TenantFromJson(ToJson(tenant))->kind, kind) << ToWord(kind);
  }
  for (CredentialKind kind : {CredentialKind::kClientSecret, CredentialKind::kCertificate, CredentialKind::kPublicKey}) {
    CredentialRecord credential;
    credential.kind = kind;
    EXPECT_EQ(CredentialFromJson(ToJson(credential))->kind, kind) << ToWord(kind);
  }
  for (Preset preset : {Preset::kStandard, Preset::kSapBtp, Preset::kSapEdge, Preset::kAuth0}) {
    RingRecord ring;
    ring.policy.preset = preset;
    EXPECT_EQ(RingFromJson(ToJson(ring))->policy.preset, preset) << ToWord(preset);
  }
  for (KeyState state : {KeyState::kPendingGeneration, KeyState::kDisabled, KeyState::kEnabled, KeyState::kRevoked,
                         KeyState::kDestroyed, KeyState::kGenerationFailed}) {
    KeyRecord key;
    key.state = state;
    EXPECT_EQ(KeyFromJson(ToJson(key))->state, state) << ToWord(state);
  }
}

TEST(RecordJson, RevisionAndUseOfACredentialAreTheStoresAndNotPartOfTheText) {
  CredentialRecord credential = FullCredential();
  credential.revision = 5;
  credential.last_used_time = TestTime();
  EXPECT_EQ(ToJson(credential), ToJson(FullCredential()));
}

TEST(RecordJson, RevisionsAndUsageAreTheStoresAndNotPartOfTheText) {
  KeyRecord key = FullKey();
  key.revision = 5;
  key.create_revision = 3;
  key.usage.signature_count = 7;
  key.usage.token_expiry_bound = TestTime();
  EXPECT_EQ(ToJson(key), ToJson(FullKey()));
}

TEST(RecordJson, MissingMembersHaveTheirDefaultsAndUnknownOnesAreIgnored) {
  const absl::StatusOr<KeyRecord> key = KeyFromJson(R"({"kid":"k","from_a_newer_release":{"x":[1]}})");
  ASSERT_TRUE(key.ok()) << key.status();
  KeyRecord expected;
  expected.kid = Kid("k");
  EXPECT_EQ(*key, expected);
}

TEST(RecordJson, WhatIsNoSuchObjectIsReportedAsCorruption) {
  for (const char* text : {"", "{", "[]", "null", "\"x\"", "\xff", R"({"kid":7})", R"({"kid":null})", R"({"state":"RESURRECTED"})",
                           R"({"state":2})", R"({"public_key_der":"A+"})", R"({"in_hsm":"yes"})", R"({"create_time":1.5})",
                           R"({"create_time":"now"})", R"({"create_time":9223372036854775808})", R"({"enable_time":false})"}) {
    const absl::Status status = KeyFromJson(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << text;
    EXPECT_EQ(GetReason(status), reason::kStoreCorrupt) << text;
  }
  EXPECT_EQ(GetReason(TenantFromJson(R"({"host_aliases":["a",1]})").status()), reason::kStoreCorrupt);
  EXPECT_EQ(GetReason(TenantFromJson(R"({"kind":"GALAXY"})").status()), reason::kStoreCorrupt);
  EXPECT_EQ(GetReason(TenantFromJson(R"({"custom_signing_keys":[{"kid":1}]})").status()), reason::kStoreCorrupt);
  EXPECT_EQ(GetReason(KeyFromJson(R"({"certificate_chain":["A+"]})").status()), reason::kStoreCorrupt);
  EXPECT_EQ(GetReason(KeyFromJson(R"({"certificate_chain":"AQ"})").status()), reason::kStoreCorrupt);
  for (const char* text :
       {R"({"policy":[]})", R"({"rotation":null})", R"({"rotation":{"revoked":[1]}})", R"({"rotation":{"number":"1"}})",
        R"({"certificate":"CN=x"})", R"({"certificate":{"validity":"1h"}})", R"({"policy":{"keep_next":1}})"}) {
    EXPECT_EQ(GetReason(RingFromJson(text).status()), reason::kStoreCorrupt) << text;
  }
  for (const char* text : {R"({"grants":{}})", R"({"grants":[1]})", R"({"secrets":[{"salt":"A+"}]})", R"({"kind":"PASSWORD"})",
                           R"({"certificates":[{"pinned":1}]})", R"({"public_keys":[null]})", R"({"signing_profile":[]})"}) {
    EXPECT_EQ(GetReason(CredentialFromJson(text).status()), reason::kStoreCorrupt) << text;
  }
  EXPECT_EQ(GetReason(RingFromJson(R"({"policy":{"max_keys":3000000000}})").status()), reason::kStoreCorrupt);
}

}  // namespace
}  // namespace signet::keystore
