#include "hsm/signature_algorithm.h"

#include <openssl/objects.h>

#include "hsm/der.h"

namespace signet::hsm {
namespace {

int HashNid(Hash hash) {
  switch (hash) {
    case Hash::kNone:
      return NID_undef;
    case Hash::kSha256:
      return NID_sha256;
    case Hash::kSha384:
      return NID_sha384;
    case Hash::kSha512:
      return NID_sha512;
  }
  return NID_undef;
}

// Returns the object identifier of a signature by a key of the type `key_nid` over the hash.
std::string SignatureObjectId(Hash hash, int key_nid) {
  int nid = NID_undef;
  OBJ_find_sigid_by_algs(&nid, HashNid(hash), key_nid);
  return DerObjectId(nid);
}

std::string PssAlgorithm(Hash hash) {
  // The hash comes with NULL, as RFC 4055 section 2.1 writes it. The trailer has its default, which DER leaves out.
  const std::string hash_algorithm = Der(DerTag::kSequence, {DerObjectId(HashNid(hash)), Der(DerTag::kNull, {})});
  const std::string mask_generation = Der(DerTag::kSequence, {DerObjectId(NID_mgf1), hash_algorithm});
  const std::string salt_length = DerUnsigned(std::string(1, static_cast<char>(DigestSize(hash))));
  const std::string parameters = Der(
      DerTag::kSequence,
      {Der(DerTag::kContext0, {hash_algorithm}), Der(DerTag::kContext1, {mask_generation}), Der(DerTag::kContext2, {salt_length})});
  return Der(DerTag::kSequence, {DerObjectId(NID_rsassaPss), parameters});
}

}  // namespace

std::string SignatureAlgorithmDer(Algorithm algorithm) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  switch (info.key_type) {
    case KeyType::kEc:
      return Der(DerTag::kSequence, {SignatureObjectId(info.hash, NID_X9_62_id_ecPublicKey)});
    case KeyType::kRsa:
      if (info.padding == Padding::kPss) return PssAlgorithm(info.hash);
      return Der(DerTag::kSequence, {SignatureObjectId(info.hash, NID_rsaEncryption), Der(DerTag::kNull, {})});
    case KeyType::kEd25519:
      return Der(DerTag::kSequence, {DerObjectId(NID_ED25519)});
  }
  return "";
}

}  // namespace signet::hsm
