#include "server/core/client_secrets.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/client_secret.h"
#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::ClientSecret;
using keystore::CredentialRecord;
using testing::SizeIs;

class ClientSecretsTest : public CoreTest {
 protected:
  ClientSecretsTest() { first_ = NewCredentialNamed("ci"); }

  absl::StatusOr<IssuedCredential> Rotate(const NewSecret& secret, const ChangeRequest& request = Call()) {
    return credentials().RotateSecret(name_, secret, LocalPrincipal(), request);
  }
  absl::Status Revoke(const std::string& id, const ChangeRequest& request = Call()) {
    return credentials().RevokeSecret(name_, id, request).status();
  }
  std::vector<ClientSecret> Stored() { return StoredCredential(name_).secrets; }
  // Whether a text is that of a secret that works now.
  bool Works(const Secret& text) {
    for (const ClientSecret& secret : Stored()) {
      if (secret.expire_time.value_or(absl::InfiniteFuture()) > clock_.Now() && Matches(secret, text.Expose())) return true;
    }
    return false;
  }
  // A credential of kind PUBLIC_KEY, straight in the store.
  CredentialName NewPublicKeyCredential() {
    CredentialRecord record;
    record.tenant = acme_;
    record.id = keystore::CredentialId("jwt");
    record.client_id = "client";
    record.kind = keystore::CredentialKind::kPublicKey;
    keystore::Change change;
    change.puts = {record};
    change.events.emplace_back();
    EXPECT_THAT(store_->Commit(change), IsOk());
    return Named("jwt");
  }

  const CredentialName name_ = Named("ci");
  IssuedCredential first_;
};

TEST_F(ClientSecretsTest, AreRotatedAtOnce) {
  clock_.Advance(absl::Hours(1));
  const absl::StatusOr<IssuedCredential> rotated = Rotate({});
  ASSERT_THAT(rotated, IsOk());
  EXPECT_FALSE(Works(first_.client_secret));
  EXPECT_TRUE(Works(rotated->client_secret));
  EXPECT_THAT(Stored(), SizeIs(1));
  EXPECT_EQ(Stored()[0].create_time, clock_.Now());
  EXPECT_EQ(rotated->credential.record.update_time, clock_.Now());
  EXPECT_EQ(rotated->credential.record.client_id, first_.credential.record.client_id);
  EXPECT_EQ(Events().back().action, "RotateSecret");
}

TEST_F(ClientSecretsTest, WorkOnForTheOverlap) {
  const absl::StatusOr<IssuedCredential> rotated = Rotate({.overlap = absl::Hours(2)});
  ASSERT_THAT(rotated, IsOk());
  EXPECT_TRUE(Works(first_.client_secret));
  clock_.Advance(absl::Hours(2) - absl::Seconds(1));
  EXPECT_TRUE(Works(first_.client_secret));
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(Works(first_.client_secret));
  EXPECT_TRUE(Works(rotated->client_secret));
}

TEST_F(ClientSecretsTest, EndNoLaterThanTheyDid) {
  ASSERT_THAT(Rotate({.overlap = absl::Hours(1)}), IsOk());
  ASSERT_THAT(Rotate({.overlap = absl::Hours(5)}), IsOk());
  EXPECT_EQ(Stored()[0].expire_time, clock_.Now() + absl::Hours(1));
  EXPECT_EQ(Stored()[1].expire_time, clock_.Now() + absl::Hours(5));
  EXPECT_EQ(Stored()[2].expire_time, std::nullopt);
}

