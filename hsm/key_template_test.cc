#include "hsm/key_template.h"

#include <openssl/objects.h>
#include <p11-kit/pkcs11.h>

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const std::string kYes(1, CK_TRUE);
const std::string kNo(1, CK_FALSE);

std::map<CK_ATTRIBUTE_TYPE, std::string> ToMap(AttributeList& list) {
  std::map<CK_ATTRIBUTE_TYPE, std::string> map;
  for (CK_ULONG i = 0; i < list.size(); ++i) {
    const CK_ATTRIBUTE& attribute = list.data()[i];
    EXPECT_TRUE(map.emplace(attribute.type, std::string(static_cast<const char*>(attribute.pValue), attribute.ulValueLen)).second)
        << "an attribute stands twice";
  }
  return map;
}

TEST(KeyTemplate, MakesPrivateKeysThatSignAndCannotLeave) {
  const std::string id(kKeyIdSize, 'i');
  for (const AlgorithmInfo& info : AllAlgorithms()) {
    KeyPairTemplate pair = MakeKeyPairTemplate({id, "label", info.algorithm}, PairHome::kToken, "");
    EXPECT_THAT(ToMap(pair.private_key),
                UnorderedElementsAre(Pair(CKA_TOKEN, kYes), Pair(CKA_PRIVATE, kYes), Pair(CKA_SENSITIVE, kYes),
                                     Pair(CKA_EXTRACTABLE, kNo), Pair(CKA_SIGN, kYes), Pair(CKA_DECRYPT, kNo),
                                     Pair(CKA_UNWRAP, kNo), Pair(CKA_DERIVE, kNo), Pair(CKA_ID, id), Pair(CKA_LABEL, "label")));
  }
}

TEST(KeyTemplate, MakesPublicKeysOfTheAlgorithmsSizeThatVerifyOnly) {
  KeyPairTemplate rsa =
      MakeKeyPairTemplate({std::string(kKeyIdSize, 'i'), "label", Algorithm::kPs384With3072}, PairHome::kToken, "");
  const std::map<CK_ATTRIBUTE_TYPE, std::string> attributes = ToMap(rsa.public_key);
  const CK_ULONG bits = 3072;
  EXPECT_EQ(attributes.at(CKA_MODULUS_BITS), std::string(reinterpret_cast<const char*>(&bits), sizeof(bits)));
  EXPECT_EQ(attributes.at(CKA_PUBLIC_EXPONENT), std::string("\x01\x00\x01", 3));
  EXPECT_EQ(attributes.at(CKA_VERIFY), kYes);
  EXPECT_EQ(attributes.at(CKA_ENCRYPT), kNo);
  EXPECT_EQ(attributes.at(CKA_WRAP), kNo);
  EXPECT_EQ(attributes.at(CKA_TOKEN), kYes);
}

TEST(KeyTemplate, MakesPairsToBeWrappedThatAreExtractableAndStayInTheirSession) {
  KeyPairTemplate pair = MakeKeyPairTemplate({std::string(kKeyIdSize, 'i'), "label", Algorithm::kEs256}, PairHome::kSession, "");
  const std::map<CK_ATTRIBUTE_TYPE, std::string> attributes = ToMap(pair.private_key);
  EXPECT_EQ(attributes.at(CKA_TOKEN), kNo);
  EXPECT_EQ(attributes.at(CKA_SENSITIVE), kYes);
  EXPECT_EQ(attributes.at(CKA_EXTRACTABLE), kYes);
  EXPECT_EQ(ToMap(pair.public_key).at(CKA_TOKEN), kNo);
}

