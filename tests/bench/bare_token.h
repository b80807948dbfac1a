#ifndef SIGNET_TESTS_BENCH_BARE_TOKEN_H_
#define SIGNET_TESTS_BENCH_BARE_TOKEN_H_

#include <p11-kit/pkcs11.h>

#include <string>

namespace signet::bench {

// Ends the process if a call failed.
void CheckRv(CK_RV rv, const char* call);

// BareToken is a PKCS#11 module, loaded and initialised, and a session in which the user of its first initialised token is logged
// in. Any error ends the process.
class BareToken {
 public:
  BareToken(const std::string& module_path, std::string pin);
  // Finalises the module.
  ~BareToken();
  BareToken(const BareToken&) = delete;
  BareToken& operator=(const BareToken&) = delete;

  CK_FUNCTION_LIST& functions() const { return *functions_; }
  CK_SESSION_HANDLE session() const { return session_; }

  // Signs a digest by raw ECDSA.
  void Sign(CK_OBJECT_HANDLE key) const;

 private:
  void* module_;
  CK_FUNCTION_LIST* functions_ = nullptr;
  CK_SESSION_HANDLE session_ = CK_INVALID_HANDLE;
};

}  // namespace signet::bench

#endif  // SIGNET_TESTS_BENCH_BARE_TOKEN_H_