TEST_F(ClientSecretsTest, EndWhenTheyWereToldTo) {
  const absl::Time end = clock_.Now() + absl::Hours(1);
  ASSERT_THAT(Rotate({.expire_time = end}), IsOk());
  EXPECT_EQ(Stored()[0].expire_time, end);
  EXPECT_THAT(Rotate({.expire_time = clock_.Now()}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(ClientSecretsTest, OverlapByThirtyDaysAtMost) {
  EXPECT_THAT(Rotate({.overlap = absl::Hours(24 * 30)}), IsOk());
  for (const absl::Duration overlap : {-absl::Seconds(1), absl::Hours(24 * 30) + absl::Seconds(1), absl::InfiniteDuration()}) {
    EXPECT_THAT(Rotate({.overlap = overlap}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField)) << overlap;
  }
}

TEST_F(ClientSecretsTest, OfOneCredentialWorkFourAtATime) {
  const NewSecret overlapping = {.overlap = absl::Hours(1)};
  for (int i = 0; i < 3; ++i) ASSERT_THAT(Rotate(overlapping), IsOk());
  const absl::Status status = Rotate(overlapping).status();
  EXPECT_THAT(status, IsError(StatusCode::kFailedPrecondition, reason::kCredentialLimit));
  EXPECT_EQ(GetErrorDetail(status)->metadata["limit"], "4");
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Rotate(overlapping), IsOk()) << "those that have ended make room";
  EXPECT_THAT(Rotate({}), IsOk());
  EXPECT_THAT(Stored(), SizeIs(1));
}

TEST_F(ClientSecretsTest, AreRotatedOncePerRequestAndThenWithheld) {
  const absl::StatusOr<IssuedCredential> rotated = Rotate({}, CallWithId("r"));
  ASSERT_THAT(rotated, IsOk());
  EXPECT_FALSE(rotated->secret_withheld);
  const absl::StatusOr<IssuedCredential> again = Rotate({}, CallWithId("r"));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->secret_withheld);
  EXPECT_TRUE(again->client_secret.empty());
  EXPECT_EQ(again->credential.etag, rotated->credential.etag);
  EXPECT_TRUE(Works(rotated->client_secret));
}

TEST_F(ClientSecretsTest, AreNotMadeByACallThatOnlyValidates) {
  const int64_t revision = StoreRevision();
  const absl::StatusOr<IssuedCredential> shown = Rotate({}, ValidateOnly());
  ASSERT_THAT(shown, IsOk());
  EXPECT_TRUE(shown->client_secret.empty());
  EXPECT_FALSE(shown->secret_withheld);
  EXPECT_EQ(StoreRevision(), revision);
  EXPECT_TRUE(Works(first_.client_secret));
}

TEST_F(ClientSecretsTest, AreChangedUnderTheEtag) {
  EXPECT_THAT(Rotate({}, CallWithEtag("stale")), IsError(StatusCode::kAborted, reason::kEtagMismatch));
  EXPECT_THAT(Rotate({}, CallWithEtag(first_.credential.etag)), IsOk());
  EXPECT_THAT(Rotate({}, CallWithEtag(first_.credential.etag)), IsError(StatusCode::kAborted, reason::kEtagMismatch));
}

TEST_F(ClientSecretsTest, AreNotHadByThoseWhoMayDoLess) {
  const Principal caller = {.name = "x", .tenant = acme_, .scopes = {Scope::kUpdateCredentials}};
  EXPECT_THAT(credentials().RotateSecret(name_, {}, caller, Call()),
              IsError(StatusCode::kPermissionDenied, reason::kGrantExceeded));
  EXPECT_TRUE(Works(first_.client_secret));
  EXPECT_THAT(credentials().RotateSecret(name_, {}, caller, ValidateOnly()),
              IsError(StatusCode::kPermissionDenied, reason::kGrantExceeded));
}

TEST_F(ClientSecretsTest, AreRevokedAtOnce) {
  const absl::StatusOr<IssuedCredential> rotated = Rotate({.overlap = absl::Hours(1)});
  ASSERT_THAT(rotated, IsOk());
  const std::string id = Stored()[0].id;
  EXPECT_THAT(Revoke(id, ValidateOnly()), IsOk());
  ASSERT_THAT(Revoke(id, CallWithId("r")), IsOk());
  EXPECT_THAT(Revoke(id, CallWithId("r")), IsOk());
  EXPECT_FALSE(Works(first_.client_secret));
  EXPECT_TRUE(Works(rotated->client_secret));
  EXPECT_EQ(Events().back().action, "RevokeSecret");
  const absl::Status status = Revoke(id);
  EXPECT_THAT(status, IsError(StatusCode::kNotFound, reason::kSecretNotFound));
  EXPECT_EQ(GetErrorDetail(status)->metadata["secret_id"], id);
}

TEST_F(ClientSecretsTest, TheLastThatWorksIsNotRevoked) {
  EXPECT_THAT(Revoke(Stored()[0].id), IsError(StatusCode::kFailedPrecondition, reason::kLastSecret));
  ASSERT_THAT(Rotate({.overlap = absl::Hours(1)}), IsOk());
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Revoke(Stored()[1].id), IsError(StatusCode::kFailedPrecondition, reason::kLastSecret)) << "the other has ended";
  EXPECT_THAT(Revoke(Stored()[0].id), IsOk());
}

TEST_F(ClientSecretsTest, AreNamedByIdsOfReasonableLength) {
  EXPECT_THAT(Revoke(""), IsError(StatusCode::kInvalidArgument, reason::kMissingField));
  EXPECT_THAT(Revoke(std::string(129, 'x')), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(ClientSecretsTest, AreForCredentialsOfTheirKind) {
  const CredentialName other = NewPublicKeyCredential();
  const absl::Status status = credentials().RotateSecret(other, {}, LocalPrincipal(), Call()).status();
  EXPECT_THAT(status, IsError(StatusCode::kFailedPrecondition, reason::kCredentialKind));
  EXPECT_EQ(GetErrorDetail(status)->metadata["kind"], "PUBLIC_KEY");
  EXPECT_THAT(credentials().RevokeSecret(other, "x", Call()), IsError(StatusCode::kFailedPrecondition, reason::kCredentialKind));
}

TEST_F(ClientSecretsTest, AreSealedOnRequest) {
  const std::string jwk = keys().GetPublicKey(NewKey())->jwk_json;
  // The key of a ring is for signing: its JWK says so, and nothing is sealed to it.
  EXPECT_THAT(Rotate({.seal_to_jwk = jwk}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  EXPECT_TRUE(Works(first_.client_secret)) << "what cannot be shown is not made";
  // RFC 7518, appendix C: Bob's public key.
  const std::string bob = R"({"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",)"
                          R"("y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"})";
  const absl::StatusOr<IssuedCredential> sealed = Rotate({.seal_to_jwk = bob});
  ASSERT_THAT(sealed, IsOk());
  EXPECT_TRUE(sealed->client_secret.empty());
  EXPECT_EQ(std::count(sealed->sealed_secret.begin(), sealed->sealed_secret.end(), '.'), 4);
  EXPECT_FALSE(Works(first_.client_secret));
}

}  // namespace
}  // namespace signet::core
