// Ten thousand attempts on what belongs to others: none succeeds, and none tells whether it exists.
#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "google/protobuf/dynamic_message.h"
#include "gtest/gtest.h"
#include "server/core/access.h"
#include "tests/integration/api_methods.h"
#include "tests/integration/key_watch_reader.h"
#include "tests/integration/rpc_test.h"
#include "tests/integration/scripted_authenticator.h"

namespace signet::testing {
namespace {

using core::Scope;
using core::ScopeSet;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using ::testing::ElementsAre;

// One that exists, and one that does not; of the same length, so that only the letters of an answer can differ.
constexpr char kForeign[] = "acme";
constexpr char kAbsent[] = "nope";

CallOptions Bearer(const std::string& token) { return {.metadata = {{"authorization", "Bearer " + token}}}; }

// Sets the text field at `path`, such as "tenant.name", if the message has it.
bool SetText(Message& message, const std::vector<std::string>& path, const std::string& value) {
  Message* place = &message;
  for (size_t i = 0; i < path.size(); ++i) {
    const FieldDescriptor* field = place->GetDescriptor()->FindFieldByName(path[i]);
    if (field == nullptr || field->is_repeated()) return false;
    if (i + 1 < path.size()) {
      if (field->type() != FieldDescriptor::TYPE_MESSAGE) return false;
      place = place->GetReflection()->MutableMessage(place, field);
    } else {
      if (field->type() != FieldDescriptor::TYPE_STRING) return false;
      place->GetReflection()->SetString(place, field, value);
    }
  }
  return true;
}

void SetFlag(Message& message, const std::string& name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field != nullptr && field->type() == FieldDescriptor::TYPE_BOOL) message.GetReflection()->SetBool(&message, field, true);
}

// Every field that can name what a call is about.
const std::vector<std::vector<std::string>> kNameFields = {
    {"name"}, {"parent"}, {"key_ring"}, {"resource"}, {"tenant", "name"}, {"tenant", "parent"}, {"key_ring", "name"}};

// Callers is who the server knows; a base, so that it outlives the server. Whoever comes without a token is local, so that RpcTest
// can make what it makes.
struct Callers {
  Callers() {
    authenticator.SetAnonymous(core::LocalPrincipal());
    authenticator.Set("local", core::LocalPrincipal());
  }
  ScriptedAuthenticator authenticator;
};

// CrossTenantTest has tenants/acme, with a ring, a key and everything, and callers in another tree: mine, with below it, which own
// each a ring too.
class CrossTenantTest : protected Callers, public RpcTest {
 protected:
  CrossTenantTest() : RpcTest({.watch_check_interval = absl::Milliseconds(1), .authenticator = &authenticator}) {
    Make("tenant_id: 'mine' tenant { kind: GLOBAL_ACCOUNT }");
    Make("tenant_id: 'below' tenant { kind: SUBACCOUNT parent: 'tenants/mine' }");
  }

  void Make(const std::string& tenant) {
    ASSERT_EQ(Call(&TenantStub::CreateTenant, FromText<v1::CreateTenantRequest>(tenant), Bearer("local")).outcome(), "OK");
  }

  // What `token` calls with; the id of a call, which failures show, is the same for all.
  static CallOptions SameCallBy(const std::string& token) {
    CallOptions options = Bearer(token);
    options.metadata["x-request-id"] = "same";
    return options;
  }

