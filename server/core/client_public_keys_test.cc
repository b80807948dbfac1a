#include "server/core/client_public_keys.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::ClientPublicKey;
using keystore::CredentialKind;
using testing::SizeIs;

class ClientPublicKeysTest : public CoreTest {
 protected:
  // A key that a client might have.
  hsm::PublicKey NewPair(hsm::Algorithm algorithm = hsm::Algorithm::kEs256) {
    return hsm_->GenerateKey({.id = random_.Bytes(16), .label = "client", .algorithm = algorithm}).value();
  }
  static std::string JwkOf(const hsm::PublicKey& key, const std::string& more = "") {
    std::string jwk = "{";
    for (const auto& [name, value] : key.jwk_members()) absl::StrAppend(&jwk, "\"", name, "\":\"", value, "\",");
    jwk.back() = more.empty() ? '}' : ',';
    return more.empty() ? jwk : absl::StrCat(jwk, more, "}");
  }
  absl::StatusOr<IssuedCredential> Create(const NewPublicKey& key, const ChangeRequest& request = Call()) {
    NewCredential wanted;
    wanted.tenant = acme_;
    wanted.id = "jwt";
    wanted.kind = CredentialKind::kPublicKey;
    wanted.public_key = key;
    return credentials().Create(wanted, LocalPrincipal(), request);
  }
  absl::StatusOr<CredentialView> Add(const NewPublicKey& key, const ChangeRequest& request = Call()) {
    return credentials().AddPublicKey(name_, key, LocalPrincipal(), request);
  }
  absl::Status Remove(const std::string& id) { return credentials().RemovePublicKey(name_, id, Call()).status(); }
  NewPublicKey Fresh(const std::string& id = "") {
    NewPublicKey key;
    key.id = id;
    key.public_key = NewPair().ToPem();
    return key;
  }

  const CredentialName name_ = Named("jwt");
};

TEST_F(ClientPublicKeysTest, AreReadFromAJwk) {
  const hsm::PublicKey key = NewPair();
  const absl::StatusOr<IssuedCredential> issued = Create({.public_key = JwkOf(key, R"("key_ops":["verify"])")});
  ASSERT_THAT(issued, IsOk());
  EXPECT_FALSE(issued->secret_withheld);
  EXPECT_TRUE(issued->client_secret.empty());
  ASSERT_THAT(issued->credential.record.public_keys, SizeIs(1));
  const ClientPublicKey& stored = issued->credential.record.public_keys[0];
  EXPECT_EQ(stored.id, key.thumbprint());
  EXPECT_EQ(stored.algorithm, "ES256");
  EXPECT_EQ(stored.public_key_der, key.spki_der());
  EXPECT_EQ(stored.create_time, clock_.Now());
  EXPECT_EQ(stored.expire_time, std::nullopt);
}

TEST_F(ClientPublicKeysTest, AreReadFromPem) {
  const hsm::PublicKey key = NewPair(hsm::Algorithm::kEs384);
  const absl::StatusOr<IssuedCredential> issued = Create({.id = "kid 1", .public_key = key.ToPem()});
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(issued->credential.record.public_keys[0].id, "kid 1");
  EXPECT_EQ(issued->credential.record.public_keys[0].algorithm, "ES384");
  EXPECT_EQ(issued->credential.record.public_keys[0].public_key_der, key.spki_der());
}

