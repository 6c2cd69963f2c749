#include "deliver/deliverer.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "base/utf8.h"
#include "publish/status.h"
#include "store/each_delivery.h"

namespace teller {
namespace {

constexpr std::size_t source_bytes_max = 200, file_bytes_max = 255, reason_bytes_max = 1000;
constexpr std::size_t why_bytes_max = 1000;
constexpr std::uint32_t entries_a_body = 1000;
// How often a version that somebody else took is taken again.
constexpr int rounds_max = 8;

std::unexpected<Error> invalid(std::string why) {
  return fail(Remedy::reject, "delivery.invalid", std::move(why));
}

Result<void> check_text(std::string_view what, std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max && is_clean_utf8(text)) return {};
  return invalid(
      fmt::format("{} is at most {} bytes of UTF-8 without control characters", what, bytes_max));
}

Result<void> check_delivery(const Delivery& delivery) {
  if (delivery.source.empty()) return invalid("it does not say whose figures these are: --source");
  for (const auto& [what, text, bytes_max] :
       {std::tuple<std::string_view, std::string_view, std::size_t>{"the source", delivery.source,
                                                                    source_bytes_max},
        {"the file's name", delivery.file, file_bytes_max},
        {"the reason", delivery.reason, reason_bytes_max},
        {"what is noted", delivery.noted, reason_bytes_max}}) {
    if (auto good = check_text(what, text, bytes_max); !good) return good;
  }
  if (delivery.act != Sheet::Act::update && delivery.reason.empty()) {
    return invalid("a correction and a withdrawal say why: --reason");
  }
  std::set<SheetKey> keys;
  for (const Sheet& sheet : delivery.sheets) {
    if (!keys.insert(key_of(sheet)).second) {
      return invalid("two of its sheets are of the same unit, contest and method");
    }
  }
  for (const HeldSheet& held : delivery.held) {
    if (!keys.insert(held.key).second) {
      return invalid("a sheet of it is held twice, or held and sent");
    }
    if (auto good = check_text("why a sheet is held", held.why, why_bytes_max); !good) return good;
  }
  return {};
}

// "delivery.other_level: Rill reports in this contest too, …"
std::string why_of(const SheetReport& report) {
  if (report.code.empty()) return report.detail;
  return fmt::format("{}: {}", report.code.text(), report.detail);
}

std::vector<DeliveredSheet> rows_of(const std::vector<SheetReport>& sheets, bool settled) {
  std::vector<DeliveredSheet> rows;
  for (const SheetReport& report : sheets) {
    if (report.became == Became::unchanged) continue;
    rows.push_back({.unit = report.sheet.unit,
                    .method = report.sheet.method,
                    .contest = report.sheet.contest,
                    .version = report.sheet.version,
                    .became = settled ? std::string(to_text(report.became)) : std::string(),
                    .why = why_of(report)});
  }
  return rows;
}

bool is_same(const Sheet& a, const Sheet& b) {
  return same_figures(a, b) && a.act == b.act && a.reason == b.reason;
}

void add_held(const Delivery& delivery, DeliveryReport& report) {
  for (const HeldSheet& held : delivery.held) {
    SheetReport& sheet = report.sheets.emplace_back();
    sheet.sheet.unit = held.key.unit;
    sheet.sheet.method = held.key.method;
    sheet.sheet.contest = held.key.contest;
    sheet.sheet.version = 0;
    sheet.became = Became::held;
    sheet.detail = held.why;
  }
}

}  // namespace

Hash content_of(const Delivery& delivery, const CountId& count) {
  std::vector<Bytes> sheets;
  for (Sheet sheet : delivery.sheets) {
    sheet.version = 1;
    sheet.act = Sheet::Act::update;
    sheet.reason.clear();
    sheets.push_back(encode({EntryId{}, sheet}, count));
  }
  // Held ones are named only where there are any: so a delivery without them has the hash it always had.
  for (const HeldSheet& held : delivery.held) {
    Bytes& line = sheets.emplace_back();
    ByteWriter(line).raw(fmt::format("held {} {} {}", held.key.unit.value, held.key.method.value,
                                     held.key.contest.value));
  }
  for (const UnknownFigures& unknown : delivery.unknown) {
    Bytes& line = sheets.emplace_back();
    ByteWriter(line).raw(fmt::format("unknown {} {} {} {}", unknown.key.unit.value,
                                     unknown.key.method.value, unknown.key.contest.value,
                                     fmt::join(unknown.columns, " ")));
  }
  std::ranges::sort(sheets);
  Bytes all;
  ByteWriter(all).raw(std::string(to_text(delivery.act)) + "\n");
  for (const Bytes& sheet : sheets) all.insert(all.end(), sheet.begin(), sheet.end());
  return sha256(all);
}

