// What a full or broken disk does to whole use cases: at each of the first 50 operations of the store on its files.
#include <algorithm>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keystore/faulty_vfs.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

using keystore::FaultyVfs;
using ::testing::AnyOf;
using ::testing::AnyOfArray;
using ::testing::StartsWith;

constexpr int kMaxOperations = 50;

enum class UseCase {
  kCreateTenant,
  kCreateRing,
  kCreateKey,
  kEnableKey,
  kRotate,
  kPurge,
  kRevoke,
  kDelete,
  kCreateCredential,
  kCreateWrappedKey,
  kRotateWrapped
};

constexpr const char* kNames[] = {"CreateTenant", "CreateRing", "CreateKey",        "EnableKey",        "Rotate",       "Purge",
                                  "Revoke",       "Delete",     "CreateCredential", "CreateWrappedKey", "RotateWrapped"};

struct Disk {
  std::string name;
  FaultyVfs::Fault fault;
  FaultyVfs::Duration duration;
};

std::ostream& operator<<(std::ostream& out, const Disk& disk) { return out << disk.name; }

class StoreFaultTest : public RpcTest, public ::testing::WithParamInterface<std::tuple<UseCase, Disk>> {
 protected:
  // A change that can be repeated: it returns what it led to, the same each time. It begins with "OK" or is an error.
  using Change = std::function<std::string()>;

  // The VFS must be in place before the store opens its file.
  static TestServerOptions Options() {
    FaultyVfs::Install();
    return {.backend = Backend::kSqlite};
  }

  StoreFaultTest() : RpcTest(Options()), credential_stub_(v1::CredentialService::NewStub(channel_)) {
    MakeEnabledKey();
    // What the steady key may sign in the next minutes is known to the store.
    MakeToken();
  }
  ~StoreFaultTest() override { FaultyVfs::Heal(); }

  static std::string RingId(int number) { return absl::StrCat("ring-", number); }
  static std::string Ring(int number) { return absl::StrCat("tenants/acme/keyRings/", RingId(number)); }

  // Makes what the change needs, and the change.
  Change Prepare(int number) {
    const std::string id = absl::StrCat("request_id: 'r-", number, "' ");
    const UseCase use_case = std::get<UseCase>(GetParam());
    if (use_case == UseCase::kCreateTenant) {
      return MakeChange(
          *tenant_stub_, &TenantStub::CreateTenant,
          FromText<v1::CreateTenantRequest>(absl::StrCat("tenant_id: 't", number, "' tenant { kind: SUBACCOUNT } ", id)));
    }
    if (use_case == UseCase::kCreateCredential) {
      return MakeChange(*credential_stub_, &CredentialStub::CreateCredential,
                        FromText<v1::CreateCredentialRequest>(
                            absl::StrCat("parent: 'tenants/acme' credential { kind: CLIENT_SECRET scopes: 'sign:tokens' } ", id)));
    }
    if (use_case == UseCase::kCreateRing) {
      return MakeChange(*key_stub_, &KeyStub::CreateKeyRing,
                        FromText<v1::CreateKeyRingRequest>(absl::StrCat("parent: 'tenants/acme' key_ring_id: '", RingId(number),
                                                                        "' key_ring { algorithm: ES256 } ", id)));
    }
    if (use_case == UseCase::kCreateWrappedKey || use_case == UseCase::kRotateWrapped) {
      MakeWrappedRing(number);
    } else {
      MakeRing(RingId(number));
    }
    return PrepareInRing(number, id);
  }

  void MakeWrappedRing(int number) {
    const auto request = FromText<v1::CreateKeyRingRequest>(absl::StrCat("parent: 'tenants/acme' key_ring_id: '", RingId(number),
                                                                         "' key_ring { algorithm: ES256 protection: WRAPPED }"));
    ASSERT_EQ(Call(&KeyStub::CreateKeyRing, request).outcome(), "OK");
  }

