#include "server/core/credentials.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "keystore/record_json.h"
#include "server/core/client_secret.h"
#include "server/core/scope.h"
#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::CredentialId;
using keystore::CredentialKind;
using keystore::CredentialRecord;
using keystore::TenantId;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

class CredentialsTest : public CoreTest {
 protected:
  NewCredential Wanted(const std::string& id) const {
    NewCredential credential;
    credential.tenant = acme_;
    credential.id = id;
    return credential;
  }
  absl::StatusOr<IssuedCredential> Create(const NewCredential& credential, const ChangeRequest& request = Call()) {
    return credentials().Create(credential, LocalPrincipal(), request);
  }
  std::vector<std::string> ListedIds() {
    std::vector<std::string> ids;
    const auto list = credentials().List(acme_, {});
    EXPECT_THAT(list, IsOk());
    for (const CredentialView& view : list->items) ids.push_back(view.record.id.value());
    return ids;
  }
};

TEST_F(CredentialsTest, AreCreatedWithASecretThatIsShownOnce) {
  const size_t events = Events().size();
  const absl::StatusOr<IssuedCredential> issued = Create(Wanted("ci"));
  ASSERT_THAT(issued, IsOk());
  const CredentialRecord& record = issued->credential.record;
  EXPECT_EQ(issued->client_secret.Expose().size(), kClientSecretLength);
  EXPECT_TRUE(issued->private_key_pem.empty());
  EXPECT_FALSE(issued->secret_withheld);
  EXPECT_THAT(record.client_id, MatchesRegex("[A-Za-z0-9]{32}"));
  EXPECT_EQ(record.kind, CredentialKind::kClientSecret);
  EXPECT_EQ(record.scopes, ToWords(ScopeSet::All()));
  EXPECT_EQ(record.create_time, clock_.Now());
  EXPECT_EQ(record.update_time, clock_.Now());
  EXPECT_EQ(issued->credential.token_url, "https://signet.example/t/acme/oauth/token");
  ASSERT_THAT(record.secrets, SizeIs(1));
  EXPECT_EQ(record.secrets[0].create_time, clock_.Now());
  EXPECT_TRUE(Matches(StoredCredential(Named("ci")).secrets[0], issued->client_secret.Expose()));
  EXPECT_THAT(Actions(events), ElementsAre("CreateCredential"));
  EXPECT_EQ(Events().back().resource, "tenants/acme/credentials/ci");
  EXPECT_EQ(Events().back().actor, "alice");
}

TEST_F(CredentialsTest, KeepWhatTheyWereAskedToBe) {
  NewCredential wanted = Wanted("ci");
  wanted.scopes = {{"read:audit"}};
  wanted.read_only = true;
  wanted.grants = {{"https://orders.example", {"order"}}};
  wanted.signing_profile.allowed_claims = {"sub"};
  wanted.access_token_ttl = absl::Minutes(5);
  wanted.expire_time = clock_.Now() + absl::Hours(1);
  ASSERT_THAT(Create(wanted), IsOk());
  const absl::StatusOr<CredentialView> view = credentials().Get(Named("ci"));
  ASSERT_THAT(view, IsOk());
  EXPECT_THAT(view->record.scopes, ElementsAre("read:audit"));
  EXPECT_TRUE(view->record.read_only);
  EXPECT_EQ(view->record.grants, wanted.grants);
  EXPECT_EQ(view->record.signing_profile, wanted.signing_profile);
  EXPECT_EQ(view->record.access_token_ttl, wanted.access_token_ttl);
  EXPECT_EQ(view->record.expire_time, wanted.expire_time);
}

TEST_F(CredentialsTest, AreInForceAtOnceAndOutOfItOnceDeleted) {
  const IssuedCredential issued = NewCredentialNamed("ci");
  const std::string client_id = issued.credential.record.client_id;
  ASSERT_NE(live_credentials().FindByClientId(client_id), nullptr);
  EXPECT_EQ(live_credentials().FindByClientId(client_id)->id, CredentialId("ci"));
  ASSERT_THAT(credentials().Delete(Named("ci"), Call()), IsOk());
  EXPECT_EQ(live_credentials().FindByClientId(client_id), nullptr);
}

