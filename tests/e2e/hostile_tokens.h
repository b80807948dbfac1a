#ifndef SIGNET_TESTS_E2E_HOSTILE_TOKENS_H_
#define SIGNET_TESTS_E2E_HOSTILE_TOKENS_H_

#include <string>
#include <utility>
#include <vector>

#include "hsm/hsm.h"
#include "hsm/key_spec.h"
#include "hsm/public_key.h"

namespace signet::testing {

// Signs text as JOSE does, with a key of any Hsm. What cannot be signed fails the test.
class TextSigner {
 public:
  // `signer` is borrowed, and holds the key.
  TextSigner(hsm::Signer& signer, hsm::KeySpec spec, hsm::PublicKey public_key)
      : signer_(signer), spec_(std::move(spec)), public_key_(std::move(public_key)) {}

  std::string Sign(const std::string& text) const;
  const hsm::PublicKey& public_key() const { return public_key_; }

 private:
  hsm::Signer& signer_;
  const hsm::KeySpec spec_;
  const hsm::PublicKey public_key_;
};

// JsonMembers are those of an object, in order, with their values as JSON text. Neither need be valid, nor the names differ.
using JsonMembers = std::vector<std::pair<std::string, std::string>>;
JsonMembers ReadMembers(const std::string& json);
JsonMembers With(JsonMembers members, const std::string& name, const std::string& value);
std::string Get(const JsonMembers& members, const std::string& name);
JsonMembers Without(JsonMembers members, const std::string& name);
std::string ToJson(const JsonMembers& members);

// TokenMould is a token that counts, and its key.
struct TokenMould {
  JsonMembers header;
  JsonMembers claims;
  const TextSigner& signer;

  // The token with other claims, another header, both of any text, or the signature of another key. Those without are the token's.
  std::string Token() const { return WithText(ToJson(header), ToJson(claims)); }
  std::string WithHeader(const JsonMembers& other) const { return WithText(ToJson(other), ToJson(claims)); }
  std::string WithClaims(const JsonMembers& other) const { return WithText(ToJson(header), ToJson(other)); }
  std::string WithText(const std::string& header_text, const std::string& claims_text) const;
  std::string SignedBy(const TextSigner& other, const JsonMembers& other_header) const;
};

struct NamedToken {
  std::string name;
  std::string token;
};

// Makes tokens out of `mould` that nobody may take: neither for an access token nor for a client's assertion. Each differs from the
// good one in what its name says. `attacker_ec` and `attacker_rsa` are keys on P-256 and of 2048 bits that nobody knows.
std::vector<NamedToken> HostileTokens(const TokenMould& mould, const TextSigner& attacker_ec, const TextSigner& attacker_rsa);

// Those among them that the right key signed, and that differ in their claims alone.
std::vector<NamedToken> HostileClaims(const TokenMould& mould);

}  // namespace signet::testing

#endif  // SIGNET_TESTS_E2E_HOSTILE_TOKENS_H_
