#ifndef SIGNET_SERVER_MAIN_DEV_CERTIFICATES_H_
#define SIGNET_SERVER_MAIN_DEV_CERTIFICATES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace signet::server {

// DevCertificates are the PEM files of a development server.
struct DevCertificates {
  // The authority that made the server's certificate. Its private key was never stored, so that it can make no other.
  std::string ca;
  // P-256, for localhost, 127.0.0.1 and ::1.
  std::string certificate;
  std::string private_key;
};

// Makes a new authority and a certificate by it, valid from an hour before `now` for 397 days.
//   kInternal  OpenSSL failed
absl::StatusOr<DevCertificates> MakeDevCertificates(absl::Time now);

// Tells whether the three belong together and stay valid for 30 days more.
bool AreUsable(const DevCertificates& certificates, absl::Time now);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_DEV_CERTIFICATES_H_
