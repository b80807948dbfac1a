#include "hsm/module_quirks.h"

#include <string.h>

#include <string>

#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

std::string* maker;  // As the module below tells it, padded with blanks.

CK_RV GetInfo(CK_INFO* info) {
  if (maker->empty()) return CKR_FUNCTION_NOT_SUPPORTED;
  const std::string padded = *maker + std::string(sizeof(info->manufacturerID) - maker->size(), ' ');
  memcpy(info->manufacturerID, padded.data(), padded.size());
  return CKR_OK;
}

ModuleQuirks QuirksOfModuleBy(std::string name) {
  maker = &name;
  CK_FUNCTION_LIST functions = {};
  functions.C_GetInfo = GetInfo;
  return QuirksOf(functions);
}

TEST(ModuleQuirks, NssDeniesThatItsKeysAreLocal) {
  const ModuleQuirks quirks = QuirksOfModuleBy("Mozilla Foundation");
  EXPECT_TRUE(quirks.denies_local);
  EXPECT_FALSE(quirks.sets_public_usage || quirks.signs_pkcs1_by_decrypting || quirks.breaks_long_points);
}

TEST(ModuleQuirks, Tpm2IsSparedWhatItCannot) {
  const ModuleQuirks quirks = QuirksOfModuleBy("tpm2-software.github.io");
  EXPECT_FALSE(quirks.denies_local);
  EXPECT_TRUE(quirks.sets_public_usage && quirks.signs_pkcs1_by_decrypting && quirks.breaks_long_points);
}

TEST(ModuleQuirks, AnyOtherModuleIsHeldToTheStandard) {
  for (const char* name : {"SoftHSM", "IBM", "mozilla foundation", ""}) {
    const ModuleQuirks quirks = QuirksOfModuleBy(name);
    EXPECT_FALSE(quirks.denies_local || quirks.sets_public_usage || quirks.signs_pkcs1_by_decrypting || quirks.breaks_long_points)
        << name;
  }
}

}  // namespace
}  // namespace signet::hsm
