#include "gateway/sender_limits.h"

#include <gtest/gtest.h>

#include "testing/rules_with.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view limits_head = "teller = \"senders/1\"\nothers = \"nothing\"\n";

class SenderLimitsTest : public testing::Test {
 protected:
  SenderLimitsTest() {
    rules = rules_with(R"([{"id": "mayor", "kind": "plurality", "options": [{"id": "ada"}]}])",
                       {.units = R"([{"id": "all", "kind": "country"},
                                     {"id": "north", "kind": "county", "parent": "all"},
                                     {"id": "north/1", "kind": "precinct", "parent": "north"},
                                     {"id": "south", "kind": "county", "parent": "all"}])",
                        .styles = R"([{"id": "all", "cards": [["mayor"]]}])"});
  }
  Result<std::unique_ptr<SenderLimits>> parse(std::string_view toml) {
    SenderLimits::Host host;
    host.now = [this] { return now; };
    if (knows_stage) {
      host.stage = [this]() -> Result<Stage> { return stage; };
    }
    return SenderLimits::parse(toml, "limits.toml", rules, std::move(host));
  }
  std::unique_ptr<SenderLimits> limits(std::string_view senders) {
    auto read = parse(std::string(limits_head) + std::string(senders));
    EXPECT_TRUE(read) << to_text(read.error());
    return read ? std::move(*read) : nullptr;
  }
  std::string fault_of(std::string_view toml) {
    const auto read = parse(toml);
    return read ? "none" : std::string(read.error().code.text()) + " " + read.error().detail;
  }
  // The code that an entry of this unit is refused with; "" if it is taken.
  std::string code(const SenderLimits& all, std::string_view sender, std::string_view unit,
                   EntryKind kind = EntryKind::ballot) {
    const auto gate = all.gate(sender);
    EXPECT_TRUE(gate);
    if (!*gate) return "";
    const auto refusal =
        (*gate)(kind, unit.empty() ? std::nullopt : std::optional(*rules.find_unit(unit)));
    return refusal ? std::string(refusal->code.text()) : "";
  }

  Rules rules;
  Stage stage = Stage::open;
  bool knows_stage = true;
  SenderLimits::Clock::time_point now{1h};
};

TEST_F(SenderLimitsTest, AUnitMeansAllBelowItAndNothingBesideOrAboveIt) {
  const auto all = limits("[[sender]]\nname = \"n\"\nunits = [\"north\"]\n");
  EXPECT_EQ(code(*all, "n", "north"), "");
  EXPECT_EQ(code(*all, "n", "north/1"), "");
  EXPECT_EQ(code(*all, "n", "south"), "sender.unit_not_yours");
  EXPECT_EQ(code(*all, "n", "all"), "sender.unit_not_yours");
  EXPECT_EQ(code(*all, "n", "south", EntryKind::sheet), "sender.unit_not_yours");
  // A decision of officers is of no unit.
  EXPECT_EQ(code(*all, "n", "", EntryKind::control), "");
}

TEST_F(SenderLimitsTest, WhoIsNotNamedMaySendWhatTheFileSays) {
  const auto nothing = limits("[[sender]]\nname = \"n\"\n");
  EXPECT_EQ(code(*nothing, "n", "south"), "");
  EXPECT_EQ(nothing->closed_to("n"), std::nullopt);
  EXPECT_EQ(nothing->closed_to("other")->status, 403U);
  EXPECT_EQ(code(*nothing, "other", "south"), "http.sender_not_allowed");

  const auto everything =
      parse("teller = \"senders/1\"\nothers = \"everything\"\n[[sender]]\nname = \"n\"\n");
  ASSERT_TRUE(everything);
  EXPECT_EQ((*everything)->closed_to("other"), std::nullopt);
  EXPECT_EQ(code(**everything, "other", "south"), "");
}

