#ifndef SIGNET_HSM_TESTING_FAULT_RULES_H_
#define SIGNET_HSM_TESTING_FAULT_RULES_H_

#include <p11-kit/pkcs11.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace signet::hsm {

// FaultRule is a fault that a function of Cryptoki has.
//
// In a file it is a line of words: the function, the fault, and when it has it; "#" begins a comment:
//   C_Sign error CKR_DEVICE_ERROR p=0.01   answer CKR_DEVICE_ERROR to one call in a hundred, by chance
//   C_Sign error 0x80000001 count=3        answer a vendor's code to the next three calls
//   C_Sign delay 5                         answer each call 5 ms later
//   C_Sign hang skip=10 count=1            after ten more calls, let one hang until no rule lets C_Sign hang any more
//   C_Sign flip p=0.001                    flip a bit of what comes out: C_Sign alone has that
//   C_Sign restart count=1                 restart the HSM after the next call: sessions, logins and handles are gone
// For each call the first of a function's rules applies that is to; delays apply beside others.
struct FaultRule {
  enum class Fault { kError, kDelay, kHang, kFlip, kRestart };

  std::string function;
  Fault fault = Fault::kError;
  CK_RV error = CKR_OK;
  std::chrono::milliseconds delay{0};
  double probability = 1;
  int64_t skip = 0;
  // How many calls have the fault; negative: all.
  int64_t count = -1;
};

// Reads a file of rules; nothing if it has a line that is no rule.
std::optional<std::vector<FaultRule>> ParseFaultRules(const std::string& text);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_FAULT_RULES_H_
