// A PKCS#11 module for tests that passes every call on to SoftHSM, counts some, and spoils those that the test asked it to.
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <vector>

#include "hsm/testing/cryptoki_shim.h"

namespace signet::hsm {
namespace {

CK_FUNCTION_LIST* g_token = nullptr;
CK_FUNCTION_LIST g_shim;
ShimControl* g_control = nullptr;  // The test's.
// What this thread signs with. Who begins a signature also ends it.
thread_local CK_MECHANISM_TYPE t_signing = CKM_VENDOR_DEFINED;

// Counts a call of `function` that the token answered with `result`, and returns what the caller is to see.
CK_RV Answer(ShimFunction function, CK_RV result) {
  ShimControl::Function& state = g_control->functions[static_cast<int>(function)];
  ++state.calls;
  int faults = state.faults;
  while (faults > 0 && !state.faults.compare_exchange_weak(faults, faults - 1)) {
  }
  if (g_control->is_broken) return CKR_DEVICE_ERROR;
  return faults > 0 ? state.fault.load() : result;
}

template <auto kMember, ShimFunction kFunction>
struct Watched;

template <typename... Arguments, CK_RV (*CK_FUNCTION_LIST::*kMember)(Arguments...), ShimFunction kFunction>
struct Watched<kMember, kFunction> {
  static CK_RV Call(Arguments... arguments) { return Answer(kFunction, (g_token->*kMember)(arguments...)); }
};

CK_RV GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR public_template,
                      CK_ULONG public_count, CK_ATTRIBUTE_PTR private_template, CK_ULONG private_count,
                      CK_OBJECT_HANDLE_PTR public_key, CK_OBJECT_HANDLE_PTR private_key) {
  if (g_control->refuses_edwards_oid) {
    for (CK_ULONG i = 0; i < public_count; ++i) {
      if (public_template[i].type != CKA_EC_PARAMS || mechanism->mechanism != CKM_EC_EDWARDS_KEY_PAIR_GEN) continue;
      if (*static_cast<const CK_BYTE*>(public_template[i].pValue) == 0x06) return CKR_ATTRIBUTE_VALUE_INVALID;
    }
  }
  std::vector<CK_ATTRIBUTE> private_attributes(private_template, private_template + private_count);
  CK_BBOOL yes = CK_TRUE;
  for (CK_ATTRIBUTE& attribute : private_attributes) {
    if (attribute.type == CKA_EXTRACTABLE && g_control->makes_extractable_keys) attribute.pValue = &yes;
  }
  return Answer(ShimFunction::kGenerateKeyPair,
                g_token->C_GenerateKeyPair(session, mechanism, public_template, public_count, private_attributes.data(),
                                           private_count, public_key, private_key));
}

CK_RV UnwrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping, CK_BYTE_PTR blob, CK_ULONG size,
                CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR key) {
  std::vector<CK_ATTRIBUTE> changed(attributes, attributes + count);
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  bool is_extractable = false;
  for (CK_ATTRIBUTE& attribute : changed) {
    if (attribute.type != CKA_EXTRACTABLE) continue;
    if (g_control->unwraps_extractable_keys) attribute.pValue = &yes;
    is_extractable = *static_cast<const CK_BBOOL*>(attribute.pValue) == CK_TRUE;
  }
  for (CK_ATTRIBUTE& attribute : changed) {
    if (attribute.type == CKA_SENSITIVE && is_extractable && g_control->unwraps_extractable_keys_readable) attribute.pValue = &no;
  }
  return Answer(ShimFunction::kUnwrapKey,
                g_token->C_UnwrapKey(session, mechanism, wrapping, blob, size, changed.data(), count, key));
}

CK_RV SignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  t_signing = mechanism->mechanism;
  return Answer(ShimFunction::kSignInit, g_token->C_SignInit(session, mechanism, key));
}

CK_RV Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR signature, CK_ULONG_PTR signature_size) {
  if (g_control->hangs.exchange(false)) {
    g_control->hanging.set_value();
    g_control->hang.wait();
  }
  const CK_RV result = g_token->C_Sign(session, data, data_size, signature, signature_size);
  if (result == CKR_OK && g_control->signs_wrongly && t_signing != CKM_SHA256_HMAC) signature[*signature_size / 2] ^= 1;
  return Answer(ShimFunction::kSign, result);
}

