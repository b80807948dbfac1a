#ifndef SIGNET_SERVER_MAIN_HUGE_PAGES_H_
#define SIGNET_SERVER_MAIN_HUGE_PAGES_H_

namespace signet::server {

// Has tcmalloc take memory from the system in huge pages (madvise(2), MADV_HUGEPAGE) from now on. A server of many tenants finds
// what it needs for a call anywhere in gigabytes; with pages of 4 KiB it waits for the page tables, too. Without effect in builds
// with sanitizers, and where the system has no huge pages for those who ask. To be called at the start of the program.
void UseHugePages();

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_HUGE_PAGES_H_
