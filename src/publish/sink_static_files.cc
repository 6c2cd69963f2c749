#include "publish/sink_static_files.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/csv_text.h"
#include "base/fail_point.h"
#include "base/file.h"
#include "base/time.h"
#include "publish/figure_json.h"
#include "publish/figures.h"
#include "publish/statement.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

// Whatever is wrong with a disk that readers look at, the count goes on.
Error unavailable(const Error& error) { return {Remedy::retry, "sink.unavailable", error.detail}; }

std::string json_text(std::string_view text) { return Json(text).dump(); }

template <std::integral T>
void append_number(std::string& out, T value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

// A name in both spellings, made once for all rows.
struct Spelled {
  Spelled() = default;
  explicit Spelled(std::string_view text) : json(json_text(text)), csv(csv_shown(text)) {}
  std::string json, csv;
};

}  // namespace

StaticFilesSink::StaticFilesSink(std::filesystem::path folder, const Rules& rules,
                                 const CountFile& count)
    : folder_(std::move(folder)), rules_(&rules), count_(&count), totals_(rules) {}

Result<void> StaticFilesSink::prepare() {
  if (prepared_) return {};
  if (auto made = make_folders(folder_); !made) return std::unexpected(unavailable(made.error()));
  if (std::filesystem::exists(folder_ / "head.json")) {
    auto text = read_file(folder_ / "head.json");
    if (!text) return std::unexpected(unavailable(text.error()));
    const Json head = Json::parse(*text, nullptr, false);
    const std::string holds = head.is_object() ? head.value("count_id", std::string()) : "";
    if (holds != count_->id.hex()) {
      return fail(Remedy::reject, "count.other",
                  folder_.string() + " holds count " + holds + ", not " + count_->id.hex());
    }
    published_ = head.value("commit_number", std::uint64_t{0});
    statements_ = head.value("statements", std::uint64_t{0});
  }
  prepared_ = true;
  return {};
}

Result<Sink::Cursor> StaticFilesSink::cursor() {
  if (auto ready = prepare(); !ready) return std::unexpected(ready.error());
  return Cursor{told_ ? totals_.commit() : 0, statements_, audit_};
}

Result<void> StaticFilesSink::write(const std::string& name, std::string_view text) const {
  if (auto written = write_file(folder_ / name, as_bytes(text)); !written) {
    return std::unexpected(unavailable(written.error()));
  }
  return {};
}

Result<void> StaticFilesSink::publish(const Publication& publication) {
  if (auto ready = prepare(); !ready) return ready;
  const Head& head = publication.snapshot.head;
  if (head.commit < published_ || head.commit < totals_.commit()) return {};
  const bool new_totals = !told_ || head.commit > totals_.commit();
  totals_.add(publication.snapshot);
  told_ = false;
  Result<void> done;
  if (new_totals) {
    const Totals written = totals(head);
    done = write("totals.json", written.json);
    if (done) done = write("totals.csv", written.csv);
    if (done) done = write("options.json", options_json(head));
  }
  fail_point("static_files.between_files");
  for (std::size_t i = 0; i < publication.statements.size(); ++i) {
    const StatementRow& row = publication.statements[i];
    if (done) done = write(fmt::format("steps-{}", row.number), to_text(publication.steps.at(i)));
    if (done) done = write(fmt::format("statement-{}", row.number), as_text(row.bytes));
  }
  if (done && !publication.statements.empty()) {
    done = write("checkpoint", publication.statements.back().checkpoint);
  }
  if (done && publication.audit_checkpoint.size > audit_) {
    done = write("audit-checkpoint", publication.audit_checkpoint.note);
  }
  fail_point("static_files.before_head");
  if (done) {
    Json json{{"teller", "head/1"}};
    json.update(head_json(publication, *rules_, *count_, statements_));
    done = write("head.json", json.dump(1) + "\n");
  }
  if (!done) return done;
  fail_point("static_files.after_head");
  audit_ = std::max(audit_, publication.audit_checkpoint.size);
  told_ = true;
  published_ = head.commit;
  statements_ = publication.statements_after(statements_);
  return {};
}

std::string StaticFilesSink::options_json(const Head& head) const {
  nlohmann::ordered_json json{
      {"teller", "options/2"},
      {"count_id", count_->id.hex()},
      {"mode", to_text(count_->mode)},
      {"label", count_->label},
      {"status", head.status},
      {"commit_number", head.commit},
      {"committed_at", format_utc(head.committed_at_us)},
      {"contests", nlohmann::ordered_json::array()},
  };
  for (std::uint32_t c = 0; c < rules_->contests.size(); ++c) {
    const ContestFigures figures(*rules_, {c}, totals_.rows({c}));
    json["contests"].push_back(contest_json(*rules_, {c}, figures, FiguresBy::option));
  }
  return json.dump(1) + "\n";
}

