#include "hsm/certificate.h"

#include <openssl/x509v3.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/openssl_handle.h"
#include "hsm/software_hsm.h"
#include "hsm/testing/subprocess.h"

namespace signet::hsm {
namespace {

using ::testing::HasSubstr;

const CertificateSubject kSubject = {"signing", "Müller & Söhne, Inc.", "Keys", "DE"};
const std::string kSerial = "\x01\x23\xab";
const absl::Time kNotBefore = absl::FromUnixSeconds(1'700'000'000);
const absl::Time kNotAfter = kNotBefore + absl::Hours(24 * 365 * 10);

// TestKey is a key in memory with a signer for it.
struct TestKey {
  KeySpec spec;
  PublicKey public_key;
  Signer* signer;

  absl::StatusOr<std::string> operator()(absl::string_view digest) const { return signer->Sign(spec, digest); }
};

// Makes a key of `algorithm`. Pairs of one type and size are made once: RSA takes seconds. `variant` tells several keys apart.
TestKey MakeKey(Algorithm algorithm, int variant = 0) {
  static Hsm& hsm = *CreateSoftwareHsm().release();
  static Signer& signer = *hsm.CreateSigner().release();
  static auto& made = *new std::map<std::string, PublicKey>;
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  std::string id(kKeyIdSize, static_cast<char>(variant));
  id[0] = static_cast<char>(info.key_type);
  id[1] = static_cast<char>(info.bits / 128);
  const KeySpec spec = {id, "test", algorithm};
  if (made.count(id) == 0) made.emplace(id, hsm.GenerateKey(spec).value());
  return {spec, PublicKey::FromSpki(algorithm, made.at(id).spki_der()).value(), &signer};
}

CertificateSpec Spec() { return {kSubject, kNotBefore, kNotAfter, kSerial}; }

X509Certificate Parse(const std::string& der) {
  const unsigned char* begin = reinterpret_cast<const unsigned char*>(der.data());
  return X509Certificate(d2i_X509(nullptr, &begin, static_cast<long>(der.size())));
}

std::string WriteFile(const std::string& name, const std::string& bytes) {
  std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

void ExpectRefused(const absl::Status& status, const std::string& field) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(GetReason(status), "INVALID_FIELD");
  ASSERT_TRUE(GetErrorDetail(status).has_value());
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), field) << status;
}

void ExpectDefect(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  EXPECT_EQ(GetReason(status), "DEFECT");
}

class EveryAlgorithm : public testing::TestWithParam<Algorithm> {};

INSTANTIATE_TEST_SUITE_P(, EveryAlgorithm, testing::ValuesIn([] {
                           std::vector<Algorithm> algorithms;
                           for (const AlgorithmInfo& info : AllAlgorithms()) algorithms.push_back(info.algorithm);
                           return algorithms;
                         }()),
                         [](const auto& test) { return std::string(GetAlgorithmInfo(test.param).name); });

TEST_P(EveryAlgorithm, SignsACertificateThatOpenSslVerifies) {
  const TestKey key = MakeKey(GetParam());
  const absl::StatusOr<std::string> der = SelfSign(Spec(), key.public_key, key);
  ASSERT_TRUE(der.ok()) << der.status();
  const X509Certificate certificate = Parse(*der);
  ASSERT_NE(certificate, nullptr);
  EXPECT_EQ(X509_get_version(certificate.get()), X509_VERSION_3);
  EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())), 1);

  // The table's hash, as another reader of the AlgorithmIdentifier understands it.
  int hash_nid = NID_undef;
  ASSERT_EQ(X509_get_signature_info(certificate.get(), &hash_nid, nullptr, nullptr, nullptr), 1);
  const std::map<Hash, int> expected = {
      {Hash::kNone, NID_undef}, {Hash::kSha256, NID_sha256}, {Hash::kSha384, NID_sha384}, {Hash::kSha512, NID_sha512}};
  EXPECT_EQ(hash_nid, expected.at(GetAlgorithmInfo(GetParam()).hash));
}

