#include "entering/sheet_fields.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace teller {
namespace {

constexpr std::string_view of_option = "option:", of_figure = "figure:";

std::optional<std::uint16_t> counter_called(std::string_view name, const Contest& contest) {
  for (const auto& [column, member] : sheet_counters) {
    if (slot::name(column) != name) continue;
    if (column == slot::write_ins && !contest.write_ins) return std::nullopt;
    return column;
  }
  return std::nullopt;
}

std::optional<std::uint16_t> option_called(std::string_view id, const Contest& contest) {
  const auto found = std::ranges::find(contest.options, id, &Option::id);
  if (found == contest.options.end()) return std::nullopt;
  return static_cast<std::uint16_t>(found - contest.options.begin());
}

// Whether an id would be read as something else.
bool needs_word(std::string_view id, const Contest& contest) {
  return id.starts_with(of_option) || id.starts_with(of_figure) || counter_called(id, contest);
}

std::unexpected<Error> wrong_figures(std::string why) {
  return fail(Remedy::reject, "entering.figures_invalid", std::move(why));
}

}  // namespace

std::vector<std::uint16_t> sheet_columns(const Contest& contest) {
  std::vector<std::uint16_t> columns;
  for (std::size_t o = 0; o < contest.options.size(); ++o) {
    columns.push_back(static_cast<std::uint16_t>(o));
  }
  for (const auto& [column, member] : sheet_counters) {
    if (column != slot::write_ins || contest.write_ins) columns.push_back(column);
  }
  return columns;
}

std::string field_of(std::uint16_t column, const Contest& contest) {
  if (column >= slot::first_counter) {
    const std::string name(slot::name(column));
    return option_called(name, contest) ? std::string(of_figure) + name : name;
  }
  const std::string& id = contest.options.at(column).id;
  return needs_word(id, contest) ? std::string(of_option) + id : id;
}

std::string field_name(std::uint16_t column, const Contest& contest) {
  if (column >= slot::first_counter) return std::string(slot::name(column));
  return contest.options.at(column).name;
}

Result<std::uint16_t> column_called(std::string_view field, const Contest& contest) {
  std::optional<std::uint16_t> option, counter;
  if (field.starts_with(of_option)) {
    option = option_called(field.substr(of_option.size()), contest);
  } else if (field.starts_with(of_figure)) {
    counter = counter_called(field.substr(of_figure.size()), contest);
  } else {
    option = option_called(field, contest);
    counter = counter_called(field, contest);
  }
  if (option && counter) {
    return wrong_figures(fmt::format("\"{}\" is an option and a figure: write {}{} or {}{}", field,
                                     of_option, field, of_figure, field));
  }
  if (option) return *option;
  if (counter) return *counter;
  std::vector<std::string> known;
  constexpr std::size_t told_max = 12;
  const auto columns = sheet_columns(contest);
  for (const std::uint16_t column : columns) {
    if (known.size() < told_max) known.push_back(field_of(column, contest));
  }
  return wrong_figures(fmt::format("no figure of {} is called \"{}\"; it has {}{}", contest.name,
                                   field, fmt::join(known, ", "),
                                   columns.size() > told_max ? ", …" : ""));
}

std::string to_text(Figure figure) {
  if (figure.is_number()) return fmt::format("{}", figure.raw);
  return figure.is_withheld() ? "withheld" : "unknown";
}

std::optional<Figure> figure_of_text(std::string_view text) {
  if (text == "withheld") return Figure::withheld();
  if (text == "unknown") return Figure{};
  std::uint64_t value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value >= Figure::limit) return std::nullopt;
  return Figure::of(value);
}

Figure figure_at(const SheetFigures& figures, std::uint16_t column) {
  const auto found = std::ranges::find(figures, column, &SheetFigures::value_type::first);
  return found == figures.end() ? Figure{} : found->second;
}

void put_figure(SheetFigures& figures, std::uint16_t column, Figure figure) {
  std::erase_if(figures, [&](const auto& one) { return one.first == column; });
  if (figure.is_unknown()) return;
  figures.emplace_back(column, figure);
  std::ranges::sort(figures);
}

Sheet sheet_of(const SheetKey& key, const SheetFigures& figures) {
  Sheet sheet;
  sheet.unit = key.unit;
  sheet.method = key.method;
  sheet.contest = key.contest;
  for (const auto& [column, figure] : figures) {
    if (column < slot::first_counter) {
      sheet.votes.emplace_back(OptionId{column}, figure);
      continue;
    }
    for (const auto& [counter, member] : sheet_counters) {
      if (counter == column) sheet.*member = figure;
    }
  }
  return sheet;
}

Result<SheetFigures> typed_figures(const std::vector<std::pair<std::string, Figure>>& typed,
                                   const Contest& contest) {
  SheetFigures figures;
  std::set<std::uint16_t> given;
  for (const auto& [field, figure] : typed) {
    const auto column = column_called(field, contest);
    if (!column) return std::unexpected(column.error());
    if (!given.insert(*column).second) {
      return wrong_figures(fmt::format("{} stands there twice; keep one", field));
    }
    put_figure(figures, *column, figure);
  }
  std::vector<std::string> missing;
  for (std::size_t o = 0; o < contest.options.size(); ++o) {
    const auto column = static_cast<std::uint16_t>(o);
    if (!given.contains(column)) missing.push_back(field_of(column, contest));
  }
  if (!missing.empty()) {
    constexpr std::size_t told_max = 12;
    const std::size_t more = missing.size() - std::min(missing.size(), told_max);
    missing.resize(missing.size() - more);
    return wrong_figures(
        fmt::format("nothing was typed for {}{}; type a number, or withheld or unknown",
                    fmt::join(missing, ", "), more > 0 ? fmt::format(" and {} more", more) : ""));
  }
  if (figures.empty()) return wrong_figures("none of its figures is known");
  return figures;
}

}  // namespace teller
