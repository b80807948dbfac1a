#include "clients/cli/printer.h"

#include <sstream>

#include "google/protobuf/empty.pb.h"
#include "gtest/gtest.h"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

TEST(Printer, AListIsPaddedColumnsTheCountAndOk) {
  std::ostringstream out;
  Printer(Format::kText, out)
      .PrintList(v1::ListKeysResponse(), {{"Key ID", "Name", "Last"}, {{"a", "Zürich", "x"}, {"long-id", "", ""}}});
  EXPECT_EQ(out.str(),
            "Key ID  Name   Last\n"
            "a       Zürich x\n"
            "long-id\n"
            "\n"
            "2 entries\n"
            "\n"
            "OK\n");
}

TEST(Printer, AColumnCanHaveALeastWidthAndTheHeaderAnEnd) {
  EXPECT_EQ(RenderTable({{"A", "B", "C"}, {{"1", "", "3"}}, {0, 3}, " "}), "A B   C \n1     3\n");
}

TEST(Printer, ADocumentIsFieldsAndLines) {
  std::ostringstream out;
  Printer printer(Format::kText, out);
  printer.PrintDocument(v1::Certificate(), {{"ID", "a"}}, "one\r\ntwo\x1b\n");
  printer.PrintDocument(v1::Certificate(), {}, "one");
  EXPECT_EQ(out.str(), "ID: a\n\none\ntwo?\n\nOK\none\n\nOK\n");
}

TEST(Printer, BytesStayAsTheyAre) {
  std::ostringstream out;
  Printer(Format::kText, out).PrintBytes(v1::Certificate(), absl::string_view("a\0\r", 3));
  EXPECT_EQ(out.str(), std::string("a\0\r", 3));
}

TEST(Printer, EventsAreLinesOfTextOrJson) {
  std::ostringstream out;
  v1::WatchKeysResponse event;
  event.set_action("EnableKey");
  Printer text(Format::kText, out);
  EXPECT_TRUE(text.PrintEvent(event, "a\nb"));
  text.PrintEnd();
  Printer json(Format::kJson, out);
  EXPECT_TRUE(json.PrintEvent(event, ""));
  json.PrintEnd();
  EXPECT_EQ(out.str(), "a?b\n\nOK\n{\"resumeToken\":\"\",\"action\":\"EnableKey\"}\n");
  out.setstate(std::ios::badbit);
  EXPECT_FALSE(text.PrintEvent(event, "a"));
}

TEST(Printer, AListCountsOneAndNone) {
  std::ostringstream out;
  Printer printer(Format::kText, out);
  printer.PrintList(v1::ListKeysResponse(), {{"ID"}, {}});
  printer.PrintList(v1::ListKeysResponse(), {{"ID"}, {{"a"}}});
  EXPECT_EQ(out.str(), "ID\n\n0 entries\n\nOK\nID\na\n\n1 entry\n\nOK\n");
}

TEST(Printer, AReplyIsAHeadlineAndAlignedFields) {
  std::ostringstream out;
  Printer printer(Format::kText, out);
  printer.PrintReply(v1::SigningKey(), "Created", {{"ID", "a"}, {"Longer name", "b\n"}});
  printer.PrintReply(v1::SigningKey(), "", {{"ID", "a"}});
  printer.PrintReply(v1::SigningKey(), "Deleted", {});
  EXPECT_EQ(out.str(),
            "Created\n\nID:          a\nLonger name: b?\n\nOK\n"
            "ID: a\n\nOK\n"
            "Deleted\n\nOK\n");
}

TEST(Printer, AValueStandsAlone) {
  std::ostringstream out;
  Printer(Format::kText, out).PrintValue(v1::SignTokenResponse(), "h.p.s");
  EXPECT_EQ(out.str(), "h.p.s\n");
}

TEST(Printer, JsonIsThatOfProtoWithEveryListAndNoOk) {
  std::ostringstream out;
  Printer printer(Format::kJson, out);
  printer.PrintList(v1::ListKeysResponse(), {{"ID"}, {}});
  printer.PrintReply(google::protobuf::Empty(), "Deleted", {});
  v1::KeyRing ring;
  ring.mutable_policy()->mutable_activation_delay()->set_seconds(300);
  printer.PrintReply(ring, "", {});
  EXPECT_EQ(out.str(), R"({
 "keys": [],
 "nextPageToken": ""
}
{}
{
 "name": "",
 "algorithm": "ALGORITHM_UNSPECIFIED",
 "policy": {
  "preset": "PRESET_UNSPECIFIED",
  "maxKeys": 0,
  "activationDelay": "300s"
 },
 "etag": "",
 "protection": "PROTECTION_UNSPECIFIED"
}
)");
}

TEST(Printer, DatesAreThoseOfTheProgramThatItIsLike) {
  google::protobuf::Timestamp time;
  EXPECT_EQ(DateOf(time), "");
  time.set_seconds(1706885331);
  EXPECT_EQ(DateOf(time), "Fri Feb 02 14:48:51 UTC 2024");
}

TEST(Printer, AnIdIsTheEndOfAName) {
  EXPECT_EQ(IdOf("tenants/a/keyRings/b"), "b");
  EXPECT_EQ(IdOf("a"), "a");
  EXPECT_EQ(IdOf(""), "");
}

}  // namespace
}  // namespace signet::cli
