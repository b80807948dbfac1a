#include "server/main/huge_pages.h"

#include <gperftools/malloc_extension.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>

namespace signet::server {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

size_t RoundUp(size_t value, size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

// HugePages gives tcmalloc whole huge pages. tcmalloc calls it one at a time, and may not be called back.
class HugePages final : public SysAllocator {
 public:
  void* Alloc(size_t size, size_t* actual_size, size_t alignment) override {
    if (alignment < kHugePage) alignment = kHugePage;
    if (size > SIZE_MAX / 2 || alignment > SIZE_MAX / 4) return nullptr;
    size = RoundUp(size, kHugePage);
    const size_t reserved = size + alignment;
    void* const begin = mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (begin == MAP_FAILED) return nullptr;
    // What is beside the aligned part goes back.
    char* const first = static_cast<char*>(begin);
    const size_t head = RoundUp(reinterpret_cast<uintptr_t>(first), alignment) - reinterpret_cast<uintptr_t>(first);
    if (head > 0) munmap(first, head);
    if (reserved > head + size) munmap(first + head + size, reserved - head - size);
    madvise(first + head, size, MADV_HUGEPAGE);
    if (actual_size != nullptr) *actual_size = size;
    return first + head;
  }
};

}  // namespace

void UseHugePages() {
  // Never destroyed: what is freed at the end of the program asks for it.
  alignas(HugePages) static unsigned char place[sizeof(HugePages)];
  MallocExtension::instance()->SetSystemAllocator(new (place) HugePages);
}

}  // namespace signet::server