// By hand, a row a line: a nation has millions of rows, and all of them are written each time.
StaticFilesSink::Totals StaticFilesSink::totals(const Head& head) const {
  // Units are spelled when they are met: in the night of a nation most have sent nothing yet.
  std::vector<Spelled> units(rules_->units.size()), methods;
  for (const Method& method : rules_->methods) methods.emplace_back(method.id);

  Json opening{
      {"teller", "totals/1"},
      {"count_id", count_->id.hex()},
      {"mode", to_text(count_->mode)},
      {"label", count_->label},
      {"status", head.status},
      {"commit_number", head.commit},
      {"committed_at", format_utc(head.committed_at_us)},
  };
  Totals out;
  out.json = opening.dump();
  out.json.pop_back();
  out.json += ",\"totals\":[";
  out.csv =
      "contest,option,is_option,unit,method,value,how,mode,status,commit,"
      "first_preferences\r\n";
  const std::string csv_tail = fmt::format(",{},{},{},", csv_text(to_text(count_->mode)),
                                           csv_text(head.status), head.commit);

  bool first = true;
  TotalKey column{};
  std::string json_head, csv_head, csv_end;
  for (const TotalRow& row : totals_.rows()) {
    const auto& [contest, slot, unit, method] = row.key;
    if (contest == whole_unit) continue;
    if (first || contest != column.contest || slot != column.slot) {
      column = row.key;
      const Spelled contest_id(rules_->contest(contest).id);
      const Spelled slot_id(column_id(*rules_, contest, slot));
      const char* is_option = slot < slot::first_counter ? "true" : "false";
      const bool ranked = rules_->contest(contest).kind == ContestKind::ranked;
      json_head = "\n{\"contest\":" + contest_id.json +
                  (ranked ? ",\"first_preferences\":true" : "") + ",\"option\":" + slot_id.json +
                  ",\"is_option\":" + is_option + ",\"unit\":";
      csv_head = contest_id.csv + "," + slot_id.csv + "," + is_option + ",";
      csv_end = csv_tail + (ranked ? "true\r\n" : "false\r\n");
    }
    const std::string_view known = state_of(*rules_, row);
    Spelled& spelled = units[unit.value];
    if (spelled.json.empty()) spelled = Spelled(rules_->units[unit.value].id);
    if (!std::exchange(first, false)) out.json += ',';
    out.json += json_head;
    out.json += spelled.json;
    out.json += ",\"method\":";
    out.json += methods[method.value].json;
    out.json += ",\"value\":";
    out.csv += csv_head;
    out.csv += spelled.csv;
    out.csv += ',';
    out.csv += methods[method.value].csv;
    out.csv += ',';
    if (known == "number") {
      append_number(out.json, row.total.value);
      append_number(out.csv, row.total.value);
    } else {
      out.json += "null";
    }
    out.json.append(",\"how\":\"").append(known).append("\"}");
    out.csv.append(",").append(known).append(csv_end);
  }
  out.json += "\n]}\n";
  return out;
}

// Reads one file after the other; each says its commit itself, for between two of them a publication
// may have begun. nlohmann throws where a member is missing or of another type.
class StaticFilesSink::FilesReader {
 public:
  FilesReader(const std::filesystem::path& folder, const Rules& rules, const CountFile& count)
      : folder_(folder), rules_(rules), count_(count) {
    for (std::uint16_t s = slot::first_counter; s <= slot::sheets; ++s) {
      counters_[slot::name(s)] = s;
    }
  }

  ReadBack found;

  [[nodiscard]] std::unexpected<Error> damaged(std::string_view why) const {
    return fail(Remedy::reject, "sink.damaged",
                (folder_ / name_).string() + " is not what was written: " + std::string(why));
  }

  [[nodiscard]] Result<void> head() {
    const auto head = open("head.json");
    if (!head) return std::unexpected(head.error());
    found.commit = head->at("commit_number").get<std::uint64_t>();
    found.statements = head->at("statements").get<std::uint64_t>();
    found.status = head->at("status").get<std::string>();
    if (const Json& at = head->at("committed_at"); !at.is_null()) {
      found.committed_at_us = parse_utc(at.get<std::string>());
    }
    found.outcomes = {
        head->at("counted").get<std::uint64_t>(), head->at("duplicate").get<std::uint64_t>(),
        head->at("conflict").get<std::uint64_t>(), head->at("rejected").get<std::uint64_t>()};
    if (found.statements == 0) return {};
    const std::string last = fmt::format("statement-{}", found.statements - 1);
    auto statement = read_file(folder_ / last);
    if (!statement) return std::unexpected(not_there(last, statement.error()));
    auto checkpoint = read_file(folder_ / "checkpoint");
    if (!checkpoint) return std::unexpected(not_there("checkpoint", checkpoint.error()));
    found.stated = {std::move(*statement), std::move(*checkpoint)};
    return {};
  }

