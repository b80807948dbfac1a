#ifndef SIGNET_BASE_SECRET_H_
#define SIGNET_BASE_SECRET_H_

#include <strings.h>

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace signet {

// Secret holds bytes that must not be printed, such as a PIN. It zeroes them when it dies and has no operator<<.
// Every place that reads one calls Expose, so that grep finds it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      Wipe();
      bytes_ = other.bytes_;
    }
    return *this;
  }
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.Wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      *this = static_cast<const Secret&>(other);
      other.Wipe();
    }
    return *this;
  }
  ~Secret() { Wipe(); }

  absl::string_view Expose() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  void Wipe() {
    // The compiler may not drop explicit_bzero, as it may memset. The capacity too: a longer value may have stood there.
    bytes_.resize(bytes_.capacity());
    explicit_bzero(bytes_.data(), bytes_.size());
    bytes_.clear();
  }

  std::string bytes_;
};

}  // namespace signet

#endif  // SIGNET_BASE_SECRET_H_
