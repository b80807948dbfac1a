#ifndef SIGNET_SERVER_MAIN_PROCESS_HARDENING_H_
#define SIGNET_SERVER_MAIN_PROCESS_HARDENING_H_

namespace signet::server {

// Keeps what is in this process's memory, such as the PIN, from other processes of the user and from files: no core dump, no
// ptrace, no /proc/PID/mem. Should something write a core all the same, it holds registers and no memory (core(5),
// coredump_filter). WARNING: files in /proc/PID then belong to root; call it before anything needs them.
void HardenProcess();

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_PROCESS_HARDENING_H_