TEST_F(CredentialsTest, WithoutAnIdGetARandomOneOncePerRequest) {
  const absl::StatusOr<IssuedCredential> first = Create(Wanted(""), CallWithId("r"));
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(first->credential.record.id.value(), MatchesRegex("credential-[0-9a-f]{10}"));
  EXPECT_EQ(Create(Wanted(""), CallWithId("r"))->credential.record.id, first->credential.record.id);
  EXPECT_NE(Create(Wanted(""))->credential.record.id, first->credential.record.id);
}

TEST_F(CredentialsTest, CreatedAgainWithTheSameRequestIdWithholdTheSecret) {
  const absl::StatusOr<IssuedCredential> first = Create(Wanted("ci"), CallWithId("r"));
  ASSERT_THAT(first, IsOk());
  const int64_t revision = StoreRevision();
  const absl::StatusOr<IssuedCredential> again = Create(Wanted("ci"), CallWithId("r"));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->secret_withheld);
  EXPECT_TRUE(again->client_secret.empty());
  EXPECT_EQ(again->credential.record.client_id, first->credential.record.client_id);
  EXPECT_EQ(again->credential.etag, first->credential.etag);
  EXPECT_EQ(StoreRevision(), revision);
  EXPECT_THAT(Create(Wanted("other"), CallWithId("r", "another body")),
              IsError(StatusCode::kInvalidArgument, reason::kRequestIdReused));
}

TEST_F(CredentialsTest, AreRepeatedHoweverLate) {
  NewCredential wanted = Wanted("ci");
  wanted.expire_time = clock_.Now() + absl::Minutes(1);
  ASSERT_THAT(Create(wanted, CallWithId("r")), IsOk());
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Create(wanted, CallWithId("r")), IsOk()) << "the end that was ahead then lies in the past";
}

TEST_F(CredentialsTest, OfOneNameAreThereOnce) {
  NewCredentialNamed("ci");
  const absl::Status status = Create(Wanted("ci")).status();
  EXPECT_THAT(status, IsError(StatusCode::kAlreadyExists, reason::kCredentialExists));
  EXPECT_EQ(GetErrorDetail(status)->metadata["credential"], "tenants/acme/credentials/ci");
  EXPECT_THAT(Create(Wanted("ci"), ValidateOnly()), IsError(StatusCode::kAlreadyExists, reason::kCredentialExists));
  EXPECT_THAT(Create(Wanted("CI")), IsOk()) << "names are case-sensitive";
}

TEST_F(CredentialsTest, ThatTakeTheNameOfADeletedOneAreOthers) {
  const IssuedCredential former = NewCredentialNamed("ci");
  ASSERT_THAT(credentials().Delete(Named("ci"), Call()), IsOk());
  const IssuedCredential next = NewCredentialNamed("ci");
  EXPECT_NE(next.credential.record.client_id, former.credential.record.client_id);
  EXPECT_FALSE(Matches(StoredCredential(Named("ci")).secrets[0], former.client_secret.Expose()));
  EXPECT_EQ(live_credentials().FindByClientId(former.credential.record.client_id), nullptr);
}

TEST_F(CredentialsTest, OfATenantWithThePresetOfSapHaveClientIdsOfSapsForm) {
  RingUpdate update;
  update.preset = keystore::Preset::kSapBtp;
  ASSERT_THAT(rings().Update(ring_, update, Call()), IsOk());
  const auto client_id = [&](const NewCredential& wanted) { return Create(wanted)->credential.record.client_id; };
  EXPECT_THAT(client_id(Wanted("full")), MatchesRegex("sb-full-access!a[0-9]{18}"));
  NewCredential wanted = Wanted("limited");
  wanted.scopes = {{"sign:tokens"}};
  EXPECT_THAT(client_id(wanted), MatchesRegex("sb-limited-access!a[0-9]{18}"));
  wanted = Wanted("reader");
  wanted.read_only = true;
  EXPECT_THAT(client_id(wanted), MatchesRegex("sb-read-only!a[0-9]{18}"));
  wanted = Wanted("tls");
  wanted.kind = CredentialKind::kCertificate;
  MakeSystemTenant();
  wanted.certificate = GeneratedCertificate();
  const absl::StatusOr<IssuedCredential> issued = Create(wanted);
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(issued->credential.record.certificates.at(0).subject,
            absl::StrCat("CN=", issued->credential.record.client_id, ",O=acme"));
}

