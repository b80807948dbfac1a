#ifndef SIGNET_KEYSTORE_TEST_FOLDER_H_
#define SIGNET_KEYSTORE_TEST_FOLDER_H_

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace signet::keystore {

// TestFolder is a folder of one test, removed with all that is in it at its end.
class TestFolder {
 public:
  TestFolder() : path_(absl::StrCat(testing::TempDir(), "/signet-XXXXXX")) {
    if (mkdtemp(path_.data()) == nullptr) std::abort();  // Nothing can be tested then.
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return absl::StrCat(path_, "/", name); }

 private:
  std::string path_;
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_TEST_FOLDER_H_