TEST_P(EveryAlgorithm, SignsARequestThatOpenSslVerifies) {
  const TestKey key = MakeKey(GetParam());
  const absl::StatusOr<std::string> der = MakeCsr(kSubject, key.public_key, key);
  ASSERT_TRUE(der.ok()) << der.status();
  const unsigned char* begin = reinterpret_cast<const unsigned char*>(der->data());
  const X509Request request(d2i_X509_REQ(nullptr, &begin, static_cast<long>(der->size())));
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(X509_REQ_get_version(request.get()), X509_REQ_VERSION_1);
  EXPECT_EQ(X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())), 1);
}

TEST_P(EveryAlgorithm, RefusesTheSignatureOfAnotherKeyOrOfNoKey) {
  const TestKey key = MakeKey(GetParam());
  const size_t size = GetAlgorithmInfo(GetParam()).signature_size;
  for (const std::string& signature :
       {std::string(), std::string(size, '\0'), std::string(size, '\x01'), std::string(size + 1, '\x01')}) {
    const auto sign = [&](absl::string_view) -> absl::StatusOr<std::string> { return signature; };
    ExpectDefect(SelfSign(Spec(), key.public_key, sign).status());
    ExpectDefect(MakeCsr(kSubject, key.public_key, sign).status());
  }
  if (GetAlgorithmInfo(GetParam()).key_type == KeyType::kRsa) return;  // A second pair would take seconds.
  ExpectDefect(SelfSign(Spec(), key.public_key, MakeKey(GetParam(), 1)).status());
}

TEST_P(EveryAlgorithm, TheCommandLineProgramVerifiesBoth) {
  const TestKey key = MakeKey(GetParam());
  const std::string certificate = WriteFile("self.der", SelfSign(Spec(), key.public_key, key).value());
  const std::string request = WriteFile("request.der", MakeCsr(kSubject, key.public_key, key).value());
  const std::string pem = testing::TempDir() + "/self.pem";
  SubprocessResult result = *RunSubprocess({"openssl", "x509", "-inform", "DER", "-in", certificate, "-out", pem});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  result = *RunSubprocess({"openssl", "verify", "-no_check_time", "-x509_strict", "-check_ss_sig", "-CAfile", pem, pem});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  result = *RunSubprocess({"openssl", "req", "-inform", "DER", "-in", request, "-verify", "-noout"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("verify OK"));
}

TEST(SelfSign, StatesWhatTheSpecSays) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  const absl::StatusOr<std::string> der = SelfSign(Spec(), key.public_key, key);
  ASSERT_TRUE(der.ok()) << der.status();
  const absl::StatusOr<CertificateFacts> facts = ReadCertificate(*der);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->subject, "CN=signing,OU=Keys,O=Müller & Söhne\\, Inc.,C=DE");
  EXPECT_EQ(facts->issuer, facts->subject);
  EXPECT_EQ(facts->not_before, kNotBefore);
  EXPECT_EQ(facts->not_after, kNotAfter);
  EXPECT_EQ(facts->serial_hex, "0123AB");
  EXPECT_EQ(facts->spki_der, key.public_key.spki_der());
}

TEST(SelfSign, HasTheExtensionsOfASigningKeyThatIsNoCa) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  const X509Certificate certificate = Parse(SelfSign(Spec(), key.public_key, key).value());
  ASSERT_EQ(X509_get_ext_count(certificate.get()), 3);
  EXPECT_EQ(X509_check_ca(certificate.get()), 0);
  EXPECT_EQ(X509_get_key_usage(certificate.get()), static_cast<uint32_t>(KU_DIGITAL_SIGNATURE));
  for (const int nid : {NID_basic_constraints, NID_key_usage, NID_subject_key_identifier}) {
    const int index = X509_get_ext_by_NID(certificate.get(), nid, -1);
    ASSERT_GE(index, 0);
    EXPECT_EQ(X509_EXTENSION_get_critical(X509_get_ext(certificate.get(), index)), nid != NID_subject_key_identifier) << nid;
  }
  // What OpenSSL would have written, of the same key.
  unsigned char expected[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  ASSERT_EQ(X509_pubkey_digest(certificate.get(), EVP_sha1(), expected, &size), 1);
  const ASN1_OCTET_STRING* identifier = X509_get0_subject_key_id(certificate.get());
  ASSERT_NE(identifier, nullptr);
  EXPECT_EQ(absl::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(identifier)),
                              static_cast<size_t>(ASN1_STRING_length(identifier))),
            absl::string_view(reinterpret_cast<const char*>(expected), size));
}

