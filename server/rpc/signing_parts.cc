#include "server/rpc/signing_parts.h"

namespace signet::rpc {
namespace {

constexpr int kMinPartSize = 4;
constexpr int kMaxPartSize = 8;

}  // namespace

int PartSize(int items, int concurrency) {
  const int share = (items + concurrency - 1) / concurrency;
  return std::clamp(share, kMinPartSize, kMaxPartSize);
}

}  // namespace signet::rpc