TEST_F(CredentialsTest, GetTheirTokensFromTheHostAliasOfTheirTenant) {
  MakeSystemTenant();
  TenantUpdate update;
  update.host_aliases = {"acme.authentication.example", "other.example"};
  ASSERT_THAT(tenants().Update(acme_, update, Call()), IsOk());
  EXPECT_EQ(NewCredentialNamed("ci").credential.token_url, "https://acme.authentication.example/oauth/token");
  NewCredential wanted = Wanted("tls");
  wanted.kind = CredentialKind::kCertificate;
  wanted.certificate = GeneratedCertificate();
  const absl::StatusOr<IssuedCredential> issued = Create(wanted);
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(issued->credential.token_url, "https://acme.authentication.cert.example/oauth/token");
  EXPECT_EQ(credentials().Get(Named("tls"))->token_url, issued->credential.token_url);
  EXPECT_EQ(credentials().List(acme_, {})->items.at(1).token_url, issued->credential.token_url);
  update.host_aliases = std::vector<std::string>();
  ASSERT_THAT(tenants().Update(acme_, update, Call()), IsOk());
  EXPECT_EQ(credentials().Get(Named("tls"))->token_url, "https://signet.example/t/acme/oauth/token");
}

TEST_F(CredentialsTest, OnlyValidatedAreNotMade) {
  const int64_t revision = StoreRevision();
  const absl::StatusOr<IssuedCredential> shown = Create(Wanted("ci"), ValidateOnly());
  ASSERT_THAT(shown, IsOk());
  EXPECT_TRUE(shown->client_secret.empty());
  EXPECT_FALSE(shown->secret_withheld);
  EXPECT_EQ(shown->credential.record.client_id, "");
  EXPECT_THAT(shown->credential.record.secrets, IsEmpty());
  EXPECT_EQ(StoreRevision(), revision);
}

TEST_F(CredentialsTest, GiveNoMoreThanTheCallerHas) {
  const Principal caller = {.name = "x", .tenant = acme_, .scopes = {Scope::kCreateCredentials, Scope::kReadAudit}};
  NewCredential wanted = Wanted("ci");
  wanted.scopes = {{"read:audit", "sign:tokens"}};
  EXPECT_THAT(credentials().Create(wanted, caller, Call()), IsError(StatusCode::kPermissionDenied, reason::kGrantExceeded));
  wanted.scopes.reset();
  wanted.read_only = true;
  const absl::StatusOr<IssuedCredential> issued = credentials().Create(wanted, caller, Call());
  ASSERT_THAT(issued, IsOk());
  EXPECT_THAT(issued->credential.record.scopes, ElementsAre("read:audit"));
}

