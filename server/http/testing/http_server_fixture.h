#ifndef SIGNET_SERVER_HTTP_TESTING_HTTP_SERVER_FIXTURE_H_
#define SIGNET_SERVER_HTTP_TESTING_HTTP_SERVER_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "server/http/http_server.h"
#include "server/http/testing/backend_parts.h"
#include "server/http/testing/http_client.h"
#include "server/tls/certificate_source.h"
#include "tests/testing/test_certificate.h"

namespace signet::http {

// RenewableCertificate is a source whose pair a test replaces.
class RenewableCertificate final : public tls::CertificateSource {
 public:
  explicit RenewableCertificate(const TestCertificate& certificate) {
    Renew(certificate.certificate_pem, certificate.private_key_pem);
  }

  std::shared_ptr<const tls::CertificatePair> Current() const override {
    MutexLock lock(mutex_);
    return pair_;
  }
  void Renew(const std::string& chain, const std::string& key) {
    MutexLock lock(mutex_);
    pair_ =
        std::make_shared<const tls::CertificatePair>(tls::CertificatePair{.certificate_chain = chain, .private_key = Secret(key)});
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const tls::CertificatePair> pair_ ABSL_GUARDED_BY(mutex_);
};

// HttpServerFixture is a server on a port of its own, for tests that speak to it over sockets.
class HttpServerFixture : public testing::Test {
 protected:
  static HttpServerOptions Plain() {
    HttpServerOptions options;
    options.address = "127.0.0.1:0";
    return options;
  }
  HttpServerOptions Tls() {
    HttpServerOptions options = Plain();
    options.certificates = &certificates_;
    return options;
  }

  void Start(const HttpServerOptions& options) {
    absl::StatusOr<std::unique_ptr<HttpServer>> server = HttpServer::Create(options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    server_->Serve(parts_.backend);
  }

  std::unique_ptr<HttpClient> Connect() { return HttpClient::Connect(server_->bound_address()); }
  std::unique_ptr<HttpClient> ConnectTls() { return ConnectTls({}); }
  // With the server's certificate as the trusted one.
  std::unique_ptr<HttpClient> ConnectTls(HttpClient::Tls tls) {
    tls.trusted_certificate = certificate_.certificate_pem;
    return HttpClient::ConnectTls(server_->bound_address(), tls);
  }

  const TestCertificate certificate_ = MakeTestCertificate();
  RenewableCertificate certificates_{certificate_};
  BackendParts parts_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_TESTING_HTTP_SERVER_FIXTURE_H_
