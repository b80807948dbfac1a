#include "tests/integration/key_watch_reader.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace signet::testing {

KeyWatchReader::KeyWatchReader(KeyStub& stub, const std::string& name, const std::string& resume_token, const CallOptions& options)
    : resume_token_(resume_token) {
  context_.set_deadline(std::chrono::system_clock::now() + options.timeout);
  for (const auto& [key, value] : options.metadata) context_.AddMetadata(key, value);
  v1::WatchKeysRequest request;
  request.set_name(name);
  request.set_resume_token(resume_token);
  reader_ = stub.WatchKeys(&context_, request);
}

KeyWatchReader::~KeyWatchReader() {
  Cancel();
  if (!finished_) AwaitOutcome();
}

std::optional<v1::WatchKeysResponse> KeyWatchReader::Next() {
  v1::WatchKeysResponse message;
  if (!reader_->Read(&message)) return std::nullopt;
  resume_token_ = message.resume_token();
  return message;
}

void KeyWatchReader::AwaitBeginning() {
  const std::optional<v1::WatchKeysResponse> first = Next();
  ASSERT_TRUE(first.has_value());
  EXPECT_NE(first->resume_token(), "");
  EXPECT_FALSE(first->has_time());
  EXPECT_FALSE(first->has_key());
  EXPECT_EQ(first->action(), "");
}

std::vector<v1::WatchKeysResponse> KeyWatchReader::NextChanges(size_t count) {
  std::vector<v1::WatchKeysResponse> changes;
  while (changes.size() < count) {
    std::optional<v1::WatchKeysResponse> message = Next();
    if (!message.has_value()) {
      ADD_FAILURE() << "the call ended with " << AwaitOutcome() << " after " << changes.size() << " changes of " << count;
      return changes;
    }
    EXPECT_TRUE(message->has_time() && message->has_key());
    changes.push_back(*std::move(message));
  }
  return changes;
}

std::string KeyWatchReader::AwaitOutcome() {
  while (Next().has_value()) {
  }
  finished_ = true;
  return OutcomeOf(reader_->Finish());
}

std::string KeyWatchReader::request_id() const {
  const auto& metadata = context_.GetServerInitialMetadata();
  const auto id = metadata.find("x-request-id");
  return id == metadata.end() ? "" : std::string(id->second.data(), id->second.size());
}

std::string TextOf(const v1::WatchKeysResponse& message) {
  if (!message.has_key()) return "";
  return absl::StrCat(message.action(), " ", message.key().name(), " ", v1::SigningKey::State_Name(message.key().state()));
}

std::vector<std::string> TextsOf(const std::vector<v1::WatchKeysResponse>& messages) {
  std::vector<std::string> texts;
  for (const v1::WatchKeysResponse& message : messages) texts.push_back(TextOf(message));
  return texts;
}

}  // namespace signet::testing
