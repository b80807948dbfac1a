#include "server/main/line_writer.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "spdlog/details/log_msg.h"

namespace signet::server {
namespace {

void Append(absl::string_view line, std::string& lines) {
  if (line.empty()) return;
  absl::StrAppend(&lines, lines.empty() ? "" : "\n", line);
}

}  // namespace

LineWriter::LineWriter(spdlog::sink_ptr sink) : sink_(std::move(sink)), thread_([this] { Run(); }) {
  // Alone: the sink adds the end of the last line.
  sink_->set_pattern("%v");
}

LineWriter::~LineWriter() {
  {
    MutexLock lock(mutex_);
    over_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
  Flush("");
}

void LineWriter::Write(absl::string_view line) { Flush(line); }

void LineWriter::WriteSoon(absl::string_view line) {
  bool is_first = false;
  bool are_too_many = false;
  {
    MutexLock lock(mutex_);
    is_first = waiting_.empty();
    Append(line, waiting_);
    are_too_many = waiting_.size() > kMaxWaiting;
  }
  if (is_first) changed_.NotifyAll();
  if (are_too_many) Flush("");
}

void LineWriter::Flush(absl::string_view line) {
  MutexLock sink_lock(sink_mutex_);
  std::string lines;
  {
    MutexLock lock(mutex_);
    lines.swap(waiting_);
  }
  Append(line, lines);
  if (lines.empty()) return;
  try {
    sink_->log(spdlog::details::log_msg("signetd", spdlog::level::info, spdlog::string_view_t(lines.data(), lines.size())));
    sink_->flush();
  } catch (const std::exception&) {
    // Nobody is left to tell.
  }
}

void LineWriter::Run() {
  while (true) {
    {
      MutexLock lock(mutex_);
      while (waiting_.empty() && !over_) changed_.Wait(mutex_);
      // More may come meanwhile; whoever comes does not wake this thread again.
      if (!over_) changed_.WaitFor(mutex_, kDelay);
      if (over_) return;
    }
    Flush("");
  }
}

}  // namespace signet::server
