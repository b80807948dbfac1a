#include "keystore/key_store_conformance.h"
#include "keystore/sqlite_key_store.h"

namespace signet::keystore {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, KeyStoreConformance,
                         testing::Values(KeyStoreCase{
                             "Sqlite", [](const TestFolder& folder) { return CreateSqliteKeyStore(folder / "signet.db"); }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace signet::keystore
