#include "deliver/delivery.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace teller {
namespace {

constexpr std::array<std::pair<std::uint16_t, Figure Sheet::*>, 7> counters{{
    {slot::cards, &Sheet::cards},
    {slot::undervotes, &Sheet::undervotes},
    {slot::overvotes, &Sheet::overvotes},
    {slot::blank, &Sheet::blank},
    {slot::invalid, &Sheet::invalid},
    {slot::write_ins, &Sheet::write_ins},
    {slot::registered, &Sheet::registered},
}};

constexpr std::array<std::pair<std::string_view, Sheet::Act>, 3> acts{
    {{"update", Sheet::Act::update},
     {"correction", Sheet::Act::correction},
     {"withdrawal", Sheet::Act::withdrawal}}};

Figure votes_of(const Sheet& sheet, OptionId option) {
  const auto found = std::ranges::find(sheet.votes, option, &std::pair<OptionId, Figure>::first);
  return found == sheet.votes.end() ? Figure{} : found->second;
}

}  // namespace

std::string_view to_text(Became became) {
  switch (became) {
    case Became::fresh:
      return "new";
    case Became::updated:
      return "updated";
    case Became::corrected:
      return "corrected";
    case Became::withdrawn:
      return "withdrawn";
    case Became::unchanged:
      return "unchanged";
    case Became::stale:
      return "stale";
    case Became::refused:
      return "refused";
    case Became::waiting:
      return "waiting";
  }
  check(false, "a sheet of a delivery became one of these");
  return {};
}

std::string_view to_text(Sheet::Act act) {
  for (const auto& [text, one] : acts) {
    if (one == act) return text;
  }
  return "";
}

std::optional<Sheet::Act> act_named(std::string_view text) {
  for (const auto& [name, act] : acts) {
    if (name == text) return act;
  }
  return std::nullopt;
}

std::uint64_t DeliveryReport::count_of(Became became) const {
  return static_cast<std::uint64_t>(std::ranges::count(sheets, became, &SheetReport::became));
}

bool DeliveryReport::all_stand() const {
  return count_of(Became::stale) + count_of(Became::refused) + count_of(Became::waiting) == 0;
}

SheetKey key_of(const Sheet& sheet) { return {sheet.unit, sheet.method, sheet.contest}; }

bool same_figures(const Sheet& a, const Sheet& b) {
  return a.votes == b.votes && std::ranges::all_of(counters, [&](const auto& counter) {
           return a.*counter.second == b.*counter.second;
         });
}

std::vector<std::pair<std::uint16_t, Figure>> counters_of(const Sheet& sheet) {
  std::vector<std::pair<std::uint16_t, Figure>> known;
  for (const auto& [column, member] : counters) {
    if (!(sheet.*member).is_unknown()) known.emplace_back(column, sheet.*member);
  }
  return known;
}

std::vector<Fall> falls(const Sheet& before, const Sheet& after) {
  std::vector<Fall> all;
  const auto note = [&](std::uint16_t column, Figure was, Figure is) {
    if (was.is_number() && is.is_number() && is.raw < was.raw) {
      all.push_back({column, was.raw, is.raw});
    }
  };
  for (const auto& [option, was] : before.votes) {
    note(static_cast<std::uint16_t>(option.value), was, votes_of(after, option));
  }
  for (const auto& [column, member] : counters) note(column, before.*member, after.*member);
  return all;
}

}  // namespace teller
