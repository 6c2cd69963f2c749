#include "settings/toml_file.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/file.h"
#include "base/utf8.h"
#include "settings/toml_limits.h"

namespace teller {
namespace {

constexpr std::size_t faults_max = 20;
constexpr std::size_t shown_bytes_max = 60;

// A key as its file writes it, in quotes where TOML needs them; not all of a long one.
std::string shown(std::string_view key) {
  constexpr std::string_view bare =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  std::string_view end;
  if (key.size() > shown_bytes_max) {
    key = cut_at_character(key, shown_bytes_max);
    end = "…";
  }
  if (!key.empty() && end.empty() && key.find_first_not_of(bare) == std::string_view::npos)
    return std::string(key);
  return fmt::format("\"{}{}\"", key, end);
}

// How many letters must be added, taken away or changed to make one word of the other.
std::size_t letters_apart(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j < row.size(); ++j) {
      const std::size_t changed = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// The known key that was probably meant; empty: none is near.
std::string_view nearest(std::string_view key, const std::vector<std::string>& known) {
  std::string_view best;
  if (key.size() > shown_bytes_max) return best;
  std::size_t least = key.size() < 5 ? 1 : 2;
  for (const std::string& one : known) {
    const std::size_t apart = letters_apart(key, one);
    if (apart > least || (apart == least && !best.empty())) continue;
    least = apart;
    best = one;
  }
  return best;
}

// What the library says of a table or a key that stands twice, in our words; of anything else as it says it.
std::string in_words(std::string_view description) {
  // The name in the first quotes, and what stands before and behind them.
  const std::size_t open = description.find('\''), close = description.rfind('\'');
  if (open == std::string_view::npos || close == open) return std::string(description);
  const std::string_view name = description.substr(open + 1, close - open - 1);
  const std::string_view before = description.substr(0, open);
  const std::string_view behind = description.substr(close + 1);
  const std::string_view above = name.substr(0, name.rfind('.'));
  if (before.ends_with("cannot insert ") && behind.contains("inline table")) {
    return fmt::format(
        "[{}] cannot be added to {}, which is written between braces: write it as [{}] with its "
        "keys "
        "on the lines below, or put the other into the braces too",
        name, above, above);
  }
  if (!before.contains("cannot redefine existing ")) return std::string(description);
  if (behind.contains("array-of-tables")) {
    return fmt::format("[[{}]] cannot be added to {} = […]: write each of them as [[{}]]", name,
                       name, name);
  }
  return before.contains("table header")
             ? fmt::format("[{}] stands twice: put all of its keys below the first", name)
             : fmt::format("{} stands twice", name);
}

// The line of an error, which of a table's name may be the one below it.
std::size_t line_of(std::string_view text, const toml::parse_error& error) {
  const std::size_t line = error.source().begin.line;
  if (!error.description().contains("table header")) return line;
  std::size_t at = 1, last = 0;
  while (at <= line && !text.empty()) {
    if (text.substr(0, text.find('\n')).find_first_not_of(" \t") == text.find('[')) last = at;
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++at;
  }
  return last == 0 ? line : last;
}

}  // namespace

// A table, and what its reader asked of it.
struct TomlTable::Asked {
  TomlFile::State* file;
  const toml::table* table;
  std::string path;     // "contest.ids"; empty: the file itself.
  bool listed = false;  // One of several: [[path]].
  std::vector<std::string> known = {};
  bool any_key = false;

  [[nodiscard]] std::string path_of(std::string_view key) const {
    return path.empty() ? shown(key) : fmt::format("{}.{}", path, shown(key));
  }
  // Where something is missing. The whole file has no line.
  [[nodiscard]] std::size_t line() const { return path.empty() ? 0 : table->source().begin.line; }
  // What stands at `key`, which is known from now on.
  const toml::node* find(std::string_view key) {
    if (!any_key && std::ranges::find(known, key) == known.end()) known.emplace_back(key);
    return table->get(key);
  }
  void fault(std::size_t line, std::string_view key, std::string_view what) const;
  void fault(const toml::node& at, std::string_view key, std::string_view what) const {
    fault(at.source().begin.line, key, what);
  }
};

struct TomlFile::State {
  std::string name;
  Code code;
  toml::table root;
  std::map<const toml::table*, TomlTable::Asked> asked;
  std::multimap<std::size_t, std::string> faults;  // The first ones, by line; 0: the whole file.
  std::size_t faults_found = 0;