Deliverer::Deliverer(Parts parts) : parts_(std::move(parts)), standing_(parts_.definition) {}

// Which versions a delivery has brought, or means to.
Result<void> Deliverer::read_sheets(std::size_t row) {
  const auto sheets = parts_.store->delivered_sheets(rows_[row].number);
  if (!sheets) return std::unexpected(sheets.error());
  for (const DeliveredSheet& sheet : *sheets) {
    if (sheet.version == 0) continue;
    brought_[{sheet.unit, sheet.method, sheet.contest}][sheet.version] = row;
  }
  return {};
}

// Deliveries that are not known here yet: all of them at first, later those of other processes. What
// was not settled when it was read is read again, for another process may have settled it meanwhile.
Result<void> Deliverer::read_deliveries() {
  for (const std::size_t row : std::set(open_)) {
    const auto now = parts_.store->deliveries(rows_[row].number, 1);
    if (!now) return std::unexpected(now.error());
    if (now->empty()) continue;
    rows_[row] = now->front();
    for (auto& [key, versions] : brought_) {
      std::erase_if(versions, [&](const auto& by) { return by.second == row; });
    }
    if (auto read = read_sheets(row); !read) return read;
    if (rows_[row].settled_at_us) open_.erase(row);
  }
  while (true) {
    auto rows = parts_.store->deliveries(rows_.size() + 1, 1000);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    for (DeliveryRow& row : *rows) {
      if (auto next = check_follows(row, rows_.size()); !next) return next;
      rows_.push_back(std::move(row));
      if (!rows_.back().settled_at_us) open_.insert(rows_.size() - 1);
      if (auto read = read_sheets(rows_.size() - 1); !read) {
        rows_.pop_back();
        open_.erase(rows_.size());
        return read;
      }
    }
  }
}

// What stands now, and where it came from.
Result<void> Deliverer::look() {
  if (auto counted = parts_.counted(); !counted) return counted;
  if (auto read = standing_.catch_up(*parts_.store, *parts_.segments); !read) return read;
  return read_deliveries();
}

// Stores what is meant to be sent.
Result<void> Deliverer::begin(const Delivery& delivery, const Hash& content,
                              DeliveryReport& report) {
  const std::vector<DeliveredSheet> planned = rows_of(report.sheets, false);
  if (report.number == 0) {
    DeliveryRow row{.number = 0,
                    .source = delivery.source,
                    .file = delivery.file,
                    .figures_at_us = report.figures_at_us,
                    .received_at_us = parts_.clock->now_us(),
                    .act = std::string(to_text(delivery.act)),
                    .reason = recorded_reason(delivery),
                    .sender = delivery.sender,
                    .content = content};
    while (true) {
      row.number = rows_.size() + 1;
      const auto put = parts_.store->put_delivery(row, planned);
      if (!put) return std::unexpected(put.error());
      if (*put) break;
      if (auto read = read_deliveries(); !read) return read;  // Another process was first.
    }
    report.number = row.number;
    open_.insert(rows_.size());
    rows_.push_back(row);
  } else {
    const auto put = parts_.store->put_delivered(report.number, planned, 0, std::nullopt);
    if (!put) return std::unexpected(put.error());
  }
  // Also of one that goes on: the crash may have come before it was kept.
  if (parts_.keep) {
    if (auto kept = parts_.keep(rows_[report.number - 1], delivery); !kept) return kept;
  }
  for (const DeliveredSheet& sheet : planned) {
    if (sheet.version == 0) continue;
    brought_[{sheet.unit, sheet.method, sheet.contest}][sheet.version] = report.number - 1;
  }
  return {};
}

