#include <map>
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "hsm/testing/cryptoki_shim.h"
#include "hsm/testing/hsm_conformance.h"
#include "hsm/testing/pkcs11_bed.h"

namespace signet::hsm {
namespace {

// A token like many smart cards: no Ed25519, and limits to its sizes.
absl::StatusOr<std::unique_ptr<HsmBed>> MakeSmallBed() {
  auto shim = std::make_unique<CryptokiShim>();
  shim->control().is_small = true;
  return Pkcs11Bed::Create(std::move(shim));
}

std::map<Algorithm, std::string> WhatASmallTokenLacks() {
  std::map<Algorithm, std::string> unsupported = {
      {Algorithm::kEd25519, "the token has no Edwards curves"},
      {Algorithm::kEs512, "the token's curves end at 384 bits"},
  };
  for (const AlgorithmInfo& info : AllAlgorithms()) {
    if (info.key_type == KeyType::kRsa && info.bits == 4096) unsupported[info.algorithm] = "the token's moduli end at 3072 bits";
  }
  return unsupported;
}

// A token that speaks the other dialect of PKCS#11: bare points, and edwards25519 by name.
absl::StatusOr<std::unique_ptr<HsmBed>> MakeBedOfOtherDialect() {
  auto shim = std::make_unique<CryptokiShim>();
  shim->control().shows_bare_points = true;
  shim->control().refuses_edwards_oid = true;
  return Pkcs11Bed::Create(std::move(shim));
}

// A token without key wrapping.
absl::StatusOr<std::unique_ptr<HsmBed>> MakeBedThatWrapsNothing() {
  auto shim = std::make_unique<CryptokiShim>();
  shim->control().lacks_key_wrap = true;
  return Pkcs11Bed::Create(std::move(shim));
}

std::map<Algorithm, std::string> Everything() {
  std::map<Algorithm, std::string> all;
  for (const AlgorithmInfo& info : AllAlgorithms()) all[info.algorithm] = "the token has no AES key wrap";
  return all;
}

const std::map<Algorithm, std::string> kNotWrappedBySoftHsm = {{Algorithm::kEd25519, "SoftHSM does not wrap Edwards keys"}};

INSTANTIATE_TEST_SUITE_P(Pkcs11, HsmConformance,
                         testing::Values(HsmUnderTest{"softhsm",
                                                      [] { return absl::StatusOr<std::unique_ptr<HsmBed>>(Pkcs11Bed::Create()); },
                                                      {},
                                                      kNotWrappedBySoftHsm},
                                         HsmUnderTest{"small_token", MakeSmallBed, WhatASmallTokenLacks()},
                                         HsmUnderTest{"other_dialect", MakeBedOfOtherDialect, {}, kNotWrappedBySoftHsm},
                                         HsmUnderTest{"wraps_nothing", MakeBedThatWrapsNothing, {}, Everything()}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace signet::hsm
