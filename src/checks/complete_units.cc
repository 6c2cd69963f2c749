#include "checks/complete_units.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/grouped.h"
#include "checks/contest_reports.h"
#include "checks/findings_to.h"
#include "publish/audit_line.h"
#include "publish/figures.h"
#include "store/each_audit_line.h"

namespace teller {
namespace {

std::string_view cards_of_word(std::uint64_t cards) {
  return cards == 1 ? " card of " : " cards of ";
}

std::optional<CompleteUnit> read_complete_subject(const Rules& rules, std::string_view subject) {
  CompleteUnit read;
  const char* const end = subject.data() + subject.size();
  const auto number = std::from_chars(subject.data(), end, read.cards);
  if (number.ec != std::errc()) return std::nullopt;
  subject.remove_prefix(static_cast<std::size_t>(number.ptr - subject.data()));
  const std::string_view between = cards_of_word(read.cards);
  if (!subject.starts_with(between)) return std::nullopt;
  const auto unit = rules.find_unit(subject.substr(between.size()));
  if (!unit) return std::nullopt;
  read.unit = *unit;
  return read;
}

// "2 too few"
std::string cards_apart(std::int64_t counted, std::int64_t declared) {
  const std::int64_t too_many = counted - declared;
  return fmt::format("{} too {}",
                     grouped(static_cast<std::uint64_t>(too_many > 0 ? too_many : -too_many)),
                     too_many > 0 ? "many" : "few");
}

}  // namespace

std::string complete_subject(std::string_view unit, std::uint64_t cards) {
  return fmt::format("{}{}{}", cards, cards_of_word(cards), unit);
}

Result<std::vector<CompleteUnit>> complete_units(const CountFile& count, const Rules& rules,
                                                 AuditStore& store) {
  std::map<UnitId, std::uint64_t> stands;
  auto read = for_each_audit_line(store, 0, [&](const AuditRow& row) -> Result<void> {
    const auto line = parse_audit_line(as_text(row.bytes));
    if (!line || !(line->count == count.id)) return {};
    if (line->action == audit_incomplete) {
      if (const auto unit = rules.find_unit(line->subject)) stands.erase(*unit);
    } else if (line->action == audit_complete) {
      if (const auto unit = read_complete_subject(rules, line->subject)) {
        stands[unit->unit] = unit->cards;
      }
    }
    return {};
  });
  if (!read) return std::unexpected(read.error());
  std::vector<CompleteUnit> units;
  for (const auto& [unit, cards] : stands) units.push_back({unit, cards});
  return units;
}

std::vector<CountedCards> counted_cards(const Rules& rules, std::span<const TotalRow> totals,
                                        std::span<const CompleteUnit> units) {
  std::vector<CountedCards> counted(units.size());
  if (units.empty()) return counted;
  std::map<UnitId, std::size_t> places;
  for (std::size_t i = 0; i < units.size(); ++i) places[units[i].unit] = i;
  for (const TotalRow& row : totals) {
    if (row.key.contest != whole_unit || row.key.slot != slot::cards) continue;
    const auto place = places.find(row.key.unit);
    if (place == places.end()) continue;
    counted[place->second].cards += row.total.value;
    counted[place->second].any = true;
  }
  std::vector<std::int64_t> on_sheets(units.size());
  const auto rows = rows_by_contest(rules, totals);
  for (std::uint32_t c = 0; c < rules.contests.size(); ++c) {
    const ContestReports reports(rules, ContestId{c}, rows[c]);
    for (std::size_t i = 0; i < units.size(); ++i) {
      const auto [first, last] = reports.of_unit(units[i].unit);
      std::int64_t cards = 0;
      for (std::size_t r = first; r < last; ++r) {
        if (!reports.cell(r).from_sheets) continue;
        const auto given = reports.figure(r, slot::cards);
        cards += given.value_or(0);
        counted[i].whole = counted[i].whole && given;
        counted[i].any = true;
      }
      on_sheets[i] = std::max(on_sheets[i], cards);
    }
  }
  for (std::size_t i = 0; i < units.size(); ++i) counted[i].cards += on_sheets[i];
  return counted;
}

void check_complete_units(const CheckedCount& count, FindingsTo& to) {
  const auto counted = counted_cards(count.rules, count.totals, count.complete);
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const auto& [unit, cards_declared] = count.complete[i];
    const auto& [cards, whole, any] = counted[i];
    const auto declared = static_cast<std::int64_t>(cards_declared);
    if (!whole && cards <= declared) continue;  // What is not known may be all the rest.
    to.held(CheckKind::declared_cards);
    if (cards == declared) continue;
    const std::string& name = count.rules.units.at(unit.value).name;
    to.found(CheckKind::declared_cards, unit,
             any ? fmt::format("{}: {}{} card{} counted, and {} declared: {}", name,
                               whole ? "" : "at least ", grouped(static_cast<std::uint64_t>(cards)),
                               cards == 1 ? "" : "s", grouped(cards_declared),
                               cards_apart(cards, declared))
                 : fmt::format("{}: {}, and {} card{} declared", name,
                               count.rules.is_leaf(unit) ? "not reported yet"
                                                         : "no cards of its own are counted",
                               grouped(cards_declared), cards_declared == 1 ? "" : "s"));
  }
}

}  // namespace teller
