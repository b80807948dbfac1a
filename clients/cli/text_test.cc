#include "clients/cli/text.h"

#include "gtest/gtest.h"

namespace signet::cli {
namespace {

TEST(Text, PrintableKeepsNoControlCharacter) {
  EXPECT_EQ(Printable("a\x1b[31mb\n\x7f"), "a?[31mb??");
  EXPECT_EQ(Printable("a\xC2\x9b"
                      "31m"),
            "a?31m");
  EXPECT_EQ(Printable("Zürich €"), "Zürich €");
}

TEST(Text, WidthCountsCodePoints) { EXPECT_EQ(Width("Zürich"), 6u); }

TEST(Text, PaddedNeverCuts) {
  EXPECT_EQ(Padded("ü", 3), "ü  ");
  EXPECT_EQ(Padded("long", 2), "long");
}

TEST(Text, WrappedBreaksAtBlanksAndIndents) {
  EXPECT_EQ(Wrapped("one two three", 2, 10), "one two\n  three\n");
  EXPECT_EQ(Wrapped("", 2, 10), "\n");
  EXPECT_EQ(Wrapped("unbreakable-word", 2, 5), "unbreakable-word\n");
}

}  // namespace
}  // namespace signet::cli
