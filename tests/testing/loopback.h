#ifndef SIGNET_TESTS_TESTING_LOOPBACK_H_
#define SIGNET_TESTS_TESTING_LOOPBACK_H_

#include <string>

#include "base/unique_fd.h"

namespace signet::testing {

// A TCP connection over loopback to the port of `address`, such as "127.0.0.1:8443". One that cannot be made fails the test.
UniqueFd ConnectTo(const std::string& address);

}  // namespace signet::testing

#endif  // SIGNET_TESTS_TESTING_LOOPBACK_H_