TEST(KeyTemplate, UnwrapsKeysThatSignAndCannotLeaveOrCanBeWrappedAndDoNotSign) {
  const KeySpec spec = {std::string(kKeyIdSize, 'i'), "label", Algorithm::kEs256};
  AttributeList to_sign = MakeUnwrapTemplate(spec, UnwrapPurpose::kSign);
  AttributeList to_wrap = MakeUnwrapTemplate(spec, UnwrapPurpose::kWrap);
  for (AttributeList* list : {&to_sign, &to_wrap}) {
    const bool signs = list == &to_sign;
    const std::map<CK_ATTRIBUTE_TYPE, std::string> attributes = ToMap(*list);
    EXPECT_EQ(attributes.at(CKA_TOKEN), kNo);
    EXPECT_EQ(attributes.at(CKA_PRIVATE), kYes);
    EXPECT_EQ(attributes.at(CKA_SENSITIVE), kYes);
    EXPECT_EQ(attributes.at(CKA_EXTRACTABLE), signs ? kNo : kYes);
    EXPECT_EQ(attributes.at(CKA_SIGN), signs ? kYes : kNo);
    for (const CK_ATTRIBUTE_TYPE type : {CKA_DECRYPT, CKA_UNWRAP, CKA_DERIVE}) EXPECT_EQ(attributes.at(type), kNo);
  }
}

TEST(KeyTemplate, MakesWrappingKeysThatWrapOrBindAndCannotLeave) {
  WrappingKeyTemplate keys = MakeWrappingKeyTemplate(std::string(kKeyIdSize, 'i'), "label", PairHome::kToken);
  for (AttributeList* list : {&keys.wrapping, &keys.binding}) {
    const std::string wraps = list == &keys.wrapping ? kYes : kNo;
    const std::map<CK_ATTRIBUTE_TYPE, std::string> attributes = ToMap(*list);
    EXPECT_EQ(attributes.at(CKA_SENSITIVE), kYes);
    EXPECT_EQ(attributes.at(CKA_EXTRACTABLE), kNo);
    EXPECT_EQ(attributes.at(CKA_WRAP), wraps);
    EXPECT_EQ(attributes.at(CKA_UNWRAP), wraps);
    EXPECT_NE(attributes.at(CKA_SIGN), wraps);
    for (const CK_ATTRIBUTE_TYPE type : {CKA_ENCRYPT, CKA_DECRYPT, CKA_VERIFY, CKA_DERIVE}) EXPECT_EQ(attributes.at(type), kNo);
  }
}

TEST(KeyTemplate, SurvivesBeingMoved) {
  KeyPairTemplate pair =
      MakeKeyPairTemplate({std::string(kKeyIdSize, 'i'), "a label too long to be kept inside a string object", Algorithm::kEs256},
                          PairHome::kToken, CurveParameters(Algorithm::kEs256)[0]);
  const std::map<CK_ATTRIBUTE_TYPE, std::string> before = ToMap(pair.public_key);
  KeyPairTemplate moved = std::move(pair);
  EXPECT_EQ(ToMap(moved.public_key), before);
}

TEST(CurveParameters, AreTheObjectIdentifiersThatOpenSslKnows) {
  const std::map<Algorithm, int> curves = {{Algorithm::kEs256, NID_X9_62_prime256v1},
                                           {Algorithm::kEs384, NID_secp384r1},
                                           {Algorithm::kEs512, NID_secp521r1},
                                           {Algorithm::kEd25519, NID_ED25519}};
  for (const auto& [algorithm, nid] : curves) {
    const std::string parameters = CurveParameters(algorithm)[0];
    const unsigned char* begin = reinterpret_cast<const unsigned char*>(parameters.data());
    ASN1_OBJECT* object = d2i_ASN1_OBJECT(nullptr, &begin, static_cast<long>(parameters.size()));
    EXPECT_EQ(OBJ_obj2nid(object), nid);
    ASN1_OBJECT_free(object);
  }
  EXPECT_EQ(CurveParameters(Algorithm::kEd25519)[1], "\x13\x0c" + std::string("edwards25519"));
  EXPECT_THAT(CurveParameters(Algorithm::kRs256With2048), ElementsAre(""));
}

}  // namespace
}  // namespace signet::hsm
