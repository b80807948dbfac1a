#ifndef SIGNET_TESTS_BENCH_MANY_TENANTS_H_
#define SIGNET_TESTS_BENCH_MANY_TENANTS_H_

#include <string>

#include "absl/strings/str_cat.h"

namespace signet::bench {

// ManyTenants is what fill_wrapped_store fills a store with.
struct ManyTenants {
  int tenants = 1;
  // How many of them have a ring with a key that signs; at most one each, and spread evenly among them. At least 1.
  int keys = 1;

  static std::string TenantId(int tenant) { return absl::StrCat("many-", tenant); }
  bool HasKey(int tenant) const { return tenant % Step() == 0 && tenant / Step() < keys; }
  // The ring of the key with this number, from 0.
  std::string RingName(int key) const { return absl::StrCat("tenants/", TenantId(key * Step()), "/keyRings/access-token"); }

 private:
  int Step() const { return tenants / keys; }
};

}  // namespace signet::bench

#endif  // SIGNET_TESTS_BENCH_MANY_TENANTS_H_
