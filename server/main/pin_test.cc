#include "server/main/pin.h"

#include <stdlib.h>

#include <cstring>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"

namespace signet::server {
namespace {

config::v1::Hsm WithPinFile(const std::string& content) {
  config::v1::Hsm hsm;
  hsm.set_pin_file(testing::TempDir() + "/pin");
  std::ofstream(hsm.pin_file()) << content;
  return hsm;
}

TEST(PinTest, ANewlineAtTheEndOfTheFileIsNotPartOfThePin) {
  for (const char* content : {"1234", "1234\n", "1234\r\n"}) {
    const auto pin = ReadPin(WithPinFile(content));
    ASSERT_TRUE(pin.ok()) << pin.status();
    EXPECT_EQ(pin->Expose(), "1234");
  }
  EXPECT_EQ(ReadPin(WithPinFile(" 12 34 \n"))->Expose(), " 12 34 ");
}

TEST(PinTest, AnEmptyFileOrSeveralLinesAreRefused) {
  for (const char* content : {"", "\n", "1234\n5678\n", "1234\n\n"}) {
    EXPECT_EQ(GetReason(ReadPin(WithPinFile(content)).status()), reason::kInvalidField);
  }
}

TEST(PinTest, AnErrorNamesTheSettingOnce) {
  EXPECT_EQ(ReadPin(WithPinFile("\n")).status().message(), "hsm.pin_file: the PIN is empty");
  EXPECT_EQ(ReadPin(WithPinFile("1\n2\n")).status().message(), "hsm.pin_file: the PIN must be on one line");
}

TEST(PinTest, AMissingFileIsNotFound) {
  config::v1::Hsm hsm;
  hsm.set_pin_file("/nonexistent/pin");
  EXPECT_EQ(ReadPin(hsm).status().code(), absl::StatusCode::kNotFound);
}

TEST(PinTest, AVariableIsWipedAndRemovedOnceRead) {
  setenv("SIGNET_TEST_PIN", "12345678", 1);
  const char* bytes = getenv("SIGNET_TEST_PIN");
  config::v1::Hsm hsm;
  hsm.set_pin_env("SIGNET_TEST_PIN");
  const auto pin = ReadPin(hsm);
  ASSERT_TRUE(pin.ok()) << pin.status();
  EXPECT_EQ(pin->Expose(), "12345678");
  EXPECT_EQ(getenv("SIGNET_TEST_PIN"), nullptr);
  EXPECT_EQ(std::string(bytes, 8), std::string(8, '\0'));
  EXPECT_EQ(GetReason(ReadPin(hsm).status()), reason::kInvalidField) << "the variable is gone";
}

TEST(PinTest, NoErrorShowsThePin) {
  const auto pin = ReadPin(WithPinFile("secret-1234\nmore\n"));
  EXPECT_EQ(pin.status().ToString().find("secret-1234"), std::string::npos);
}

}  // namespace
}  // namespace signet::server
