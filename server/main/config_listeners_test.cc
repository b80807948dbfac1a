// Where a configuration has the server listen.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/main/config.h"
#include "server/main/minimal_config.h"

namespace signet::server {
namespace {

using testing::HasSubstr;

TEST(ConfigTest, AddressesThatOthersCanReachAreRefusedWithoutAuthentication) {
  const auto errors = [](absl::string_view from, absl::string_view to) {
    return ErrorsOf(absl::StrCat(absl::StrReplaceAll(kMinimal, {{from, to}}), "authentication: {disabled: true}\n"));
  };
  for (const char* address : {"0.0.0.0:1", "10.1.2.3:1", "'[::]:1'", "'[2001:db8::1]:1'", "128.0.0.1:1"}) {
    EXPECT_THAT(errors("grpc:\n", absl::StrCat("grpc:\n  addresses: [", address, "]\n")),
                HasSubstr("c.yaml:2: grpc.addresses[0]: must be a loopback address"))
        << address;
    EXPECT_THAT(errors("http:\n", absl::StrCat("http:\n  address: ", address, "\n")),
                HasSubstr("c.yaml:4: http.address: must be a loopback address"))
        << address;
  }
}

TEST(ConfigTest, WithAuthenticationEveryAddressWillDo) {
  EXPECT_TRUE(
      ParseConfig(absl::StrReplaceAll(kMinimal, {{"grpc:\n", "grpc:\n  addresses: ['0.0.0.0:8443', '[::]:1']\n"}}), "c").ok());
  EXPECT_TRUE(ParseConfig(absl::StrReplaceAll(kMinimal, {{"http:\n", "http:\n  address: 0.0.0.0:8444\n"}}), "c").ok());
}

TEST(ConfigTest, MalformedAddressesAreRefused) {
  for (const char* address : {"localhost", "127.0.0.1", "'127.0.0.1:'", "127.0.0.1:65536", "127.0.0.1:-1", "':1'", "::1:1",
                              "'[::1]'", "127.0.0.1.example.com:1", "127.1:1", "'127.0.0.1: 1'", "https://localhost:1"}) {
    EXPECT_THAT(ErrorsWith("http:\n", absl::StrCat("http:\n  address: ", address, "\n")),
                HasSubstr("c.yaml:4: http.address: must be \"HOST:PORT\""))
        << address;
  }
}

TEST(ConfigTest, LoopbackAndUnixAddressesAreAccepted) {
  const std::string yaml = absl::StrReplaceAll(
      kMinimal, {{"grpc:\n", "grpc:\n  addresses: [localhost:0, 127.1.2.3:65535, '[::1]:8443', unix:/run/signet/s.sock]\n"}});
  EXPECT_TRUE(ParseConfig(yaml, "c.yaml").ok()) << ParseConfig(yaml, "c.yaml").status();
}

TEST(ConfigTest, UnixAddressesAreAbsoluteAndShortEnough) {
  for (const std::string& address : {std::string("unix:relative.sock"), "unix:/" + std::string(107, 'x'), std::string("unix:")}) {
    EXPECT_THAT(ErrorsWith("grpc:\n", absl::StrCat("grpc:\n  addresses: ['", address, "']\n")),
                HasSubstr("c.yaml:2: grpc.addresses[0]: must be \"unix:\" and an absolute path"))
        << address;
  }
}

TEST(ConfigTest, TheKubernetesSignerIsOffUnlessItIsConfigured) {
  EXPECT_FALSE(ParseConfig(kMinimal, "c")->has_kubernetes_signer());
  const auto config = ParseConfig(
      absl::StrCat(kMinimal,
                   "kubernetes_signer:\n  socket_path: /run/k.sock\n  tenant: cluster\n  ring: access-token\n  allowed_uids:\n"
                   "  - 0\n  - 1000\n"),
      "c");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->kubernetes_signer().allowed_uids(), testing::ElementsAre(0, 1000));
}

TEST(ConfigTest, WhatTheKubernetesSignerLacksIsNamed) {
  const auto errors = [](absl::string_view section) {
    return ErrorsOf(absl::StrCat(kMinimal, "kubernetes_signer: {", section, "}\n"));
  };
  const std::string nothing = errors("max_token_expiration: 5m, allowed_uids: [-1]");
  for (const char* text : {"socket_path: must be an absolute path", "tenant: must be the id", "ring: must be the id",
                           "max_token_expiration: must be 10m to 366d", "allowed_uids[0]: must not be negative"}) {
    EXPECT_THAT(nothing, HasSubstr(absl::StrCat("kubernetes_signer.", text)));
  }
  EXPECT_THAT(errors("socket_path: k.sock, tenant: a, ring: b"), HasSubstr("socket_path: must be an absolute path"));
}

TEST(ConfigTest, OnlyUnixSocketsNeedNoTls) {
  constexpr absl::string_view kGrpcTls = "grpc:\n  tls: {certificate_file: /c, private_key_file: /k}\n";
  EXPECT_THAT(ErrorsWith(kGrpcTls, "grpc:\n"), HasSubstr("c.yaml:1: grpc.tls: is required"));
  EXPECT_TRUE(ParseConfig(absl::StrReplaceAll(kMinimal, {{kGrpcTls, "grpc:\n  addresses: ['unix:/s']\n"}}), "c.yaml").ok());
  EXPECT_THAT(ErrorsWith("http:\n  tls: {certificate_file: /c, private_key_file: /k}\n", "http:\n"),
              HasSubstr("c.yaml:3: http.tls: is required"));
}

TEST(ConfigTest, ThePublicUrlIsAnHttpsRoot) {
  for (const char* url : {"http://a.example", "https://", "https:///x", "https://a.example/", "'https://a.example?x'",
                          "'https://a.example#x'", "https://user@a.example", "a.example"}) {
    EXPECT_THAT(ErrorsWith("http:\n", absl::StrCat("http:\n  public_url: ", url, "\n")),
                HasSubstr("c.yaml:4: http.public_url: must be an https URL"))
        << url;
  }
  EXPECT_TRUE(
      ParseConfig(absl::StrReplaceAll(kMinimal, {{"http:\n", "http:\n  public_url: https://a.example/signet\n"}}), "c").ok());
}

TEST(ConfigTest, ProbesMayListenAnywhereButNeedAnAddress) {
  EXPECT_TRUE(ParseConfig(absl::StrCat(kMinimal, "probe:\n  http_address: 0.0.0.0:8080\n"), "c.yaml").ok());
  EXPECT_THAT(ErrorsOf(absl::StrCat(kMinimal, "probe:\n  grpc_address: 8080\n")),
              HasSubstr("c.yaml:12: probe.grpc_address: must be \"HOST:PORT\""));
}

TEST(ConfigTest, NoTwoListenersShareAnAddress) {
  const auto probes = [](absl::string_view address) {
    return ParseConfig(absl::StrCat(kMinimal, "probe:\n  http_address: '", address, "'\n"), "c.yaml").status();
  };
  for (const char* address : {"127.0.0.1:8444", "0.0.0.0:8444", "[::]:8444", "localhost:8444"}) {
    EXPECT_EQ(probes(address).message(),
              "c.yaml:12: probe.http_address: must not be the address of http.address as well: 127.0.0.1:8444");
  }
  EXPECT_TRUE(probes("127.0.0.2:8444").ok());
  EXPECT_TRUE(probes("[::1]:8444").ok());
  EXPECT_THAT(ErrorsWith("grpc:\n", "grpc:\n  addresses: ['unix:/s', 'unix:/s']\n"),
              HasSubstr("c.yaml:2: grpc.addresses[1]: must not be the address of grpc.addresses[0] as well: unix:/s"));
  EXPECT_TRUE(ParseConfig(absl::StrReplaceAll(kMinimal, {{"grpc:\n", "grpc:\n  addresses: ['[::1]:0', '[::1]:0']\n"}}), "c").ok());
}

TEST(ConfigTest, ClientCertificatesAreAskedForWhereThereIsAnAuthority) {
  const auto with = ParseConfig(absl::StrCat(kMinimal, "authentication: {client_ca_file: /ca}\n"), "c.yaml");
  ASSERT_TRUE(with.ok()) << with.status();
  EXPECT_TRUE(with->grpc().tls().request_client_certificates());
  EXPECT_TRUE(with->http().tls().request_client_certificates());
  EXPECT_FALSE(ParseConfig(kMinimal, "c.yaml")->http().tls().request_client_certificates());
}

}  // namespace
}  // namespace signet::server
