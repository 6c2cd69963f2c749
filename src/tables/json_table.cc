#include "tables/json_table.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include <fmt/ranges.h>

#include "base/csv_text.h"
#include "tables/unicode.h"

namespace teller {
namespace {

constexpr JsonLimits limits{.bytes = json_bytes_max, .values = 4'194'304, .depth = 64};
constexpr std::size_t columns_max = 1'000;
constexpr std::size_t made_bytes_max = std::size_t{256} << 20;

bool is_plain(const JsonValue& value) { return !value.is_object() && !value.is_list(); }

std::string text_of(const JsonValue& value) {
  if (value.is_text()) return std::string(value.text());
  if (const auto flag = value.flag()) return *flag ? "true" : "false";
  return value.number().value_or("");
}

// Goes through all records of a file, each with what stands around it.
class Records {
 public:
  // A column and what stands in it. Calls of one record follow each other, and then end() comes.
  struct Sink {
    std::function<void(const std::string& column, const JsonValue* value, std::string_view name)>
        put;
    std::function<void()> end;
  };
  Records(const JsonForm& form, const Sink& sink) : path_(form.records), sink_(sink) {}

  void go(const JsonValue& root) { reach(root, 0, ""); }

 private:
  struct Around {
    std::string column;
    std::optional<JsonValue> value;  // Empty: it is the name of a member.
    std::string name;
  };

  // `value` is what the first `done` members of the path lead to, `place` is how it is called.
  void reach(const JsonValue& value, std::size_t done, const std::string& place) {
    if (value.is_list()) {
      value.for_each([&](std::size_t, const JsonValue& one) {
        if (!one.is_list()) reach(one, done, place);
      });
      return;
    }
    if (done == path_.size()) return record(value);
    if (!value.is_object()) return;
    const std::size_t before = around_.size();
    const std::string& member = path_[done];
    value.for_each_member([&](std::string_view name, const JsonValue& one) {
      if (is_plain(one) && member != "*" && name != member) {
        around_.push_back({place + "/" + std::string(name), one, ""});
      }
    });
    value.for_each_member([&](std::string_view name, const JsonValue& one) {
      const std::string below = place + "/" + member;
      if (member == "*") {
        around_.push_back({below, std::nullopt, std::string(name)});
        reach(one, done + 1, below);
        around_.pop_back();
      } else if (name == member) {
        reach(one, done + 1, below);
      }
    });
    around_.resize(before);
  }

  void record(const JsonValue& value) {
    if (value.is_object()) {
      put_members(value, "");
    } else {
      sink_.put("value", &value, {});
    }
    for (const Around& one : around_) {
      sink_.put(one.column, one.value ? &*one.value : nullptr, one.name);
    }
    sink_.end();
  }

  void put_members(const JsonValue& object, const std::string& before) {
    object.for_each_member([&](std::string_view name, const JsonValue& one) {
      const std::string column = before + std::string(name);
      if (is_plain(one)) sink_.put(column, &one, {});
      if (one.is_object()) put_members(one, column + "/");
    });
  }

  std::span<const std::string> path_;
  const Sink& sink_;
  std::vector<Around> around_;
};

std::string said(const JsonForm& form) {
  return form.records.empty() ? "the file itself"
                              : fmt::format("\"{}\"", fmt::join(form.records, "/"));
}

// An object on each line, as a list of them; lines keep their numbers. Empty: the text is not written so.
std::string lines_as_list(std::string_view text) {
  std::string made = "[";
  std::size_t objects = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end), line = trimmed(whole);
    if (!line.empty() && (!line.starts_with('{') || !line.ends_with('}'))) return {};
    if (!line.empty() && objects++ > 0) made += ',';
    made += line;
    if (end < text.size()) made += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return objects < 2 ? std::string() : made + "]";
}

}  // namespace

std::optional<JsonTree::Fault> build_json(JsonTree& tree, std::string_view text) {
  auto fault = tree.build(text, limits);
  if (!fault) return std::nullopt;
  const std::string list = lines_as_list(text);
  if (list.empty()) return fault;
  tree = JsonTree();
  return tree.build(list, limits);
}

Result<std::string> json_as_csv(std::string_view text, const JsonForm& form) {
  if (text.size() > limits.bytes) {
    return fail(Remedy::reject, "file.too_large",
                fmt::format("JSON of more than {} MiB is not read", limits.bytes >> 20));
  }
  JsonTree tree;
  if (const auto fault = build_json(tree, text))
    return fail(Remedy::reject, "file.damaged", fault->what);
  std::unordered_map<std::string, std::size_t> places;
  std::vector<std::string> columns;
  bool too_many = false;
  const Records::Sink names{.put =
                                [&](const std::string& column, const JsonValue*, std::string_view) {
                                  if (places.contains(column)) return;
                                  too_many = columns.size() == columns_max;
                                  if (too_many) return;
                                  places.emplace(column, columns.size());
                                  columns.push_back(column);
                                },
                            .end = [] {}};
  Records(form, names).go(tree.root());
  if (columns.empty()) {
    return fail(Remedy::reject, "import.column_missing",
                fmt::format("no records stand in {}: look at records in [json]", said(form)));
  }
  if (too_many) {
    return fail(Remedy::reject, "file.too_large",
                fmt::format("its records have more than {} members", columns_max));
  }

  std::string made;
  std::vector<std::string> row(columns.size());
  const auto write = [&](std::span<const std::string> fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) made += ',';
      made += csv_text(fields[i]);
    }
    made += '\n';
  };
  write(columns);
  const Records::Sink rows{
      .put =
          [&](const std::string& column, const JsonValue* value, std::string_view name) {
            row[places.at(column)] = value != nullptr ? text_of(*value) : std::string(name);
          },
      .end =
          [&] {
            if (made.size() < made_bytes_max) write(row);
            for (std::string& field : row) field.clear();
          }};
  Records(form, rows).go(tree.root());
  if (made.size() >= made_bytes_max) {
    return fail(Remedy::reject, "file.too_large",
                fmt::format("as a table it would have more than {} MiB", made_bytes_max >> 20));
  }
  return made;
}

bool looks_like_json(std::string_view front) {
  std::string first;
  for (const char c : front) {
    if (first.size() < 2 && c != ' ' && c != '\t' && c != '\r' && c != '\n') first += c;
  }
  return first.size() == 2 && std::string_view("{[").contains(first[0]) &&
         std::string_view("\"{[").contains(first[1]);
}

}  // namespace teller
