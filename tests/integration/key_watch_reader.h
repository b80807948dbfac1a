#ifndef SIGNET_TESTS_INTEGRATION_KEY_WATCH_READER_H_
#define SIGNET_TESTS_INTEGRATION_KEY_WATCH_READER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/rpc_client.h"

namespace signet::testing {

// KeyWatchReader is one call of WatchKeys, read message by message. For one thread, but for Cancel.
class KeyWatchReader {
 public:
  KeyWatchReader(KeyStub& stub, const std::string& name, const std::string& resume_token = "", const CallOptions& options = {});
  // Cancels the call.
  ~KeyWatchReader();
  KeyWatchReader(const KeyWatchReader&) = delete;
  KeyWatchReader& operator=(const KeyWatchReader&) = delete;

  // Waits for the next message; nullopt when the call has ended.
  std::optional<v1::WatchKeysResponse> Next();
  // Waits for the first message; the test fails if it tells of a change or does not come.
  void AwaitBeginning();
  // Waits for that many messages with a change, which must be the next ones.
  std::vector<v1::WatchKeysResponse> NextChanges(size_t count);
  // Of the last message read; before any, that of the call.
  const std::string& resume_token() const { return resume_token_; }

  void Cancel() { context_.TryCancel(); }
  // Reads to the end; how the call ended, such as "UNAVAILABLE SHUTTING_DOWN".
  std::string AwaitOutcome();
  // The `x-request-id` of the server; after the first message.
  std::string request_id() const;

 private:
  grpc::ClientContext context_;
  std::string resume_token_;
  std::unique_ptr<grpc::ClientReader<v1::WatchKeysResponse>> reader_;
  bool finished_ = false;
};

// What a message tells: "action key STATE", or "" for one without a change.
std::string TextOf(const v1::WatchKeysResponse& message);
std::vector<std::string> TextsOf(const std::vector<v1::WatchKeysResponse>& messages);

}  // namespace signet::testing

#endif  // SIGNET_TESTS_INTEGRATION_KEY_WATCH_READER_H_