Result<void> Deliverer::send(std::vector<SheetReport>& sheets) {
  std::vector<SheetReport*> sent;
  BatchWriter batch(parts_.definition.count->id);
  const auto flush = [&]() -> Result<void> {
    if (sent.empty()) return {};
    const Bytes bytes = batch.finish();
    const auto answer =
        parts_.sender->send({BodyFormat::packed, std::string(as_text(bytes)), "delivery"});
    if (!answer) return std::unexpected(answer.error());
    if (!answer->answer.error_code.empty()) {
      return fail(Remedy::stop, "delivery.not_sent",
                  answer->answer.error_code + ": " + answer->answer.error_detail);
    }
    for (const RefusedEntry& refused : answer->answer.refused) {
      SheetReport& report = *sent.at(refused.index);
      report.became = Became::refused;
      report.sheet.version = 0;
      report.code = Code::named(refused.code).value_or(Code("delivery.not_sent"));
      report.detail = refused.detail;
    }
    sent.clear();
    return {};
  };
  for (SheetReport& report : sheets) {
    if (!is_sent(report.became)) continue;
    batch.add(encode({sheet_id(report.sheet), report.sheet}, parts_.definition.count->id));
    sent.push_back(&report);
    if (sent.size() < entries_a_body) continue;
    if (auto flushed = flush(); !flushed) return flushed;
  }
  return flush();
}

// After what was sent is counted: gives the sheets whose version somebody else has taken, without
// their reports.
Result<std::vector<Sheet>> Deliverer::judge(std::vector<SheetReport>& sheets,
                                            const Delivery& delivery) {
  std::vector<Sheet> lost;
  std::optional<std::vector<PartitionRow>> partitions;
  std::map<SheetKey, const Sheet*> given;
  for (const Sheet& sheet : delivery.sheets) given[key_of(sheet)] = &sheet;
  std::vector<SheetReport> kept;
  for (SheetReport& report : sheets) {
    const Sheet* counted =
        is_sent(report.became) ? standing_.at(key_of(report.sheet), report.sheet.version) : nullptr;
    if (is_sent(report.became) && counted == nullptr) {
      if (!partitions) {
        auto rows = parts_.store->partitions();
        if (!rows) return std::unexpected(rows.error());
        partitions = std::move(*rows);
      }
      const std::uint16_t at =
          partition_of({sheet_id(report.sheet), report.sheet}, parts_.definition.count->partitions);
      if (partitions->at(at).halted) {
        report.became = Became::waiting;
        report.detail = fmt::format("partition {} is halted", at);
      } else {
        report.became = Became::refused;
        report.code = "delivery.not_counted";
        report.detail = fmt::format("it was recorded in partition {} and not counted", at);
      }
    } else if (counted != nullptr && !is_same(*counted, report.sheet)) {
      brought_[key_of(report.sheet)].erase(report.sheet.version);
      lost.push_back(*given.at(key_of(report.sheet)));
      continue;
    }
    kept.push_back(std::move(report));
  }
  sheets = std::move(kept);
  return lost;
}

void Deliverer::list_missing(const Delivery& delivery, DeliveryReport& report) const {
  if (delivery.act != Sheet::Act::update) return;
  std::set<SheetKey> given;
  for (const Sheet& sheet : delivery.sheets) given.insert(key_of(sheet));
  for (const HeldSheet& held : delivery.held) given.insert(held.key);
  for (const auto& [key, versions] : brought_) {
    const Sheet* stands = standing_.find(key);
    if (given.contains(key) || !has_figures(stands)) continue;
    const auto by = versions.find(stands->version);
    if (by != versions.end() && rows_[by->second].source == delivery.source) {
      report.missing.push_back(*stands);
    }
  }
}

// Figures that came once more are true at the later time too: what is older than that is stale.
void Deliverer::confirm(const DeliveryReport& report) {
  for (const SheetReport& sheet : report.sheets) {
    if (sheet.became != Became::unchanged) continue;
    std::int64_t& at =
        confirmed_.try_emplace({key_of(sheet.sheet), sheet.sheet.version}, *report.figures_at_us)
            .first->second;
    at = std::max(at, *report.figures_at_us);
  }
}

