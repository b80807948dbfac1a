// Certificates from callers (hsm/certificate_chain.h, hsm/certificate.h): a chain in PEM, or a certificate in DER.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/utf8.h"
#include "hsm/algorithm.h"
#include "hsm/certificate.h"
#include "hsm/certificate_chain.h"
#include "hsm/public_key.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

// Within the validity of the seeds.
const absl::Time kNow = absl::FromUnixSeconds(1'900'000'000);

void RequireRefusal(const absl::Status& status) {
  Require(absl::IsInvalidArgument(status) && GetReason(status) == reason::kInvalidField, "certificates are refused with a reason");
}

// As the use case does: the chain is that of a key which the server holds, here of whatever key the certificate is for.
void TestChain(const std::vector<std::string>& chain) {
  const absl::StatusOr<std::vector<std::string>> again = hsm::ParsePemChain(hsm::ChainToPem(chain));
  Require(again.ok() && *again == chain, "a chain is the same after PEM");
  Require(!hsm::ToPkcs7(chain).empty(), "a chain has a PKCS#7 form");
  for (const std::string& der : chain) {
    const absl::StatusOr<hsm::CertificateFacts> facts = hsm::ReadCertificate(der);
    if (!facts.ok()) {
      RequireRefusal(facts.status());
      continue;
    }
    Require(IsUtf8(facts->subject) && IsUtf8(facts->issuer), "names are UTF-8");
    for (const hsm::AlgorithmInfo& algorithm : hsm::AllAlgorithms()) {
      const absl::StatusOr<hsm::PublicKey> key = hsm::PublicKey::FromSpki(algorithm.algorithm, facts->spki_der);
      if (!key.ok()) continue;
      Require(key->spki_der() == facts->spki_der, "a public key has one form");
      if (const absl::Status status = hsm::CheckChain(chain, *key, kNow); !status.ok()) RequireRefusal(status);
    }
  }
}

}  // namespace

void TestOneInput(absl::string_view input) {
  const absl::StatusOr<std::vector<std::string>> chain = hsm::ParsePemChain(input);
  if (chain.ok()) {
    TestChain(*chain);
  } else {
    RequireRefusal(chain.status());
  }

  const absl::StatusOr<hsm::CertificateFacts> facts = hsm::ReadCertificate(input);
  if (facts.ok()) {
    TestChain({std::string(input)});
  } else {
    RequireRefusal(facts.status());
  }
}

}  // namespace signet::fuzz
