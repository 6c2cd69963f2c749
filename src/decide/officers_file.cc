#include "decide/officers_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "election/decisions.h"
#include "settings/toml_file.h"

namespace teller {
namespace {

void read_officer(const TomlTable& table, Officers& officers) {
  Officer officer;
  std::string role, key;
  table.text("name", officer.name, Need::required);
  if (table.text("role", role, Need::required)) {
    const auto known = role_named(role);
    if (!known) table.fault("role", "is none of docs/reference/decisions.md");
    officer.role = known.value_or(OfficerRole::observer);
  }
  if (table.text("key", key, Need::required) && !from_hex(key, officer.key)) {
    table.fault("key", "must be 64 hexadecimal digits, as `teller officer new` prints them");
  }
  if (officer.name.size() > 200 || !is_clean_line(officer.name)) {
    table.fault("name", "has at most 200 bytes on one line, without controls of direction");
  }
  for (const Officer& other : officers.list) {
    if (other.name == officer.name) table.fault("name", "stands there already");
    if (other.key == officer.key) table.fault("key", "is that of " + other.name);
  }
  officers.list.push_back(std::move(officer));
}

}  // namespace

Result<Officers> parse_officers(std::string_view text, std::string name) {
  auto file = TomlFile::parse(text, name, "officer.invalid");
  if (!file) return std::unexpected(file.error());
  Officers officers;
  const TomlTable root = file->root();
  root.number("approvals", officers.approvals, 1, 8);
  const std::vector<TomlTable> tables = root.tables("officer");
  // Each is held against all before it.
  if (tables.size() > 100) {
    root.fault("officer", "at most 100 are possible");
  } else {
    for (const TomlTable& table : tables) read_officer(table, officers);
  }
  if (auto good = file->finish(); !good) return std::unexpected(good.error());
  for (std::uint8_t number = 1; number <= 8; ++number) {
    const auto action = static_cast<Control::Action>(number);
    if (to_text(action).empty()) continue;
    const auto able = std::ranges::count_if(
        officers.list, [&](const Officer& officer) { return may(officer.role, action); });
    if (able >= officers.approvals) continue;
    return fail(
        Remedy::reject, "officer.invalid",
        fmt::format("{}: {} of the officers may decide \"{}\", and it takes {}: nobody could "
                    "ever do it",
                    name, able, to_text(action), officers.approvals));
  }
  return officers;
}

std::string to_toml(const Officer& officer) {
  std::string name;
  for (const char c : officer.name) {
    if (c == '"' || c == '\\') name.push_back('\\');
    name.push_back(c);
  }
  return fmt::format("[[officer]]\nname = \"{}\"\nrole = \"{}\"\nkey  = \"{}\"\n", name,
                     to_text(officer.role), to_hex(ByteView(officer.key)));
}

}  // namespace teller