// Of a delivery that goes on: what it brought before it was ended is told as it was. It is sent once
// more, which makes a duplicate. Gives the delivery without these sheets.
Delivery Deliverer::without_counted(const Delivery& delivery, std::uint64_t number,
                                    std::vector<SheetReport>& counted) const {
  if (number == 0) return delivery;
  Delivery rest = delivery;
  std::erase_if(rest.sheets, [&](const Sheet& sheet) {
    const Sheet* stands = standing_.find(key_of(sheet));
    const auto versions = brought_.find(key_of(sheet));
    if (stands == nullptr || versions == brought_.end()) return false;
    const auto by = versions->second.find(stands->version);
    if (by == versions->second.end() || rows_[by->second].number != number) return false;
    const Sheet* before = standing_.at(key_of(sheet), stands->version - 1);
    SheetReport& report = counted.emplace_back();
    report.sheet = *stands;
    report.became = sent_as(delivery.act, has_figures(before));
    if (!has_figures(before)) return true;
    report.before = *before;
    if (delivery.act == Sheet::Act::withdrawal) return true;
    Sheet sent = sheet;
    const auto unknown = std::ranges::find(delivery.unknown, key_of(sheet), &UnknownFigures::key);
    report.kept =
        keep_figures(sent, *before, unknown == delivery.unknown.end() ? nullptr : &*unknown);
    return true;
  });
  return rest;
}

// Of two deliveries of the same sheets: whether what waits and what was noted is the same too.
Result<bool> Deliverer::says_the_same(const Delivery& delivery, const DeliveryRow& row) const {
  if (row.reason != recorded_reason(delivery)) return false;
  if (delivery.held.empty()) return true;
  const auto sheets = parts_.store->delivered_sheets(row.number);
  if (!sheets) return std::unexpected(sheets.error());
  std::map<SheetKey, std::string> why;
  for (const DeliveredSheet& sheet : *sheets)
    why[{sheet.unit, sheet.method, sheet.contest}] = sheet.why;
  return std::ranges::all_of(delivery.held, [&](const HeldSheet& held) {
    const auto found = why.find(held.key);
    return found != why.end() && found->second == held.why;
  });
}

// The same bytes of the same source are the same delivery: its figures are as old as they were, and
// one that a crash has ended goes on under its number. Gives the delivery that said the same before, at
// whatever time; 0: none did.
Result<std::uint64_t> Deliverer::recognise(const Delivery& delivery, const Hash& content,
                                           DeliveryReport& report) const {
  report.figures_at_us = delivery.figures_at_us;
  std::uint64_t again = 0;
  for (const DeliveryRow& row : rows_) {
    if (row.source != delivery.source || row.content != content) continue;
    if (!delivery.figures_at_us) report.figures_at_us = row.figures_at_us;
    const auto same = says_the_same(delivery, row);
    if (!same) return std::unexpected(same.error());
    if (!*same) continue;
    again = row.number;
    if (!row.settled_at_us) report.number = row.number;
  }
  for (const DeliveryRow& row : rows_) {
    if (row.source != delivery.source || row.act != to_text(Sheet::Act::update) ||
        row.number == report.number || delivery.act != Sheet::Act::update)
      continue;
    report.noted_is_new = !delivery.noted.empty() && row.reason != recorded_reason(delivery);
  }
  if (!report.figures_at_us)
    report.figures_at_us = delivery.came_at_us.value_or(parts_.clock->now_us());
  return again;
}

FiguresAt Deliverer::figures_at() const {
  return [this](const SheetKey& key, std::uint32_t version) -> std::optional<std::int64_t> {
    const auto versions = brought_.find(key);
    if (versions == brought_.end()) return std::nullopt;
    const auto by = versions->second.find(version);
    if (by == versions->second.end()) return std::nullopt;
    const auto seen = confirmed_.find({key, version});
    const auto brought = rows_[by->second].figures_at_us;
    return seen == confirmed_.end() ? brought : std::max(brought, std::optional(seen->second));
  };
}

