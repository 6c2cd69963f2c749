// What the keys of a mapping had to do in the rows that were read: those that name something that was not there are
// errors, those that allow something that was not needed are a note.
#include <utility>

#include "results/table_reader.h"

namespace teller {

void TableReader::list_unused() {
  const auto look = [&](std::string_view table, const auto& keys, const auto& name_of) {
    for (const auto& key : keys) {
      if (!used_.contains(&key))
        table_.unused_keys.push_back(fmt::format("{} {}", table, shown(name_of(key))));
    }
  };
  const auto itself = [](const std::string& key) -> const std::string& { return key; };
  const auto first = [](const auto& pair) -> const std::string& { return pair.first; };
  for (const Mapping::Where& condition : mapping_.where)
    look(fmt::format("[where] {}", condition.column), condition.values, itself);
  for (const Mapping::Where& condition : mapping_.leave_out)
    look(fmt::format("[leave_out] {}", condition.column), condition.values, itself);
  for (const Mapping::Where& condition : mapping_.expect)
    look(fmt::format("[expect] {}", condition.column), condition.values, itself);
  look("[contest.ids]", mapping_.contest.ids, first);
  look("[contest.names]", mapping_.contest.names, first);
  look("[contest.each]", mapping_.contest_each, first);
  look("[contest.figures]", mapping_.contest_figures, first);
  for (const Mapping::Level& level : mapping_.units)
    look(fmt::format("[[unit]] {} empty", level.kind), level.empty, itself);
  look("[option.ids]", mapping_.option.ids, first);
  look("[option.names]", mapping_.option.names, first);
  look("[option] skip", mapping_.option_skip, itself);
  look("[option.figures]", mapping_.option_figures, first);
  look("[method.ids]", mapping_.method.ids, first);
  look("[method.names]", mapping_.method.names, first);
  if (mapping_.party) look("[party.ids]", mapping_.party->ids, first);
  if (mapping_.party) look("[party.names]", mapping_.party->names, first);
  if (!mapping_.csv.skip.empty() && !used_csv_.contains("skip"))
    table_.unused_keys.emplace_back("[csv] skip");
  for (const HeaderForm& form : mapping_.wide.forms) {
    if (!used_csv_.contains("header_form " + form.text()))
      table_.unused_keys.push_back(fmt::format("[votes] header_form {}", shown(form.text())));
  }
  for (const std::string& name : mapping_.fill_down) {
    if (!filled_down_.contains(name))
      table_.unused_keys.push_back(fmt::format("[csv] fill_down {}", shown(name)));
  }
  const auto is_option = [&](const std::string& id) {
    return std::any_of(table_.contests.begin(), table_.contests.end(),
                       [&](const auto& contest) { return contest.option_index.contains(id); });
  };
  for (const auto& [id, kind] : mapping_.option_kinds) {
    if (!is_option(id)) table_.unused_keys.push_back(fmt::format("[option.kinds] {}", shown(id)));
  }
  for (const auto& [id, candidates] : mapping_.candidate_ids) {
    if (!is_option(id))
      table_.unused_keys.push_back(fmt::format("[option.candidates] {}", shown(id)));
  }
}

// Of a key that says how the file is written: whether it had something to do.
void TableReader::list_idle_csv() {
  const CsvForm& form = mapping_.csv;
  const std::pair<std::string_view, bool> said[] = {
      {"delimiter", form.delimiter_stated},
      {"encoding", !form.encoding.empty()},
      {"quotes", !form.quotes},
      {"empty_extra_columns", form.empty_extra_columns},
      {"skip_rows", mapping_.skip_rows > 0},
      {"last_line", form.last_line > 0},
      {"sheets", !mapping_.sheets.empty()},
      {"hidden", mapping_.hidden != TableFiles::Wanted::Hidden::ask}};
  for (const auto& [key, is_said] : said) {
    if (is_said && !used_csv_.contains(std::string(key)))
      table_.idle_keys.push_back(fmt::format("[csv] {}", key));
  }
}

void TableReader::list_idle() {
  // A row that was refused may be the one that needs it.
  if (!table_.fault_groups.empty()) return;
  auto& idle = table_.idle_keys;
  list_idle_csv();
  const auto look = [&](std::string_view key, const auto& texts) {
    for (const std::string& text : texts) {
      if (!used_.contains(&text)) idle.push_back(fmt::format("{} {}", key, shown(text)));
    }
  };
  look("[numbers] thousands", mapping_.numbers.thousands);
  if (mapping_.numbers.grouping == NumberFormat::Grouping::indian && !used_indian_)
    idle.emplace_back("[numbers] grouping");
  if (mapping_.numbers.other_digits && !used_other_digits_)
    idle.emplace_back("[numbers] other_digits");
  if (mapping_.unit_separator != "/" && mapping_.units.size() < 2)
    idle.emplace_back("unit_separator");
  look("[votes] withheld", mapping_.withheld);
  look("[votes] unknown", mapping_.unknown);
  look("[votes] not_on_ballot", mapping_.not_on_ballot);
  look("[votes] zero", mapping_.zero);
  if (mapping_.repeated != Mapping::Repeated::refuse && rows_added_ == 0)
    idle.emplace_back("[votes] repeated");
  if (mapping_.sum && !used_sum_) idle.emplace_back("[votes] sum_column");
  if (mapping_.party && table_.parties.empty()) idle.emplace_back("[party]");
  const auto& contests = table_.contests;
  if (mapping_.seats_column &&
      std::ranges::none_of(contests, [](const auto& contest) { return contest.seats > 0; }))
    idle.emplace_back("[contest] seats_column");
  if (mapping_.votes_allowed_column &&
      std::ranges::none_of(contests, [](const auto& contest) { return contest.votes_allowed > 0; }))
    idle.emplace_back("[contest] votes_allowed_column");
  for (const auto& [slot, column] : mapping_.sheet) {
    if (std::ranges::none_of(sheet_cells_, [&](const auto& cell) { return cell.column == slot; }))
      idle.push_back(fmt::format("[sheet] {}", figure_name(slot)));
  }
}

}  // namespace teller