  [[nodiscard]] Result<void> options() {
    const auto options = open("options.json");
    if (!options) return std::unexpected(options.error());
    const auto as_of = options->at("commit_number").get<std::uint64_t>();
    for (const Json& contest : options->at("contests")) {
      const auto c = rules_.find_contest(contest.at("contest").get<std::string>());
      if (!c) return damaged("an unknown contest");
      const auto add = [&](std::uint16_t column, const Json& of, const char* value) {
        const Json& votes = of.at(value);
        found.options.push_back(
            {*c, column, votes.is_null() ? std::nullopt : std::optional(votes.get<std::int64_t>()),
             of.at("how").get<std::string>(), as_of});
      };
      add(ReadBack::all_votes, contest, "votes");
      for (const auto& [id, counter] : contest.at("counters").items()) {
        const auto column = counters_.find(id);
        if (column == counters_.end()) return damaged("an unknown counter");
        add(column->second, counter, "value");
      }
      for (const Json& option : contest.at("by_option")) {
        const auto o = rules_.find_option(*c, option.at("option").get<std::string>());
        if (!o) return damaged("an unknown option");
        add(static_cast<std::uint16_t>(o->value), option, "votes");
      }
    }
    return {};
  }

  [[nodiscard]] Result<void> totals() {
    found.has_totals = true;
    const auto all = open("totals.json");
    if (!all) return std::unexpected(all.error());
    const auto as_of = all->at("commit_number").get<std::uint64_t>();
    for (const Json& row : all->at("totals")) {
      ReadBack::Cell& cell = found.totals.emplace_back();
      const auto contest = rules_.find_contest(row.at("contest").get<std::string>());
      const auto unit = rules_.find_unit(row.at("unit").get<std::string>());
      const auto method = rules_.find_method(row.at("method").get<std::string>());
      if (!contest || !unit || !method) return damaged("an unknown contest, unit or method");
      const auto column = row.at("option").get<std::string>();
      cell.key = {*contest, 0, *unit, *method};
      if (row.at("is_option").get<bool>()) {
        const auto option = rules_.find_option(*contest, column);
        if (!option) return damaged("an unknown option");
        cell.key.slot = static_cast<std::uint16_t>(option->value);
      } else {
        const auto counter = counters_.find(column);
        if (counter == counters_.end()) return damaged("an unknown column");
        cell.key.slot = counter->second;
      }
      if (!row.at("value").is_null()) cell.value = row.at("value").get<std::int64_t>();
      cell.how = row.at("how").get<std::string>();
      cell.as_of = as_of;
    }
    return {};
  }

 private:
  // head.json is written last and each file takes the place of the one before it: beside it none is missing.
  static Error not_there(const std::string& name, const Error& error) {
    if (error.code != Code("file.missing")) return unavailable(error);
    return {Remedy::reject, "sink.damaged", name + " is missing"};
  }

  Result<Json> open(std::string file) {
    name_ = std::move(file);
    auto text = read_file(folder_ / name_, own_file_bytes_max);
    if (!text) return std::unexpected(not_there(name_, text.error()));
    Json json = Json::parse(*text, nullptr, false);
    if (!json.is_object()) return damaged("no JSON object");
    if (json.value("count_id", std::string()) != count_.id.hex()) {
      return fail(Remedy::reject, "count.other",
                  (folder_ / name_).string() + " is another count's");
    }
    return json;
  }

  const std::filesystem::path& folder_;
  const Rules& rules_;
  const CountFile& count_;
  std::string name_;  // Of the file that is being read.
  std::unordered_map<std::string_view, std::uint16_t> counters_;
};

Result<ReadBack> StaticFilesSink::read_back(bool totals) {
  FilesReader reader(folder_, *rules_, *count_);
  if (!std::filesystem::exists(folder_ / "head.json")) return std::move(reader.found);
  try {
    if (auto read = reader.head(); !read) return std::unexpected(read.error());
    if (auto read = reader.options(); !read) return std::unexpected(read.error());
    if (totals) {
      if (auto read = reader.totals(); !read) return std::unexpected(read.error());
      check_written(reader.found);
    }
  } catch (const Json::exception&) {
    return reader.damaged("a member is missing or of another type");
  }
  return std::move(reader.found);
}

}  // namespace teller