// Stores, sends and follows what is planned; what others overtook once more, in the version after
// theirs.
Result<void> Deliverer::bring(const Delivery& delivery, const Hash& content,
                              DeliveryReport& report) {
  std::vector<Sheet> lost;
  for (int round = 0; round == 0 || !lost.empty(); ++round) {
    if (round == rounds_max) {
      return fail(Remedy::retry, "delivery.not_settled",
                  fmt::format("{} of its sheets were overtaken by others {} times; deliver again",
                              lost.size(), rounds_max));
    }
    if (round > 0) {
      Delivery rest = delivery;
      rest.sheets = lost;
      std::ranges::move(
          plan(rest, report.figures_at_us, standing_, figures_at(), *parts_.definition.rules),
          std::back_inserter(report.sheets));
    }
    if (auto begun = begin(delivery, content, report); !begun) return begun;
    if (auto sent = send(report.sheets); !sent) return sent;
    if (auto seen = look(); !seen) return seen;
    auto taken = judge(report.sheets, delivery);
    if (!taken) return std::unexpected(taken.error());
    lost = std::move(*taken);
  }
  return {};
}

// What became of it is stored, for good.
Result<void> Deliverer::settle(const DeliveryReport& report) {
  DeliveryRow& row = rows_[report.number - 1];
  row.unchanged = report.count_of(Became::unchanged);
  row.settled_at_us = parts_.clock->now_us();
  const std::vector<DeliveredSheet> sheets = rows_of(report.sheets, true);
  Result<bool> settled = true;
  if (parts_.keep_settled) {
    if (auto kept = parts_.keep_settled(row, sheets); !kept) {
      settled = std::unexpected(kept.error());
    }
  }
  if (settled) {
    settled = parts_.store->put_delivered(report.number, sheets, row.unchanged, row.settled_at_us);
  }
  if (!settled) {
    row.settled_at_us.reset();
    return std::unexpected(settled.error());
  }
  open_.erase(report.number - 1);
  return {};
}

Result<DeliveryReport> Deliverer::deliver(const Delivery& delivery) {
  if (auto good = check_delivery(delivery); !good) return std::unexpected(good.error());
  // Its report says what stands.
  const auto held_back = is_held_back(*parts_.definition.count, *parts_.store);
  if (!held_back) return std::unexpected(held_back.error());
  if (*held_back) return std::unexpected(why_not_told(*parts_.definition.count));
  const std::scoped_lock lock(mutex_);
  std::shared_ptr<void> turn;
  if (parts_.turn) {
    auto taken = parts_.turn();
    if (!taken) return std::unexpected(taken.error());
    turn = std::move(*taken);
  }
  if (auto seen = look(); !seen) return std::unexpected(seen.error());

  DeliveryReport report;
  const Hash content = content_of(delivery, parts_.definition.count->id);
  const auto recognised = recognise(delivery, content, report);
  if (!recognised) return std::unexpected(recognised.error());
  const std::uint64_t again = *recognised;
  std::vector<SheetReport> counted_before;
  const Delivery new_to_us = without_counted(delivery, report.number, counted_before);
  report.sheets =
      plan(new_to_us, report.figures_at_us, standing_, figures_at(), *parts_.definition.rules);
  std::ranges::move(counted_before, std::back_inserter(report.sheets));
  add_held(delivery, report);
  list_missing(delivery, report);
  confirm(report);
  // It was counted when it came first, and brings nothing now: all of it stands, or is older by now.
  const auto is_new = [](const SheetReport& sheet) { return is_sent(sheet.became); };
  const bool brings = again == 0 || report.number > 0 || std::ranges::any_of(report.sheets, is_new);
  if (!brings) {
    report.again = again;
  } else if (auto brought = bring(delivery, content, report); !brought) {
    return std::unexpected(brought.error());
  }
  std::ranges::sort(report.sheets, {},
                    [](const SheetReport& sheet) { return key_of(sheet.sheet); });
  for (SheetReport& sheet : report.sheets) {
    if (is_sent(sheet.became))
      sheet.against_cards = against_cards(sheet.sheet, *parts_.definition.rules);
  }
  if (!brings) return report;
  if (auto settled = settle(report); !settled) return std::unexpected(settled.error());
  return report;
}

}  // namespace teller
