#include "keystore/memory_key_store.h"

#include "keystore/key_store_conformance.h"

namespace signet::keystore {
namespace {

INSTANTIATE_TEST_SUITE_P(Memory, KeyStoreConformance,
                         testing::Values(KeyStoreCase{"Memory",
                                                      [](const TestFolder&) -> absl::StatusOr<std::unique_ptr<KeyStore>> {
                                                        return CreateMemoryKeyStore();
                                                      }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace signet::keystore
