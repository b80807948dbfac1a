#ifndef SIGNET_SERVER_MAIN_SERVER_H_
#define SIGNET_SERVER_MAIN_SERVER_H_

#include <string>
#include <vector>

#include "server/core/step_observer.h"

namespace signet::server {

// Does what the command line says and returns the exit code: 0 it ended as asked, 1 it could not start or failed, 2 wrong usage or
// configuration, or a PIN that the token refused. Serving ends with SIGTERM or SIGINT. `arguments` are without the program's name.
// WARNING: call it from main, once, before any thread starts: it sets umask, signal mask and environment of the process.
int RunServer(const std::vector<std::string>& arguments, core::StepObserver& steps);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_SERVER_H_
