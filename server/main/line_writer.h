#ifndef SIGNET_SERVER_MAIN_LINE_WRITER_H_
#define SIGNET_SERVER_MAIN_LINE_WRITER_H_

#include <cstddef>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "spdlog/sinks/sink.h"

namespace signet::server {

// LineWriter writes lines to a sink, in the order in which it is given them. Those that may wait are written together: a system
// call costs as much as all else that a line takes. Thread-safe.
class LineWriter {
 public:
  // How long a line waits for others.
  static constexpr absl::Duration kDelay = absl::Milliseconds(10);
  // When more than this waits, whoever brings it writes it: a sink that is slow slows its writers down, and nothing is lost.
  static constexpr size_t kMaxWaiting = 256 * 1024;

  explicit LineWriter(spdlog::sink_ptr sink);  // Shared, as spdlog wants it.
  // Writes what waits.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Writes a line, which comes without its end, behind those that wait. They are with the sink when it returns.
  void Write(absl::string_view line);
  // Has a line written within about kDelay.
  void WriteSoon(absl::string_view line);

 private:
  // Writes what waits, and `line` behind it unless that is empty.
  void Flush(absl::string_view line);
  void Run();

  const spdlog::sink_ptr sink_;
  // Held while lines go to the sink, so that they keep their order; taken before mutex_.
  Mutex sink_mutex_;
  Mutex mutex_;
  CondVar changed_;
  // Lines with an end between them.
  std::string waiting_ ABSL_GUARDED_BY(mutex_);
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_LINE_WRITER_H_
