#include "server/main/yaml_reader.h"

#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/main/yaml_duration.h"
#include "signet/config/v1/config.pb.h"

namespace signet::server {

void PrintTo(const FieldProblem& problem, std::ostream* out) {
  *out << problem.line << ": " << problem.field << ": " << problem.message;
}

namespace {

using config::v1::Config;
using testing::ElementsAre;
using testing::HasSubstr;

// Reads `text`, which must have exactly one problem.
FieldProblem ProblemOf(absl::string_view text) {
  Config config;
  const YamlReading reading = ReadYaml(text, config);
  EXPECT_EQ(reading.problems.size(), 1) << text;
  return reading.problems.empty() ? FieldProblem() : reading.problems[0];
}

TEST(YamlReaderTest, ReadsEveryTypeOfFieldAndRemembersItsLine) {
  Config config;
  const YamlReading reading = ReadYaml(R"(# A comment.
grpc:
  addresses: ["127.0.0.1:0", unix:/run/signet.sock]
  reflection: true
hsm:
  token_label: "a: b"
  sessions: 8
limits:
  drain_timeout: 1m30s
log: {level: WARNING}
)",
                                       config);
  EXPECT_THAT(reading.problems, ElementsAre());
  EXPECT_THAT(config.grpc().addresses(), ElementsAre("127.0.0.1:0", "unix:/run/signet.sock"));
  EXPECT_TRUE(config.grpc().reflection());
  EXPECT_EQ(config.hsm().token_label(), "a: b");
  EXPECT_EQ(config.hsm().sessions(), 8);
  EXPECT_EQ(config.limits().drain_timeout().seconds(), 90);
  EXPECT_EQ(config.log().level(), config::v1::Log::WARNING);
  EXPECT_EQ(reading.lines.at("grpc.addresses[1]"), 3);
  EXPECT_EQ(reading.lines.at("hsm.sessions"), 7);
  EXPECT_EQ(reading.lines.at("log.level"), 10);
}

TEST(YamlReaderTest, AnEmptyTextAndASectionWithoutFieldsAreEmptyMessages) {
  Config config;
  EXPECT_THAT(ReadYaml("", config).problems, ElementsAre());
  EXPECT_THAT(ReadYaml("# nothing\n", config).problems, ElementsAre());
  EXPECT_THAT(ReadYaml("grpc:\n  # all of it by default\nhsm:\n", config).problems, ElementsAre());
  EXPECT_TRUE(config.has_grpc());
}

TEST(YamlReaderTest, AnUnknownFieldIsNamedWithItsLineAndTheNearestKnownOne) {
  EXPECT_EQ(ProblemOf("hsm:\n  token_lable: x\n"),
            (FieldProblem{2, "hsm.token_lable", "is unknown; did you mean \"token_label\"?"}));
  EXPECT_EQ(
      ProblemOf("hsm: {colour: x}\n"),
      (FieldProblem{
          1, "hsm.colour",
          "is unknown; use one of module, token_label, pin_file, pin_env, sessions, verify_one_in, call_timeout, spare_sessions, "
          "unwrapped_keys"}));
  EXPECT_EQ(ProblemOf(absl::StrCat(std::string(10'000, 'x'), ": 1\n")).line, 1);
}

TEST(YamlReaderTest, AFieldThatStandsTwiceIsRefused) {
  EXPECT_EQ(ProblemOf("hsm:\n  sessions: 1\n  module: /m\n  sessions: 2\n"),
            (FieldProblem{4, "hsm.sessions", "stands twice; it is set in line 2 already"}));
}

TEST(YamlReaderTest, AWrongTypeIsRefusedWithWhatWouldBeRight) {
  EXPECT_EQ(ProblemOf("\nhsm: 5\n").line, 2);
  EXPECT_EQ(ProblemOf("\nhsm: [a]\n").field, "hsm");
  EXPECT_EQ(ProblemOf("- a\n").field, "");
  EXPECT_EQ(ProblemOf("grpc:\n  addresses: 127.0.0.1:1\n"),
            (FieldProblem{2, "grpc.addresses", "must be a list, each value on a line of its own as \"- value\""}));
  EXPECT_EQ(ProblemOf("grpc:\n  addresses:\n  - a\n  - [b]\n"), (FieldProblem{4, "grpc.addresses[1]", "must be a single value"}));
  EXPECT_EQ(ProblemOf("hsm:\n  module: {a: b}\n"), (FieldProblem{2, "hsm.module", "must be a single value"}));
  EXPECT_EQ(ProblemOf("grpc:\n  reflection: yes\n"), (FieldProblem{2, "grpc.reflection", "must be true or false"}));
  EXPECT_EQ(ProblemOf("grpc:\n  reflection: \"true\"\n"), (FieldProblem{2, "grpc.reflection", "must be true or false"}));
}

TEST(YamlReaderTest, AFieldWithoutAValueIsRefused) {
  const FieldProblem expected{2, "hsm.module", "has no value; give it one, or remove the line"};
  EXPECT_EQ(ProblemOf("hsm:\n  module:\n"), expected);
  EXPECT_EQ(ProblemOf("hsm:\n  module: \"\"\n"), expected);
  EXPECT_EQ(ProblemOf("hsm:\n  module: ~\n"), expected);
}

TEST(YamlReaderTest, NumbersAreWholeAndFit) {
  for (const char* number : {"lots", "1.5", "2147483648", "-2147483649", "0x10", "\"16\"", "1e3", "1 2"}) {
    EXPECT_EQ(ProblemOf(absl::StrCat("hsm:\n  sessions: ", number, "\n")),
              (FieldProblem{2, "hsm.sessions", "must be a whole number of at most 32 bits, without quotes, such as 16"}))
        << number;
  }
}

TEST(YamlReaderTest, AWrongEnumWordIsAnsweredWithTheWords) {
  EXPECT_EQ(ProblemOf("log:\n  level: VERBOSE\n"),
            (FieldProblem{2, "log.level", "has an unknown value; use one of DEBUG, INFO, WARNING, ERROR"}));
  EXPECT_EQ(ProblemOf("log:\n  level: info\n"), (FieldProblem{2, "log.level", "has an unknown value; did you mean \"INFO\"?"}));
  EXPECT_EQ(ProblemOf("log:\n  level: LEVEL_UNSPECIFIED\n").field, "log.level");
  EXPECT_EQ(ProblemOf("log:\n  level: 2\n").field, "log.level");
}

TEST(YamlReaderTest, DurationsNeedAUnit) {
  for (const char* duration : {"20", "soon", "1w", "inf", "-inf", "d", "1.5d", "-1d", "1d-1h", "5000000d", "1d2d"}) {
    EXPECT_EQ(ProblemOf(absl::StrCat("limits:\n  drain_timeout: ", duration, "\n")),
              (FieldProblem{2, "limits.drain_timeout", "must be a duration with its unit, such as 90s, 10m, 1h30m or 30d"}))
        << duration;
  }
}

TEST(YamlDurationTest, KnowsDaysBesideTheUnitsOfAbseil) {
  EXPECT_EQ(ParseConfigDuration("90s"), absl::Seconds(90));
  EXPECT_EQ(ParseConfigDuration("10m"), absl::Minutes(10));
  EXPECT_EQ(ParseConfigDuration("12h"), absl::Hours(12));
  EXPECT_EQ(ParseConfigDuration("30d"), absl::Hours(24 * 30));
  EXPECT_EQ(ParseConfigDuration("1d12h30m"), absl::Hours(36) + absl::Minutes(30));
  EXPECT_EQ(ParseConfigDuration("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(ParseConfigDuration("0"), absl::ZeroDuration());
  EXPECT_EQ(ParseConfigDuration(""), std::nullopt);
}

TEST(YamlReaderTest, AValueThatIsNoPlainTextIsRefused) {
  for (const char* value : {"\xff", "a\xc3", "\"a\\0b\"", "\"a\\nb\"", "\"\\x7f\""}) {
    const FieldProblem problem = ProblemOf(absl::StrCat("hsm:\n  module: /m\n  token_label: ", value));
    EXPECT_EQ(problem.line, 3);
    EXPECT_EQ(problem.field, "hsm.token_label");
    EXPECT_THAT(problem.message, HasSubstr("UTF-8")) << value;
  }
  Config config;
  EXPECT_THAT(ReadYaml("hsm: {token_label: \"Z\\xfcrich \\u20ac\"}", config).problems, ElementsAre());
  EXPECT_EQ(config.hsm().token_label(), "Zürich €");
}

TEST(YamlReaderTest, ATextThatIsNoYamlIsRefusedWithTheLine) {
  for (const char* open :
       {"hsm:\n  module: \"/m\n", "hsm:\n  module: '/m\n\n", "hsm:\n  module: [a\n", "hsm:\n {module: \"/m\n\nlog:\n"}) {
    EXPECT_GE(ProblemOf(open).line, 2) << open;
    EXPECT_THAT(ProblemOf(open).message, HasSubstr("is no YAML")) << open;
  }
  EXPECT_EQ(ProblemOf("hsm:\n\tmodule: /m\n").line, 2);
  EXPECT_EQ(ProblemOf("a: b: c\n").line, 1);
}

TEST(YamlReaderTest, SeveralDocumentsAreRefused) {
  EXPECT_THAT(ProblemOf("hsm:\n  sessions: 1\n---\nhsm:\n  sessions: 2\n").message, HasSubstr("several documents"));
}

TEST(YamlReaderTest, AnchorsAliasesTagsAndMergeKeysAreRefused) {
  EXPECT_THAT(ProblemOf("\nhsm: &a {sessions: 1}\n"),
              (FieldProblem{2, "", "anchors (&name) are not allowed; write the value out"}));
  EXPECT_THAT(ProblemOf("hsm:\n  module: !secret /m\n"),
              (FieldProblem{2, "", "tags (!name) are not allowed; the field says what type it is"}));
  EXPECT_THAT(ProblemOf("hsm:\n  <<: {sessions: 1}\n").field, "hsm.<<");
}

TEST(YamlReaderTest, AnAliasBombIsRefusedWithoutBeingExpanded) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [*a", i - 1);
    for (int j = 0; j < 9; ++j) absl::StrAppend(&bomb, ", *a", i - 1);
    absl::StrAppend(&bomb, "]\n");
  }
  EXPECT_EQ(ProblemOf(bomb).line, 1);
}

TEST(YamlReaderTest, DeepNestingIsRefused) { EXPECT_THAT(ProblemOf(std::string(100'000, '[')).message, HasSubstr("is no YAML")); }

TEST(YamlReaderTest, AKeyThatIsNoTextIsRefused) {
  EXPECT_EQ(ProblemOf("hsm:\n  ? [a]\n  : b\n"), (FieldProblem{2, "", "a field's name must be plain text"}));
}

TEST(YamlReaderTest, AllProblemsAreFoundAtOnce) {
  Config config;
  const YamlReading reading = ReadYaml("hsm:\n  sessions: x\n  modul: /m\nlog:\n  level: LOUD\n", config);
  EXPECT_THAT(reading.problems,
              ElementsAre(testing::Field(&FieldProblem::field, "hsm.sessions"), testing::Field(&FieldProblem::field, "hsm.modul"),
                          testing::Field(&FieldProblem::field, "log.level")));
}

}  // namespace
}  // namespace signet::server