TEST(SelfSign, WritesUtcTimeBefore2050AndGeneralizedTimeAfter) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  CertificateSpec spec = Spec();
  spec.not_before = absl::FromCivil(absl::CivilSecond(2049, 12, 31, 23, 59, 59), absl::UTCTimeZone()) + absl::Milliseconds(999);
  spec.not_after = absl::FromCivil(absl::CivilSecond(2050, 1, 1), absl::UTCTimeZone());
  const absl::StatusOr<std::string> der = SelfSign(spec, key.public_key, key);
  ASSERT_TRUE(der.ok()) << der.status();
  EXPECT_THAT(*der, HasSubstr("\x17\x0d"
                              "491231235959Z\x18\x0f"
                              "20500101000000Z"));
  EXPECT_EQ(ReadCertificate(*der)->not_before, absl::FromUnixSeconds(absl::ToUnixSeconds(spec.not_before)));
  EXPECT_EQ(ReadCertificate(*der)->not_after, spec.not_after);
}

TEST(SelfSign, RefusesATimeThatX509CannotState) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  CertificateSpec spec = Spec();
  spec.not_after = absl::InfiniteFuture();
  ExpectRefused(SelfSign(spec, key.public_key, key).status(), "not_after");
  spec.not_after = absl::FromCivil(absl::CivilSecond(10000, 1, 1), absl::UTCTimeZone());
  ExpectRefused(SelfSign(spec, key.public_key, key).status(), "not_after");
  spec.not_after = absl::FromCivil(absl::CivilSecond(9999, 12, 31, 23, 59, 59), absl::UTCTimeZone());
  EXPECT_EQ(ReadCertificate(SelfSign(spec, key.public_key, key).value())->not_after, spec.not_after);
  spec.not_after = spec.not_before - absl::Seconds(1);
  ExpectRefused(SelfSign(spec, key.public_key, key).status(), "not_after");
  for (const absl::Time time :
       {absl::InfinitePast(), absl::FromCivil(absl::CivilSecond(1949, 12, 31, 23, 59, 59), absl::UTCTimeZone())}) {
    spec.not_before = time;
    ExpectRefused(SelfSign(spec, key.public_key, key).status(), "not_before");
  }
}

TEST(SelfSign, AcceptsPositiveSerialsOfAtMost20Bytes) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  CertificateSpec spec = Spec();
  for (const std::string& serial : {std::string(), std::string(20, '\0'), "\x80" + std::string(19, 'x'), std::string(21, 'x')}) {
    spec.serial = serial;
    ExpectRefused(SelfSign(spec, key.public_key, key).status(), "serial");
  }
  for (const std::string& serial :
       {std::string("\x01"), std::string("\xff"), "\x7f" + std::string(19, '\xff'), "\x80" + std::string(18, 'x')}) {
    spec.serial = serial;
    const absl::StatusOr<std::string> der = SelfSign(spec, key.public_key, key);
    ASSERT_TRUE(der.ok()) << der.status();
    EXPECT_EQ(absl::HexStringToBytes(ReadCertificate(*der)->serial_hex), serial);
  }
}

TEST(SelfSign, RefusesASubjectThatIsNotValidBeforeItSigns) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  const auto sign = [](absl::string_view) -> absl::StatusOr<std::string> {
    ADD_FAILURE() << "signed";
    return "";
  };
  CertificateSpec spec = Spec();
  spec.subject.country = "Germany";
  ExpectRefused(SelfSign(spec, key.public_key, sign).status(), "country");
  ExpectRefused(MakeCsr(spec.subject, key.public_key, sign).status(), "country");
}

TEST(SelfSign, ReturnsTheErrorOfTheSignerUnchanged) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  const absl::Status error = Error(absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE", "the token is gone");
  const auto sign = [&](absl::string_view) -> absl::StatusOr<std::string> { return error; };
  EXPECT_EQ(SelfSign(Spec(), key.public_key, sign).status(), error);
  EXPECT_EQ(MakeCsr(kSubject, key.public_key, sign).status(), error);
}

