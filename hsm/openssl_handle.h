#ifndef SIGNET_HSM_OPENSSL_HANDLE_H_
#define SIGNET_HSM_OPENSSL_HANDLE_H_

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>

namespace signet::hsm {

template <auto kFree>
struct OpenSslFree {
  template <typename T>
  void operator()(T* handle) const {
    kFree(handle);
  }
};

// The handles of OpenSSL, each freed once.
using Asn1Time = std::unique_ptr<ASN1_TIME, OpenSslFree<ASN1_TIME_free>>;
using BigNumber = std::unique_ptr<BIGNUM, OpenSslFree<BN_free>>;
using Bio = std::unique_ptr<BIO, OpenSslFree<BIO_free_all>>;
using EcdsaSig = std::unique_ptr<ECDSA_SIG, OpenSslFree<ECDSA_SIG_free>>;
using EvpPkey = std::unique_ptr<EVP_PKEY, OpenSslFree<EVP_PKEY_free>>;
using EvpPkeyCtx = std::unique_ptr<EVP_PKEY_CTX, OpenSslFree<EVP_PKEY_CTX_free>>;
using EvpMdCtx = std::unique_ptr<EVP_MD_CTX, OpenSslFree<EVP_MD_CTX_free>>;
using OsslParams = std::unique_ptr<OSSL_PARAM, OpenSslFree<OSSL_PARAM_free>>;
using OsslParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, OpenSslFree<OSSL_PARAM_BLD_free>>;
using X509Certificate = std::unique_ptr<X509, OpenSslFree<X509_free>>;
using X509Request = std::unique_ptr<X509_REQ, OpenSslFree<X509_REQ_free>>;

// ScopedOpenSslErrors takes away what OpenSSL adds to this thread's queue of errors during its lifetime: TLS on the same thread
// would take a stale entry for a failure of its own.
class ScopedOpenSslErrors {
 public:
  ScopedOpenSslErrors() { ERR_set_mark(); }
  ~ScopedOpenSslErrors() { ERR_pop_to_mark(); }
  ScopedOpenSslErrors(const ScopedOpenSslErrors&) = delete;
  ScopedOpenSslErrors& operator=(const ScopedOpenSslErrors&) = delete;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_OPENSSL_HANDLE_H_
