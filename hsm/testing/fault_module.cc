// A PKCS#11 module that passes every call on to SoftHSM and has the faults of the file that SIGNET_FAULT_RULES names
// (fault_rules.h), which it reads again when it has changed. For the real signetd, and for whatever else loads a PKCS#11 module.
//
// Faults come after a call was passed on, as a token that fails has often done the work, and SoftHSM would keep an operation
// active otherwise; only a login that is to fail is not passed on. A restart waits for the calls that are in SoftHSM, which
// crashes otherwise, and holds up others meanwhile.
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "hsm/testing/fault_rules.h"

namespace signet::hsm {
namespace {

using Fault = FaultRule::Fault;

CK_FUNCTION_LIST* g_token = nullptr;
CK_FUNCTION_LIST g_faulty;

// Verdict is what is to become of a call.
struct Verdict {
  CK_RV error = CKR_OK;
  std::chrono::milliseconds delay{0};
  bool hangs = false;
  bool flips = false;
  bool restarts = false;
};

// Rules are those of the file, as it is now. Thread-safe.
class Rules {
 public:
  Verdict Judge(const std::string& function) {
    std::lock_guard<std::mutex> lock(mutex_);
    Reload();
    Verdict verdict;
    bool has_fault = false;
    for (FaultRule& rule : rules_) {
      if (rule.function != function) continue;
      if (rule.fault == Fault::kDelay ? !Applies(rule) : has_fault || !Applies(rule)) continue;
      has_fault = has_fault || rule.fault != Fault::kDelay;
      if (rule.fault == Fault::kError) verdict.error = rule.error;
      if (rule.fault == Fault::kDelay) verdict.delay += rule.delay;
      if (rule.fault == Fault::kHang) verdict.hangs = true;
      if (rule.fault == Fault::kFlip) verdict.flips = true;
      if (rule.fault == Fault::kRestart) verdict.restarts = true;
    }
    return verdict;
  }
  // Waits until there is no rule that lets `function` hang.
  void Hang(const std::string& function) {
    while (true) {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        Reload();
        bool hangs = false;
        for (const FaultRule& rule : rules_) hangs = hangs || (rule.function == function && rule.fault == Fault::kHang);
        if (!hangs) return;
      }
      usleep(5'000);
    }
  }

 private:
  void Reload() {
    const char* path = std::getenv("SIGNET_FAULT_RULES");
    struct stat file = {};
    if (path == nullptr || stat(path, &file) != 0) {
      rules_.clear();
      inode_ = 0;
      return;
    }
    if (file.st_ino == inode_ && file.st_mtim.tv_sec == changed_.tv_sec && file.st_mtim.tv_nsec == changed_.tv_nsec) return;
    inode_ = file.st_ino;
    changed_ = file.st_mtim;
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    std::optional<std::vector<FaultRule>> rules = ParseFaultRules(text.str());
    if (!rules) std::abort();  // A test whose rules are wrong tests nothing.
    rules_ = *std::move(rules);
  }
  bool Applies(FaultRule& rule) {
    if (rule.count == 0 || std::uniform_real_distribution<>()(random_) >= rule.probability) return false;
    if (rule.skip > 0) {
      --rule.skip;
      return false;
    }
    if (rule.count > 0) --rule.count;
    return true;
  }

  std::mutex mutex_;
  std::vector<FaultRule> rules_;
  ino_t inode_ = 0;
  timespec changed_ = {};
  std::minstd_rand random_;
};

Rules& TheRules() {
  static Rules& rules = *new Rules;
  return rules;
}

// Held by the calls that are in SoftHSM, and alone by those that crash it while others are. Hand-made: a std::shared_mutex lets a
// restart wait for ever under load.
class Traffic {
 public:
  void Enter() {
    std::lock_guard<std::mutex> turn(turn_);
    calls_.lock_shared();
  }
  void Leave() { calls_.unlock_shared(); }
  void EnterAlone() {
    turn_.lock();
    calls_.lock();
  }
  void LeaveAlone() {
    calls_.unlock();
    turn_.unlock();
  }