// Cuts the header off the DER of a point that has the token's usual form.
void BareThePoint(CK_ATTRIBUTE& attribute) {
  CK_BYTE* value = static_cast<CK_BYTE*>(attribute.pValue);
  // A caller that asks for the length gets the longer one, which is a bound.
  if (value == nullptr || attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION || attribute.ulValueLen < 2) return;
  const CK_ULONG header = value[1] == 0x81 ? 3 : 2;
  attribute.ulValueLen -= header;
  for (CK_ULONG i = 0; i < attribute.ulValueLen; ++i) value[i] = value[i + header];
}

CK_RV GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
  const CK_RV result = g_token->C_GetAttributeValue(session, object, attributes, count);
  for (CK_ULONG i = 0; result == CKR_OK && i < count && g_control->shows_bare_points; ++i) {
    if (attributes[i].type == CKA_EC_POINT) BareThePoint(attributes[i]);
  }
  return result;
}

CK_RV GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info) {
  if (g_control->lacks_key_wrap && (type == CKM_AES_KEY_WRAP || type == CKM_AES_KEY_WRAP_PAD)) return CKR_MECHANISM_INVALID;
  const CK_RV result = g_token->C_GetMechanismInfo(slot, type, info);
  if (result != CKR_OK || !g_control->is_small) return result;
  if (type == CKM_EC_EDWARDS_KEY_PAIR_GEN || type == CKM_EDDSA) return CKR_MECHANISM_INVALID;
  const bool is_curve = type == CKM_EC_KEY_PAIR_GEN || type == CKM_ECDSA;
  info->ulMaxKeySize = is_curve ? kSmallTokenMaxCurveBits : kSmallTokenMaxModulusBits;
  return CKR_OK;
}

CK_RV GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  const CK_RV result = g_token->C_GetTokenInfo(slot, info);
  if (result == CKR_OK) info->flags |= g_control->token_flags;
  return g_control->is_broken ? CKR_DEVICE_ERROR : result;
}

CK_RV Finalize(CK_VOID_PTR reserved) {
  const CK_RV result = g_token->C_Finalize(reserved);
  g_control->is_broken = false;
  return result;
}

void LoadToken() {
  if (g_token != nullptr) return;
  void* library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
  reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"))(&g_token);
}

}  // namespace
}  // namespace signet::hsm

using signet::hsm::ShimControl;
using signet::hsm::ShimFunction;
using signet::hsm::Watched;

extern "C" {

__attribute__((visibility("default"))) void SignetShimObey(ShimControl* control) { signet::hsm::g_control = control; }

__attribute__((visibility("default"))) const CK_FUNCTION_LIST* SignetShimToken() {
  signet::hsm::LoadToken();
  return signet::hsm::g_token;
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  signet::hsm::LoadToken();
  CK_FUNCTION_LIST& shim = signet::hsm::g_shim;
  shim = *signet::hsm::g_token;
  shim.C_Login = &Watched<&CK_FUNCTION_LIST::C_Login, ShimFunction::kLogin>::Call;
  shim.C_OpenSession = &Watched<&CK_FUNCTION_LIST::C_OpenSession, ShimFunction::kOpenSession>::Call;
  shim.C_CloseSession = &Watched<&CK_FUNCTION_LIST::C_CloseSession, ShimFunction::kCloseSession>::Call;
  shim.C_FindObjectsInit = &Watched<&CK_FUNCTION_LIST::C_FindObjectsInit, ShimFunction::kFindObjectsInit>::Call;
  shim.C_SignInit = &signet::hsm::SignInit;
  shim.C_WrapKey = &Watched<&CK_FUNCTION_LIST::C_WrapKey, ShimFunction::kWrapKey>::Call;
  shim.C_UnwrapKey = &signet::hsm::UnwrapKey;
  shim.C_Sign = &signet::hsm::Sign;
  shim.C_GenerateKeyPair = &signet::hsm::GenerateKeyPair;
  shim.C_GetAttributeValue = &signet::hsm::GetAttributeValue;
  shim.C_GetMechanismInfo = &signet::hsm::GetMechanismInfo;
  shim.C_Finalize = &signet::hsm::Finalize;
  shim.C_GetTokenInfo = &signet::hsm::GetTokenInfo;
  *list = &shim;
  return CKR_OK;
}

}  // extern "C"
