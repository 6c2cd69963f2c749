// Whether the published files are what was written, byte by byte.
//
// The statements are bound by their signature, and the store holds their bytes; head.json by the
// last statement; totals.csv and options.json say again what totals.json says, whose figures are
// held against the store. So nothing here needs the store, and no file is left out.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <optional>
#include <regex>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/time.h"
#include "log/merkle.h"
#include "publish/note.h"
#include "publish/sink_static_files.h"
#include "publish/statement.h"
#include "publish/status.h"
#include "publish/zero_report.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

// A sheet's figure that is known, or a ballot's, as the store keeps it.
Total total_of(const Rules& rules, const ReadBack::Cell& cell) {
  const bool sheets = rules.counted_from(cell.key.contest, cell.key.method, CountedFrom::sheets);
  return {.value = cell.value.value_or(0),
          .known = static_cast<std::int8_t>(sheets && cell.how == "number" ? 1 : 0),
          .withheld = static_cast<std::int8_t>(cell.how == "withheld" ? 1 : 0)};
}

// "statement-7" and "steps-7": 7.
std::optional<std::uint64_t> number_of(std::string_view name) {
  for (const std::string_view begin : {"statement-", "steps-"}) {
    if (!name.starts_with(begin)) continue;
    const std::string_view digits = name.substr(begin.size());
    std::uint64_t number = 0;
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (bad == std::errc() && std::to_string(number) == digits) return number;
  }
  return std::nullopt;
}

// Also of what write_file() has not renamed yet, or never did because it was killed: another name for a moment.
bool is_published_name(std::string_view name) {
  static const std::set<std::string_view> known{"head.json",  "options.json", "totals.json",
                                                "totals.csv", "checkpoint",   "audit-checkpoint",
                                                "log"};
  static const std::regex not_renamed(R"((.+)\.new-\d+-\d+)");
  std::match_results<std::string_view::const_iterator> parts;
  if (!std::regex_match(name.begin(), name.end(), parts, not_renamed)) return known.contains(name);
  const std::string whole = parts[1].str();
  return known.contains(whole) || number_of(whole) || whole.starts_with(zero_report_file) ||
         whole == second_place_file;
}