 private:
  std::mutex turn_;
  std::shared_mutex calls_;
};

Traffic& TheTraffic() {
  static Traffic& traffic = *new Traffic;
  return traffic;
}

// How often the HSM was restarted. Changed alone in the traffic.
CK_ULONG g_restarts = 0;
constexpr int kRestartShift = 32;

// Tells a test how often it was: the file next to that of the rules.
void NoteRestart() {
  const char* path = std::getenv("SIGNET_FAULT_RULES");
  if (path != nullptr) std::ofstream(std::string(path) + ".restarts") << g_restarts << "\n";
}

void Restart() {
  TheTraffic().EnterAlone();
  g_token->C_Finalize(nullptr);
  CK_C_INITIALIZE_ARGS arguments = {};
  arguments.flags = CKF_OS_LOCKING_OK;
  g_token->C_Initialize(&arguments);
  ++g_restarts;
  NoteRestart();
  TheTraffic().LeaveAlone();
}

// SoftHSM counts sessions anew after a restart. Two threads would have the same one, and it crashes: so callers get the restarts as
// a part of the number, and sessions of before are not passed on.
CK_SESSION_HANDLE Show(CK_SESSION_HANDLE session) { return session | (g_restarts << kRestartShift); }
bool IsGone(CK_SESSION_HANDLE session) { return (session >> kRestartShift) != g_restarts; }
CK_SESSION_HANDLE Hide(CK_SESSION_HANDLE session) { return session & ((CK_ULONG{1} << kRestartShift) - 1); }

// What is left to do to a call once it was passed on. Returns what its caller sees.
CK_RV Suffer(const std::string& function, const Verdict& verdict, CK_RV result) {
  if (verdict.delay.count() > 0) std::this_thread::sleep_for(verdict.delay);
  if (verdict.hangs) TheRules().Hang(function);
  if (verdict.restarts) Restart();
  return verdict.error != CKR_OK ? verdict.error : result;
}

// Name is a name as a template's argument.
template <size_t kSize>
struct Name {
  constexpr Name(const char (&text)[kSize]) {  // NOLINT: implicit on purpose.
    for (size_t i = 0; i < kSize; ++i) value[i] = text[i];
  }
  char value[kSize];
};

template <auto kMember, Name kName>
struct Faulty;

// Of a session.
template <typename... Arguments, CK_RV (*CK_FUNCTION_LIST::*kMember)(CK_SESSION_HANDLE, Arguments...), Name kName>
struct Faulty<kMember, kName> {
  static CK_RV Call(CK_SESSION_HANDLE session, Arguments... arguments) {
    const std::string name = kName.value;
    const Verdict verdict = TheRules().Judge(name);
    if (name == "C_Login" && verdict.error != CKR_OK) return verdict.error;
    TheTraffic().Enter();
    const CK_RV result = IsGone(session) ? CK_RV{CKR_SESSION_HANDLE_INVALID} : (g_token->*kMember)(Hide(session), arguments...);
    TheTraffic().Leave();
    return Suffer(name, verdict, result);
  }
};

// Of a slot, or of the module.
template <auto kMember, Name kName>
struct FaultyOfAll;

template <typename... Arguments, CK_RV (*CK_FUNCTION_LIST::*kMember)(Arguments...), Name kName>
struct FaultyOfAll<kMember, kName> {
  static CK_RV Call(Arguments... arguments) {
    const std::string name = kName.value;
    const Verdict verdict = TheRules().Judge(name);
    const bool alone = name == "C_Initialize" || name == "C_Finalize" || name == "C_CloseAllSessions";
    alone ? TheTraffic().EnterAlone() : TheTraffic().Enter();
    const CK_RV result = (g_token->*kMember)(arguments...);
    alone ? TheTraffic().LeaveAlone() : TheTraffic().Leave();
    return Suffer(name, verdict, result);
  }
};

CK_RV OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session) {
  const Verdict verdict = TheRules().Judge("C_OpenSession");
  TheTraffic().Enter();
  const CK_RV result = g_token->C_OpenSession(slot, flags, application, notify, session);
  if (result == CKR_OK) *session = Show(*session);
  TheTraffic().Leave();
  return Suffer("C_OpenSession", verdict, result);
}

CK_RV Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR signature, CK_ULONG_PTR signature_size) {
  const Verdict verdict = TheRules().Judge("C_Sign");
  TheTraffic().Enter();
  const CK_RV result = IsGone(session) ? CK_RV{CKR_SESSION_HANDLE_INVALID}
                                       : g_token->C_Sign(Hide(session), data, data_size, signature, signature_size);
  TheTraffic().Leave();
  if (result == CKR_OK && signature != nullptr && verdict.flips) signature[*signature_size / 2] ^= 0x10;
  return Suffer("C_Sign", verdict, result);
}

