#ifndef SIGNET_HSM_SOFTWARE_HSM_H_
#define SIGNET_HSM_SOFTWARE_HSM_H_

#include <memory>

#include "hsm/hsm.h"

namespace signet::hsm {

// Makes an Hsm whose keys live in this process's memory (OpenSSL) and die with it. For unit tests, never for production: its build
// target is testonly.
std::unique_ptr<Hsm> CreateSoftwareHsm();

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SOFTWARE_HSM_H_