// Whether it is so, or becomes so while a publication is written, if anybody writes one.
template <typename Question>
bool comes_to_be(bool writer, const Question& question) {
  for (int again = 0; writer && again < 30; ++again) {
    if (question()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return question();
}

std::optional<std::uint64_t> commit_of(std::string_view head) {
  const Json json = Json::parse(head, nullptr, false);
  if (!json.is_object() || !json.contains("commit_number")) return std::nullopt;
  if (!json["commit_number"].is_number_unsigned()) return std::nullopt;
  return json["commit_number"].get<std::uint64_t>();
}

// The line in which two texts part.
std::string where_they_part(std::string_view here, std::string_view there) {
  const auto at = std::ranges::mismatch(here, there).in1;
  return fmt::format("line {}", 1 + std::ranges::count(here.begin(), at, '\n'));
}

}  // namespace

// Statements 0 to n - 1 with their lists of steps, and the checkpoint over them.
void StaticFilesSink::check_statements(ReadBack& found) const {
  CompactRange log;
  const auto note = read_file(folder_ / "checkpoint");
  const auto signed_of = note ? open_checkpoint(*note, count_->public_key)
                              : Result<Checkpoint>(std::unexpected(note.error()));
  if (!signed_of) {
    found.wrong.push_back("checkpoint: " + signed_of.error().detail);
    return;
  }
  Hash previous{};
  for (std::uint64_t n = 0; n < signed_of->size; ++n) {
    const auto bytes = read_file(folder_ / fmt::format("statement-{}", n));
    const auto steps = read_file(folder_ / fmt::format("steps-{}", n));
    const auto statement =
        bytes ? parse_statement(*bytes) : Result<Statement>(std::unexpected(bytes.error()));
    if (!statement || statement->number != n || statement->previous != previous) {
      found.wrong.push_back(fmt::format("statement-{} is not the one that was published", n));
      return;
    }
    if (!steps || sha256(as_bytes(*steps)) != statement->steps) {
      found.wrong.push_back(fmt::format("steps-{} is not the list that statement {} signed", n, n));
    }
    previous = sha256(as_bytes(*bytes));
    log.append(leaf_hash(as_bytes(*bytes)));
    if (n + 1 == found.statements) check_head(*statement, found);
  }
  if (log.root() != signed_of->root || signed_of->size < found.statements) {
    found.wrong.push_back("checkpoint was not signed over these statements");
  }
}

void StaticFilesSink::check_head(const Statement& last, ReadBack& found) const {
  const auto text = read_file(folder_ / "head.json");
  const Json head = text ? Json::parse(*text, nullptr, false) : Json();
  if (!head.is_object() || head.value("statements", std::uint64_t{0}) != found.statements) return;
  const std::pair<const char*, Json> members[] = {
      {"teller", "head/1"},
      {"mode", last.mode},
      {"label", count_->label},
      {"status", last.status},
      {"publication", last.policy},
      {"election", rules_->election},
      {"date", rules_->date},
      {"time_zone", rules_->time_zone},
      {"rules_hash", to_hex(last.rules)},
      {"presentation_hash", to_hex(last.presentation)},
      {"commit_number", last.commit},
      {"committed_at", last.commit == 0 ? Json() : Json(format_utc(last.time_us))},
      {"partitions", last.partitions.size()},
  };
  // What a statement does not say is the store's, to which the reconciliation holds it.
  constexpr std::array others{"count_id", "counted",  "duplicate", "conflict",
                              "rejected", "recorded", "halted",    "statements"};
  if (head.size() != std::size(members) + others.size() || head.dump(1) + "\n" != *text ||
      !std::ranges::all_of(others, [&](const char* name) { return head.contains(name); })) {
    found.wrong.emplace_back("head.json has other members than were written");
  }
  for (const auto& [name, value] : members) {
    if (head.contains(name) && head[name] == value) continue;
    found.wrong.push_back(fmt::format("head.json, {}: {} by statement {}, {} there", name,
                                      value.dump(), last.number,
                                      head.contains(name) ? head[name].dump() : "nothing"));
  }
}

// What totals.json says, written again.
void StaticFilesSink::check_figures(ReadBack& found) const {
  std::error_code none;
  const auto written_at = std::filesystem::last_write_time(folder_ / "totals.json", none);
  const auto before = read_file(folder_ / "totals.json", own_file_bytes_max);
  const Json opening = before ? Json::parse(*before, nullptr, false) : Json();
  if (!opening.is_object() || opening.value("commit_number", std::uint64_t{0}) != found.commit) {
    // head.json is written last, so that it tells of a publication that was being written.
    const bool goes_on = comes_to_be(writer_, [&] {
      const auto head = read_file(folder_ / "head.json");
      return !before || !head || commit_of(*head) != found.commit ||
             std::filesystem::last_write_time(folder_ / "totals.json", none) != written_at;
    });
    if (!goes_on) {
      found.wrong.emplace_back(
          "totals.json is of another commit than head.json: whoever wrote them was stopped between "
          "the two, or one of them was changed");
    }
    return;
  }
  Snapshot snapshot;
  snapshot.head.commit = found.commit;
  snapshot.head.status = found.status;
  if (found.commit > 0) snapshot.head.committed_at_us = found.committed_at_us;
  for (const ReadBack::Cell& cell : found.totals) {
    snapshot.totals.push_back({cell.key, total_of(*rules_, cell), found.commit});
  }
  std::ranges::sort(snapshot.totals, {}, &TotalRow::key);
  StaticFilesSink again(folder_, *rules_, *count_);
  again.totals_.add(snapshot);
  const Totals written = again.totals(snapshot.head);
  const std::pair<const char*, std::string> files[] = {
      {"totals.json", written.json},
      {"totals.csv", written.csv},
      {"options.json", again.options_json(snapshot.head)}};
  for (const auto& [name, wanted] : files) {
    const auto there = read_file(folder_ / name, own_file_bytes_max);
    if (there && *there == wanted) continue;
    // totals.json is written first: if it is still the same, no publication has begun.
    const auto now = read_file(folder_ / "totals.json", own_file_bytes_max);
    if (now && *now != *before) return;
    found.wrong.push_back(there ? fmt::format("{} is not what was written, from {} on", name,
                                              where_they_part(wanted, *there))
                                : fmt::format("{}: {}", name, there.error().detail));
  }
}

std::string second_place_text(const CountFile& count) {
  return fmt::format(
      "The home of count {} is held against this folder, in which it publishes too. Leave this "
      "file here.\n",
      count.id.hex());
}

void StaticFilesSink::check_written(ReadBack& found) const {
  std::error_code none;
  if (found.statements > 0 || std::filesystem::exists(folder_ / "checkpoint", none)) {
    check_statements(found);
  }
  if (found.has_totals && found.commit > 0) check_figures(found);
  if (const auto note = read_file(folder_ / "audit-checkpoint")) {
    if (const auto read = open_checkpoint(*note, count_->public_key); !read) {
      found.wrong.push_back("audit-checkpoint: " + read.error().detail);
    }
  }
  check_names(found);
}

// Nothing else lies there: no file, no folder, no link, and no statement that the checkpoint does not count. A statement
// that is being published is there for a moment before the checkpoint is.
void StaticFilesSink::check_names(ReadBack& found) const {
  const auto names = list_folder(folder_);
  if (!names) return;
  std::uint64_t statements = statements_signed();
  const auto is_counted = [&](std::uint64_t number) {
    if (number >= statements) statements = statements_signed();
    return number < statements;
  };
  for (const std::string& name : *names) {
    std::error_code none;
    const bool is_file =
        std::filesystem::is_regular_file(std::filesystem::symlink_status(folder_ / name, none));
    if (name == "log" ? std::filesystem::is_directory(folder_ / name, none) : is_file) {
      if (is_published_name(name)) continue;
      if (name == second_place_file) {
        const auto text = read_file(folder_ / name);
        if (!text || *text != second_place_text(*count_)) {
          found.wrong.push_back(name + " is not as this count left it");
        }
        continue;
      }
      if (name == held_back_note && publishes_after_close(*count_)) {
        // It goes with the publisher's next pass, a moment after figures are there.
        const auto is_gone = [&] {
          std::error_code ignored;
          return !std::filesystem::exists(folder_ / name, ignored);
        };
        if (!comes_to_be(writer_, is_gone)) {
          found.wrong.push_back(name + " is still there, and figures are published beside it");
        }
        continue;
      }
      if (const auto number = number_of(name)) {
        if (comes_to_be(writer_, [&] { return is_counted(*number); })) continue;
        found.wrong.push_back(name + " is of no statement that the checkpoint counts");
        continue;
      }
      if (name.starts_with(zero_report_file)) {
        const auto note = read_file(folder_ / name);
        const auto read = note ? open_zero_report(*note, count_->public_key)
                               : Result<ZeroReport>(std::unexpected(note.error()));
        if (!read) found.wrong.push_back(name + ": " + read.error().detail);
        continue;
      }
    }
    if (!std::filesystem::exists(std::filesystem::symlink_status(folder_ / name, none))) continue;
    found.wrong.push_back(name + " does not belong to what was published");
  }
}

std::uint64_t StaticFilesSink::statements_signed() const {
  const auto note = read_file(folder_ / "checkpoint");
  const auto read = note ? open_checkpoint(*note, count_->public_key)
                         : Result<Checkpoint>(std::unexpected(note.error()));
  return read ? read->size : 0;
}

}  // namespace teller
