#include "entering/entered_sheets.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/time.h"
#include "election/json_file.h"
#include "entering/entered_json.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view sheet_head = "entered sheet/1";
constexpr JsonLimits sheet_limits{.bytes = std::size_t{4} << 20, .values = 200'000};

Json typing_json(const Typing& typing, const Contest& contest) {
  Json figures = Json::object();
  for (const auto& [column, figure] : typing.figures) {
    figures[field_of(column, contest)] = to_json(figure);
  }
  return {{"by", typing.by}, {"at", format_utc(typing.at_us)}, {"figures", std::move(figures)}};
}

// Reads one file; faults are kept by JsonFile.
class EnteredSheetReader {
 public:
  EnteredSheetReader(JsonFile& file, const Rules& rules) : file_(file), rules_(rules) {}

  EnteredSheet read() {
    const JsonValue root = file_.object(file_.root(), "");
    file_.only(root, "",
               {"teller", "unit", "method", "contest", "changes", "first", "second", "retyped",
                "explained", "seen", "correction", "ready", "brought"});
    if (file_.text(root, "teller", "") != sheet_head) {
      file_.fault("/teller", fmt::format("must be \"{}\"", sheet_head));
    }
    sheet_.changes = file_.number(root, "changes", "", 0, Figure::limit, 0);
    sheet_.correction = file_.text(root, "correction", "", false);
    if (!read_key(root)) return std::move(sheet_);
    sheet_.first = typing(root, "first");
    sheet_.second = typing(root, "second");
    if (sheet_.second && !sheet_.first) file_.fault("/second", "stands there without a first one");
    file_.array(root, "retyped", "", false).for_each([&](std::size_t i, JsonValue one) {
      retyping(fmt::format("/retyped/{}", i), one);
    });
    file_.array(root, "explained", "", false).for_each([&](std::size_t i, JsonValue one) {
      explanation(fmt::format("/explained/{}", i), one);
    });
    file_.array(root, "seen", "", false).for_each([&](std::size_t, JsonValue one) {
      sheet_.seen.emplace(one.text());
    });
    if (const auto ready = root.find("ready")) sheet_.ready = done_by(*ready, "/ready");
    if (const auto brought = root.find("brought")) read_brought(*brought);
    return std::move(sheet_);
  }

 private:
  bool read_key(JsonValue root) {
    const auto unit = rules_.find_unit(file_.text(root, "unit", ""));
    const auto method = rules_.find_method(file_.text(root, "method", ""));
    const auto contest = rules_.find_contest(file_.text(root, "contest", ""));
    if (!unit || !method || !contest) {
      file_.fault("/unit", "unit, method and contest are those of the rules");
      return false;
    }
    sheet_.key = {*unit, *method, *contest};
    contest_ = &rules_.contest(*contest);
    return true;
  }

  std::int64_t time(JsonValue in, const std::string& path) {
    const std::int64_t at_us = parse_utc(file_.text(in, "at", path));
    if (at_us == 0) file_.fault(path + "/at", "must be a time as 2026-05-03T21:00:00.000000Z");
    return at_us;
  }

  Figure figure(JsonValue value, const std::string& path) {
    const auto read = figure_of_json(value);
    if (!read) file_.fault(path, "must be a number, withheld or unknown");
    return read.value_or(Figure{});
  }

  std::uint16_t column(std::string_view field, const std::string& path) {
    const auto found = column_called(field, *contest_);
    if (!found) file_.fault(path, found.error().detail);
    return found.value_or(std::uint16_t{0});
  }

  DoneBy done_by(JsonValue listed, const std::string& path) {
    const JsonValue value = file_.object(listed, path);
    return {.by = file_.text(value, "by", path),
            .reason = file_.text(value, "reason", path),
            .at_us = time(value, path)};
  }

  std::optional<Typing> typing(JsonValue root, std::string_view member) {
    const auto found = root.find(member);
    if (!found) return std::nullopt;
    const std::string path = fmt::format("/{}", member);
    const JsonValue value = file_.object(*found, path);
    Typing read{.by = file_.text(value, "by", path), .at_us = time(value, path), .figures = {}};
    const auto figures = value.find("figures");
    file_.object(figures.value_or(JsonTree::empty_list()), path + "/figures")
        .for_each_member([&](std::string_view field, JsonValue one) {
          const std::string at = fmt::format("{}/figures/{}", path, field);
          put_figure(read.figures, column(field, at), figure(one, at));
        });
    return read;
  }

  void retyping(const std::string& path, JsonValue listed) {
    const JsonValue value = file_.object(listed, path);
    const auto read = value.find("figure");
    sheet_.retyped.push_back(
        {.column = column(file_.text(value, "field", path), path + "/field"),
         .figure = figure(read.value_or(JsonTree::empty_list()), path + "/figure"),
         .done_by = done_by(value, path)});
  }

  void explanation(const std::string& path, JsonValue listed) {
    const JsonValue value = file_.object(listed, path);
    const auto kind = check_called(file_.text(value, "check", path));
    if (!kind) file_.fault(path + "/check", "is no check of docs/reference/checks.md");
    sheet_.explained.push_back({.check = kind.value_or(CheckKind::balance),
                                .what = file_.text(value, "what", path),
                                .done_by = done_by(value, path)});
  }

  void read_brought(JsonValue listed) {
    const std::string path = "/brought";
    const JsonValue value = file_.object(listed, path);
    sheet_.brought = Brought{.delivery = file_.number(value, "delivery", path, 0, Figure::limit, 0),
                             .became = file_.text(value, "became", path),
                             .detail = file_.text(value, "detail", path, false),
                             .stands = file_.flag(value, "stands", path),
                             .at_us = time(value, path)};
  }

  JsonFile& file_;
  const Rules& rules_;
  const Contest* contest_ = nullptr;
  EnteredSheet sheet_;
};

// A hash: ids may hold what no name of a file does.
std::string place_of_entered(const SheetKey& key, const Rules& rules) {
  const std::string place =
      fmt::format("{}\n{}\n{}", rules.units.at(key.unit.value).id,
                  rules.methods.at(key.method.value).id, rules.contest(key.contest).id);
  return to_hex(sha256(as_bytes(place))).substr(0, 32);
}

bool is_open_sheet(const EnteredSheet& sheet) { return sheet.first && !sheet.brought; }

std::unexpected<Error> entered_otherwise(const std::string& name, std::string_view why) {
  return fail(Remedy::reject, "entering.file_invalid", fmt::format("{}: {}", name, why));
}

}  // namespace

