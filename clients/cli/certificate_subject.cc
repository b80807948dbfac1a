#include "clients/cli/certificate_subject.h"

namespace signet::cli {

std::vector<Parameter> SubjectParameters() {
  return {
      {.name = "common-name",
       .value = "TEXT",
       .doc = "The CN of the certificate's subject: at most 64 characters. An empty value means the tenant's id.",
       .may_be_empty = true},
      {.name = "organization", .value = "TEXT", .doc = "Its O, as above. An empty value means none.", .may_be_empty = true},
      {.name = "organizational-unit", .value = "TEXT", .doc = "Its OU, as above. An empty value means none.", .may_be_empty = true},
      {.name = "country", .value = "CODE", .doc = "Its C: two letters. An empty value means none.", .may_be_empty = true},
  };
}

std::vector<std::string> SetSubject(const Values& values, v1::CertificateProfile& profile) {
  struct Row {
    const char* parameter;
    const char* field;
    std::string* (v1::CertificateProfile::*value)();
  };
  constexpr Row kRows[] = {
      {"common-name", "common_name", &v1::CertificateProfile::mutable_common_name},
      {"organization", "organization", &v1::CertificateProfile::mutable_organization},
      {"organizational-unit", "organizational_unit", &v1::CertificateProfile::mutable_organizational_unit},
      {"country", "country", &v1::CertificateProfile::mutable_country},
  };
  std::vector<std::string> fields;
  for (const Row& row : kRows) {
    if (!values.Has(row.parameter)) continue;
    *(profile.*row.value)() = values.Get(row.parameter);
    fields.emplace_back(row.field);
  }
  return fields;
}

}  // namespace signet::cli
