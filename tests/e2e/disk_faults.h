#ifndef SIGNET_TESTS_E2E_DISK_FAULTS_H_
#define SIGNET_TESTS_E2E_DISK_FAULTS_H_

#include <atomic>

namespace signet::testing {

// DiskFaults lies in a file that a test and faulty_disk_signetd map: what becomes of the server's writes and syncs of its store.
struct DiskFaults {
  // So many more of them succeed. Below 0: all.
  std::atomic<int> operations_left;
  // The errno of those that do not.
  std::atomic<int> error;
  // Whether only the next one fails.
  std::atomic<bool> once;
  // How many have failed.
  std::atomic<int> failed;
};

// Maps the file at `path`, which is made if it is not there, with `operations_left` 0 then. Aborts if that is not possible.
DiskFaults* MapDiskFaults(const char* path);

// The environment variable with the path, for faulty_disk_signetd.
inline constexpr char kDiskFaultsVariable[] = "SIGNET_TEST_DISK_FAULTS";

}  // namespace signet::testing

#endif  // SIGNET_TESTS_E2E_DISK_FAULTS_H_