TEST_F(ClientPublicKeysTest, VerifyWithTheAlgorithmThatWasChosen) {
  const hsm::PublicKey rsa = NewPair(hsm::Algorithm::kRs256With2048);
  EXPECT_EQ(ReadClientPublicKey({.public_key = rsa.ToPem()}, clock_.Now())->algorithm, "RS256_2048");
  EXPECT_EQ(ReadClientPublicKey({.algorithm = hsm::Algorithm::kPs384With2048, .public_key = JwkOf(rsa)}, clock_.Now())->algorithm,
            "PS384_2048");
  EXPECT_THAT(ReadClientPublicKey({.algorithm = hsm::Algorithm::kEs256, .public_key = rsa.ToPem()}, clock_.Now()),
              IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(ClientPublicKeysTest, HaveTheIdAndAlgorithmThatTheirJwkSays) {
  const hsm::PublicKey rsa = NewPair(hsm::Algorithm::kRs256With2048);
  const std::string jwk = JwkOf(rsa, R"("kid":"k1","alg":"PS256","use":"sig")");
  const NewPublicKey given[] = {{.public_key = jwk}, {.id = "k1", .algorithm = hsm::Algorithm::kPs256With2048, .public_key = jwk}};
  for (const NewPublicKey& key : given) {
    const absl::StatusOr<ClientPublicKey> read = ReadClientPublicKey(key, clock_.Now());
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->id, "k1");
    EXPECT_EQ(read->algorithm, "PS256_2048");
  }
  for (const char* alg : {"Ed25519", "EdDSA"}) {
    const std::string ed25519 = JwkOf(NewPair(hsm::Algorithm::kEd25519), absl::StrCat("\"alg\":\"", alg, "\""));
    EXPECT_EQ(ReadClientPublicKey({.public_key = ed25519}, clock_.Now())->algorithm, "ED25519") << alg;
  }
}

TEST_F(ClientPublicKeysTest, ThatTheirJwkContradictsAreRefused) {
  const hsm::PublicKey rsa = NewPair(hsm::Algorithm::kRs256With2048);
  const auto field_of = [&](const NewPublicKey& key) {
    const absl::Status status = ReadClientPublicKey(key, clock_.Now()).status();
    EXPECT_THAT(status, IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
    return GetErrorDetail(status).value_or(ErrorDetail()).metadata["field"];
  };
  EXPECT_EQ(field_of({.id = "k2", .public_key = JwkOf(rsa, R"("kid":"k1")")}), "public_key.id");
  for (const hsm::Algorithm other : {hsm::Algorithm::kRs256With2048, hsm::Algorithm::kPs256With3072}) {
    EXPECT_EQ(field_of({.algorithm = other, .public_key = JwkOf(rsa, R"("alg":"PS256")")}), "public_key.algorithm");
  }
  for (const char* more : {R"("use":"enc")", R"("use":"")", R"("use":["sig"])", R"("alg":"RSA-OAEP")", R"("alg":"ES256")",
                           R"("alg":"")", R"("alg":7)", R"("kid":"")", R"("kid":7)", R"("kid":"a\n")"}) {
    EXPECT_EQ(field_of({.public_key = JwkOf(rsa, more)}), "public_key") << more;
  }
  EXPECT_EQ(field_of({.public_key = JwkOf(rsa, absl::StrCat(R"("kid":")", std::string(129, 'x'), "\""))}), "public_key");
}

TEST_F(ClientPublicKeysTest, ThatAreNoneOrPrivateAreRefused) {
  const hsm::PublicKey key = NewPair();
  const std::string jwk = JwkOf(key);
  const std::string no_string = absl::StrReplaceAll(jwk, {{absl::StrCat("\"", key.jwk_members().at("x"), "\""), "7"}});
  ASSERT_NE(no_string, jwk);
  for (const std::string& text :
       {JwkOf(key, R"("d":"AAAA")"), JwkOf(key, R"("d":7)"), JwkOf(key, R"("oth":[])"), no_string, std::string("{}"),
        std::string("{"), std::string("x"), std::string(R"({"kty":"oct","k":"AAAA"})"), std::string(17'000, 'x'),
        JwkOf(key, absl::StrCat(R"("x":")", key.jwk_members().at("x"), "\""))}) {
    EXPECT_THAT(ReadClientPublicKey({.public_key = text}, clock_.Now()),
                IsError(StatusCode::kInvalidArgument, reason::kInvalidField))
        << text.substr(0, 200);
  }
  EXPECT_THAT(Create({}), IsError(StatusCode::kInvalidArgument, reason::kMissingField));
}

TEST_F(ClientPublicKeysTest, HaveAnIdAndAnEndOfGoodForm) {
  NewPublicKey key = Fresh(std::string(129, 'x'));
  EXPECT_THAT(Create(key), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  key.id = "a\n";
  EXPECT_THAT(Create(key), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  key.id = "a";
  key.expire_time = clock_.Now();
  EXPECT_THAT(Create(key), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(ClientPublicKeysTest, CreatedAgainWithTheSameRequestIdAreShownWhole) {
  const NewPublicKey key = Fresh();
  const absl::StatusOr<IssuedCredential> first = Create(key, CallWithId("r"));
  const absl::StatusOr<IssuedCredential> again = Create(key, CallWithId("r"));
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->secret_withheld) << "nothing was shown once";
  EXPECT_EQ(again->credential.record.public_keys, first->credential.record.public_keys);
}

TEST_F(ClientPublicKeysTest, AreAddedUpToFour) {
  ASSERT_THAT(Create(Fresh("a")), IsOk());
  NewPublicKey ending = Fresh("b");
  ending.expire_time = clock_.Now() + absl::Hours(1);
  ASSERT_THAT(Add(ending, CallWithId("r")), IsOk());
  EXPECT_THAT(Add(ending, CallWithId("r")), IsOk());
  EXPECT_EQ(Events().back().action, "AddPublicKey");
  const absl::Status exists = Add(Fresh("b")).status();
  EXPECT_THAT(exists, IsError(StatusCode::kAlreadyExists, reason::kPublicKeyExists));
  EXPECT_EQ(GetErrorDetail(exists)->metadata["public_key_id"], "b");
  ASSERT_THAT(Add(Fresh("c")), IsOk());
  EXPECT_THAT(Add(Fresh("d"), ValidateOnly()), IsOk());
  ASSERT_THAT(Add(Fresh("d")), IsOk());
  EXPECT_THAT(StoredCredential(name_).public_keys, SizeIs(4));
  EXPECT_THAT(Add(Fresh("e")), IsError(StatusCode::kFailedPrecondition, reason::kCredentialLimit));
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Add(Fresh("e")), IsOk()) << "one that has ended makes room";
}

TEST_F(ClientPublicKeysTest, AreRemovedButForTheLastThatWorks) {
  ASSERT_THAT(Create(Fresh("a")), IsOk());
  EXPECT_THAT(Remove("a"), IsError(StatusCode::kFailedPrecondition, reason::kLastSecret));
  NewPublicKey ending = Fresh("b");
  ending.expire_time = clock_.Now() + absl::Hours(1);
  ASSERT_THAT(Add(ending), IsOk());
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Remove("a"), IsError(StatusCode::kFailedPrecondition, reason::kLastSecret)) << "the other has ended";
  ASSERT_THAT(Add(Fresh("c")), IsOk());
  ASSERT_THAT(Remove("a"), IsOk());
  EXPECT_EQ(Events().back().action, "RemovePublicKey");
  const absl::Status absent = Remove("a");
  EXPECT_THAT(absent, IsError(StatusCode::kNotFound, reason::kPublicKeyNotFound));
  EXPECT_EQ(GetErrorDetail(absent)->metadata["public_key_id"], "a");
  EXPECT_THAT(Remove(std::string(10'000, 'x')), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(ClientPublicKeysTest, AreNotAddedByThoseWhoMayDoLess) {
  ASSERT_THAT(Create(Fresh("a")), IsOk());
  const Principal caller = {.name = "x", .tenant = acme_, .scopes = {Scope::kUpdateCredentials}};
  EXPECT_THAT(credentials().AddPublicKey(name_, Fresh("b"), caller, Call()),
              IsError(StatusCode::kPermissionDenied, reason::kGrantExceeded));
}

TEST_F(ClientPublicKeysTest, AreForCredentialsOfTheirKind) {
  NewCredentialNamed("ci");
  EXPECT_THAT(credentials().AddPublicKey(Named("ci"), Fresh(), LocalPrincipal(), Call()),
              IsError(StatusCode::kFailedPrecondition, reason::kCredentialKind));
  EXPECT_THAT(credentials().RemovePublicKey(Named("ci"), "x", Call()),
              IsError(StatusCode::kFailedPrecondition, reason::kCredentialKind));
}

}  // namespace
}  // namespace signet::core
