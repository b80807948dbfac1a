#include "server/rpc/signing_parts.h"

namespace signet::rpc {
namespace {

constexpr int kMinPartSize = 4;
constexpr int kMaxPartSize = 16;

}  // namespace

int PartSize(int items, int workers) {
  const int share = (items + workers - 1) / workers;
  return std::clamp(share, kMinPartSize, kMaxPartSize);
}

}  // namespace signet::rpc
