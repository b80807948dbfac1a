#include "server/main/line_writer.h"

#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"
#include "gtest/gtest.h"
#include "spdlog/sinks/base_sink.h"

namespace signet::server {
namespace {

// Keeps what is written, and in how many pieces.
class RecordingSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::string text() {
    MutexLock lock(mutex_);
    return text_;
  }
  size_t pieces() {
    MutexLock lock(mutex_);
    return pieces_;
  }
  void AwaitText(absl::string_view wanted) {
    MutexLock lock(mutex_);
    while (text_ != wanted) changed_.Wait(mutex_);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    MutexLock lock(mutex_);
    absl::StrAppend(&text_, absl::string_view(formatted.data(), formatted.size()));
    ++pieces_;
    changed_.NotifyAll();
  }
  void flush_() override {}

 private:
  Mutex mutex_;
  CondVar changed_;
  std::string text_ ABSL_GUARDED_BY(mutex_);
  size_t pieces_ ABSL_GUARDED_BY(mutex_) = 0;
};

class LineWriterTest : public testing::Test {
 protected:
  std::shared_ptr<RecordingSink> sink_ = std::make_shared<RecordingSink>();
};

TEST_F(LineWriterTest, ALineIsWrittenWhenWriteReturns) {
  LineWriter writer(sink_);
  writer.Write("one");
  EXPECT_EQ(sink_->text(), "one\n");
}

TEST_F(LineWriterTest, ALineThatMayWaitIsWrittenWithoutAnyOther) {
  LineWriter writer(sink_);
  writer.WriteSoon("one");
  sink_->AwaitText("one\n");
  writer.WriteSoon("two");
  sink_->AwaitText("one\ntwo\n");
}

TEST_F(LineWriterTest, WhatWaitsIsWrittenBeforeALineThatMayNotWait) {
  LineWriter writer(sink_);
  writer.WriteSoon("one");
  writer.WriteSoon("two");
  writer.Write("three");
  EXPECT_EQ(sink_->text(), "one\ntwo\nthree\n");
}

TEST_F(LineWriterTest, TheEndWritesWhatWaits) {
  {
    LineWriter writer(sink_);
    writer.WriteSoon("one");
    writer.WriteSoon("two");
  }
  EXPECT_EQ(sink_->text(), "one\ntwo\n");
}

TEST_F(LineWriterTest, ManyLinesAreWrittenInFewPieces) {
  constexpr int kLines = 1000;
  {
    LineWriter writer(sink_);
    for (int i = 0; i < kLines; ++i) writer.WriteSoon("line");
  }
  EXPECT_EQ(std::vector<std::string>(absl::StrSplit(sink_->text(), '\n', absl::SkipEmpty())).size(), kLines);
  EXPECT_LT(sink_->pieces(), kLines / 2);
}

TEST_F(LineWriterTest, WhoeverBringsTooMuchWritesIt) {
  LineWriter writer(sink_);
  const std::string line(LineWriter::kMaxWaiting, 'x');
  writer.WriteSoon("first");
  writer.WriteSoon(line);
  EXPECT_EQ(sink_->text(), absl::StrCat("first\n", line, "\n"));
}

TEST_F(LineWriterTest, TheLinesOfAThreadKeepTheirOrder) {
  constexpr int kThreads = 4;
  constexpr int kLines = 300;
  {
    LineWriter writer(sink_);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&writer, t] {
        for (int i = 0; i < kLines; ++i) {
          const std::string line = absl::StrCat(t, " ", i);
          if (i % 7 == 0) {
            writer.Write(line);
          } else {
            writer.WriteSoon(line);
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const std::string text = sink_->text();
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), kThreads * kLines);
  for (int t = 0; t < kThreads; ++t) {
    int next = 0;
    for (const std::string& line : lines) {
      if (!absl::StartsWith(line, absl::StrCat(t, " "))) continue;
      EXPECT_EQ(line, absl::StrCat(t, " ", next++));
    }
  }
}

}  // namespace
}  // namespace signet::server
