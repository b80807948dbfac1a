#include "clients/cli/key_ring_fields.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "clients/cli/certificate_subject.h"
#include "clients/cli/duration.h"
#include "clients/cli/failure.h"
#include "clients/cli/parameters.h"
#include "clients/cli/signing_key.h"
#include "clients/cli/suggestion.h"

namespace signet::cli {
namespace {

using Policy = v1::KeyPolicy;

// As the value of a parameter, it leaves the field to the preset, or to what the API has as its default.
constexpr absl::string_view kDefault = "default";

std::string TextOf(int count) { return absl::StrCat(count); }
std::string TextOf(bool flag) { return flag ? "yes" : "no"; }
std::string TextOf(const google::protobuf::Duration& duration) { return WriteDuration(absl::Seconds(duration.seconds())); }

// Writes the value in force of one field of the policy, and whether it comes from the preset.
template <typename Value>
std::string PolicyText(const v1::KeyRing& ring, bool is_set, Value (Policy::*field)() const) {
  if (is_set) return TextOf((ring.policy().*field)());
  return absl::StrCat(TextOf((ring.effective_policy().*field)()), " (as the preset)");
}

std::string QuotaText(const v1::KeyRing& ring) {
  const bool is_set = ring.policy().has_rotations_per_day();
  if ((is_set ? ring.policy() : ring.effective_policy()).rotations_per_day() == 0) {
    return is_set ? "unlimited" : "unlimited (as the preset)";
  }
  return PolicyText(ring, is_set, &Policy::rotations_per_day);
}

std::string RetirementText(const v1::KeyRing& ring) {
  const bool is_set = ring.policy().has_retirement_delay();
  if (!is_set && !ring.effective_policy().has_retirement_delay()) return "none: keys stay until they are deleted (as the preset)";
  return PolicyText(ring, is_set, &Policy::retirement_delay);
}

Fields DescribePolicy(const v1::KeyRing& ring) {
  const Policy& policy = ring.policy();
  return {
      {"Preset", Policy::Preset_Name(policy.preset())},
      {"Max keys", PolicyText(ring, policy.max_keys() != 0, &Policy::max_keys)},
      {"Keep next", PolicyText(ring, policy.has_keep_next(), &Policy::keep_next)},
      {"Rotate automatically", PolicyText(ring, policy.has_automatic(), &Policy::automatic)},
      {"Period", PolicyText(ring, policy.has_period(), &Policy::period)},
      {"Activation delay", PolicyText(ring, policy.has_activation_delay(), &Policy::activation_delay)},
      {"Min retention", PolicyText(ring, policy.has_min_retention(), &Policy::min_retention)},
      {"Retain until revoked", PolicyText(ring, policy.has_retain_until_revoked(), &Policy::retain_until_revoked)},
      {"Retirement delay", RetirementText(ring)},
      {"Signing grace", PolicyText(ring, policy.has_signing_grace(), &Policy::signing_grace)},
      {"Idempotency window", PolicyText(ring, policy.has_idempotency_window(), &Policy::idempotency_window)},
      {"Rotations per day", QuotaText(ring)},
      {"Revoked history", PolicyText(ring, policy.has_revoked_history(), &Policy::revoked_history)},
      {"Max token TTL", PolicyText(ring, policy.has_max_token_ttl(), &Policy::max_token_ttl)},
      {"JWKS max age", PolicyText(ring, policy.has_jwks_max_age(), &Policy::jwks_max_age)},
  };
}

Fields DescribeCertificates(const v1::CertificateProfile& profile) {
  return WithoutEmpty({
      {"Common name", profile.common_name()},
      {"Organization", profile.organization()},
      {"Organizational unit", profile.organizational_unit()},
      {"Country", profile.country()},
      {"Certificate validity", profile.has_validity() ? TextOf(profile.validity()) : ""},
  });
}

Fields DescribeRotation(const v1::Rotation& rotation) {
  if (rotation.number() == 0) return {};
  return WithoutEmpty({
      {"Last rotation", absl::StrCat("number ", rotation.number(), rotation.automatic() ? ", automatic" : "",
                                     rotation.purge() ? ", with purge" : "", rotation.force() ? ", forced" : "")},
      {"Rotation reason", rotation.reason()},
      {"Rotation started", DateOf(rotation.start_time())},
      {"Rotation activated", rotation.has_activation_time() ? DateOf(rotation.activation_time()) : "under way"},
  });
}

// Reads the name of an algorithm, whatever its case. One name is but a character from another (HS256 and ES256), so that only what
// a name begins with is taken as meant.
absl::StatusOr<v1::Algorithm> ParseAlgorithm(absl::string_view text) {
  v1::Algorithm algorithm = v1::ALGORITHM_UNSPECIFIED;
  if (v1::Algorithm_Parse(absl::AsciiStrToUpper(text), &algorithm) && algorithm != v1::ALGORITHM_UNSPECIFIED) return algorithm;
  return UsageError(
      absl::StrCat("--algorithm: '", text, "' is unknown", DidYouMeanToGoOn(text, EnumNames(v1::Algorithm_descriptor()))),
      "the algorithms are ES256, ES384, ES512 and ED25519; and RS256, RS384, RS512, PS256, PS384 and PS512 with a "
      "length: _2048, _3072 or _4096");
}

// Sets the numbers of the policy that parameters name.
absl::Status SetCounts(const Values& values, Policy& policy, google::protobuf::FieldMask& mask) {
  struct Row {
    const char* parameter;
    const char* path;
    absl::StatusOr<int> (*parse)(absl::string_view, absl::string_view);
    void (Policy::*set)(int32_t);
  };
  constexpr Row kRows[] = {
      {"max-keys", "policy.max_keys", ParseCount, &Policy::set_max_keys},
      {"rotations-per-day", "policy.rotations_per_day", ParseCountOrZero, &Policy::set_rotations_per_day},
      {"revoked-history", "policy.revoked_history", ParseCountOrZero, &Policy::set_revoked_history},
  };
  for (const Row& row : kRows) {
    if (!values.Has(row.parameter)) continue;
    mask.add_paths(row.path);
    if (values.Get(row.parameter) == kDefault) continue;
    SIGNET_ASSIGN_OR_RETURN(const int count, row.parse(row.parameter, values.Get(row.parameter)));
    (policy.*row.set)(count);
  }
  return absl::OkStatus();
}

// Sets the flags of the policy that parameters name.
void SetFlags(const Values& values, Policy& policy, google::protobuf::FieldMask& mask) {
  struct Row {
    const char* parameter;
    const char* path;
    void (Policy::*set)(bool);
  };
  constexpr Row kRows[] = {
      {"keep-next", "policy.keep_next", &Policy::set_keep_next},
      {"rotate-automatically", "policy.automatic", &Policy::set_automatic},
      {"retain-until-revoked", "policy.retain_until_revoked", &Policy::set_retain_until_revoked},
  };
  for (const Row& row : kRows) {
    if (!values.Has(row.parameter)) continue;
    mask.add_paths(row.path);
    if (values.Get(row.parameter) != kDefault) (policy.*row.set)(values.IsTrue(row.parameter));
  }
}

// Sets the durations of the policy that parameters name.
absl::Status SetDurations(const Values& values, Policy& policy, google::protobuf::FieldMask& mask) {
  struct Row {
    const char* parameter;
    const char* path;
    google::protobuf::Duration* (Policy::*field)();
  };
  constexpr Row kRows[] = {
      {"period", "policy.period", &Policy::mutable_period},
      {"activation-delay", "policy.activation_delay", &Policy::mutable_activation_delay},
      {"min-retention", "policy.min_retention", &Policy::mutable_min_retention},
      {"retirement-delay", "policy.retirement_delay", &Policy::mutable_retirement_delay},
      {"signing-grace", "policy.signing_grace", &Policy::mutable_signing_grace},
      {"idempotency-window", "policy.idempotency_window", &Policy::mutable_idempotency_window},
      {"max-token-ttl", "policy.max_token_ttl", &Policy::mutable_max_token_ttl},
      {"jwks-max-age", "policy.jwks_max_age", &Policy::mutable_jwks_max_age},
  };
  for (const Row& row : kRows) {
    if (!values.Has(row.parameter)) continue;
    mask.add_paths(row.path);
    if (values.Get(row.parameter) == kDefault) continue;
    SIGNET_ASSIGN_OR_RETURN(*(policy.*row.field)(), ReadDurationOf(row.parameter, values.Get(row.parameter)));
  }
  return absl::OkStatus();
}

// Sets what parameters say of the certificates.
absl::Status SetCertificates(const Values& values, v1::KeyRing& ring, google::protobuf::FieldMask& mask) {
  v1::CertificateProfile profile;
  for (const std::string& field : SetSubject(values, profile)) mask.add_paths(absl::StrCat("certificate_profile.", field));
  if (values.Has("certificate-validity")) {
    mask.add_paths("certificate_profile.validity");
    const std::string validity = values.Get("certificate-validity");
    if (validity != kDefault) {
      SIGNET_ASSIGN_OR_RETURN(*profile.mutable_validity(), ReadDurationOf("certificate-validity", validity));
    }
  }
  *ring.mutable_certificate_profile() = profile;
  return absl::OkStatus();
}

}  // namespace

std::vector<Parameter> KeyRingParameters() {
  const auto flag = [](std::string name, std::string doc) {
    return Parameter{
        .name = std::move(name), .kind = ParameterKind::kBoolOrDefault, .value = "BOOL|default", .doc = std::move(doc)};
  };
  const std::vector<Parameter> policy = {
      {.name = "algorithm",
       .value = "NAME",
       .doc = "The algorithm of its next keys; keys that exist keep theirs. ES256 (at creation the default), ES384, ES512; RS256, "
              "RS384, RS512, PS256, PS384, PS512 with a length, such as RS256_2048, _3072 or _4096; ED25519.",
       .choices = EnumNames(v1::Algorithm_descriptor())},
      {.name = "protection",
       .value = "TOKEN|WRAPPED",
       .doc = "Where the private keys of its next keys are: on the token (at creation the default), or in the store, wrapped by a "
              "key of the token, which then holds any number of them.",
       .choices = {"TOKEN", "WRAPPED"}},
      {.name = "preset",
       .value = "NAME",
       .doc = "Where what follows has its defaults: STANDARD (at creation the default), SAP_BTP, SAP_EDGE or AUTH0.",
       .choices = EnumNames(Policy::Preset_descriptor())},
      {.name = "max-keys", .value = "N", .doc = "How many live keys it may hold: 2 to 10."},
      flag("keep-next", "Always publish the key that follows, so that a rotation need not wait. Needs --max-keys 3."),
      flag("rotate-automatically", "Rotate every --period. Switching it on starts a rotation at once."),
      {.name = "period", .value = "DURATION", .doc = "From one automatic rotation to the next: 1m to 3650d."},
      {.name = "activation-delay", .value = "DURATION", .doc = "How long a key is published before it may sign: 0s to 30d."},
      {.name = "min-retention",
       .value = "DURATION",
       .doc = "How long a key that signed is kept after it was disabled, at least: 0s to 400d."},
      flag("retain-until-revoked", "Keep a key that signed until it is revoked, whatever --min-retention says."),
      {.name = "retirement-delay",
       .value = "DURATION",
       .doc = "How long a superseded key is kept before it is deleted automatically, at least: 0s to 400d."},
      {.name = "signing-grace",
       .value = "DURATION",
       .doc = "How long a replica that cannot reach the store signs on, and a revocation can take to reach it: 1s to 10m."},
      {.name = "idempotency-window",
       .value = "DURATION",
       .doc = "For how long after a rotation another one changes nothing: 0s to 24h."},
      {.name = "rotations-per-day", .value = "N", .doc = "How many rotations callers may ask for: up to 1000; 0 means any number."},
      {.name = "revoked-history", .value = "N", .doc = "How many revoked keys stay listed: 0 to 100."},
      {.name = "max-token-ttl", .value = "DURATION", .doc = "The longest life of a token: 1m to 366d."},
      {.name = "jwks-max-age", .value = "DURATION", .doc = "How long verifiers may cache the JWKS: 1s to 24h."},
  };
  const Parameter validity = {.name = "certificate-validity",
                              .value = "DURATION",
                              .doc = "How long the certificates of its next keys are valid: 1d to 7300d. By default 3650d."};
  return Join({policy, SubjectParameters(), {validity}});
}

std::string PresetTable() {
  return R"(Presets:
                        STANDARD             SAP_BTP    SAP_EDGE   AUTH0
  max-keys              3                    2          2          3
  keep-next             yes                  no         no         yes
  rotate-automatically  yes                  no         yes        no
  period                90d                  90d        90d        90d
  activation-delay      as the jwks-max-age  12h        0s         0s
  min-retention         0s                   12h        0s         until revoked
  retain-until-revoked  no                   no         no         yes
  retirement-delay      1d                   7d         1d         1d
  signing-grace         5s                   5s         10m        5s
  idempotency-window    10m                  10m        10m        10m
  rotations-per-day     unlimited            unlimited  unlimited  5
  revoked-history       3                    3          3          3

  In all of them the max-token-ttl is 1d and the jwks-max-age 5m. A token for which no life is asked
  lives for 1h, or the max-token-ttl if that is shorter; with SAP_BTP for the max-token-ttl if it is
  set, but not more than 1d, and otherwise for 12h. Whatever the min-retention and the
  retirement-delay, a key is kept as long as a token that it signed can be valid; with SAP_BTP until
  somebody deletes it, unless the ring rotates automatically or has a retirement-delay.
)";
}

