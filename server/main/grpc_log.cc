#include "server/main/grpc_log.h"

#include <grpc/support/log.h>

#include <string>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace signet::server {
namespace {

// gRPC's hook takes no context. Never destroyed, as gRPC's threads may log until the process ends.
struct Target {
  Mutex mutex;
  Logger* logger ABSL_GUARDED_BY(mutex) = nullptr;
};

Target& GetTarget() {
  static Target* const target = new Target();
  return *target;
}

void Forward(gpr_log_func_args* line) {
  Target& target = GetTarget();
  MutexLock lock(target.mutex);
  if (target.logger == nullptr) return;
  target.logger->Log(LogLevel::kWarning, "gRPC says", {{"text", std::string(line->message)}});
}

void SetTarget(Logger* logger) {
  Target& target = GetTarget();
  MutexLock lock(target.mutex);
  target.logger = logger;
}

}  // namespace

GrpcLog::GrpcLog(Logger& logger) {
  SetTarget(&logger);
  gpr_set_log_function(Forward);
}

GrpcLog::~GrpcLog() { SetTarget(nullptr); }

}  // namespace signet::server
