#ifndef SIGNET_SERVER_CORE_COUNTED_FAILURES_H_
#define SIGNET_SERVER_CORE_COUNTED_FAILURES_H_

#include "server/core/authentication_observer.h"
#include "server/core/metrics.h"

namespace signet::core {

// CountedFailures counts failures to authenticate by their reason, and passes them on. Thread-safe.
class CountedFailures final : public AuthenticationObserver {
 public:
  // Both borrowed.
  CountedFailures(AuthenticationObserver& next, Metrics& metrics) : next_(next), metrics_(metrics) {}

  void OnFailure(const AuthenticationFailure& failure) override {
    metrics_.RecordAuthenticationFailure(failure.reason);
    next_.OnFailure(failure);
  }

 private:
  AuthenticationObserver& next_;
  Metrics& metrics_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_COUNTED_FAILURES_H_
