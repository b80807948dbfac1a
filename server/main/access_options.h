#ifndef SIGNET_SERVER_MAIN_ACCESS_OPTIONS_H_
#define SIGNET_SERVER_MAIN_ACCESS_OPTIONS_H_

#include <vector>

#include "keystore/records.h"
#include "server/core/certificate_authenticator.h"
#include "server/core/rate_limiter.h"
#include "signet/config/v1/config.pb.h"

namespace signet::server {

// What the sections `authentication` and `quotas` of a valid configuration mean to server/core.
keystore::SigningProfile ToSigningProfile(const config::v1::SigningProfile& profile);
std::vector<core::CertificateIdentity> ToIdentities(const config::v1::Authentication& authentication);
core::RateLimiter::Options ToRateLimits(const config::v1::Quotas& quotas);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_ACCESS_OPTIONS_H_
