// Signed notes against Go's vector, statements and digests against their own words.
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "log/merkle.h"
#include "publish/digest.h"
#include "publish/note.h"
#include "publish/statement.h"

namespace teller {
namespace {

// A vector that Go's golang.org/x/mod/sumdb/note accepts: seed = 32 bytes of 0x07.
TEST(Note, AgreesWithGo) {
  std::array<std::uint8_t, 32> seed;
  seed.fill(7);
  const Signer signer("election.example/2026/ballots", seed);
  const std::string key =
      "election.example/2026/ballots+e3657a7e+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
  EXPECT_EQ(signer.verifier_key(), key);

  const std::string text =
      "election.example/2026/ballots\n70000\nAmcie8ZQ2Plk0hpqfdpRwm/7YWIwPtPIUV63EHxJ3cY=\n";
  const std::string note = signer.sign(text);
  EXPECT_EQ(note, text +
                      "\n— election.example/2026/ballots "
                      "42V6flNHlCb66aqHtalrsBQxgmv2wrq60XHbdU2vlXNQtv81wquXlw8YKdVVHM0mWN0ViP/"
                      "Qt4YKsIQb/tKSV+yRGw0=\n");
  EXPECT_EQ(*open_note(note, key), text);
  EXPECT_EQ(to_text(*parse_checkpoint(text)), text);
}

TEST(Note, OneChangedByteIsNotSigned) {
  std::array<std::uint8_t, 32> seed;
  seed.fill(7);
  const Signer signer("a.example", seed);
  const std::string note = signer.sign("a.example\n1\nAAAA\n");
  ASSERT_TRUE(open_note(note, signer.verifier_key()));
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string other = note;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(open_note(other, signer.verifier_key())) << i;
  }
}

// Cases on which implementations disagree; tests/interop holds Go to the same answers.
TEST(Note, OfTheTwelveEdgeCasesOfEd25519OnlyOneIsAccepted) {
  std::ifstream file(TELLER_SOURCE_DIR "/tests/vectors/ed25519/speccheck_cases.json");
  const auto cases = nlohmann::json::parse(file);
  ASSERT_EQ(cases.size(), 12U);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    std::array<std::uint8_t, 32> key;
    std::array<std::uint8_t, 64> signature;
    Bytes message(cases[i]["message"].get<std::string>().size() / 2);
    ASSERT_TRUE(from_hex(cases[i]["pub_key"].get<std::string>(), key));
    ASSERT_TRUE(from_hex(cases[i]["signature"].get<std::string>(), signature));
    ASSERT_TRUE(from_hex(cases[i]["message"].get<std::string>(), message));
    EXPECT_EQ(good_signature(key, message, signature), i == 3) << i;
  }
}

TEST(Statement, IsReadBackAsItWasWritten) {
  Statement s;
  s.number = 3;
  s.mode = "demo";
  s.status = "unofficial";
  s.policy = "live";
  s.time_us = 1'705'132'800'123'456;
  s.partitions = {{0, {1, 2, 3, empty_root()}}, {1, {}}};
  const std::string text = to_text(s);
  EXPECT_EQ(*parse_statement(text), s);
  EXPECT_FALSE(parse_statement(text + "\n"));
  EXPECT_FALSE(parse_statement(text.substr(1)));
  std::string leading_zero = text;
  leading_zero.replace(leading_zero.find("number 3"), 8, "number 03");
  EXPECT_FALSE(parse_statement(leading_zero));
}

TEST(Steps, AreReadBackAsTheyWereWrittenAndNoOtherWay) {
  const std::vector<StepRow> rows{{.partition = 0,
                                   .number = 1,
                                   .from = 0,
                                   .to = 5,
                                   .log_size = 3,
                                   .root = Hash{1},
                                   .segment = Hash{2}},
                                  {.partition = 65'535,
                                   .number = 7,
                                   .from = 5,
                                   .to = 9,
                                   .log_size = 8,
                                   .root = Hash{3},
                                   .segment = Hash{4}}};
  const std::string text = to_text(rows);
  ASSERT_EQ(to_text(parse_steps(text).value()), text);
  EXPECT_EQ(parse_steps("")->size(), 0U);
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string other = text;
    return other.replace(other.find(from), from.size(), to);
  };
  EXPECT_FALSE(parse_steps(text + "\n")) << "a line without a step";
  EXPECT_FALSE(parse_steps(text.substr(0, text.size() - 1))) << "the last line does not end";
  EXPECT_FALSE(parse_steps(with("7 5 9", "07 5 9"))) << "a zero before a number";
  EXPECT_FALSE(parse_steps(with("65535 7", "65536 7"))) << "no partition can be called so";
  EXPECT_FALSE(parse_steps(with("0 1 0", "0  1 0"))) << "two spaces";
  EXPECT_FALSE(parse_steps(with("03000", "03 00"))) << "one word too many";
  const auto twice = parse_steps(text.substr(0, text.find('\n') + 1) + "0 1\n");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, "statement.invalid");
  EXPECT_TRUE(twice.error().detail.starts_with("line 2 ")) << twice.error().detail;
}

TEST(Digest, LeavesOutZerosAndTellsWithheldFromUnknown) {
  const TotalKey key{{0}, 1, {2}, {0}};
  const std::vector<TotalRow> none, zero{{key, {0, 1, 0}, 5}}, withheld{{key, {0, 0, 1}, 5}},
      one{{key, {1, 0, 0}, 9}};
  EXPECT_EQ(digest_of({}, none), digest_of({}, zero));
  EXPECT_NE(digest_of({}, none), digest_of({}, withheld));
  EXPECT_NE(digest_of({}, none), digest_of({}, one));
  EXPECT_NE(digest_of({}, one), digest_of(Hash{1}, one));
}

}  // namespace
}  // namespace teller
