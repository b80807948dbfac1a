#include "clients/cli/field_hint.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "clients/cli/failure.h"

namespace signet::cli {
namespace {

struct Row {
  // As the metadata of an error calls it, without the message around it: `tenant.`, `key_ring.`, `policy.`, …
  absl::string_view field;
  // All that it can come from.
  std::vector<absl::string_view> parameters;
};

const std::vector<Row>& Rows() {
  static const auto& rows = *new std::vector<Row>{
      {"tenant_id", {"id"}},
      {"display_name", {"display-name"}},
      {"issuer", {"issuer"}},
      {"host_aliases", {"host-alias"}},
      {"key_ring_id", {"name"}},
      {"credential_id", {"name"}},
      {"kind", {"kind"}},
      {"scopes", {"scopes", "grant"}},
      {"grants", {"grant"}},
      {"access_token_ttl", {"token-ttl"}},
      {"expire_time", {"expires"}},
      {"pem", {"certificate"}},
      {"csr", {"csr"}},
      {"type", {"generate-key"}},
      {"public_key", {"public-key"}},
      {"public_key_id", {"key"}},
      {"id", {"key"}},
      {"signing_profile", {"signing-profile"}},
      {"seal_to_jwk", {"seal-to"}},
      {"overlap", {"overlap"}},
      {"secret_id", {"secret"}},
      {"start_sequence", {"start"}},
      {"algorithm", {"algorithm"}},
      {"preset", {"preset"}},
      {"max_keys", {"max-keys"}},
      {"activation_delay", {"activation-delay"}},
      {"min_retention", {"min-retention"}},
      {"retain_until_revoked", {"retain-until-revoked"}},
      {"keep_next", {"keep-next"}},
      {"automatic", {"rotate-automatically"}},
      {"period", {"period"}},
      {"retirement_delay", {"retirement-delay"}},
      {"signing_grace", {"signing-grace"}},
      {"idempotency_window", {"idempotency-window"}},
      {"rotations_per_day", {"rotations-per-day"}},
      {"revoked_history", {"revoked-history"}},
      {"max_token_ttl", {"max-token-ttl"}},
      {"jwks_max_age", {"jwks-max-age"}},
      {"common_name", {"common-name"}},
      {"organization", {"organization"}},
      {"organizational_unit", {"organizational-unit"}},
      {"country", {"country"}},
      {"validity", {"certificate-validity", "validity"}},
      {"pem_chain", {"pem-chain"}},
      {"reason", {"reason"}},
      {"resume_token", {"resume-token"}},
      {"start_time", {"start", "since"}},
      {"end_time", {"until"}},
      {"resource", {"resource"}},
      {"action", {"action-name"}},
      {"actor", {"actor"}},
      {"key_id", {"key"}},
      {"claims_json", {"claims"}},
      {"ttl", {"ttl"}},
      {"token", {"token"}},
      {"audience", {"audience"}},
      {"request_id", {"request-id"}},
      // Names of resources are put together from several parameters.
      {"key_ring", {"ring", "subaccount", "directory", "global-account"}},
      {"name", {"id", "name", "credential", "key", "ring", "subaccount", "directory", "global-account"}},
      {"parent", {"parent", "ring", "subaccount", "directory", "global-account"}},
  };
  return rows;
}

}  // namespace

absl::Status WithFieldHint(const absl::Status& failure, const Values& values) {
  const std::optional<ErrorDetail> detail = GetErrorDetail(failure);
  if (!detail) return failure;
  const auto found = detail->metadata.find("field");
  if (found == detail->metadata.end()) return failure;
  absl::string_view field = found->second;
  for (absl::string_view message : {"tenant.", "key_ring.", "policy.", "certificate_profile.", "subject.", "credential.",
                                    "certificate.", "generate.", "public_key."}) {
    absl::ConsumePrefix(&field, message);
  }
  // What is below a message that comes from one parameter as a whole.
  for (absl::string_view message : {"signing_profile", "grants"}) {
    if (absl::StartsWith(field, message)) field = message;
  }
  std::vector<std::string> parameters;
  for (const Row& row : Rows()) {
    if (row.field != field) continue;
    for (absl::string_view parameter : row.parameters) {
      // One without a value stands for the target, which --info shows.
      if (!values.Get(parameter).empty()) parameters.push_back(absl::StrCat("--", parameter));
    }
  }
  return parameters.empty() ? failure : WithHint(failure, absl::StrCat("check ", absl::StrJoin(parameters, ", ")));
}

}  // namespace signet::cli