void Fill(CK_FUNCTION_LIST& list) {
#define SIGNET_FAULTY_OF_ALL(function) list.function = &FaultyOfAll<&CK_FUNCTION_LIST::function, #function>::Call
#define SIGNET_FAULTY(function) list.function = &Faulty<&CK_FUNCTION_LIST::function, #function>::Call
  SIGNET_FAULTY_OF_ALL(C_Initialize);
  SIGNET_FAULTY_OF_ALL(C_Finalize);
  SIGNET_FAULTY_OF_ALL(C_GetInfo);
  SIGNET_FAULTY_OF_ALL(C_GetSlotList);
  SIGNET_FAULTY_OF_ALL(C_GetSlotInfo);
  SIGNET_FAULTY_OF_ALL(C_GetTokenInfo);
  SIGNET_FAULTY_OF_ALL(C_GetMechanismList);
  SIGNET_FAULTY_OF_ALL(C_GetMechanismInfo);
  SIGNET_FAULTY_OF_ALL(C_InitToken);
  SIGNET_FAULTY(C_InitPIN);
  SIGNET_FAULTY(C_SetPIN);
  SIGNET_FAULTY(C_CloseSession);
  SIGNET_FAULTY_OF_ALL(C_CloseAllSessions);
  SIGNET_FAULTY(C_GetSessionInfo);
  SIGNET_FAULTY(C_Login);
  SIGNET_FAULTY(C_Logout);
  SIGNET_FAULTY(C_CreateObject);
  SIGNET_FAULTY(C_CopyObject);
  SIGNET_FAULTY(C_DestroyObject);
  SIGNET_FAULTY(C_GetObjectSize);
  SIGNET_FAULTY(C_GetAttributeValue);
  SIGNET_FAULTY(C_SetAttributeValue);
  SIGNET_FAULTY(C_FindObjectsInit);
  SIGNET_FAULTY(C_FindObjects);
  SIGNET_FAULTY(C_FindObjectsFinal);
  SIGNET_FAULTY(C_SignInit);
  SIGNET_FAULTY(C_Verify);
  SIGNET_FAULTY(C_VerifyInit);
  SIGNET_FAULTY(C_EncryptInit);
  SIGNET_FAULTY(C_Encrypt);
  SIGNET_FAULTY(C_DecryptInit);
  SIGNET_FAULTY(C_Decrypt);
  SIGNET_FAULTY(C_GenerateKey);
  SIGNET_FAULTY(C_GenerateKeyPair);
  SIGNET_FAULTY(C_WrapKey);
  SIGNET_FAULTY(C_UnwrapKey);
  SIGNET_FAULTY(C_GenerateRandom);
  SIGNET_FAULTY(C_GetOperationState);
  SIGNET_FAULTY(C_SetOperationState);
  SIGNET_FAULTY(C_EncryptUpdate);
  SIGNET_FAULTY(C_EncryptFinal);
  SIGNET_FAULTY(C_DecryptUpdate);
  SIGNET_FAULTY(C_DecryptFinal);
  SIGNET_FAULTY(C_DigestInit);
  SIGNET_FAULTY(C_Digest);
  SIGNET_FAULTY(C_DigestUpdate);
  SIGNET_FAULTY(C_DigestKey);
  SIGNET_FAULTY(C_DigestFinal);
  SIGNET_FAULTY(C_SignUpdate);
  SIGNET_FAULTY(C_SignFinal);
  SIGNET_FAULTY(C_SignRecoverInit);
  SIGNET_FAULTY(C_SignRecover);
  SIGNET_FAULTY(C_VerifyUpdate);
  SIGNET_FAULTY(C_VerifyFinal);
  SIGNET_FAULTY(C_VerifyRecoverInit);
  SIGNET_FAULTY(C_VerifyRecover);
  SIGNET_FAULTY(C_DigestEncryptUpdate);
  SIGNET_FAULTY(C_DecryptDigestUpdate);
  SIGNET_FAULTY(C_SignEncryptUpdate);
  SIGNET_FAULTY(C_DecryptVerifyUpdate);
  SIGNET_FAULTY(C_DeriveKey);
  SIGNET_FAULTY(C_SeedRandom);
#undef SIGNET_FAULTY
#undef SIGNET_FAULTY_OF_ALL
  list.C_OpenSession = &OpenSession;
  list.C_Sign = &Sign;
}

}  // namespace
}  // namespace signet::hsm

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  using namespace signet::hsm;
  if (g_token == nullptr) {
    const char* path = std::getenv("SIGNET_FAULT_MODULE");
    void* library = dlopen(path != nullptr ? path : "/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return CKR_GENERAL_ERROR;
    reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"))(&g_token);
  }
  g_faulty = *g_token;
  Fill(g_faulty);
  g_faulty.C_GetFunctionList = C_GetFunctionList;
  *list = &g_faulty;
  return CKR_OK;
}
