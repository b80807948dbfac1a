#ifndef SIGNET_HSM_MODULE_QUIRKS_H_
#define SIGNET_HSM_MODULE_QUIRKS_H_

#include <p11-kit/pkcs11.h>

namespace signet::hsm {

// ModuleQuirks is where a module, known by the name of its maker, departs from PKCS#11 in what it is asked and what it tells. Any
// other module is held to the standard.
struct ModuleQuirks {
  // NSS softokn says CKA_LOCAL=false of every token object, also of those it has generated.
  bool denies_local = false;
  // tpm2-pkcs11 refuses a pair whose public half is given CKA_VERIFY or CKA_ENCRYPT while the private one is forbidden to decrypt;
  // it derives both from the private half's.
  bool sets_public_usage = false;
  // tpm2-pkcs11 signs CKM_RSA_PKCS by a bare decryption, which a key that may only sign refuses.
  bool signs_pkcs1_by_decrypting = false;
  // tpm2-pkcs11 writes a CKA_EC_POINT of more than 127 bytes as broken DER, on which its own signing fails.
  bool breaks_long_points = false;
};

// Recognises an initialised module. One that does not tell who made it has none.
ModuleQuirks QuirksOf(const CK_FUNCTION_LIST& functions);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_MODULE_QUIRKS_H_
