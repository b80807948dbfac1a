#ifndef SIGNET_TESTS_BENCH_ECHO_SERVER_H_
#define SIGNET_TESTS_BENCH_ECHO_SERVER_H_

#include <string>

namespace signet::bench {

// Serves a SignToken that does nothing but answer with a token of `token_size` bytes, and such a Sign, over TLS on gRPC's callback
// interface: what any gRPC server must spend on such a call. Writes the address to `address_file` when it is ready, and serves
// until SIGTERM.
int RunEchoServer(const std::string& certificate_file, const std::string& private_key_file, int token_size,
                  const std::string& address_file);

}  // namespace signet::bench

#endif  // SIGNET_TESTS_BENCH_ECHO_SERVER_H_
