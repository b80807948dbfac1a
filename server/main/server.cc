#include "server/main/server.h"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/version.h"
#include "keystore/sqlite_key_store.h"
#include "server/core/bootstrap.h"
#include "server/main/admin_credential.h"
#include "server/main/application.h"
#include "server/main/command_line.h"
#include "server/main/config.h"
#include "server/main/dev_administrator.h"
#include "server/main/dev_environment.h"
#include "server/main/dev_tenant.h"
#include "server/main/duration.h"
#include "server/main/grpc_log.h"
#include "server/main/json_logger.h"
#include "server/main/pin.h"
#include "server/main/process_hardening.h"
#include "server/main/termination.h"

namespace signet::server {
namespace {

using config::v1::Config;

constexpr int kSuccess = 0;
constexpr int kFailure = 1;
constexpr int kUsage = 2;

// How long the orderly end may take beyond drain_timeout.
constexpr absl::Duration kShutdownPatience = absl::Seconds(5);

// Tells a person why there is no server, before there is a log.
int Fail(const absl::Status& status, int exit_code) {
  std::fputs(absl::StrCat("signetd: ", status.message(), "\n").c_str(), stderr);
  return exit_code;
}

void Print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

LogLevel ToLogLevel(config::v1::Log::Level level) {
  switch (level) {
    case config::v1::Log::DEBUG:
      return LogLevel::kDebug;
    case config::v1::Log::WARNING:
      return LogLevel::kWarning;
    case config::v1::Log::ERROR:
      return LogLevel::kError;
    default:
      return LogLevel::kInfo;
  }
}

std::string Banner(const Application& application, const DevEnvironment* dev) {
  std::string text = absl::StrCat("signetd ", kVersion, " is ready\n");
  const auto add = [&text](absl::string_view what, absl::string_view where) {
    absl::StrAppend(&text, "  ", what, "  ", where, "\n");
  };
  add("gRPC  ", absl::StrJoin(application.grpc_addresses(), " "));
  if (!application.kubernetes_socket().empty()) add("k8s   ", absl::StrCat("unix:", application.kubernetes_socket()));
  if (!application.grpc_probe_address().empty()) add("probes", absl::StrCat("gRPC on ", application.grpc_probe_address()));
  if (!application.http_probe_address().empty()) add("probes", absl::StrCat("http://", application.http_probe_address()));
  if (application.public_url() != application.https_url()) add("public", application.public_url());
  add("HTTPS ", application.https_url());
  if (dev != nullptr) absl::StrAppend(&text, "  try    signet --config ", dev->folder(), "/signet.json list accounts/subaccount\n");
  return text;
}

void LogServing(const Application& application, Logger& logger) {
  std::vector<LogField> fields = {{"version", std::string(kVersion)},
                                  {"grpc", absl::StrJoin(application.grpc_addresses(), " ")},
                                  {"https", application.https_url()}};
  if (application.public_url() != application.https_url()) fields.push_back({"public_url", application.public_url()});
  if (!application.kubernetes_socket().empty()) fields.push_back({"kubernetes_signer", application.kubernetes_socket()});
  if (!application.grpc_probe_address().empty()) fields.push_back({"grpc_probe", application.grpc_probe_address()});
  if (!application.http_probe_address().empty()) fields.push_back({"http_probe", application.http_probe_address()});
  logger.Log(LogLevel::kInfo, "serving", fields);
}

// Starts to serve; tells by `dev`, if it is not null, where.
absl::StatusOr<std::unique_ptr<Application>> Start(const Config& config, Secret pin, core::StepObserver& steps, Logger& logger,
                                                   const DevEnvironment* dev) {
  SIGNET_ASSIGN_OR_RETURN(std::unique_ptr<Application> application, Application::Create(config, std::move(pin), steps, logger));
  if (dev != nullptr) {
    SIGNET_RETURN_IF_ERROR(CreateDevTenant(application->store(), application->tenants(), application->key_rings()));
    SIGNET_RETURN_IF_ERROR(EnsureDevAdministrator(application->store(), application->clock(), application->random(),
                                                  application->public_url(), dev->admin_credential_file()));
    SIGNET_RETURN_IF_ERROR(application->Refresh());
  }
  SIGNET_RETURN_IF_ERROR(application->Serve());
  if (dev != nullptr) SIGNET_RETURN_IF_ERROR(dev->Announce(application->grpc_addresses().front(), application->public_url()));
  return application;
}

// Serves until it is told to end.
int Serve(const Config& config, core::StepObserver& steps, const DevEnvironment* dev) {
  absl::StatusOr<Secret> pin = ReadPin(config.hsm());
  if (!pin.ok()) return Fail(pin.status(), kUsage);

  const SystemClock clock;
  JsonLogger logger(StandardErrorSink(), ToLogLevel(config.log().level()), clock);
  const GrpcLog grpc_log(logger);
  Termination termination(ToDuration(config.limits().drain_timeout()) + kShutdownPatience, logger);
  absl::StatusOr<std::unique_ptr<Application>> application = Start(config, *std::move(pin), steps, logger, dev);
  if (!application.ok()) {
    const absl::Status& status = application.status();
    const std::string name = GetReason(status);
    std::vector<LogField> fields = {{"error", std::string(status.message())}};
    if (!name.empty()) fields.push_back({"reason", name});
    logger.Log(LogLevel::kError, "cannot start", fields);
    // A supervisor must not try a wrong PIN again: tokens lock.
    return name == reason::kHsmPinRefused ? kUsage : kFailure;
  }
  LogServing(**application, logger);
  Print(Banner(**application, dev));

  termination.Wait();
  logger.Log(LogLevel::kInfo, "draining", {});
  (*application)->Drain();
  if ((*application)->hangs()) {
    logger.Log(LogLevel::kError, "ended at once", {{"reason", "calls hang in the HSM"}});
    std::_Exit(kFailure);
  }
  application->reset();
  logger.Log(LogLevel::kInfo, "ended", {});
  return kSuccess;
}

int ServeConfig(const ServeCommand& command, core::StepObserver& steps) {
  const absl::StatusOr<Config> config = LoadConfig(command.config_path);
  if (!config.ok()) return Fail(config.status(), kUsage);
  return Serve(*config, steps, nullptr);
}

int CheckConfig(const CheckCommand& command) {
  const absl::StatusOr<Config> config = LoadConfig(command.config_path);
  if (!config.ok()) return Fail(config.status(), kUsage);
  const absl::StatusOr<Secret> pin = ReadPin(config->hsm());
  if (!pin.ok()) return Fail(pin.status(), kUsage);
  Print(absl::StrCat(command.config_path, " is right\n"));
  return kSuccess;
}

// Makes the administrator's credential, or says why not.
absl::Status MakeAdministrator(const Config& config, const BootstrapCommand& command) {
  // Before anything is made: what could not be written down would be lost.
  if (std::error_code error; std::filesystem::exists(command.credential_path, error)) {
    return absl::AlreadyExistsError(absl::StrCat(command.credential_path, " exists; name another file, or remove it"));
  }
  if (config.http().public_url().empty()) {
    return absl::FailedPreconditionError("set http.public_url first: the credential says where its tokens come from");
  }
  SIGNET_ASSIGN_OR_RETURN(const std::unique_ptr<keystore::KeyStore> store,
                          keystore::CreateSqliteKeyStore(config.store().sqlite_path()));
  const SystemClock clock;
  SystemRandom random;
  SIGNET_ASSIGN_OR_RETURN(core::Bootstrap made, core::BootstrapAdministrator(*store, clock, random, config.http().public_url(),
                                                                             {.replace = command.replace}));
  return Annotate(WriteAdminCredential(command.credential_path,
                                       {std::move(made.client_id), std::move(made.client_secret), std::move(made.token_url)}),
                  "the administrator is made, but could not be written down; run this again with --replace");
}

int Bootstrap(const BootstrapCommand& command) {
  const absl::StatusOr<Config> config = LoadConfig(command.config_path);
  if (!config.ok()) return Fail(config.status(), kUsage);
  const absl::Status made = MakeAdministrator(*config, command);
  if (GetReason(made) == reason::kCredentialExists) {
    return Fail(
        absl::AlreadyExistsError("there is an administrator; --replace makes a new one, and ends the old one's tokens at once"),
        kUsage);
  }
  if (!made.ok()) return Fail(made, kFailure);
  Print(absl::StrCat("The administrator's credential is in ", command.credential_path, "\n"));
  return kSuccess;
}

int ServeDev(const DevCommand& command, core::StepObserver& steps) {
  SystemRandom random;
  const SystemClock clock;
  const absl::StatusOr<DevEnvironment> dev = DevEnvironment::Prepare(command, random, clock);
  if (!dev.ok()) return Fail(dev.status(), absl::IsInvalidArgument(dev.status()) ? kUsage : kFailure);
  return Serve(dev->config(), steps, &*dev);
}

}  // namespace

int RunServer(const std::vector<std::string>& arguments, core::StepObserver& steps) {
  umask(077);
  // Debian's Abseil looks for deadlocks at every Lock of gRPC's, as its debug builds do, and aborts where two locks were ever taken
  // in either order, harmless or not.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  Termination::BlockSignals();
  const absl::StatusOr<Command> command = ParseCommandLine(arguments);
  if (!command.ok()) return Fail(command.status(), kUsage);
  if (const auto* print = std::get_if<PrintCommand>(&*command)) {
    Print(print->text);
    return kSuccess;
  }
  // From here on there will be secrets in memory.
  HardenProcess();
  if (const auto* bootstrap = std::get_if<BootstrapCommand>(&*command)) return Bootstrap(*bootstrap);
  if (const auto* check = std::get_if<CheckCommand>(&*command)) return CheckConfig(*check);
  if (const auto* dev = std::get_if<DevCommand>(&*command)) return ServeDev(*dev, steps);
  return ServeConfig(std::get<ServeCommand>(*command), steps);
}

}  // namespace signet::server
