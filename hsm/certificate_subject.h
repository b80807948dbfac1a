#ifndef SIGNET_HSM_CERTIFICATE_SUBJECT_H_
#define SIGNET_HSM_CERTIFICATE_SUBJECT_H_

#include <string>

#include "absl/status/status.h"

namespace signet::hsm {

// CertificateSubject says whom a certificate names. UTF-8; an empty attribute is absent.
struct CertificateSubject {
  // Required; at most 64 characters (X.520, upper bounds), as are the next two.
  std::string common_name;
  std::string organization = {};
  std::string organizational_unit = {};
  // Two letters (ISO 3166-1 alpha-2).
  std::string country = {};
};

// Checks a subject.
//   kInvalidArgument  INVALID_FIELD, with the member's name as `field`: the common name is empty, an attribute is not UTF-8, too
//                     long or has control characters, the country is not two letters
absl::Status CheckCertificateSubject(const CertificateSubject& subject);

// Writes `subject` as a DER Name: country, organization, organizational unit, common name, as far as they are set.
// WARNING: the subject must have passed CheckCertificateSubject.
std::string SubjectToDer(const CertificateSubject& subject);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_CERTIFICATE_SUBJECT_H_
