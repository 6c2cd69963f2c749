// A small election (example_rules.h) for the tests of count/ and of what stands on it, with one method, and its entries.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "count/partition.h"
#include "election/count_file.h"
#include "election/entry.h"
#include "election/rules.h"
#include "testing/example_rules.h"

namespace teller::example {

inline constexpr ContestId council{0}, mayor{1}, hall{2};
inline constexpr UnitId north{1}, south{2};

inline Rules rules() {
  auto parsed = Rules::parse(rules_text(), "example");
  EXPECT_TRUE(parsed) << (parsed ? "" : to_text(parsed.error()));
  return std::move(*parsed);
}

inline CountFile count(std::uint16_t partitions = 1) {
  CountFile count;
  count.id.bytes = {0xC0, 0x11, 7};
  count.partitions = partitions;
  return count;
}

// The n-th id: a UUID of version 8.
inline EntryId id(std::uint32_t n) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &n, sizeof n);
  return make_uuid(bytes, 8);
}

inline Entry entry(std::uint32_t n, const std::vector<std::uint32_t>& marks, UnitId unit = north) {
  Ballot ballot{.unit = unit, .style = {0}, .card = 1, .method = {0}, .selections = {}};
  Selection selection;
  selection.contest = council;
  for (const std::uint32_t mark : marks) selection.marks.push_back({mark});
  ballot.selections.push_back(selection);
  return {id(n), ballot};
}

inline Bytes ballot(std::uint32_t n, const std::vector<std::uint32_t>& marks, UnitId unit = north) {
  return encode(entry(n, marks, unit), count().id);
}

inline Bytes ranked(std::uint32_t n, std::vector<std::vector<std::uint32_t>> ranks) {
  Ballot ballot{.unit = north, .style = {0}, .card = 2, .method = {0}, .selections = {}};
  Selection selection;
  selection.contest = mayor;
  selection.form = Selection::Form::ranking;
  for (const auto& rank : ranks) {
    auto& at = selection.ranks.emplace_back();
    for (const std::uint32_t option : rank) at.push_back({option});
  }
  ballot.selections.push_back(selection);
  return encode({id(n), ballot}, count().id);
}

inline Entry sheet_entry(std::uint32_t version, Figure yes, Figure no,
                         Sheet::Act act = Sheet::Act::update) {
  Sheet sheet;
  sheet.unit = north;
  sheet.contest = hall;
  sheet.version = version;
  sheet.act = act;
  if (act != Sheet::Act::update) sheet.reason = "counted again";
  if (!yes.is_unknown()) sheet.votes.push_back({{0}, yes});
  if (!no.is_unknown()) sheet.votes.push_back({{1}, no});
  return {sheet_id(sheet), sheet};
}

inline Bytes sheet(std::uint32_t version, Figure yes, Figure no,
                   Sheet::Act act = Sheet::Act::update) {
  return encode(sheet_entry(version, yes, no, act), count().id);
}

inline Bytes withdrawal(std::uint32_t version) {
  return sheet(version, {}, {}, Sheet::Act::withdrawal);
}

// One record for each entry, from the partition's position on.
inline Change step(Partition& partition, const std::vector<Bytes>& entries, Step* out = nullptr) {
  std::vector<RecordedEntry> recorded;
  std::uint64_t position = partition.at().position;
  for (const Bytes& bytes : entries) recorded.push_back({position++, 0, bytes});
  Step step = partition.step(position, recorded);
  Change change = *decode_change(step.change);
  EXPECT_EQ(encode(change), step.change) << "a change has one byte string";
  if (out != nullptr) *out = std::move(step);
  return change;
}

// The same, and the store took it.
inline Change committed_step(Partition& partition, const std::vector<Bytes>& entries,
                             Step* out = nullptr) {
  Change change = step(partition, entries, out);
  EXPECT_TRUE(partition.settle(change.after()));
  return change;
}

inline std::int64_t value(const Change& change, ContestId contest, std::uint16_t column,
                          UnitId unit = north) {
  for (const TotalChange& total : change.totals) {
    if (total.key == TotalKey{contest, column, unit, {0}}) return total.by.value;
  }
  return 0;
}

}  // namespace teller::example