  TomlTable read(const toml::table& table, std::string path, bool listed) {
    return TomlTable(
        &asked.try_emplace(&table, TomlTable::Asked{this, &table, std::move(path), listed})
             .first->second);
  }
  void fault(std::size_t line, std::string what) {
    ++faults_found;
    // What the file holds must not end a line of ours and begin another.
    std::ranges::replace_if(what, [](char c) { return '\0' <= c && c < ' '; }, ' ');
    faults.emplace(line, std::move(what));
    if (faults.size() > faults_max) faults.erase(std::prev(faults.end()));
  }
  void find_unknown_keys();
};

void TomlTable::Asked::fault(std::size_t line, std::string_view key, std::string_view what) const {
  const std::string where = path.empty() ? ""
                            : listed     ? fmt::format("[[{}]] ", path)
                                         : fmt::format("[{}] ", path);
  file->fault(line, fmt::format("{}{} {}", where, shown(key), what));
}

// A file of nothing but unknown keys costs no more than naming the first of them.
void TomlFile::State::find_unknown_keys() {
  struct Unknown {
    std::size_t line;
    const TomlTable::Asked* in;
    std::string_view key;
  };
  std::vector<Unknown> unknown;
  for (const auto& [table, in] : asked) {
    if (in.any_key) continue;
    for (const auto& [key, node] : *table) {
      if (std::ranges::find(in.known, key.str()) == in.known.end())
        unknown.push_back({node.source().begin.line, &in, key.str()});
    }
  }
  std::ranges::sort(unknown, {}, [](const Unknown& one) { return std::pair(one.line, one.key); });
  for (std::size_t i = 0; i < std::min(unknown.size(), faults_max); ++i) {
    const auto& [line, in, key] = unknown[i];
    const std::string_view meant = nearest(key, in->known);
    in->fault(line, key,
              fmt::format("is not known here{} Known are {}",
                          meant.empty() ? "." : fmt::format("; did you mean {}?", meant),
                          fmt::join(in->known, ", ")));
  }
  if (unknown.size() > faults_max) faults_found += unknown.size() - faults_max;
}

bool TomlTable::text(std::string_view key, std::string& out, Need need) const {
  const toml::node* const node = asked_->find(key);
  if (!node) {
    if (need == Need::required)
      asked_->fault(asked_->line(), key, fmt::format("is missing: write {} = \"…\"", shown(key)));
    return false;
  }
  auto value = node->value_exact<std::string>();
  if (!value) {
    asked_->fault(*node, key, fmt::format("must be a text in quotes: {} = \"…\"", shown(key)));
    return false;
  }
  if (value->empty() && need != Need::optional) {
    asked_->fault(*node, key, "must not be empty");
    return false;
  }
  out = std::move(*value);
  return true;
}

bool TomlTable::flag(std::string_view key, bool& out) const {
  const toml::node* const node = asked_->find(key);
  if (!node) return false;
  const auto value = node->value_exact<bool>();
  if (!value) {
    asked_->fault(*node, key, "must be true or false, without quotes");
    return false;
  }
  out = *value;
  return true;
}

std::optional<std::int64_t> TomlTable::whole_number(std::string_view key, std::int64_t min,
                                                    std::int64_t max) const {
  const toml::node* const node = asked_->find(key);
  if (!node) return std::nullopt;
  const auto value = node->value_exact<std::int64_t>();
  if (value && *value >= min && *value <= max) return value;
  asked_->fault(*node, key, fmt::format("must be a whole number from {} to {}", min, max));
  return std::nullopt;
}

std::vector<std::string> TomlTable::texts(std::string_view key, Need need) const {
  const toml::node* const node = asked_->find(key);
  if (!node) return {};
  std::vector<std::string> found;
  const auto take = [&](const toml::node& one) {
    auto value = one.value_exact<std::string>();
    if (!value) {
      asked_->fault(
          one, key,
          fmt::format("must be a text or a list of texts: {} = [\"…\", \"…\"]", shown(key)));
    } else if (value->empty() && need != Need::optional) {
      asked_->fault(one, key, "must not be empty");
    } else {
      found.push_back(std::move(*value));
    }
  };
  if (const toml::array* const list = node->as_array()) {
    if (list->empty() && need != Need::optional) asked_->fault(*node, key, "must not be empty");
    for (const toml::node& one : *list) take(one);
  } else {
    take(*node);
  }
  return found;
}

std::optional<TomlTable> TomlTable::table(std::string_view key, Need need) const {
  const toml::node* const node = asked_->find(key);
  const std::string path = asked_->path_of(key);
  if (!node) {
    if (need == Need::required)
      asked_->file->fault(asked_->line(), fmt::format("the table [{}] is missing", path));
    return std::nullopt;
  }
  if (const toml::table* const table = node->as_table())
    return asked_->file->read(*table, path, false);
  asked_->fault(*node, key, fmt::format("must be a table: [{}]", path));
  return std::nullopt;
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) const {
  const toml::node* const node = asked_->find(key);
  const std::string path = asked_->path_of(key);
  std::vector<TomlTable> found;
  const toml::array* const list = node ? node->as_array() : nullptr;
  if (!node || (list && list->empty())) {
    asked_->file->fault(node ? node->source().begin.line : asked_->line(),
                        fmt::format("[[{}]] is missing: there must be at least one", path));
    return found;
  }
  const auto take = [&](const toml::node& one, bool listed) {
    if (const toml::table* const table = one.as_table()) {
      found.push_back(asked_->file->read(*table, path, listed));
    } else {
      asked_->fault(one, key, fmt::format("must be a table: [[{}]]", path));
    }
  };
  if (list) {
    for (const toml::node& one : *list) take(one, true);
  } else {
    take(*node, false);
  }
  return found;
}

std::vector<std::string> TomlTable::keys() const {
  asked_->any_key = true;
  std::vector<std::string> found;
  for (const auto& [key, node] : *asked_->table) found.emplace_back(key.str());
  return found;
}

void TomlTable::fault(std::string_view key, std::string_view what) const {
  const toml::node* const node = asked_->table->get(key);
  asked_->fault(node ? node->source().begin.line : asked_->line(), key, what);
}

TomlFile::TomlFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
TomlFile::TomlFile(TomlFile&&) noexcept = default;
TomlFile& TomlFile::operator=(TomlFile&&) noexcept = default;
TomlFile::~TomlFile() = default;

Result<TomlFile> TomlFile::parse(std::string_view text, std::string name, Code code) {
  if (const auto excess = beyond_limits(text)) {
    const std::string place = excess->line ? fmt::format("{}:{}", name, excess->line) : name;
    return fail(Remedy::reject, code, fmt::format("{}: {}", place, excess->what));
  }
  auto state = std::make_unique<State>();
  state->name = std::move(name);
  state->code = code;
  try {
    state->root = toml::parse(text, state->name);
  } catch (const toml::parse_error& error) {
    return fail(Remedy::reject, code,
                fmt::format("{}:{}: is not TOML: {}", state->name, line_of(text, error),
                            in_words(error.description())));
  }
  return TomlFile(std::move(state));
}

TomlTable TomlFile::root() const { return state_->read(state_->root, "", false); }

Result<void> TomlFile::finish() const {
  state_->find_unknown_keys();
  if (state_->faults_found == 0) return {};
  std::string text;
  for (const auto& [line, what] : state_->faults) {
    const std::string place = line ? fmt::format("{}:{}", state_->name, line) : state_->name;
    text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", place, what);
  }
  if (state_->faults_found > faults_max)
    text += fmt::format("\n{}: and {} more", state_->name, state_->faults_found - faults_max);
  return fail(Remedy::reject, state_->code, std::move(text));
}

Result<std::string> read_toml(const std::filesystem::path& file, Code code) {
  auto text = read_file(file, TomlLimits::bytes_max);
  if (text || text.error().code != Code("file.too_large")) return text;
  return fail(Remedy::reject, code,
              fmt::format("{}: is larger than {} MiB: is this the right file?", file.string(),
                          TomlLimits::bytes_max >> 20));
}

}  // namespace teller