TEST_F(CredentialsTest, OfBadFormAreRefused) {
  EXPECT_THAT(Create(Wanted("no_underscores")), IsError(StatusCode::kInvalidArgument, reason::kInvalidName));
  NewCredential wanted = Wanted("ci");
  wanted.access_token_ttl = absl::ZeroDuration();
  EXPECT_THAT(Create(wanted), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  EXPECT_THAT(ListedIds(), IsEmpty());
}

TEST_F(CredentialsTest, OfMoreThan32KiBAreRefused) {
  NewCredential wanted = Wanted("ci");
  std::vector<std::string> scopes;
  for (int i = 0; i < 64; ++i) scopes.push_back(absl::StrCat(std::string(200, 's'), i));
  wanted.grants = {{"https://a.example", scopes}, {"https://b.example", scopes}};
  EXPECT_THAT(Create(wanted), IsOk());
  wanted.id = "larger";
  wanted.grants.push_back({"https://c.example", scopes});
  EXPECT_THAT(Create(wanted), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  EXPECT_THAT(ListedIds(), ElementsAre("ci"));
}

TEST_F(CredentialsTest, AbsentDeletedAndOthersMakeNoDifference) {
  NewTenantNamed("other");
  NewCredentialNamed("ci");
  NewCredentialNamed("gone");
  ASSERT_THAT(credentials().Delete(Named("gone"), Call()), IsOk());
  for (const CredentialName& name : {Named("absent"), Named("gone"), CredentialName{TenantId("other"), CredentialId("ci")}}) {
    const auto is_not_found = IsError(StatusCode::kNotFound, reason::kCredentialNotFound);
    EXPECT_THAT(credentials().Get(name), is_not_found);
    EXPECT_THAT(credentials().Delete(name, Call()), is_not_found);
    EXPECT_THAT(credentials().RotateSecret(name, {}, LocalPrincipal(), Call()), is_not_found);
    EXPECT_THAT(credentials().RevokeSecret(name, "x", Call()), is_not_found);
    EXPECT_THAT(credentials().AddPublicKey(name, {}, LocalPrincipal(), Call()), is_not_found);
    EXPECT_THAT(credentials().RemovePublicKey(name, "x", Call()), is_not_found);
  }
  const CredentialName nowhere = {TenantId("nowhere"), CredentialId("ci")};
  EXPECT_THAT(credentials().Get(nowhere), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_THAT(credentials().List(nowhere.tenant, {}), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  NewCredential wanted = Wanted("ci");
  wanted.tenant = nowhere.tenant;
  EXPECT_THAT(Create(wanted), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
}

TEST_F(CredentialsTest, AreListedByIdInPages) {
  for (const std::string id : {"c", "a", "b"}) NewCredentialNamed(id);
  EXPECT_THAT(ListedIds(), ElementsAre("a", "b", "c"));
  const auto first = credentials().List(acme_, {2, ""});
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(first->items, SizeIs(2));
  const auto second = credentials().List(acme_, {2, first->next_page_token});
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT(second->items, SizeIs(1));
  EXPECT_EQ(second->items[0].record.id, CredentialId("c"));
  EXPECT_EQ(second->next_page_token, "");
  EXPECT_THAT(credentials().List(acme_, {-1, ""}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  EXPECT_THAT(credentials().List(acme_, {1, "x"}), IsError(StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
}

TEST_F(CredentialsTest, AreDeletedOncePerRequestAndUnderTheirEtag) {
  const IssuedCredential issued = NewCredentialNamed("ci");
  EXPECT_THAT(credentials().Delete(Named("ci"), CallWithEtag("stale")), IsError(StatusCode::kAborted, reason::kEtagMismatch));
  EXPECT_THAT(credentials().Delete(Named("ci"), ValidateOnly()), IsOk());
  EXPECT_THAT(ListedIds(), ElementsAre("ci"));
  ChangeRequest request = CallWithId("d");
  request.etag = issued.credential.etag;
  ASSERT_THAT(credentials().Delete(Named("ci"), request), IsOk());
  EXPECT_THAT(ListedIds(), IsEmpty());
  EXPECT_EQ(Events().back().action, "DeleteCredential");
  EXPECT_THAT(StoredCredential(Named("ci")).secrets, IsEmpty());
  NewCredentialNamed("ci");
  EXPECT_THAT(credentials().Delete(Named("ci"), request), IsOk());
  EXPECT_THAT(ListedIds(), ElementsAre("ci")) << "a late repetition deletes no other of that name";
}

TEST_F(CredentialsTest, KeepTheirTenantFromBeingDeleted) {
  NewTenantNamed("t");
  NewCredential wanted = Wanted("ci");
  wanted.tenant = TenantId("t");
  ASSERT_THAT(Create(wanted), IsOk());
  EXPECT_THAT(tenants().Delete(TenantId("t"), Call()), IsError(StatusCode::kFailedPrecondition, reason::kTenantNotEmpty));
  ASSERT_THAT(credentials().Delete({TenantId("t"), CredentialId("ci")}, Call()), IsOk());
  EXPECT_THAT(tenants().Delete(TenantId("t"), Call()), IsOk());
}

TEST_F(CredentialsTest, AreNotMoreThanAThousandInATenant) {
  keystore::Change change;
  for (int i = 0; i < kMaxCredentials; ++i) {
    CredentialRecord record;
    record.tenant = acme_;
    record.id = CredentialId(absl::StrCat("c", i));
    record.client_id = absl::StrCat("client", i);
    change.puts.emplace_back(record);
  }
  change.events.emplace_back();
  ASSERT_THAT(store_->Commit(change), IsOk());
  const absl::Status status = Create(Wanted("ci")).status();
  EXPECT_THAT(status, IsError(StatusCode::kFailedPrecondition, reason::kCredentialLimit));
  EXPECT_EQ(GetErrorDetail(status)->metadata["limit"], "1000");
  ASSERT_THAT(credentials().Delete(Named("c7"), Call()), IsOk());
  EXPECT_THAT(Create(Wanted("ci")), IsOk());
}

TEST_F(CredentialsTest, OfOneNameAreMadeOnceByCallsAtTheSameTime) {
  constexpr int kThreads = 8;
  std::vector<absl::StatusOr<IssuedCredential>> results(kThreads, absl::UnknownError(""));
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([&, i] { results[i] = Create(Wanted("ci")); });
  for (std::thread& thread : threads) thread.join();
  int made = 0;
  for (const auto& result : results) {
    if (!result.ok()) {
      EXPECT_THAT(result, IsError(StatusCode::kAlreadyExists, reason::kCredentialExists));
      continue;
    }
    ++made;
    EXPECT_TRUE(Matches(StoredCredential(Named("ci")).secrets[0], result->client_secret.Expose()));
  }
  EXPECT_EQ(made, 1);
}

TEST_F(CredentialsTest, ShowWhenTheyWereLastUsed) {
  NewCredentialNamed("ci");
  const absl::Time used = clock_.Now() + absl::Minutes(3);
  const std::string etag = credentials().Get(Named("ci"))->etag;
  ASSERT_THAT(store_->RecordCredentialUse({{acme_, CredentialId("ci"), used}}), IsOk());
  EXPECT_EQ(credentials().Get(Named("ci"))->record.last_used_time, used);
  EXPECT_EQ(credentials().Get(Named("ci"))->etag, etag);
}

// Whatever comes out of the store to be shown, remembered or logged.
TEST_F(CredentialsTest, LeaveNothingOfTheSecretBehind) {
  const IssuedCredential issued = *Create(Wanted("ci"), CallWithId("r"));
  const IssuedCredential rotated =
      *credentials().RotateSecret(Named("ci"), {.overlap = absl::Hours(1)}, LocalPrincipal(), CallWithId("s"));
  const CredentialRecord stored = StoredCredential(Named("ci"));
  ASSERT_THAT(stored.secrets, SizeIs(2));
  std::string shown = keystore::ToEventJson(credentials().Get(Named("ci"))->record);
  for (const keystore::Event& event : Events()) absl::StrAppend(&shown, event.before, event.after, event.resource);
  for (const std::string id : {"r", "s"}) absl::StrAppend(&shown, store_->GetRequest("acme", id)->value().result);
  ASSERT_TRUE(absl::StrContains(shown, stored.client_id));
  for (const keystore::ClientSecret& secret : stored.secrets) {
    // As the store itself writes them.
    EXPECT_FALSE(absl::StrContains(shown, Base64UrlEncode(secret.hash)));
    EXPECT_FALSE(absl::StrContains(shown, Base64UrlEncode(secret.salt)));
  }
  for (const IssuedCredential* each : {&issued, &rotated}) {
    ASSERT_EQ(each->client_secret.Expose().size(), kClientSecretLength);
    EXPECT_FALSE(absl::StrContains(shown, each->client_secret.Expose()));
    EXPECT_FALSE(absl::StrContains(keystore::ToJson(stored), each->client_secret.Expose()));
  }
  EXPECT_THAT(log().lines(), IsEmpty());
}

}  // namespace
}  // namespace signet::core
