#include "outcomes/outcome_reader.h"

#include <utility>

#include <fmt/format.h>

namespace teller {

OutcomeReader::OutcomeReader(Parts parts)
    : parts_(parts), incidents_(parts.definition, *parts.journal, *parts.store, *parts.segments) {}

Result<std::optional<std::uint32_t>> OutcomeReader::entries_of(const RecordPlace& record,
                                                               std::string_view sender) {
  if (record.partition >= parts_.definition.count->partitions) return std::nullopt;
  const auto end = parts_.journal->end(record.partition);
  if (!end) return std::unexpected(end.error());
  if (record.position >= *end) return std::nullopt;
  const auto records = parts_.journal->read(record.partition, record.position, 1);
  if (!records) return std::unexpected(records.error());
  if (records->empty() || records->front().position != record.position) return std::nullopt;
  auto reader =
      RecordReader::open(records->front().bytes, parts_.definition.count->id, record.partition);
  // Which halts its partition: whose it is cannot be said.
  if (!reader) return std::nullopt;
  while (const auto item = reader->next()) {
    if (item->envelope.sender != sender) return std::nullopt;
  }
  return reader->entries();
}

Result<OutcomesAnswer> OutcomeReader::ask(std::span<const RecordPlace> records,
                                          std::optional<std::string_view> sender) {
  // Before anything is told of any of them.
  std::vector<RecordPlace> known(records.begin(), records.end());
  for (RecordPlace& record : known) {
    if (!sender) continue;
    const auto entries = entries_of(record, *sender);
    if (!entries) return std::unexpected(entries.error());
    if (!*entries) {
      return fail(Remedy::reject, "outcomes.not_yours",
                  fmt::format("record {} of partition {} is not one that you sent", record.position,
                              record.partition));
    }
    record.entries = **entries;
  }

  // Read first: what these positions are beyond is committed, its incidents too.
  const auto partitions = parts_.store->partitions();
  if (!partitions) return std::unexpected(partitions.error());
  OutcomesAnswer answer;
  std::vector<IncidentRow> rows;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const RecordPlace& record = known[i];
    const PartitionRow& row = partitions->at(record.partition);
    if (record.position >= row.committed.position) {
      answer.waiting += record.entries;
      if (row.halted) answer.halted += record.entries;
      answer.ask_again.push_back(record);
      continue;
    }
    if (rows.size() >= parts_.incidents_max) {
      answer.ask_again.push_back(record);
      continue;
    }
    // Most counts have none: the rows say so, and thousands of records need not be asked for.
    if (row.outcomes.conflict + row.outcomes.rejected == 0) {
      answer.counted += record.entries;
      continue;
    }
    const auto found =
        parts_.store->incidents_in(record.partition, record.position, record.position + 1);
    if (!found) return std::unexpected(found.error());
    answer.counted += record.entries - found->size();
    rows.insert(rows.end(), found->begin(), found->end());
  }
  auto told = incidents_.tell(rows, ToldTo::sender);
  if (!told) return std::unexpected(told.error());
  const auto held_back = parts_.is_held_back ? parts_.is_held_back() : Result<bool>(false);
  if (!held_back) return std::unexpected(held_back.error());
  for (ToldIncident& one : *told) {
    if (*held_back && one.outcome == Outcome::conflict) {
      one.counted.reset();
      one.sent.reset();
      one.words = parts_.definition.count->small_units > 0
                      ? "another one was counted first; figures of this count are not told"
                      : "another one was counted first; nothing is published before the close of "
                        "voting";
    }
    ++(one.outcome == Outcome::conflict ? answer.conflict : answer.rejected);
    answer.incidents.push_back({one.outcome, std::string(to_text(one.outcome)) + ": " + one.words,
                                to_json(one, *parts_.definition.rules)});
  }
  return answer;
}

}  // namespace teller