TEST_F(SenderLimitsTest, ASenderHasItsBurstAndThenItsRate) {
  const auto all = limits("[[sender]]\nname = \"n\"\nentries_per_s = 10\nburst = 30\n");
  EXPECT_EQ(all->charge("n", 30), std::nullopt);
  EXPECT_EQ(all->closed_to("n")->status, 429U);
  // 25 entries are free again after 2.5 seconds; the header has whole ones.
  EXPECT_EQ(all->charge("n", 25)->retry_after_s, 3U);
  now += 2400ms;
  EXPECT_NE(all->charge("n", 25), std::nullopt);
  now += 100ms;
  EXPECT_EQ(all->charge("n", 25), std::nullopt);
  now += 1h;  // No more than the burst is saved up.
  EXPECT_EQ(all->charge("n", 30), std::nullopt);
  EXPECT_NE(all->charge("n", 1), std::nullopt);
}

// It could never be sent otherwise, and a packed batch cannot be cut by its sender's proxy.
TEST_F(SenderLimitsTest, ABodyLargerThanTheBurstIsTakenAndWaitedForAfterwards) {
  const auto all = limits("[[sender]]\nname = \"n\"\nentries_per_s = 10\n");
  EXPECT_EQ(all->charge("n", 100), std::nullopt);
  EXPECT_EQ(all->charge("n", 1)->retry_after_s, 10U);
  now += 9s;
  EXPECT_EQ(all->closed_to("n")->status, 429U);
  now += 2s;
  EXPECT_EQ(all->charge("n", 1), std::nullopt);
}

TEST_F(SenderLimitsTest, OneSenderDoesNotPayForAnother) {
  const auto all = limits(
      "[[sender]]\nname = \"n\"\nentries_per_s = 1\n[[sender]]\nname = \"m\"\nentries_per_s = 1\n");
  EXPECT_EQ(all->charge("n", 1000), std::nullopt);
  EXPECT_EQ(all->charge("m", 1), std::nullopt);
}

TEST_F(SenderLimitsTest, AVotingPlacesBallotsComeBetweenOpeningAndClosing) {
  const auto all =
      limits("[[sender]]\nname = \"place\"\nvoting_place = true\n[[sender]]\nname = \"mail\"\n");
  for (const auto& [at, expected] :
       {std::pair(Stage::setup, "sender.before_open"), std::pair(Stage::open, ""),
        std::pair(Stage::closed, "sender.after_close"),
        std::pair(Stage::certified, "sender.after_close")}) {
    stage = at;
    EXPECT_EQ(code(*all, "place", "north"), expected);
    EXPECT_EQ(code(*all, "place", "north", EntryKind::sheet), "");
    EXPECT_EQ(code(*all, "place", "", EntryKind::control), "");
    EXPECT_EQ(code(*all, "mail", "north"), "");
  }
}

TEST_F(SenderLimitsTest, AFileThatCannotBeKeptIsRefused) {
  EXPECT_EQ(fault_of(""),
            "sender.limits_invalid limits.toml: teller is missing: write teller = \"…\"\n"
            "limits.toml: others is missing: write others = \"…\"\n"
            "limits.toml: [[sender]] is missing: there must be at least one");
  const std::string head(limits_head);
  EXPECT_EQ(
      fault_of(head + "[[sender]]\nname = \"n\"\nunits = [\"nort\"]\n"),
      "sender.limits_invalid limits.toml:5: [[sender]] units has \"nort\", which the rules do "
      "not know");
  EXPECT_NE(fault_of(head + "[[sender]]\nname = \"n\"\n[[sender]]\nname = \"n\"\n")
                .find("\"n\" stands twice"),
            std::string::npos);
  EXPECT_NE(fault_of(head + "[[sender]]\nname = \"n\"\nburst = 2\n").find("without entries_per_s"),
            std::string::npos);
  EXPECT_NE(fault_of(head + "[[sender]]\nname = \"n\"\nunits = []\n").find("must not be empty"),
            std::string::npos);
  EXPECT_NE(fault_of(head + "[[sender]]\nname = \"n\"\nrate = 2\n").find("not known here"),
            std::string::npos);
  knows_stage = false;
  EXPECT_NE(fault_of(head + "[[sender]]\nname = \"n\"\nvoting_place = true\n").find("nobody else"),
            std::string::npos);
}

}  // namespace
}  // namespace teller
