#include "server/core/credential_grants.h"

#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::CredentialRecord;
using testing::ElementsAre;
using testing::IsEmpty;

Principal CallerWith(ScopeSet scopes) { return {.name = "tenants/acme/credentials/ci", .scopes = scopes}; }

Principal ProfiledCaller() {
  Principal caller = CallerWith(ScopeSet::All());
  caller.signing_profile.audiences = {"https://orders.example"};
  return caller;
}

CredentialRecord With(std::vector<std::string> scopes) {
  CredentialRecord credential;
  credential.scopes = std::move(scopes);
  return credential;
}

std::string LackedScope(const absl::Status& status) { return GetErrorDetail(status)->metadata["scope"]; }

TEST(ScopesToGiveTest, AreTheCallersOwnUnlessTheyAreNamed) {
  const Principal caller = CallerWith({Scope::kSignTokens, Scope::kReadAudit});
  EXPECT_THAT(*ScopesToGive(std::nullopt, false, caller), ElementsAre("read:audit", "sign:tokens"));
  EXPECT_THAT(*ScopesToGive(std::nullopt, true, caller), ElementsAre("read:audit"));
  EXPECT_THAT(*ScopesToGive({{"sign:tokens", "sign:tokens"}}, false, caller), ElementsAre("sign:tokens"));
  EXPECT_THAT(*ScopesToGive({{}}, false, caller), IsEmpty()) << "none is not the same as absent";
}

TEST(ScopesToGiveTest, OfAReadOnlyCredentialAreReadScopes) {
  const Principal caller = CallerWith(ScopeSet::All());
  EXPECT_THAT(*ScopesToGive({{"read:tenants", "read:audit"}}, true, caller), ElementsAre("read:audit", "read:tenants"));
  const absl::Status status = ScopesToGive({{"read:tenants", "sign:tokens"}}, true, caller).status();
  EXPECT_THAT(status, IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  EXPECT_EQ(GetErrorDetail(status)->metadata["field"], "credential.scopes");
}

TEST(ScopesToGiveTest, MayHaveTheNamesThatAuth0GivesThem) {
  const std::vector<std::string> wanted = {"update:client_keys", "read:client_credentials"};
  EXPECT_THAT(*ScopesToGive(wanted, false, LocalPrincipal()), ElementsAre("read:credentials", "update:credentials"));
}

TEST(ScopesToGiveTest, AreKnown) {
  EXPECT_THAT(ScopesToGive({{"read:everything"}}, false, LocalPrincipal()),
              IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST(CheckGrantTest, ACallerGivesWhatItHas) {
  EXPECT_THAT(CheckGrant(With({"read:audit"}), CallerWith({Scope::kReadAudit, Scope::kReadTenants})), IsOk());
  EXPECT_THAT(CheckGrant(With({}), CallerWith({})), IsOk());
  EXPECT_THAT(CheckGrant(With(ToWords(ScopeSet::All())), LocalPrincipal()), IsOk());
}

TEST(CheckGrantTest, ACallerCannotGiveWhatItLacks) {
  for (const std::string& word : ToWords(ScopeSet::All())) {
    const Principal caller = CallerWith(ScopeSet::All() - ScopeSet{*FindScope(word)});
    const absl::Status status = CheckGrant(With({word}), caller);
    EXPECT_THAT(status, IsError(StatusCode::kPermissionDenied, reason::kGrantExceeded)) << word;
    EXPECT_EQ(LackedScope(status), word);
  }
}

TEST(CheckGrantTest, AScopeOfALaterReleaseIsNobodys) {
  EXPECT_THAT(CheckGrant(With({"launch:rockets"}), LocalPrincipal()),
              IsError(StatusCode::kPermissionDenied, reason::kGrantExceeded));
}

TEST(CheckGrantTest, ASigningProfileCannotBeEscaped) {
  const Principal caller = ProfiledCaller();
  EXPECT_THAT(CheckGrant(With({"read:audit"}), caller), IsOk()) << "it cannot sign";
  for (const std::string word : {"sign:tokens", "sign:digests", "create:custom_signing_keys", "update:custom_signing_keys"}) {
    const absl::Status status = CheckGrant(With({word}), caller);
    EXPECT_THAT(status, IsError(StatusCode::kPermissionDenied, reason::kGrantExceeded)) << word;
    EXPECT_EQ(LackedScope(status), word);
  }
  CredentialRecord narrower = With({"sign:tokens"});
  narrower.signing_profile = caller.signing_profile;
  narrower.signing_profile.max_ttl = absl::Minutes(1);
  EXPECT_THAT(CheckGrant(narrower, caller), IsError(StatusCode::kPermissionDenied, reason::kGrantExceeded));
  CredentialRecord same = With({"sign:tokens"});
  same.signing_profile = caller.signing_profile;
  EXPECT_THAT(CheckGrant(same, caller), IsOk());
}

TEST(CheckGrantTest, GrantsWouldEscapeASigningProfile) {
  CredentialRecord credential = With({});
  credential.grants = {{"https://billing.example", {"pay"}}};
  EXPECT_THAT(CheckGrant(credential, ProfiledCaller()), IsError(StatusCode::kPermissionDenied, reason::kGrantExceeded));
  EXPECT_THAT(CheckGrant(credential, CallerWith({Scope::kSignTokens})), IsOk());
}

TEST(CheckGrantTest, GrantsNeedTheRightToSignTokens) {
  CredentialRecord credential = With({});
  credential.grants = {{"https://billing.example", {"pay"}}};
  EXPECT_THAT(CheckGrant(credential, CallerWith({Scope::kCreateCredentials})),
              IsError(StatusCode::kPermissionDenied, reason::kGrantExceeded));
}

}  // namespace
}  // namespace signet::core