absl::StatusOr<google::protobuf::FieldMask> SetFields(const Values& values, v1::KeyRing& ring) {
  google::protobuf::FieldMask mask;
  Policy& policy = *ring.mutable_policy();
  if (values.Has("algorithm")) {
    SIGNET_ASSIGN_OR_RETURN(const v1::Algorithm algorithm, ParseAlgorithm(values.Get("algorithm")));
    ring.set_algorithm(algorithm);
    mask.add_paths("algorithm");
  }
  if (values.Has("protection")) {
    SIGNET_ASSIGN_OR_RETURN(const v1::KeyRing::Protection protection,
                            ParseEnum<v1::KeyRing::Protection>("protection", values.Get("protection")));
    ring.set_protection(protection);
    mask.add_paths("protection");
  }
  if (values.Has("preset")) {
    SIGNET_ASSIGN_OR_RETURN(const Policy::Preset preset, ParseEnum<Policy::Preset>("preset", values.Get("preset")));
    policy.set_preset(preset);
    mask.add_paths("policy.preset");
  }
  SIGNET_RETURN_IF_ERROR(SetCounts(values, policy, mask));
  SetFlags(values, policy, mask);
  SIGNET_RETURN_IF_ERROR(SetDurations(values, policy, mask));
  SIGNET_RETURN_IF_ERROR(SetCertificates(values, ring, mask));
  return mask;
}

Fields Describe(const v1::KeyRing& ring) {
  Fields fields = WithoutEmpty({{"Name", IdOf(ring.name())},
                                {"Algorithm", v1::Algorithm_Name(ring.algorithm())},
                                {"Protection", ProtectionText(ring.protection())}});
  for (const Fields& more : {DescribePolicy(ring), DescribeCertificates(ring.certificate_profile()),
                             Fields{{"Created", DateOf(ring.create_time())}, {"Updated", DateOf(ring.update_time())}},
                             DescribeRotation(ring.rotation())}) {
    fields.insert(fields.end(), more.begin(), more.end());
  }
  const std::string next = DateOf(ring.next_rotation_time());
  fields.emplace_back("Next rotation", next.empty() ? "none planned" : next);
  return fields;
}

}  // namespace signet::cli