TEST(MakeCsr, NamesTheSubjectAndHasNoAttributes) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  const std::string path = WriteFile("named.der", MakeCsr(kSubject, key.public_key, key).value());
  const SubprocessResult result = *RunSubprocess(
      {"openssl", "req", "-inform", "DER", "-in", path, "-noout", "-subject", "-nameopt", "RFC2253,utf8,-esc_msb", "-text"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("subject=CN=signing,OU=Keys,O=Müller & Söhne\\, Inc.,C=DE"));
  EXPECT_THAT(result.output, HasSubstr("Attributes:\n            (none)"));
}

TEST(ReadCertificate, RefusesWhatIsNotOneWholeCertificate) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  const std::string der = SelfSign(Spec(), key.public_key, key).value();
  ASSERT_TRUE(ReadCertificate(der).ok());
  ExpectRefused(ReadCertificate("").status(), "certificate");
  ExpectRefused(ReadCertificate("garbage").status(), "certificate");
  ExpectRefused(ReadCertificate(der.substr(0, der.size() - 1)).status(), "certificate");
  ExpectRefused(ReadCertificate(der + "x").status(), "certificate");
  ExpectRefused(ReadCertificate(key.public_key.spki_der()).status(), "certificate");
  ExpectRefused(ReadCertificate(MakeCsr(kSubject, key.public_key, key).value()).status(), "certificate");
}

TEST(ReadCertificate, ReturnsNamesInUtf8WhateverTheirType) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  const std::string der = SelfSign(Spec(), key.public_key, key).value();
  const size_t organization = der.rfind("Müller");  // Of the subject; nobody checks the signature here.
  std::string changed = der;
  for (const int type : {V_ASN1_T61STRING, V_ASN1_NUMERICSTRING}) {  // Read as ISO 8859-1.
    changed[organization - 2] = static_cast<char>(type);
    ASSERT_TRUE(ReadCertificate(changed).ok());
    EXPECT_THAT(ReadCertificate(changed)->subject, HasSubstr("O=MÃ¼ller"));
    EXPECT_THAT(ReadCertificate(changed)->issuer, HasSubstr("O=Müller"));
  }
  changed[organization - 2] = V_ASN1_BIT_STRING;  // No text.
  changed[organization] = '\0';
  ASSERT_TRUE(ReadCertificate(changed).ok());
  EXPECT_THAT(ReadCertificate(changed)->subject, HasSubstr("O=#031600C3BC"));
  changed = der;
  changed[organization + 1] = '\xff';
  ExpectRefused(ReadCertificate(changed).status(), "certificate");
}

TEST(ReadCertificate, ReadsOrRefusesACertificateWithAnyBitChanged) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  const std::string der = SelfSign(Spec(), key.public_key, key).value();
  for (size_t i = 0; i < der.size() * 8; ++i) {
    std::string changed = der;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    const absl::StatusOr<CertificateFacts> facts = ReadCertificate(changed);
    if (!facts.ok()) ExpectRefused(facts.status(), "certificate");
  }
}

TEST(ReadCertificate, RefusesAValidityThatIsNotATime) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  std::string der = SelfSign(Spec(), key.public_key, key).value();
  const size_t time = der.find("231114221320Z");
  ASSERT_NE(time, std::string::npos);
  der.replace(time, 4, "2399");
  ExpectRefused(ReadCertificate(der).status(), "certificate");
}

TEST(Certificate, LeavesNoOpenSslErrorBehind) {
  const TestKey key = MakeKey(Algorithm::kEs256);
  ERR_clear_error();
  const auto sign = [](absl::string_view) -> absl::StatusOr<std::string> { return std::string(64, '\x01'); };
  ExpectDefect(SelfSign(Spec(), key.public_key, sign).status());
  ExpectDefect(MakeCsr(kSubject, key.public_key, sign).status());
  ExpectRefused(ReadCertificate("garbage").status(), "certificate");
  ExpectRefused(CheckCertificateSubject({.common_name = "\xff"}), "common_name");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace signet::hsm
