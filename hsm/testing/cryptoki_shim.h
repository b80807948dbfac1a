#ifndef SIGNET_HSM_TESTING_CRYPTOKI_SHIM_H_
#define SIGNET_HSM_TESTING_CRYPTOKI_SHIM_H_

#include <p11-kit/pkcs11.h>

#include <atomic>
#include <future>
#include <string>

namespace signet::hsm {

// ShimFunction is a function of Cryptoki that the shim watches.
enum class ShimFunction {
  kLogin,
  kOpenSession,
  kCloseSession,
  kFindObjectsInit,
  kSignInit,
  kSign,
  kGenerateKeyPair,
  kWrapKey,
  kUnwrapKey,
  kCount
};

// ShimControl is how a test steers the shim: a PKCS#11 module that passes every call on to SoftHSM.
struct ShimControl {
  struct Function {
    // How often it was called.
    std::atomic<int> calls = 0;
    // The next `faults` calls answer `fault`, after they were passed on: a token that fails has often done the work.
    std::atomic<CK_RV> fault = CKR_OK;
    std::atomic<int> faults = 0;
  };
  Function functions[static_cast<int>(ShimFunction::kCount)];

  // What other tokens do: ignore CKA_EXTRACTABLE = false.
  std::atomic<bool> makes_extractable_keys = false;
  // Hand an unwrapped key back readable.
  std::atomic<bool> unwraps_extractable_keys = false;
  // Hand a key that is unwrapped as extractable back in the clear: ignore CKA_SENSITIVE = true.
  std::atomic<bool> unwraps_extractable_keys_readable = false;
  // Know no AES key wrap.
  std::atomic<bool> lacks_key_wrap = false;
  // Know edwards25519 by its PrintableString only.
  std::atomic<bool> refuses_edwards_oid = false;
  // Show CKA_EC_POINT without the OCTET STRING around it.
  std::atomic<bool> shows_bare_points = false;
  // Have no Ed25519, and no curve or modulus above these sizes.
  std::atomic<bool> is_small = false;
  // Report these flags, too, in C_GetTokenInfo, such as CKF_USER_PIN_FINAL_TRY.
  std::atomic<CK_FLAGS> token_flags = 0;
  // Sign something else, but make the right HMACs.
  std::atomic<bool> signs_wrongly = false;
  // Answer CKR_DEVICE_ERROR to what the shim watches and to questions, once passed on, until the module is finalised.
  std::atomic<bool> is_broken = false;
  // Hang in the next signature: `hanging` is told, and `hang` waited for.
  std::atomic<bool> hangs = false;
  std::promise<void> hanging;
  std::shared_future<void> hang;
};

// What a small token lacks.
inline constexpr CK_ULONG kSmallTokenMaxCurveBits = 384;
inline constexpr CK_ULONG kSmallTokenMaxModulusBits = 3072;

// CryptokiShim has the shim loaded, for a test that depends on //hsm/testing:cryptoki_shim.so as data. One at a time; make it
// before the Hsm and let it outlive that.
class CryptokiShim {
 public:
  CryptokiShim();
  ~CryptokiShim();
  CryptokiShim(const CryptokiShim&) = delete;
  CryptokiShim& operator=(const CryptokiShim&) = delete;

  const std::string& module_path() const { return module_path_; }
  ShimControl& control() { return control_; }
  // How often `function` was called.
  int Calls(ShimFunction function) const { return control_.functions[static_cast<int>(function)].calls; }
  // Makes the next `times` calls of `function` answer `result`.
  void Fail(ShimFunction function, CK_RV result, int times = 1);
  // Breaks the module: nothing works until it is finalised, as with a remote module whose server is gone.
  void Break() { control_.is_broken = true; }
  // Has the next signature wait for `end`, once in its life, and waits until it does.
  void HangSign(std::shared_future<void> end);
  void AwaitHungSign() { control_.hanging.get_future().wait(); }
  // The functions of the token itself, in the same process and so under the same login, past the shim.
  const CK_FUNCTION_LIST& token();

 private:
  const std::string module_path_;
  void* library_;
  ShimControl control_;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_CRYPTOKI_SHIM_H_