  Change PrepareInRing(int number, const std::string& id) {
    const std::string ring = Ring(number);
    const UseCase use_case = std::get<UseCase>(GetParam());
    if (use_case == UseCase::kCreateKey || use_case == UseCase::kCreateWrappedKey) {
      return MakeChange(*key_stub_, &KeyStub::CreateKey, FromText<v1::CreateKeyRequest>(absl::StrCat("parent: '", ring, "' ", id)));
    }
    const std::string key = MakeKey(ring).name();
    const std::string with_key = absl::StrCat("name: '", key, "' force: true ", id);
    switch (use_case) {
      case UseCase::kEnableKey:
        return MakeChange(*key_stub_, &KeyStub::EnableKey, FromText<v1::EnableKeyRequest>(with_key));
      case UseCase::kDelete:
        return MakeChange(*key_stub_, &KeyStub::DeleteKey, FromText<v1::DeleteKeyRequest>(with_key));
      default:
        break;
    }
    Enable(key);
    switch (use_case) {
      case UseCase::kRevoke:
        return MakeChange(*key_stub_, &KeyStub::RevokeKey, FromText<v1::RevokeKeyRequest>(with_key));
      case UseCase::kPurge:
        return MakeChange(*key_stub_, &KeyStub::RotateKeys,
                          FromText<v1::RotateKeysRequest>(absl::StrCat("name: '", ring, "' purge: true ", id)));
      default:
        return MakeChange(*key_stub_, &KeyStub::RotateKeys,
                          FromText<v1::RotateKeysRequest>(absl::StrCat("name: '", ring, "' force: true ", id)));
    }
  }

  template <typename Stub, typename Request, typename Response>
  Change MakeChange(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), Request request) {
    return [&stub, method, request = std::move(request)] {
      const Reply<Response> reply = testing::Call(stub, method, request);
      return reply.status.ok() ? "OK " + Essence(reply.response) : reply.outcome();
    };
  }

  // What of a result is the same at each repetition: not a key's usage, which goes on.
  static std::string Essence(const v1::Tenant& tenant) { return tenant.name(); }
  static std::string Essence(const v1::KeyRing& ring) { return ring.name(); }
  static std::string Essence(const v1::SigningKey& key) { return absl::StrCat(key.name(), " ", key.state()); }
  static std::string Essence(const v1::RotateKeysResponse& rotation) { return Essence(rotation.keys(0)); }
  static std::string Essence(const v1::IssuedCredential& issued) { return issued.credential().name(); }

  // What a change can be seen to stop at. A key that is being made signs and verifies nothing, and a rotation whose NEXT key is
  // made is as any ring before a rotation.
  static std::vector<std::string> Steps() {
    switch (std::get<UseCase>(GetParam())) {
      case UseCase::kCreateKey:
      case UseCase::kCreateWrappedKey:
        return {"PENDING_GENERATION"};
      case UseCase::kRotate:
      case UseCase::kRotateWrapped:
      case UseCase::kPurge:
        return {"ENABLED PENDING_GENERATION", "DISABLED ENABLED"};
      default:
        return {};
    }
  }

  // Whether the ring of a change has a key that signs, before it and whatever becomes of it.
  static bool AlwaysSigns() {
    const UseCase use_case = std::get<UseCase>(GetParam());
    return use_case == UseCase::kRotate || use_case == UseCase::kRotateWrapped || use_case == UseCase::kPurge;
  }

  // The states of the keys in the ring of a change; an error without one.
  std::string Shape(int number) {
    v1::ListKeysRequest keys;
    keys.set_parent(Ring(number));
    keys.set_show_destroyed(true);
    const auto list = Call(&KeyStub::ListKeys, keys);
    if (!list.status.ok()) return list.outcome();
    std::vector<std::string> states;
    for (const v1::SigningKey& key : list->keys()) states.push_back(v1::SigningKey::State_Name(key.state()));
    std::sort(states.begin(), states.end());
    return absl::StrJoin(states, " ");
  }

  static bool IsOk(const std::string& result) { return result.substr(0, 2) == "OK"; }

  size_t KeysInHsm() {
    const auto keys = server_.hsm().ListKeys("");
    EXPECT_TRUE(keys.ok()) << keys.status();
    return keys.ok() ? keys->size() : 0;
  }

  Reply<v1::SignTokenResponse> SignToken(const std::string& ring) {
    return Call(&KeyStub::SignToken, FromText<v1::SignTokenRequest>(absl::StrCat("key_ring: '", ring, "' claims_json: '{}'")));
  }

  void ExpectToServe() {
    const auto token = SignToken(kRing);
    EXPECT_EQ(token.outcome(), "OK");
    EXPECT_EQ(Verify(token->token()).outcome(), "OK");
    v1::GetJwksRequest jwks;
    jwks.set_parent(kTenant);
    EXPECT_EQ(Call(&KeyStub::GetJwks, jwks).outcome(), "OK");
    v1::ListKeysRequest keys;
    keys.set_parent(kRing);
    EXPECT_EQ(Call(&KeyStub::ListKeys, keys).outcome(), "OK");
  }

  const std::unique_ptr<CredentialStub> credential_stub_;
};

