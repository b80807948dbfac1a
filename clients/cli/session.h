#ifndef SIGNET_CLIENTS_CLI_SESSION_H_
#define SIGNET_CLIENTS_CLI_SESSION_H_

#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "clients/cli/command.h"
#include "clients/cli/configuration.h"
#include "clients/cli/environment.h"
#include "clients/cli/format.h"
#include "clients/cli/printer.h"
#include "clients/cli/values.h"
#include "clients/cpp/client.h"
#include "clients/cpp/stream.h"
#include "clients/cpp/token_source.h"
#include "google/protobuf/timestamp.pb.h"

namespace signet::cli {

// Verbosity is whether calls are told of on standard error.
enum class Verbosity { kQuiet, kVerbose };

// SessionOptions is how the session was asked to behave.
struct SessionOptions {
  Format format = Format::kText;
  Verbosity verbosity = Verbosity::kQuiet;
  // How long a call may take, and fetching a token for it.
  absl::Duration timeout = absl::Seconds(60);
};

// Session is what the handler of one command works with: its values, the server, the user. It borrows all that it is made of.
class Session {
 public:
  Session(const Command& command, const Values& values, const Configuration& configuration, const SessionOptions& options,
          const Environment& environment);

  const Command& command() const { return command_; }
  const Values& values() const { return values_; }
  const Configuration& configuration() const { return configuration_; }
  const Environment& environment() const { return environment_; }
  Printer& printer() { return printer_; }

  // The tenant that the scope parameters name, as `tenants/{tenant}`; without them, the target.
  //   kInvalidArgument USAGE  none is known, or several are named
  absl::StatusOr<std::string> Tenant() const;
  // Whether a scope parameter stands, or there is a target.
  bool NamesTenant() const;
  // The key ring that --ring names in that tenant, as `tenants/{tenant}/keyRings/{ring}`; by default `access-token`.
  absl::StatusOr<std::string> Ring() const;

  // Asks the user for a yes, unless --confirm answers already, or --validate-only makes it needless.
  //   kCancelled DECLINED     the answer was not yes
  //   kInvalidArgument USAGE  there is nobody to ask
  absl::Status Confirm(absl::string_view question);
  // Whether Confirm would ask somebody.
  bool AsksForConfirmation() const;
  // Writes what the user should see to standard error, as it is.
  void Show(absl::string_view text);

  // Returns the content that a parameter of kind kContent stands for: text in UTF-8 that is not blank.
  //   kInvalidArgument USAGE  it is another, or cannot be read; the message begins with the parameter
  absl::StatusOr<std::string> Content(absl::string_view parameter);

  // Calls the server once. A change gets --request-id, or a random one, and --validate-only.
  template <typename Stub, typename Request, typename Reply>
  absl::StatusOr<Reply> Call(client::Client::Method<Stub, Request, Reply> method, std::type_identity_t<Request> request) {
    SIGNET_ASSIGN_OR_RETURN(client::Client * client, Connect());
    const std::string request_id = RequestId(client::Client::kIsChange<Request> ? values_.Get("request-id") : "");
    if constexpr (client::Client::kIsChange<Request>) {
      request.set_request_id(request_id);
      request.set_validate_only(ValidateOnly());
    }
    return client->Call(method, request, request_id);
  }

  // Calls the server for all pages of a list.
  template <typename Stub, typename Request, typename Reply>
  absl::StatusOr<Reply> ListAll(client::Client::Method<Stub, Request, Reply> method, const std::type_identity_t<Request>& request) {
    SIGNET_ASSIGN_OR_RETURN(client::Client * client, Connect());
    return client->ListAll(method, request, RequestId(""));
  }

  // Opens a stream of the server; see clients/cpp/stream.h.
  template <typename Stub, typename Request, typename Reply>
  absl::StatusOr<std::unique_ptr<client::Stream<Reply>>> Open(client::Client::StreamingMethod<Stub, Request, Reply> method,
                                                              const std::type_identity_t<Request>& request) {
    SIGNET_ASSIGN_OR_RETURN(client::Client * client, Connect());
    return client->Open(method, request, RequestId(""));
  }

  // Whether somebody reads standard output, rather than a program or a file.
  bool OutIsTerminal() const { return environment_.out_is_terminal; }
  bool ErrIsTerminal() const { return environment_.err_is_terminal; }
  Format format() const { return options_.format; }
  bool ValidateOnly() const { return values_.IsTrue("validate-only"); }
  // Returns `done`, or for --validate-only that nothing was changed.
  std::string Headline(absl::string_view done) const;
  // Writes a warning to standard error; with the format text only, as in JSON the reply has it.
  void Warn(absl::string_view warning);
  // Writes a line about what goes on to standard error.
  void Note(absl::string_view line);
  // Writes "name: value" to standard error, for --verbose only.
  void Tell(absl::string_view name, absl::string_view value);

  absl::Time Now() const { return environment_.clock.Now(); }
  // How long it is until `time`; negative if that is past.
  absl::Duration TimeUntil(const google::protobuf::Timestamp& time) const;
  void Sleep(absl::Duration duration) { environment_.sleep(duration); }
  // See Environment.
  std::function<bool(absl::Duration)> InterruptibleWait() { return environment_.interruptible_wait(); }

  // Stores the token that was fetched for who logged in, so that the next call of the program need not fetch one.
  void KeepToken();

 private:
  absl::StatusOr<client::Client*> Connect();
  // Returns `chosen`, or a random one if that is empty, and tells of it.
  std::string RequestId(std::string chosen);

  const Command& command_;
  const Values& values_;
  const Configuration& configuration_;
  SessionOptions options_;
  const Environment& environment_;
  Printer printer_;
  // Outlives the client, which uses it; nullptr where calls are made as nobody.
  std::unique_ptr<client::TokenSource> token_source_;
  std::unique_ptr<client::Client> client_;
};

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_SESSION_H_
