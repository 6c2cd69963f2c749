// A mapping: TOML that a person wrote. What is taken can be used on a file that has its columns.
#include "results/mapping.h"

#include <algorithm>

#include "fuzz/target.h"

using namespace teller;

FUZZ_TARGET(mapping) {
  auto mapping = Mapping::parse(as_text(input), "mapping.toml");
  if (!mapping) {
    check(fuzz::is_known(mapping.error().code) && !mapping.error().detail.empty(),
          "a refusal has a code and a sentence");
    return;
  }
  check(!mapping->units.empty() && !mapping->votes.empty(), "it says where votes stand");
  const auto unbound = mapping->bind({});
  check(unbound || unbound.error().code == Code("import.column_missing"),
        "a missing column is named");

  std::vector<std::string> header;
  const auto name = [&](const Template& value) {
    for (const std::string& column : value.columns()) header.push_back(column);
  };
  const auto both = [&](const Mapping::Naming& named) {
    name(named.id);
    name(named.name);
  };
  for (const Mapping::Level& level : mapping->units) {
    name(level.id);
    name(level.name);
  }
  both(mapping->method);
  both(mapping->contest);
  for (const auto& [from, id] : mapping->contest_each) name(id);
  both(mapping->option);
  if (mapping->party) both(*mapping->party);
  if (mapping->figures_at && !mapping->figures_at->column.empty())
    header.push_back(mapping->figures_at->column);
  for (const auto& votes : mapping->votes) header.push_back(votes.column);
  for (const auto& [slot, column] : mapping->sheet) header.push_back(column.column);
  for (const auto* const column :
       {&mapping->sum, &mapping->seats_column, &mapping->votes_allowed_column}) {
    if (*column) header.push_back((*column)->column);
  }
  for (const auto& condition : mapping->where) header.push_back(condition.column);
  for (const auto& condition : mapping->leave_out) header.push_back(condition.column);
  for (const auto& condition : mapping->expect) header.push_back(condition.column);
  // A file has each column once; two of a name that is needed are refused.
  std::ranges::sort(header);
  header.erase(std::unique(header.begin(), header.end()), header.end());
  check(mapping->bind(header).has_value(), "with all its columns it can be used");
  const std::vector<std::string_view> row(header.begin(), header.end());
  std::string out;
  for (const Mapping::Level& level : mapping->units) level.id.expand(row, out);
  mapping->option.id.expand(row, out);
  if (mapping->figures_at) static_cast<void>(mapping->figures_at->form.read("2026-05-03T21:00Z"));
}