INSTANTIATE_TEST_SUITE_P(
    All, StoreFaultTest,
    ::testing::Combine(::testing::Values(UseCase::kCreateTenant, UseCase::kCreateRing, UseCase::kCreateKey, UseCase::kEnableKey,
                                         UseCase::kRotate, UseCase::kPurge, UseCase::kRevoke, UseCase::kDelete,
                                         UseCase::kCreateCredential, UseCase::kCreateWrappedKey, UseCase::kRotateWrapped),
                       ::testing::Values(Disk{"FullDisk", FaultyVfs::Fault::kFullDisk, FaultyVfs::Duration::kUntilHealed},
                                         Disk{"OneWriteTooMany", FaultyVfs::Fault::kFullDisk, FaultyVfs::Duration::kOnce},
                                         Disk{"BrokenDisk", FaultyVfs::Fault::kBrokenDisk, FaultyVfs::Duration::kUntilHealed},
                                         Disk{"OneError", FaultyVfs::Fault::kBrokenDisk, FaultyVfs::Duration::kOnce})),
    [](const auto& instance) {
      return absl::StrCat(kNames[static_cast<int>(std::get<UseCase>(instance.param))], std::get<Disk>(instance.param).name);
    });

TEST_P(StoreFaultTest, AChangeFailsCleanlyOrIsWholeAndSucceedsOnceRepeated) {
  const Disk& disk = std::get<Disk>(GetParam());
  const size_t keys_before = KeysInHsm();
  ASSERT_THAT(Prepare(0)(), StartsWith("OK"));
  const std::string shape = Shape(0);
  const size_t keys_each = KeysInHsm() - keys_before;

  int faults = 0;
  for (int number = 1; number <= kMaxOperations; ++number) {
    SCOPED_TRACE(number);
    const Change change = Prepare(number);
    const std::string shape_before = Shape(number);
    if (AlwaysSigns()) MakeToken("{}", Ring(number));
    FaultyVfs::FailAfter(number - 1, disk.fault, disk.duration);
    const std::string first = change();
    ExpectToServe();
    // After a rotation, the store has first to be told how long the new key's tokens live.
    if (AlwaysSigns() && !IsOk(first)) MakeToken("{}", Ring(number));
    const bool met = FaultyVfs::Heal();
    faults += met ? 1 : 0;
    EXPECT_THAT(first, AnyOf(StartsWith("OK"), "RESOURCE_EXHAUSTED STORAGE_FULL", "UNAVAILABLE STORE_UNAVAILABLE"));
    const std::string shape_between = Shape(number);
    EXPECT_THAT(shape_between, AnyOf(shape_before, shape, AnyOfArray(Steps())));

    const std::string second = change();
    EXPECT_THAT(second, StartsWith(IsOk(first) ? first : "OK"));
    EXPECT_TRUE(met || IsOk(first));
    // Nobody waits for a store that has just failed; the ledger tries it again by itself.
    while (AlwaysSigns() && SignToken(Ring(number)).outcome() == "UNAVAILABLE STORE_UNAVAILABLE") {
    }
    if (AlwaysSigns()) MakeToken("{}", Ring(number));
    EXPECT_EQ(change(), second);
    EXPECT_EQ(Shape(number), shape);
    EXPECT_EQ(KeysInHsm(), keys_before + keys_each * (number + 1));
    ExpectToServe();
    if (!met) break;
  }
  EXPECT_GT(faults, 3);
  EXPECT_TRUE(Call(&AuditStub::VerifyAuditLog, v1::VerifyAuditLogRequest())->intact());
}

}  // namespace
}  // namespace signet::testing
