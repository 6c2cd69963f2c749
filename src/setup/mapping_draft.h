// A mapping in the making, and its TOML with the reason of each guess beside it.
//
// A plain value. Called by guess_mapping.cc.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "setup/table_front.h"

namespace teller {

// What only a person can decide. The mapping has `guess` until somebody does.
struct MappingQuestion {
  std::string key;                   // As in --answer KEY=VALUE.
  std::string text;                  // A sentence that ends in a question mark.
  std::string guess;                 // What the mapping says meanwhile.
  std::vector<std::string> choices;  // Empty: any text.
  bool takes_several = false;        // Of the choices, with `between` between them.
  static constexpr std::string_view between = " / ";  // No sheet may be called so.
};

struct MappingDraft {
  struct Level {
    std::string kind, id;
    std::set<std::string> empty;
  };
  struct Votes {
    std::string column, method, method_name;
  };

  std::string name, date, time_zone;
  TableFront front;                 // How the file is written.
  std::vector<std::string> sheets;  // Of a workbook with several.
  std::string hidden;               // "read" or "leave_out", where something is.
  bool is_json = false;
  std::vector<std::string> json_records;
  std::string encoding;
  std::vector<std::string> skip, fill_down;
  std::uint32_t skip_rows = 0;
  bool empty_extra_columns = false;
  std::set<std::string> thousands;
  bool indian = false, other_digits = false;

  std::vector<Level> units;
  std::string contest_id, contest_name;
  std::map<std::string, std::string> contest_each, contest_ids, contest_figures;
  std::string size_column;
  std::string option_id;
  std::map<std::string, std::string> option_ids, option_figures;
  std::set<std::string> option_skip;
  std::string party;
  std::string method_id, method_name;
  std::vector<Votes> votes;
  std::string wide_from, wide_to;
  std::set<std::string> wide_except;
  std::vector<std::string> header_forms;  // How the names of these columns are taken apart.
  // Instead: columns of votes, each with one in which the option's name stands.
  std::vector<std::string> wide_columns, name_columns;
  std::string group_from, group_to;  // Of the first of several groups of columns.
  std::string sum_column;
  bool sum_is_sure = false;  // A person said, or is asked, that a row that differs is wrong.
  std::set<std::string> withheld, unknown, not_on_ballot, zero;
  std::string repeated;
  std::map<std::string, std::string> sheet_figures;  // Figure -> column.
  std::map<std::string, std::set<std::string>> where, leave_out, expect;
  std::vector<std::string> no_sums;

  // By table ("unit", "votes", …): sentences that stand above it.
  std::map<std::string, std::vector<std::string>> why;
  std::vector<MappingQuestion> open;
  std::vector<MappingQuestion> asked;  // All of them, also those that were answered.
  std::vector<std::string> takes;      // What it takes from the file, for its head.

  void because(const std::string& table, std::string sentence);
};

// The whole file of a mapping; `file` is the results' name.
[[nodiscard]] std::string mapping_text(const MappingDraft& draft, const std::string& file);

}  // namespace teller
