#include "feed/feed.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "base/utf8.h"
#include "deliver/delivery_sheets.h"

namespace teller {
namespace {

using Json = nlohmann::json;

// Figures that are kept in memory until their turn comes; what goes beyond is read again then.
constexpr std::size_t cells_kept = 1'000'000;

// Messages name the file and not where its bytes lie.
void rename(std::string& text, const FeedFile& file) {
  for (std::size_t at = 0; (at = text.find(file.path, at)) != std::string::npos;) {
    text.replace(at, file.path.size(), file.name);
    at += file.name.size();
  }
}

// A file's name as a delivery may have it.
std::string clean_name(const std::string& name) {
  constexpr std::size_t bytes_max = 255;
  if (is_clean_utf8(name) && name.size() <= bytes_max) return name;
  std::string clean = name.substr(0, bytes_max);
  std::ranges::replace_if(clean, [](char c) { return c < ' ' || c > '~'; }, '?');
  return clean;
}

std::uint64_t falls_of(const Json& report) {
  std::uint64_t falls = 0;
  for (const Json& sheet : report.at("sheets")) {
    // Of one that was left out nothing fell.
    if (sheet.contains("version")) falls += sheet.value("falls", std::uint64_t{0});
  }
  return falls;
}

}  // namespace

bool FeedSummary::all_well() const {
  const auto none = [&](const char* word) {
    const auto found = became.find(word);
    return found == became.end() || found->second == 0;
  };
  const bool is_elsewhere = files == 0 && !folders.empty();
  return open.empty() && !is_behind && !is_elsewhere && none("stale") && none("refused") &&
         none("waiting");
}

Feed::Feed(Parts parts) : parts_(std::move(parts)) {}

void Feed::refuse(const std::string& file, const Error& error) {
  summary_.open[file] = to_text(error);
  parts_.trouble(file, error);
}

void Feed::not_taken_whole(const std::string& file, const std::string& why) {
  std::string& open = summary_.open[file];
  open += (open.empty() ? "" : "; ") + why;
}

// Whether it ends within a line, as text that nobody packed: then its last number may have lost digits.
bool Feed::may_be_cut(const FeedFile& file) const {
  const auto& at = parts_.mapping.figures_at;
  if (parts_.mapping.json.is_used || (at && !at->column.empty())) return false;
  std::ifstream in(file.path, std::ios::binary);
  std::string front(4, '\0');
  in.read(front.data(), static_cast<std::streamsize>(front.size()));
  char last = '\n';
  in.clear();
  in.seekg(-1, std::ios::end);
  in.get(last);
  const bool is_packed = std::ranges::any_of(front, [](char c) {
    return static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\r' && c != '\t';
  });
  return !is_packed && last != '\n' && last != '\r' && last != '\0';
}

Result<std::vector<TimedResults>> Feed::read(const FeedFile& file) {
  const std::vector files{NamedFile{file.path, file.name}};
  auto all = read_timed_results(files, parts_.mapping);
  std::optional<Error> wrong;
  if (!all) wrong = all.error();
  for (std::size_t i = 0; all && !wrong && i < all->size(); ++i) {
    ResultsTable& table = (*all)[i].table;
    for (std::string& name : table.files) rename(name, file);
    for (std::string& note : table.notes) rename(note, file);
    const auto meant = check_mapping(table, parts_.mapping);
    const auto sums = check_sums(table, parts_.mapping);
    if (!meant || !sums) wrong = !meant ? meant.error() : sums.error();
  }
  // What it was read as says nothing if it was written meanwhile.
  if (!parts_.source->is_unchanged(file)) {
    return fail(Remedy::retry, "feed.still_written", file.name + ": it changed while it was read");
  }
  if (!wrong) return all;
  rename(wrong->detail, file);
  if (!wrong->detail.contains(file.name)) wrong->detail = file.name + ": " + wrong->detail;
  return std::unexpected(std::move(*wrong));
}

std::vector<Feed::Piece> Feed::pieces_of(const std::vector<FeedFile>& files, Pass& pass) {
  std::vector<Piece> pieces;
  std::size_t cells = 0;
  for (const FeedFile& file : files) {
    summary_.open.erase(file.name);
    auto read_now = read(file);
    if (!read_now) {
      if (read_now.error().remedy == Remedy::retry) {
        parts_.source->offer_again(file);
        pass.is_waiting = true;
        parts_.trouble(file.name, read_now.error());
      } else {
        refuse(file.name, read_now.error());
      }
      continue;
    }
    for (TimedResults& one : *read_now) {
      Piece& piece = pieces.emplace_back();
      piece.file = file;
      piece.figures_at_us = one.figures_at_us;
      cells += one.table.cells.size();
      if (cells <= cells_kept) piece.results = std::move(one);
    }
  }
  // One that nobody gives a time came now.
  const auto place = [](const Piece& piece) {
    constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
    return std::pair(piece.figures_at_us.value_or(piece.file.modified_at_us.value_or(last)),
                     piece.file.name);
  };
  // Those of one file and time stay in their order.
  std::multimap<std::pair<std::int64_t, std::string>, Piece> placed;
  for (Piece& piece : pieces) placed.emplace(place(piece), std::move(piece));
  pieces.clear();
  for (auto& [at, piece] : placed) pieces.push_back(std::move(piece));
  return pieces;
}

Result<TimedResults> Feed::results_of(Piece& piece) {
  if (piece.results) return std::move(*piece.results);
  auto all = read(piece.file);
  if (!all) return std::unexpected(all.error());
  for (TimedResults& one : *all) {
    if (one.figures_at_us == piece.figures_at_us) return std::move(one);
  }
  return fail(Remedy::retry, "feed.still_written",
              piece.file.name + ": other figures stand in it than a moment ago");
}

// What the other side says became of it.
Result<void> Feed::take_in(const std::string& answer, FeedDelivery& delivery) {
  try {
    const Json report = Json::parse(answer);
    delivery.figures_at = report.at("figures_at").get<std::string>();
    const bool is_new = report.at("delivery").get<std::uint64_t>() > 0;
    const Json& became = report.at("became");
    const auto of = [&](const char* word) { return became.value(word, std::uint64_t{0}); };
    if (is_new) {
      ++summary_.deliveries;
      summary_.falls += falls_of(report);
      for (const auto& [word, sheets] : became.items())
        summary_.became[word] += sheets.get<std::uint64_t>();
    } else {
      delivery.kind = FeedDelivery::Kind::again;
      if (of("refused") + of("waiting") > 0) {
        delivery.kind = FeedDelivery::Kind::delivered;
        summary_.became["refused"] += of("refused");
        summary_.became["waiting"] += of("waiting");
      } else if (of("stale") > 0 && delivery.figures_at < latest_) {
        delivery.kind = FeedDelivery::Kind::came_late;
        ++summary_.came_late;
      }
      if (delivery.kind == FeedDelivery::Kind::again) ++summary_.again;
    }
    const auto lacking = std::ranges::count_if(
        report.at("sheets"), [](const Json& sheet) { return sheet.contains("not_whole"); });
    if (lacking > 0)
      not_taken_whole(delivery.file,
                      fmt::format("sheets held, for they are not whole: {}", lacking));
    if (report.value("noted_new", false))
      not_taken_whole(delivery.file, "left out: " + report.at("noted").get<std::string>());
    latest_ = std::max(latest_, delivery.figures_at);  // They sort as text.
    delivery.report = answer;
    return {};
  } catch (const Json::exception& error) {
    return fail(Remedy::reject, "http.answer_invalid",
                std::string("the answer is not one of this API: ") + error.what());
  }
}

Result<void> Feed::deliver(Piece& piece) {
  if (piece.figures_at_us && *piece.figures_at_us > now_us_ + future_us_max) {
    refuse(
        piece.file.name,
        {Remedy::reject, "delivery.invalid",
         fmt::format("{}: its figures are of {}, which is to come, and all that comes until then "
                     "would be stale; `teller import --force` takes it",
                     piece.file.name, format_utc(*piece.figures_at_us))});
    return {};
  }
  auto results = results_of(piece);
  if (!results) {
    if (results.error().remedy == Remedy::retry) return std::unexpected(results.error());
    refuse(piece.file.name, results.error());
    return {};
  }
  const BoundResults bound = bind(results->table, *parts_.definition.rules, parts_.incomplete);
  auto sheets = sheets_of(bound, parts_.definition);
  if (!sheets) {
    refuse(piece.file.name, sheets.error());
    return {};
  }
  if (const std::uint64_t refused = results->table.rows_refused(); refused > 0) {
    summary_.open[piece.file.name] = fmt::format(
        "rows refused: {}, sheets {}: {}", refused,
        parts_.incomplete == Incomplete::hold ? "held" : "taken in part", bound.held.size());
  }
  if (results->table.results_left_out) {
    for (const std::string& text : results->table.left_out) not_taken_whole(piece.file.name, text);
  }
  FeedDelivery delivery{.file = piece.file.name,
                        .figures_at = piece.figures_at_us ? format_utc(*piece.figures_at_us) : "",
                        .table = &results->table,
                        .bound = &bound};
  if (sheets->empty()) {
    delivery.kind = FeedDelivery::Kind::held;
  } else {
    auto came_at_us = piece.file.modified_at_us;
    if (came_at_us) came_at_us = std::min(*came_at_us, now_us_);  // A clock that is wrong.
    Delivery one{.source = parts_.name,
                 .file = clean_name(piece.file.name),
                 .figures_at_us = piece.figures_at_us,
                 .came_at_us = came_at_us,
                 .sender = "file",
                 .sheets = std::move(*sheets)};
    one.unknown = unknown_of(bound, one.sheets);
    one.noted = noted_of(bound, results->table);
    if (may_be_cut(piece.file)) one.cut = of_last_line(results->table, *parts_.definition.rules);
    one.in_part = parts_.incomplete == Incomplete::take_in_part;
    one.elsewhere = results->table.elsewhere_allowed;
    one.held = held_of(bound, results->table, one.sheets);
    const auto answer = parts_.deliver(one);
    if (!answer) return std::unexpected(answer.error());
    if (auto good = take_in(*answer, delivery); !good) return good;
  }
  parts_.told(delivery);
  return {};
}

Result<Feed::Pass> Feed::pass(std::int64_t now_us) {
  Pass pass;
  const FeedSource::Look look = parts_.source->look(now_us);
  now_us_ = now_us;
  summary_.files += look.files.size();
  summary_.folders = look.folders;
  pass.is_waiting = look.is_waiting;
  pass.at_least = look.at_least;
  if (look.trouble) {
    pass.was_good = false;
    parts_.trouble("", *look.trouble);
  }
  for (const std::string& name : look.gone) summary_.open.erase(name);
  std::vector<Piece> pieces = pieces_of(look.files, pass);
  for (auto piece = pieces.begin(); piece != pieces.end(); ++piece) {
    const bool is_told_to_end = parts_.stop();
    const auto delivered = is_told_to_end ? Result<void>() : deliver(*piece);
    if (delivered && !is_told_to_end) {
      piece->results.reset();
      continue;
    }
    // This and all that follow it are offered once more, so that their order holds.
    pass.was_good = false;
    for (auto left = piece; left != pieces.end(); ++left) parts_.source->offer_again(left->file);
    if (delivered) break;
    parts_.trouble(piece->file.name, delivered.error());
    summary_.is_behind = true;
    if (parts_.is_end(delivered.error())) return std::unexpected(delivered.error());
    break;
  }
  summary_.is_behind = !pass.was_good;
  return pass;
}

}  // namespace teller
