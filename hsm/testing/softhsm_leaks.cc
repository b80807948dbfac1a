// SoftHSM 2.6.1 leaks the name of the curve, 37 bytes, at each C_SignInit with an Ed25519 key. LeakSanitizer cannot tell whose
// OpenSSL objects they are: SoftHSM has been unloaded when it looks. The tests without SoftHSM show what hsm/ itself leaks.
// The sanitizer looks for this name. NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
  return "leak:CRYPTO_zalloc\n"
         "leak:ASN1_STRING_set\n";
}
