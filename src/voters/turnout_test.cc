#include "voters/turnout.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace teller {
namespace {

using How = ShownFigure::How;
using Cells = std::vector<VoterTally>;

std::string text(const ShownFigure& figure) {
  return figure.how == How::number ? fmt::format("{}", figure.number) : "*";
}
std::string sum_in_words(std::uint64_t sum, std::uint64_t small) {
  return sum < small ? "<" : fmt::format("{}", sum);
}

// All that is printed of a table, its two sums with it.
std::string printed(const Cells& cells, const std::vector<ShownTally>& shown, std::uint64_t small) {
  VoterTally all;
  std::string line;
  for (const VoterTally& cell : cells) {
    all.registered += cell.registered;
    all.came += cell.came;
  }
  for (const ShownTally& one : shown) line += text(one.registered) + "/" + text(one.came) + " ";
  return line + "of " + sum_in_words(all.registered, small) + "/" + sum_in_words(all.came, small);
}

std::uint64_t did_not(const VoterTally& cell) { return cell.registered - cell.came; }

// Calls `each` with every table of so many cells and at most so many voters.
void every_table(std::size_t cells, std::uint64_t voters, std::uint64_t least,
                 const std::function<void(const Cells&)>& each) {
  Cells table(cells);
  const std::function<void(std::size_t, std::uint64_t)> fill = [&](std::size_t at,
                                                                   std::uint64_t left) {
    if (at == cells) return each(table);
    for (std::uint64_t registered = least; registered <= left; ++registered) {
      for (std::uint64_t came = 0; came <= registered; ++came) {
        table[at] = {registered, came};
        fill(at + 1, left - registered);
      }
    }
  };
  fill(0, voters);
}

// Goes through all tables there are and keeps them by what is printed; then no hidden figure may be the
// same in all that look alike. Whoever reads a table and has this code knows no more than that.
void nothing_is_worked_out(std::size_t cells, std::uint64_t voters, std::uint64_t small,
                           std::uint64_t least) {
  struct Alike {
    Cells first;
    std::vector<ShownTally> shown;
    std::vector<bool> registered, came, did_not;  // Whether another value was seen.
  };
  std::map<std::string, Alike> all;
  std::size_t hidden = 0;
  every_table(cells, voters, least, [&](const Cells& table) {
    const auto shown = shown_cells(table, least, small);
    if (shown.empty()) return;
    const auto [at, is_new] = all.try_emplace(printed(table, shown, small));
    Alike& alike = at->second;
    if (is_new) {
      const std::vector<bool> none(cells);
      alike = {table, shown, none, none, none};
      return;
    }
    for (std::size_t cell = 0; cell < cells; ++cell) {
      if (table[cell].registered != alike.first[cell].registered) alike.registered[cell] = true;
      if (table[cell].came != alike.first[cell].came) alike.came[cell] = true;
      if (did_not(table[cell]) != did_not(alike.first[cell])) alike.did_not[cell] = true;
    }
  });
  for (const auto& [line, alike] : all) {
    if (line.contains("of <")) continue;  // More voters than these may look alike.
    VoterTally sum;
    for (const VoterTally& cell : alike.first) {
      sum.registered += cell.registered;
      sum.came += cell.came;
    }
    for (std::size_t cell = 0; cell < cells; ++cell) {
      const VoterTally& first = alike.first[cell];
      if (alike.shown[cell].came.how == How::hidden) {
        ++hidden;
        EXPECT_TRUE(alike.registered[cell]) << line;
        EXPECT_TRUE(alike.came[cell]) << line;
        EXPECT_TRUE(did_not(sum) == 0 || alike.did_not[cell]) << line;
      } else {
        EXPECT_GE(first.came, small) << line;
        EXPECT_TRUE(did_not(sum) == 0 || did_not(first) >= small) << line;
      }
      if (::testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(hidden, 100U);
}

TEST(Turnout, NoHiddenFigureOfAnySmallTableCanBeWorkedOut) {
  nothing_is_worked_out(2, 30, 3, 0);
  nothing_is_worked_out(3, 18, 3, 0);
  nothing_is_worked_out(4, 13, 2, 0);
  nothing_is_worked_out(2, 45, 10, 0);
}

// A group of demographics has one voter at least, or it would not stand there.
TEST(Turnout, NeitherCanOneOfGroupsThatAreThereBecauseOfSomebody) {
  nothing_is_worked_out(2, 30, 3, 1);
  nothing_is_worked_out(3, 18, 3, 1);
  nothing_is_worked_out(4, 13, 2, 1);
}

// Tables as large as a county's: whoever adds up what is said and subtracts it from the sums, and knows from
// elsewhere how many are registered, is left with two values for each hidden figure.
TEST(Turnout, NothingCanBeSubtractedInRandomTables) {
  std::size_t hidden = 0, said = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    SeededRandom random(seed);
    Cells cells(1 + random.below(40));
    VoterTally all;
    for (VoterTally& cell : cells) {
      cell.registered = random.below(random.below(4) == 0 ? 12 : 900);
      cell.came = random.below(5) == 0 ? cell.registered : random.below(cell.registered + 1);
      all.registered += cell.registered;
      all.came += cell.came;
    }
    const auto shown = shown_cells(cells, 0);
    if (shown.empty()) continue;
    VoterTally rest = all, most;
    std::set<std::pair<std::uint64_t, std::uint64_t>> different;
    for (std::size_t at = 0; at < cells.size(); ++at) {
      if (shown[at].came.how == How::hidden) {
        ++hidden;
        most.came += cells[at].registered;
        different.emplace(cells[at].registered, cells[at].came);
        continue;
      }
      ++said;
      EXPECT_GE(cells[at].came, small_cell);
      EXPECT_TRUE(cells.size() == 1 || all.came == all.registered ||
                  did_not(cells[at]) >= small_cell);
      rest.registered -= cells[at].registered;
      rest.came -= cells[at].came;
    }
    if (all.came < small_cell || all.registered < small_cell || different.empty()) continue;
    if (all.came == all.registered) continue;  // Sums that say that everybody came.
    EXPECT_GE(different.size(), 2U) << seed;
    for (std::size_t at = 0; at < cells.size(); ++at) {
      if (shown[at].came.how != How::hidden || cells[at].registered == 0) continue;
      const std::uint64_t others = most.came - cells[at].registered;
      const std::uint64_t low = rest.came > others ? rest.came - others : 0;
      const std::uint64_t high = std::min(cells[at].registered, rest.came);
      EXPECT_LT(low, high) << seed;
    }
  }
  EXPECT_GT(hidden, 1000U);
  EXPECT_GT(said, 1000U);
}

TEST(Turnout, MethodsAreTreatedTheSame) {
  const auto shown = shown_counts(std::vector<std::uint64_t>{400, 3, 25});
  ASSERT_EQ(shown.size(), 3U);
  EXPECT_EQ(shown[0], (ShownFigure{How::number, 400}));
  EXPECT_EQ(shown[1].how, How::hidden);
  EXPECT_EQ(shown[2].how, How::hidden);
}

}  // namespace
}  // namespace teller
