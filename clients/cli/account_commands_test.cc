#include "clients/cli/account_commands.h"

#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/program_runner.h"
#include "gmock/gmock.h"
#include "google/protobuf/empty.pb.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "signet/v1/tenant_service.pb.h"

namespace signet::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

v1::Tenant Subaccount(const std::string& id) {
  v1::Tenant tenant;
  tenant.set_name("tenants/" + id);
  tenant.set_kind(v1::Tenant::SUBACCOUNT);
  tenant.set_display_name("Team " + id);
  tenant.set_parent("tenants/ga");
  tenant.set_issuer("https://localhost:8444/t/" + id);
  tenant.add_host_aliases("a.example");
  tenant.mutable_create_time()->set_seconds(1706885331);
  return tenant;
}

TEST(AccountCommands, CreateSendsWhatWasNamedAndShowsTheTenant) {
  ProgramRunner runner;
  runner.server().Reply("CreateTenant", Subaccount("s1"));
  const ProgramRunner::Result result =
      runner.Run({"create", "accounts/subaccount", "--id", "s1", "--display-name", "Team s1", "--parent", "ga", "--issuer",
                  "https://i", "--host-alias", "a.example", "--host-alias", "b.example", "--request-id", "r1"});
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_EQ(result.out,
            "Created subaccount 's1'\n"
            "\n"
            "ID:           s1\n"
            "Kind:         SUBACCOUNT\n"
            "Display name: Team s1\n"
            "Parent:       ga\n"
            "Issuer:       https://localhost:8444/t/s1\n"
            "Host aliases: a.example\n"
            "Created:      Fri Feb 02 14:48:51 UTC 2024\n"
            "Updated:\n"
            "\n"
            "OK\n");
  const v1::CreateTenantRequest request = runner.server().Received<v1::CreateTenantRequest>("CreateTenant").at(0);
  EXPECT_EQ(request.tenant_id(), "s1");
  EXPECT_EQ(request.request_id(), "r1");
  EXPECT_FALSE(request.validate_only());
  EXPECT_EQ(request.tenant().kind(), v1::Tenant::SUBACCOUNT);
  EXPECT_EQ(request.tenant().display_name(), "Team s1");
  EXPECT_EQ(request.tenant().parent(), "tenants/ga");
  EXPECT_EQ(request.tenant().issuer(), "https://i");
  EXPECT_THAT(request.tenant().host_aliases(), ElementsAre("a.example", "b.example"));
}

TEST(AccountCommands, EachObjectIsAKind) {
  ProgramRunner runner;
  for (const char* object : {"accounts/global-account", "accounts/directory", "accounts/subaccount"}) {
    runner.server().Reply("CreateTenant", v1::Tenant());
    EXPECT_EQ(runner.Run({"create", object, "--validate-only"}).exit_code, kExitOk);
  }
  std::vector<v1::Tenant::Kind> kinds;
  for (const auto& request : runner.server().Received<v1::CreateTenantRequest>("CreateTenant")) {
    kinds.push_back(request.tenant().kind());
    EXPECT_TRUE(request.validate_only());
  }
  EXPECT_THAT(kinds, ElementsAre(v1::Tenant::GLOBAL_ACCOUNT, v1::Tenant::DIRECTORY, v1::Tenant::SUBACCOUNT));
}

TEST(AccountCommands, ListFetchesAllPagesOfTheKind) {
  ProgramRunner runner;
  for (const bool json : {false, true}) {
    v1::ListTenantsResponse page;
    *page.add_tenants() = Subaccount("s1");
    page.set_next_page_token("more");
    runner.server().Reply("ListTenants", page);
    page.clear_next_page_token();
    page.mutable_tenants(0)->set_name("tenants/s2");
    runner.server().Reply("ListTenants", page);
    const ProgramRunner::Result result =
        runner.Run({"--format", json ? "json" : "text", "list", "accounts/subaccount", "--parent", "ga"});
    if (json) {
      const auto reply = nlohmann::json::parse(result.out, nullptr, false);
      ASSERT_EQ(reply["tenants"].size(), 2u);
      EXPECT_EQ(reply["tenants"][1]["name"], "tenants/s2");
      EXPECT_EQ(reply["tenants"][1]["displayName"], "Team s1");
      EXPECT_EQ(reply["nextPageToken"], "");
    } else {
      EXPECT_EQ(result.out,
                "ID Display Name Parent Created\n"
                "s1 Team s1      ga     Fri Feb 02 14:48:51 UTC 2024\n"
                "s2 Team s1      ga     Fri Feb 02 14:48:51 UTC 2024\n"
                "\n"
                "2 entries\n"
                "\n"
                "OK\n");
    }
  }
  const v1::ListTenantsRequest request = runner.server().Received<v1::ListTenantsRequest>("ListTenants").at(0);
  EXPECT_EQ(request.kind(), v1::Tenant::SUBACCOUNT);
  EXPECT_EQ(request.parent(), "tenants/ga");
}

