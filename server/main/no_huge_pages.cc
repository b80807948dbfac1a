#include "server/main/huge_pages.h"

namespace signet::server {

// There is no tcmalloc here.
void UseHugePages() {}

}  // namespace signet::server
