#include "store/definition_rows.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/check.h"
#include "count/step.h"
#include "election/unit_places.h"

namespace teller {
namespace {

using Type = DefinitionColumn::Type;

struct Source {
  const Rules& rules;
  const Presentation& presentation;
  const CountFile& count;
};

class Rows {
 public:
  template <typename... Columns>
  void add(const Columns&... columns) {
    (put(columns), ...);
  }
  std::vector<DefinitionValue> values;

 private:
  void put(std::monostate) { values.emplace_back(); }
  void put(std::string_view text) { values.emplace_back(text); }
  void put(const std::string& text) { values.emplace_back(std::string_view(text)); }
  template <std::integral T>
  void put(T number) {
    values.emplace_back(static_cast<std::int64_t>(number));
  }
  void put(const DefinitionValue& value) { values.push_back(value); }
};

DefinitionValue or_null(std::string_view text) {
  return text.empty() ? DefinitionValue{} : DefinitionValue{text};
}

// How a party or an option looks; nothing of it when nobody said.
template <typename Looks>
const OptionLook& look_of(const Looks& looks, const std::string& key) {
  static const OptionLook none;
  const auto found = looks.find(key);
  return found == looks.end() ? none : found->second;
}

std::string_view bytes_of(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

void add_methods(Rows& to, const Source& from) {
  for (std::size_t i = 0; i < from.rules.methods.size(); ++i) {
    to.add(i, from.rules.methods[i].id, from.rules.methods[i].name);
  }
}

void add_parties(Rows& to, const Source& from) {
  for (std::size_t i = 0; i < from.rules.parties.size(); ++i) {
    const Party& party = from.rules.parties[i];
    to.add(i, party.id, party.name, or_null(look_of(from.presentation.parties, party.id).colour));
  }
}

DefinitionValue number(const std::optional<UnitId>& unit) {
  return unit ? DefinitionValue{std::int64_t{unit->value}} : DefinitionValue{};
}

void add_units(Rows& to, const Source& from) {
  const std::vector<UnitPlace> places = unit_places(from.rules);
  to.values.reserve(8 * from.rules.units.size());
  for (std::size_t i = 0; i < from.rules.units.size(); ++i) {
    const Unit& unit = from.rules.units[i];
    DefinitionValue registered;
    if (const auto found = from.presentation.registered.find(unit.id);
        found != from.presentation.registered.end()) {
      registered = static_cast<std::int64_t>(found->second);
    }
    to.add(i, unit.id, unit.name, unit.kind, number(unit.parent), places[i].depth,
           number(places[i].top), registered);
  }
}

void add_contests(Rows& to, const Source& from) {
  for (std::size_t i = 0; i < from.rules.contests.size(); ++i) {
    const Contest& c = from.rules.contests[i];
    to.add(i, c.id, c.name, to_text(c.kind), c.seats, c.votes_allowed, c.share_base, c.decides,
           c.unit.value, c.write_ins ? 1 : 0,
           from.rules.count_expected({static_cast<std::uint32_t>(i)}), c.options.size());
  }
}

void add_contest_methods(Rows& to, const Source& from) {
  for (std::size_t i = 0; i < from.rules.contests.size(); ++i) {
    const auto& counted_from = from.rules.contests[i].counted_from;
    for (std::size_t m = 0; m < counted_from.size(); ++m) {
      to.add(i, m, counted_from[m] == CountedFrom::sheets ? 1 : 0);
    }
  }
}

template <typename Add>
void each_option(const Rules& rules, Add add) {
  for (std::size_t i = 0; i < rules.contests.size(); ++i) {
    const Contest& contest = rules.contests[i];
    for (std::size_t o = 0; o < contest.options.size(); ++o) add(i, contest, o, contest.options[o]);
  }
}

void add_options(Rows& to, const Source& from) {
  each_option(from.rules, [&](std::size_t i, const Contest& contest, std::size_t o,
                              const Option& option) {
    const OptionLook& look = look_of(from.presentation.options, contest.id + "/" + option.id);
    to.add(i, o, option.id, option.name, look.short_name.empty() ? option.name : look.short_name,
           to_text(option.kind), or_null(look.colour), or_null(look.photo));
  });
}

// By party: that is its key.
void add_option_parties(Rows& to, const Source& from) {
  each_option(from.rules, [&](std::size_t i, const Contest&, std::size_t o, const Option& option) {
    std::vector<std::pair<std::uint32_t, std::size_t>> parties;
    for (std::size_t n = 0; n < option.parties.size(); ++n) {
      parties.emplace_back(option.parties[n].value, n);
    }
    std::ranges::sort(parties);
    for (const auto& [party, place] : parties) to.add(i, o, party, place);
  });
}

void add_candidates(Rows& to, const Source& from) {
  each_option(from.rules, [&](std::size_t i, const Contest&, std::size_t o, const Option& option) {
    for (std::size_t n = 0; n < option.candidates.size(); ++n) {
      to.add(i, o, n, option.candidates[n].id, option.candidates[n].name);
    }
  });
}

void add_counters(Rows& to, const Source&) {
  for (std::uint16_t s = slot::first_counter; s <= slot::sheets; ++s) to.add(s, slot::name(s));
}

void add_head(Rows& to, const Source& from) {
  const CountFile& count = from.count;
  to.add(1, std::string_view(count.bytes), to_text(count.mode), count.label, count.publication,
         from.rules.election, from.rules.time_zone, bytes_of(from.rules.hash()), count.partitions);
}

// How a sum is known, from what there is of it: heard of, and by numbers, withheld, unknown figures. Ascending, as
// schema/sql/*/004_figures.sql fills the table.
void add_figure_states(Rows& to, const Source&) {
  to.add(0, 0, 0, 0, std::string_view("not reported"), 0);
  to.add(1, 0, 0, 1, std::string_view("unknown"), 0);
  to.add(1, 0, 1, 0, std::string_view("withheld"), 0);
  to.add(1, 0, 1, 1, std::string_view("withheld"), 0);
  to.add(1, 1, 0, 0, std::string_view("number"), 1);
  for (const auto& [withheld, unknown] : {std::pair{0, 1}, std::pair{1, 0}, std::pair{1, 1}})
    to.add(1, 1, withheld, unknown, std::string_view("partial"), 1);
}

// The one that the count was made with; no command gives it another. Its hash every snapshot has.
void add_presentations(Rows& to, const Source& from) {
  to.add(1, std::string_view(from.presentation.bytes), std::string_view("init"),
         std::string_view("first version"));
}

struct Described {
  DefinitionTable table;
  void (*add)(Rows&, const Source&);
};

const std::array<Described, 12>& described() {  // NOLINT(readability-function-size): a table.
  static const std::array<Described, 12> all{{
      {{"methods", 1, {{"method", Type::integer}, {"id"}, {"name"}}}, add_methods},
      {{"parties", 1, {{"party", Type::integer}, {"id"}, {"name"}, {"colour"}}}, add_parties},
      {{"units",
        1,
        {{"unit", Type::integer},
         {"id"},
         {"name"},
         {"kind"},
         {"parent", Type::integer},
         {"depth", Type::integer},
         {"top", Type::integer},
         {"registered", Type::bigint}}},
       add_units},
      {{"contests",
        1,
        {{"contest", Type::integer},
         {"id"},
         {"name"},
         {"kind"},
         {"seats", Type::integer},
         {"votes_allowed", Type::integer},
         {"share_base"},
         {"decides"},
         {"unit", Type::integer},
         {"write_ins", Type::boolean, 4},
         {"leaf_units", Type::bigint, 4},
         {"option_count", Type::bigint, 4}}},
       add_contests},
      {{"contest_methods",
        2,
        {{"contest", Type::integer}, {"method", Type::integer}, {"from_sheets", Type::boolean}}},
       add_contest_methods},
      {{"options",
        2,
        {{"contest", Type::integer},
         {"slot", Type::integer},
         {"id"},
         {"name"},
         {"short_name"},
         {"kind"},
         {"colour"},
         {"photo"}}},
       add_options},
      {{"option_parties",
        3,
        {{"contest", Type::integer},
         {"slot", Type::integer},
         {"party", Type::integer},
         {"place", Type::integer}}},
       add_option_parties},
      {{"candidates",
        3,
        {{"contest", Type::integer},
         {"slot", Type::integer},
         {"place", Type::integer},
         {"id"},
         {"name"}}},
       add_candidates},
      {{"counters", 1, {{"slot", Type::integer}, {"id"}}, true}, add_counters},
      {{"head",
        1,
        {{"only_row", Type::integer},
         {"count_file", Type::bytes},
         {"mode"},
         {"label"},
         {"publication"},
         {"election"},
         {"time_zone"},
         {"rules_hash", Type::bytes},
         {"partitions", Type::integer}},
        true},
       add_head},
      {{"figure_states",
        4,
        {{"heard", Type::boolean, 4},
         {"numbers", Type::boolean, 4},
         {"withheld", Type::boolean, 4},
         {"unknown", Type::boolean, 4},
         {"how", Type::text, 4},
         {"shown", Type::boolean, 4}},
        true},
       add_figure_states},
      {{"presentations",
        1,
        {{"version", Type::integer}, {"bytes", Type::bytes}, {"actor"}, {"reason"}},
        true},
       add_presentations},
  }};
  return all;
}

}  // namespace

std::span<const DefinitionTable> definition_tables() {
  static const std::vector<DefinitionTable> tables = [] {
    std::vector<DefinitionTable> all;
    for (const Described& one : described()) all.push_back(one.table);
    return all;
  }();
  return tables;
}

std::vector<DefinitionColumn> columns_since(const DefinitionTable& table, std::size_t version) {
  std::vector<DefinitionColumn> columns = table.columns;
  std::erase_if(columns, [&](const DefinitionColumn& column) { return column.since > version; });
  return columns;
}

Result<std::vector<DefinitionColumn>> columns_to_read(const DefinitionTable& table,
                                                      std::size_t version) {
  auto columns = columns_since(table, version);
  if (columns.empty()) {
    return fail(Remedy::reject, "store.older",
                fmt::format("an older program made this store, without {}", table.name));
  }
  return columns;
}

std::string joined(std::span<const DefinitionColumn> columns, std::size_t so_many) {
  std::string text;
  for (const DefinitionColumn& column : columns.first(so_many)) {
    text.append(text.empty() ? "" : ", ").append(column.name);
  }
  return text;
}

std::vector<DefinitionValue> definition_rows(const DefinitionTable& table, const Rules& rules,
                                             const Presentation& presentation,
                                             const CountFile& count) {
  const auto& all = described();
  const auto one =
      std::ranges::find(all, table.name, [](const Described& d) { return d.table.name; });
  check(one != all.end(), "a table of the definition is one that is described");
  Rows rows;
  one->add(rows, {rules, presentation, count});
  return std::move(rows.values);
}

}  // namespace teller