std::string to_text(const EnteredSheet& sheet, const Rules& rules) {
  const Contest& contest = rules.contest(sheet.key.contest);
  Json json{{"teller", sheet_head},
            {"unit", rules.units.at(sheet.key.unit.value).id},
            {"method", rules.methods.at(sheet.key.method.value).id},
            {"contest", contest.id},
            {"changes", sheet.changes},
            {"correction", sheet.correction}};
  if (sheet.first) json["first"] = typing_json(*sheet.first, contest);
  if (sheet.second) json["second"] = typing_json(*sheet.second, contest);
  for (const Retyping& one : sheet.retyped) {
    Json retyped{{"field", field_of(one.column, contest)}, {"figure", to_json(one.figure)}};
    retyped.update(to_json(one.done_by));
    json["retyped"].push_back(std::move(retyped));
  }
  for (const Explanation& one : sheet.explained) {
    Json explained{{"check", to_text(one.check)}, {"what", one.what}};
    explained.update(to_json(one.done_by));
    json["explained"].push_back(std::move(explained));
  }
  for (const std::string& name : sheet.seen) json["seen"].push_back(name);
  if (sheet.ready) json["ready"] = to_json(*sheet.ready);
  if (sheet.brought) {
    json["brought"] = {{"delivery", sheet.brought->delivery},
                       {"became", sheet.brought->became},
                       {"detail", sheet.brought->detail},
                       {"stands", sheet.brought->stands},
                       {"at", format_utc(sheet.brought->at_us)}};
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<EnteredSheet> parse_entered_sheet(std::string_view text, std::string_view name,
                                         const Rules& rules) {
  constexpr Code code("entering.file_invalid");
  auto file = JsonFile::parse(text, name, code, sheet_limits);
  if (!file) return std::unexpected(file.error());
  EnteredSheet sheet = EnteredSheetReader(*file, rules).read();
  if (!file->good()) return std::unexpected(file->error(code));
  return sheet;
}

Result<void> EnteredSheets::take(const EnteredRow& row) {
  const std::string name = rows_->called(row.place);
  EnteredRow read = row;
  if (read.text.empty()) {
    auto found = rows_->read_entered(row.place);
    if (!found) return std::unexpected(found.error());
    if (!*found) return entered_otherwise(name, "it is gone while it is read");
    read = std::move(**found);
  }
  if (sha256(as_bytes(read.text)) != read.version) {
    return entered_otherwise(name, "it is not what its hash is of");
  }
  auto sheet = parse_entered_sheet(read.text, name, *rules_);
  if (!sheet) return std::unexpected(sheet.error());
  if (place_of_entered(sheet->key, *rules_) != read.place) {
    return entered_otherwise(name, "it is of another sheet than its name says");
  }
  if (read.is_open && *read.is_open != is_open_sheet(*sheet)) {
    return entered_otherwise(name, "what stands beside it says otherwise of its being open");
  }
  known_.insert_or_assign(read.place, Known{read.version, sheet->key});
  const SheetKey key = sheet->key;
  sheets_.insert_or_assign(key, std::move(*sheet));
  return {};
}

Result<void> EnteredSheets::look() {
  const auto rows = rows_->entered(known_.empty());
  if (!rows) return std::unexpected(rows.error());
  for (const EnteredRow& row : *rows) {
    const auto known = known_.find(row.place);
    if (known != known_.end() && known->second.version == row.version) {
      const EnteredSheet* sheet = find(known->second.key);
      if (!row.is_open || (sheet != nullptr && *row.is_open == is_open_sheet(*sheet))) continue;
    }
    if (auto taken = take(row); !taken) return taken;
  }
  if (known_.size() == rows->size()) return {};
  std::set<std::string_view> there;
  for (const EnteredRow& row : *rows) there.insert(row.place);
  std::erase_if(known_, [&](const auto& one) {
    if (there.contains(one.first)) return false;
    sheets_.erase(one.second.key);
    return true;
  });
  return {};
}

const EnteredSheet* EnteredSheets::find(const SheetKey& key) const {
  const auto found = sheets_.find(key);
  return found == sheets_.end() ? nullptr : &found->second;
}

std::uint64_t EnteredSheets::open_sheets() const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(sheets_, [](const auto& one) { return is_open_sheet(one.second); }));
}

Result<bool> EnteredSheets::put(EnteredSheet sheet) {
  const std::string place = place_of_entered(sheet.key, *rules_);
  const auto known = known_.find(place);
  EnteredRow row{.place = place, .is_open = is_open_sheet(sheet), .text = to_text(sheet, *rules_)};
  row.version = sha256(as_bytes(row.text));
  auto written = rows_->put_entered(
      row, known == known_.end() ? std::nullopt : std::optional(known->second.version));
  if (!written && written.error().code == Code("store.unknown")) {
    // The answer was lost; what is there tells.
    const auto there = rows_->read_entered(place);
    if (there && *there && (*there)->version == row.version) written = true;
  }
  if (!written) return std::unexpected(written.error());
  if (!*written) return false;
  known_.insert_or_assign(place, Known{row.version, sheet.key});
  const SheetKey key = sheet.key;
  sheets_.insert_or_assign(key, std::move(sheet));
  return true;
}

}  // namespace teller