  // An answer as it goes over the wire, with the one name for the other.
  static std::string AnswerOf(const grpc::Status& status) {
    const std::string answer = absl::StrCat(status.error_code(), " ", status.error_message(), " ", status.error_details());
    return absl::StrReplaceAll(answer, {{kAbsent, kForeign}});
  }
};

// Attempts are calls of one method that name a tenant in one field.
struct Attempt {
  const MethodDescriptor* method;
  std::vector<std::string> field;
  std::string request_foreign;
  std::string request_absent;
};

// All attempts that there are: every method, each of its fields, every form of a name, and with every flag.
std::vector<Attempt> AllAttempts(const std::string& kid) {
  google::protobuf::DynamicMessageFactory factory;
  std::vector<Attempt> attempts;
  const std::vector<std::string> forms = {"tenants/$", "tenants/$/keyRings/access-token",
                                          absl::StrCat("tenants/$/keyRings/access-token/keys/", kid), "tenants/$/credentials/ci"};
  for (const MethodDescriptor* method : ApiMethods()) {
    for (const auto& field : kNameFields) {
      for (const std::string& form : forms) {
        for (const std::vector<std::string>& flags : {std::vector<std::string>{}, {"force"}, {"force", "purge", "validate_only"}}) {
          Attempt attempt = {.method = method, .field = field, .request_foreign = {}, .request_absent = {}};
          bool fits = true;
          for (const auto& [id, request] : {std::pair{kForeign, &attempt.request_foreign}, {kAbsent, &attempt.request_absent}}) {
            const std::unique_ptr<Message> message(factory.GetPrototype(method->input_type())->New());
            // What else a call may want of a tenant is the caller's own.
            if (field != std::vector<std::string>{"tenant", "name"}) SetText(*message, {"tenant", "name"}, "tenants/mine");
            fits = SetText(*message, field, absl::StrReplaceAll(form, {{"$", id}}));
            for (const std::string& flag : flags) SetFlag(*message, flag);
            *request = message->SerializeAsString();
          }
          if (fits) attempts.push_back(std::move(attempt));
        }
      }
    }
  }
  return attempts;
}

// Whether a field names what a call is about, rather than what to look for or what is ignored.
bool IsAbout(const Attempt& attempt) {
  const std::string method = attempt.method->name();
  if (attempt.field == std::vector<std::string>{"resource"}) return false;
  return !(method == "CreateTenant" && attempt.field.back() == "name") &&
         !(method == "CreateKeyRing" && attempt.field.front() == "key_ring");
}

// What refuses a call of `method` to a caller that has its scopes.
std::string RefusalOf(const std::string& method) {
  const auto rule = std::ranges::find_if(core::access_rules::kAll, [&](const auto& one) { return one.method == method; });
  const bool concerns_all = rule != std::end(core::access_rules::kAll) && rule->reach == core::AccessRule::Reach::kAllTenants;
  return concerns_all ? "PERMISSION_DENIED OUT_OF_REACH" : "NOT_FOUND TENANT_NOT_FOUND";
}

TEST_F(CrossTenantTest, NoneOfTenThousandAttemptsSucceedsAndAllAnswersAreThoseForWhatIsNotThere) {
  const v1::SigningKey key = MakeEnabledKey();
  const std::string kid = key.name().substr(key.name().rfind('/') + 1);
  const int64_t revision = server_.directory().revision();
  std::vector<std::string> tokens;
  for (const char* tenant : {"mine", "below"}) {
    int number = 0;
    for (const ScopeSet scopes :
         {ScopeSet::All(), ScopeSet::ReadOnly(), ScopeSet::All() - ScopeSet::ReadOnly(), ScopeSet(),
          ScopeSet{Scope::kManageTenants, Scope::kReadTenants}, ScopeSet{Scope::kSignDigests, Scope::kSignTokens}}) {
      tokens.push_back(absl::StrCat(tenant, number++));
      authenticator.Set(tokens.back(), PrincipalOf(tenant, scopes, tokens.back()));
    }
  }
  // One whose tenant does not exist any more.
  tokens.push_back("gone");
  authenticator.Set("gone", PrincipalOf("gone"));

  int attempts = 0;
  for (const Attempt& attempt : AllAttempts(kid)) {
    const std::string method = FullNameOf(*attempt.method);
    if (method == "signet.v1.KeyService/GetJwks" || !IsAbout(attempt)) continue;
    for (const std::string& token : tokens) {
      const RawReply foreign = CallRaw(channel_, "/" + method, attempt.request_foreign, SameCallBy(token));
      const RawReply absent = CallRaw(channel_, "/" + method, attempt.request_absent, SameCallBy(token));
      attempts += 2;
      EXPECT_FALSE(foreign.status.ok()) << method << " by " << token;
      EXPECT_EQ(AnswerOf(foreign.status), AnswerOf(absent.status)) << method << " by " << token;
      const std::string outcome = OutcomeOf(foreign.status);
      EXPECT_TRUE(outcome == RefusalOf(method) || outcome == "PERMISSION_DENIED INSUFFICIENT_SCOPE")
          << method << " by " << token << ": " << outcome;
    }
  }
  EXPECT_GE(attempts, 10'000);
  EXPECT_EQ(server_.directory().revision(), revision) << "something was changed";
}

TEST_F(CrossTenantTest, WhatIsFilteredOrIgnoredShowsNothingOfOthersEither) {
  MakeEnabledKey();
  authenticator.Set("t", PrincipalOf("mine"));
  const auto events = Call(&AuditStub::ListEvents, FromText<v1::ListEventsRequest>("resource: 'tenants/acme'"), Bearer("t"));
  EXPECT_EQ(events.outcome(), "OK");
  EXPECT_EQ(events->events_size(), 0);
  const auto own = Call(&AuditStub::ListEvents, v1::ListEventsRequest(), Bearer("t"));
  EXPECT_EQ(own.outcome(), "OK");
  EXPECT_GT(own->events_size(), 0);
  for (const v1::Event& event : own->events()) EXPECT_EQ(event.resource().rfind("tenants/mine", 0), 0u) << event.resource();
  const auto tenants = Call(&TenantStub::ListTenants, v1::ListTenantsRequest(), Bearer("t"));
  std::vector<std::string> names;
  for (const v1::Tenant& tenant : tenants->tenants()) names.push_back(tenant.name());
  EXPECT_THAT(names, ElementsAre("tenants/below", "tenants/mine"));
}

TEST_F(CrossTenantTest, WhoIsAboveReachesWhatIsBelowAndNotTheOtherWayRound) {
  authenticator.Set("above", PrincipalOf("mine"));
  authenticator.Set("below", PrincipalOf("below"));
  const auto get = [this](const std::string& name, const std::string& token) {
    v1::GetTenantRequest request;
    request.set_name(name);
    return Call(&TenantStub::GetTenant, request, Bearer(token)).outcome();
  };
  EXPECT_EQ(get("tenants/below", "above"), "OK");
  EXPECT_EQ(get("tenants/mine", "above"), "OK");
  EXPECT_EQ(get("tenants/below", "below"), "OK");
  EXPECT_EQ(get("tenants/mine", "below"), "NOT_FOUND TENANT_NOT_FOUND");
}

TEST_F(CrossTenantTest, ATenantCannotBeMovedToOthersNorOutOfItsParentsHands) {
  authenticator.Set("above", PrincipalOf("mine"));
  authenticator.Set("below", PrincipalOf("below"));
  const auto update = [this](const std::string& text, const std::string& token) {
    return Call(&TenantStub::UpdateTenant, FromText<v1::UpdateTenantRequest>(text), Bearer(token)).outcome();
  };
  EXPECT_EQ(update("tenant { name: 'tenants/below' parent: 'tenants/acme' }", "above"), "NOT_FOUND TENANT_NOT_FOUND");
  EXPECT_EQ(update("tenant { name: 'tenants/below' } update_mask { paths: 'parent' }", "above"), "PERMISSION_DENIED OUT_OF_REACH");
  EXPECT_EQ(update("tenant { name: 'tenants/below' } update_mask { paths: 'parent' }", "below"), "PERMISSION_DENIED OUT_OF_REACH");
  EXPECT_EQ(update("tenant { name: 'tenants/below' issuer: 'https://a.example' }", "below"), "PERMISSION_DENIED OUT_OF_REACH");
  EXPECT_EQ(update("tenant { name: 'tenants/below' host_aliases: 'a.example' }", "below"), "PERMISSION_DENIED OUT_OF_REACH");
  EXPECT_EQ(update("tenant { name: 'tenants/below' issuer: 'https://a.example' }", "above"), "OK");
  EXPECT_EQ(update("tenant { name: 'tenants/below' display_name: 'Below' }", "below"), "OK");
  v1::DeleteTenantRequest request;
  request.set_name("tenants/below");
  EXPECT_EQ(Call(&TenantStub::DeleteTenant, request, Bearer("below")).outcome(), "PERMISSION_DENIED OUT_OF_REACH");
  EXPECT_EQ(Call(&TenantStub::DeleteTenant, request, Bearer("above")).outcome(), "OK");
}

TEST_F(CrossTenantTest, AWatchEndsWhenItsTokenDoes) {
  authenticator.Set("t", PrincipalOf("mine"));
  KeyWatchReader watch(*key_stub_, "tenants/below", "", Bearer("t"));
  watch.AwaitBeginning();
  authenticator.Remove("t");
  EXPECT_EQ(watch.AwaitOutcome(), "UNAUTHENTICATED BEARER_TOKEN_INVALID");
}

TEST_F(CrossTenantTest, AWatchEndsWhenItsCallerLosesTheScopeOrTheReach) {
  authenticator.Set("t", PrincipalOf("mine"));
  KeyWatchReader first(*key_stub_, "tenants/below", "", Bearer("t"));
  first.AwaitBeginning();
  authenticator.Set("t", PrincipalOf("mine", {Scope::kSignTokens}));
  EXPECT_EQ(first.AwaitOutcome(), "PERMISSION_DENIED INSUFFICIENT_SCOPE");

  authenticator.Set("t", PrincipalOf("mine"));
  KeyWatchReader second(*key_stub_, "tenants/below", "", Bearer("t"));
  second.AwaitBeginning();
  const std::string uproot = "tenant { name: 'tenants/below' } update_mask { paths: 'parent' }";
  EXPECT_EQ(Call(&TenantStub::UpdateTenant, FromText<v1::UpdateTenantRequest>(uproot), Bearer("local")).outcome(), "OK");
  EXPECT_EQ(second.AwaitOutcome(), "NOT_FOUND TENANT_NOT_FOUND");
}

}  // namespace
}  // namespace signet::testing
