#include "store/definition_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"

namespace teller {
namespace {

using Row = std::span<const DefinitionValue>;

std::string shown(const DefinitionColumn& column, const DefinitionValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return "nothing";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  const std::string_view text = std::get<std::string_view>(value);
  if (column.type == DefinitionColumn::Type::bytes) {
    return fmt::format("{} bytes with the SHA-256 {}…", text.size(),
                       to_hex(sha256(as_bytes(text))).substr(0, 16));
  }
  return fmt::format("\"{}\"", text);
}

// One table, its rows in the store held against those of the files, both ascending by key.
class TableCheck {
 public:
  TableCheck(const DefinitionTable& table, const std::vector<DefinitionValue>& wanted,
             DefinitionCheck& to)
      : table_(table), wanted_(wanted), to_(to) {}

  void row(Row there) {
    while (!at_end() && std::ranges::lexicographical_compare(key(next()), key(there))) missing();
    if (at_end() || !std::ranges::equal(key(next()), key(there))) {
      found(fmt::format("{} is in the store and not in the files", name(there)));
      return;
    }
    const Row here = next();
    for (std::size_t i = table_.keys; i < std::min(there.size(), here.size()); ++i) {
      ++to_.compared;
      if (here[i] == there[i]) continue;
      const DefinitionColumn& column = table_.columns[i];
      found(fmt::format("{}, {}: {} in the store, {} in the files", name(there), column.name,
                        shown(column, there[i]), shown(column, here[i])));
    }
    at_ += table_.columns.size();
  }
  void end() {
    while (!at_end()) missing();
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= wanted_.size(); }
  [[nodiscard]] Row next() const { return Row(wanted_).subspan(at_, table_.columns.size()); }
  [[nodiscard]] Row key(Row row) const { return row.first(table_.keys); }
  [[nodiscard]] std::string name(Row row) const {
    std::string text(table_.name);
    for (std::size_t i = 0; i < table_.keys; ++i) {
      text += fmt::format(" {} {}", table_.columns[i].name, shown(table_.columns[i], row[i]));
    }
    return text;
  }
  void missing() {
    found(fmt::format("{} is in the files and not in the store", name(next())));
    at_ += table_.columns.size();
  }
  void found(std::string what) { to_.found(std::move(what)); }

  const DefinitionTable& table_;
  const std::vector<DefinitionValue>& wanted_;
  DefinitionCheck& to_;
  std::size_t at_ = 0;
};

}  // namespace

Result<DefinitionCheck> check_definition(const Rules& rules, const Presentation& presentation,
                                         const CountFile& count, DefinitionStore& store) {
  DefinitionCheck result;
  const auto made = store.check_made([&](std::string what) { result.found(std::move(what)); });
  if (!made) return std::unexpected(made.error());
  result.compared += *made;
  for (const DefinitionTable& table : definition_tables()) {
    const auto wanted = definition_rows(table, rules, presentation, count);
    TableCheck check(table, wanted, result);
    const auto read = store.definition_rows(table, [&](Row row) { check.row(row); });
    if (!read && read.error().code == Code("store.older"))
      continue;  // It came later than this store.
    // A cell in it that is not of its type, which is said above.
    if (!read && read.error().code == Code("store.definition") && !result.good()) continue;
    if (!read) return std::unexpected(read.error());
    check.end();
  }
  return result;
}

}  // namespace teller
