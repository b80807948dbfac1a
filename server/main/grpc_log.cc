#include "server/main/grpc_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"

namespace signet::server {
namespace {

// The hooks take no context. Never destroyed, as gRPC's threads may log until the process ends.
struct Target {
  Mutex mutex;
  Logger* logger ABSL_GUARDED_BY(mutex) = nullptr;
};

Target& GetTarget() {
  static Target* const target = new Target();
  return *target;
}

void Forward(absl::string_view message, const std::string& text) {
  Target& target = GetTarget();
  MutexLock lock(target.mutex);
  if (target.logger == nullptr) return;
  target.logger->Log(LogLevel::kWarning, message, {{"text", text}});
}

void ForwardGrpc(gpr_log_func_args* line) { Forward("gRPC says", line->message); }

// Names the field of a request that is not UTF-8, say; never its content.
void ForwardProtobuf(google::protobuf::LogLevel /*level*/, const char* /*file*/, int /*line*/, const std::string& text) {
  Forward("Protobuf says", text);
}

void SetTarget(Logger* logger) {
  Target& target = GetTarget();
  MutexLock lock(target.mutex);
  target.logger = logger;
}

}  // namespace

GrpcLog::GrpcLog(Logger& logger) {
  SetTarget(&logger);
  gpr_set_log_function(ForwardGrpc);
  google::protobuf::SetLogHandler(ForwardProtobuf);
}

GrpcLog::~GrpcLog() { SetTarget(nullptr); }

}  // namespace signet::server
