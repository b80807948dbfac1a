// What ThreadSanitizer is not to report. libgrpc hands calls from thread to thread, and is not instrumented: what gRPC's and
// Protobuf's code does with them, also within our programs, looks like races. Where a call comes to our own code,
// base/thread_sanitizer.h tells of it.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "race:^grpc::\n"
         "race:libgrpc\n"
         "race:^google::protobuf::\n";
}
