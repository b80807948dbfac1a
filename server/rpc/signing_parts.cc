#include "server/rpc/signing_parts.h"

namespace signet::rpc {
namespace {

constexpr int kMinPartSize = 4;
constexpr int kMaxPartSize = 16;

}  // namespace

int PartSize(int items, size_t workers) {
  const int share = (items + static_cast<int>(workers) - 1) / static_cast<int>(workers);
  return std::clamp(share, kMinPartSize, kMaxPartSize);
}

}  // namespace signet::rpc