TEST(AccountCommands, GetTakesTheIdWithAndWithoutItsName) {
  ProgramRunner runner;
  for (const auto& args : {std::vector<std::string>{"s1"}, {"--id", "s1"}, {"--id=s1"}}) {
    runner.server().Reply("GetTenant", Subaccount("s1"));
    std::vector<std::string> line = {"get", "accounts/subaccount"};
    line.insert(line.end(), args.begin(), args.end());
    const ProgramRunner::Result result = runner.Run(line);
    EXPECT_THAT(result.out, StartsWith("ID:           s1\n")) << result.err;
  }
  for (const auto& request : runner.server().Received<v1::GetTenantRequest>("GetTenant")) EXPECT_EQ(request.name(), "tenants/s1");
}

TEST(AccountCommands, ATenantOfAnotherKindIsNotFoundAndNotChanged) {
  ProgramRunner runner;
  for (const char* action : {"get", "update", "delete"}) {
    runner.server().Reply("GetTenant", Subaccount("s1"));
    std::vector<std::string> line = {action, "accounts/directory", "s1"};
    if (std::string(action) == "update") line.push_back("--display-name=x");
    if (std::string(action) == "delete") line.push_back("--confirm");
    const ProgramRunner::Result result = runner.Run(line);
    EXPECT_EQ(result.exit_code, kExitNotFound) << action;
    EXPECT_EQ(result.err, "FAILED: 's1' is a SUBACCOUNT, not a directory\nReason: TENANT_NOT_FOUND\n");
  }
  EXPECT_TRUE(runner.server().Received<v1::UpdateTenantRequest>("UpdateTenant").empty());
  EXPECT_TRUE(runner.server().Received<v1::DeleteTenantRequest>("DeleteTenant").empty());
}

TEST(AccountCommands, UpdateNamesWhatItChangesAndCanClearIt) {
  ProgramRunner runner;
  runner.server().Reply("GetTenant", Subaccount("s1"));
  runner.server().Reply("UpdateTenant", Subaccount("s1"));
  const ProgramRunner::Result result =
      runner.Run({"update", "accounts/subaccount", "s1", "--display-name", "New", "--parent=", "--issuer=", "--host-alias="});
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  const v1::UpdateTenantRequest request = runner.server().Received<v1::UpdateTenantRequest>("UpdateTenant").at(0);
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("display_name", "parent", "issuer", "host_aliases"));
  EXPECT_EQ(request.tenant().name(), "tenants/s1");
  EXPECT_EQ(request.tenant().display_name(), "New");
  EXPECT_EQ(request.tenant().parent(), "");
  EXPECT_EQ(request.tenant().host_aliases_size(), 0);
}

TEST(AccountCommands, AnUpdateOfNothingIsAUsageError) {
  ProgramRunner runner;
  const ProgramRunner::Result result = runner.Run({"update", "accounts/subaccount", "s1"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("nothing to update"));
}

TEST(AccountCommands, DeleteAsksFirst) {
  ProgramRunner runner;
  runner.in_is_terminal = true;
  runner.in = "no\n";
  runner.server().Reply("GetTenant", Subaccount("s1"));
  const ProgramRunner::Result declined = runner.Run({"delete", "accounts/subaccount", "s1"});
  EXPECT_EQ(declined.exit_code, kExitCancelled);
  EXPECT_THAT(declined.err, StartsWith("Do you really want to delete subaccount 's1'? [no]> "));
  EXPECT_TRUE(runner.server().Received<v1::DeleteTenantRequest>("DeleteTenant").empty());

  runner.in = "yes\n";
  runner.server().Reply("GetTenant", Subaccount("s1"));
  runner.server().Reply("DeleteTenant", google::protobuf::Empty());
  EXPECT_EQ(runner.Run({"delete", "accounts/subaccount", "s1"}).out, "Deleted subaccount 's1'\n\nOK\n");
  EXPECT_EQ(runner.server().Received<v1::DeleteTenantRequest>("DeleteTenant").at(0).name(), "tenants/s1");
}

TEST(AccountCommands, DeleteInJsonIsAnEmptyObject) {
  ProgramRunner runner;
  runner.server().Reply("GetTenant", Subaccount("s1"));
  runner.server().Reply("DeleteTenant", google::protobuf::Empty());
  EXPECT_EQ(runner.Run({"--format", "json", "delete", "accounts/subaccount", "s1", "--confirm"}).out, "{}\n");
}

TEST(AccountCommands, ADeletionThatIsRepeatedGetsTheFirstResult) {
  ProgramRunner runner;
  const absl::Status gone = Error(absl::StatusCode::kNotFound, reason::kTenantNotFound, "there is no tenant 's1'");
  runner.server().Fail("GetTenant", gone);
  EXPECT_EQ(runner.Run({"delete", "accounts/subaccount", "s1", "--confirm"}).exit_code, kExitNotFound);
  runner.server().Fail("GetTenant", gone);
  runner.server().Reply("DeleteTenant", google::protobuf::Empty());
  EXPECT_EQ(runner.Run({"delete", "accounts/subaccount", "s1", "--confirm", "--request-id", "r1"}).exit_code, kExitOk);
}

}  // namespace
}  // namespace signet::cli
