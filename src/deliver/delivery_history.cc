#include "deliver/delivery_history.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/time.h"
#include "deliver/plan.h"
#include "deliver/sheet_json.h"
#include "deliver/unit_meant.h"
#include "store/each_delivery.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t rows_at_once = 1000;

Json delivery_json(const DeliveryRow& row) {
  Json json{{"delivery", row.number}, {"source", row.source}, {"file", row.file}};
  if (row.figures_at_us) json["figures_at"] = format_utc(*row.figures_at_us);
  json["received_at"] = format_utc(row.received_at_us);
  json["act"] = row.act;
  if (!row.reason.empty()) json["reason"] = row.reason;
  json["sender"] = row.sender;
  json["settled"] = row.settled_at_us.has_value();
  return json;
}

// How many of its sheets became what; unchanged ones are a number of the delivery alone.
Json became_json(const DeliveryRow& row, std::span<const DeliveredSheet> sheets) {
  Json became = Json::object();
  if (row.unchanged > 0) became["unchanged"] = row.unchanged;
  for (const DeliveredSheet& sheet : sheets) {
    const std::string word = sheet.became.empty() ? "not known yet" : sheet.became;
    became[word] = became.value(word, 0U) + 1;
  }
  return became;
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::unexpected<Error> none(std::string why) {
  return fail(Remedy::reject, "delivery.none", std::move(why));
}

}  // namespace

Result<std::string> DeliveryHistory::list(std::uint64_t first, std::uint64_t limit) {
  auto rows = store_->deliveries(first, limit + 1);
  if (!rows) return std::unexpected(rows.error());
  Json json{{"deliveries", Json::array()}};
  if (rows->size() > limit) {
    rows->pop_back();
    json["next"] = rows->back().number + 1;
  }
  for (const DeliveryRow& row : *rows) {
    const auto sheets = store_->delivered_sheets(row.number);
    if (!sheets) return std::unexpected(sheets.error());
    Json one = delivery_json(row);
    one["became"] = became_json(row, *sheets);
    json["deliveries"].push_back(std::move(one));
  }
  return text_of(json);
}

// From the first delivery on that was not settled, the list is read anew: it may be now.
Result<void> DeliveryHistory::look() {
  if (auto read = standing_.catch_up(*store_, *segments_); !read) return read;
  const auto open = std::ranges::find_if(
      rows_, [](const DeliveryRow& row) { return !row.settled_at_us.has_value(); });
  rows_.erase(open, rows_.end());
  for (auto& [key, all] : delivered_) {
    std::erase_if(all, [&](const Delivered& by) { return by.row >= rows_.size(); });
  }
  while (true) {
    auto rows = store_->deliveries(rows_.size() + 1, rows_at_once);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    for (DeliveryRow& row : *rows) {
      if (auto next = check_follows(row, rows_.size()); !next) return next;
      const auto sheets = store_->delivered_sheets(row.number);
      if (!sheets) return std::unexpected(sheets.error());
      for (const DeliveredSheet& sheet : *sheets) {
        delivered_[{sheet.unit, sheet.method, sheet.contest}].push_back({rows_.size(), sheet});
      }
      rows_.push_back(std::move(row));
    }
  }
}

std::string DeliveryHistory::now(const SheetKey& key, std::uint32_t version) const {
  const auto versions = standing_.all().find(key);
  if (versions == standing_.all().end()) return "not counted";
  const auto next = versions->second.upper_bound(version);
  if (!versions->second.contains(version)) return "not counted";
  if (next == versions->second.end()) return "stands";
  return fmt::format("{} version {}",
                     next->second.act == Sheet::Act::withdrawal ? "withdrawn by" : "replaced by",
                     next->first);
}

Json DeliveryHistory::version_json(const SheetKey& key, std::uint32_t version) const {
  const Sheet& sheet = *standing_.at(key, version);
  const Contest& contest = definition_.rules->contest(key.contest);
  Json json{{"version", version}, {"act", to_text(sheet.act)}};
  if (!sheet.reason.empty()) json["reason"] = sheet.reason;
  json["figures"] = figures_json(sheet, contest);
  json["now"] = now(key, version);
  json["brought_by"] = nullptr;
  if (const auto all = delivered_.find(key); all != delivered_.end()) {
    for (const Delivered& by : all->second) {
      if (by.sheet.version == version) json["brought_by"] = delivery_json(rows_[by.row]);
    }
  }
  return json;
}

Json DeliveryHistory::sheet_json(const SheetKey& key) const {
  Json json = place_json(key.unit, key.method, key.contest, *definition_.rules);
  json["versions"] = Json::array();
  if (const auto versions = standing_.all().find(key); versions != standing_.all().end()) {
    for (const auto& [version, sheet] : versions->second) {
      json["versions"].push_back(version_json(key, version));
    }
  }
  json["not_taken"] = Json::array();
  if (const auto all = delivered_.find(key); all != delivered_.end()) {
    for (const Delivered& by : all->second) {
      if (by.sheet.version > 0) continue;
      Json one = delivery_json(rows_[by.row]);
      one["became"] = by.sheet.became.empty() ? "not known yet" : by.sheet.became;
      if (!by.sheet.why.empty()) one["detail"] = by.sheet.why;
      json["not_taken"].push_back(std::move(one));
    }
  }
  return json;
}

Result<std::string> DeliveryHistory::delivery(std::uint64_t number) {
  const std::scoped_lock lock(mutex_);
  const auto rows = store_->deliveries(number, 1);
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty() || rows->front().number != number) {
    return none(fmt::format("there is no delivery {}", number));
  }
  const auto sheets = store_->delivered_sheets(number);
  if (!sheets) return std::unexpected(sheets.error());
  if (auto read = standing_.catch_up(*store_, *segments_); !read) {
    return std::unexpected(read.error());
  }
  Json json = delivery_json(rows->front());
  json["became"] = became_json(rows->front(), *sheets);
  json["sheets"] = Json::array();
  for (const DeliveredSheet& sheet : *sheets) {
    const SheetKey key{sheet.unit, sheet.method, sheet.contest};
    Json one = place_json(key.unit, key.method, key.contest, *definition_.rules);
    one["became"] = sheet.became.empty() ? "not known yet" : sheet.became;
    if (!sheet.why.empty()) one["detail"] = sheet.why;
    if (sheet.version > 0) {
      one["version"] = sheet.version;
      one["now"] = now(key, sheet.version);
      if (const Sheet* counted = standing_.at(key, sheet.version); counted != nullptr) {
        one["figures"] = figures_json(*counted, definition_.rules->contest(key.contest));
      }
    }
    json["sheets"].push_back(std::move(one));
  }
  return text_of(json);
}

Result<SheetsMeant> sheets_meant(const Rules& rules, const SheetsAsked& asked) {
  SheetsMeant meant{.contest = rules.find_contest(asked.contest),
                    .method = rules.find_method(asked.method)};
  if (!asked.unit.empty()) {
    const auto unit = unit_meant(rules, asked.unit);
    if (!unit) return std::unexpected(unit.error());
    meant.unit = *unit;
  }
  if (!asked.contest.empty() && !meant.contest) {
    return none("the rules have no contest \"" + asked.contest + '"');
  }
  if (!asked.method.empty() && !meant.method) {
    return none("the rules have no method \"" + asked.method + '"');
  }
  return meant;
}

Result<std::string> DeliveryHistory::sheets(const SheetsAsked& asked) {
  const auto meant = sheets_meant(*definition_.rules, asked);
  if (!meant) return std::unexpected(meant.error());
  const std::scoped_lock lock(mutex_);
  if (auto seen = look(); !seen) return std::unexpected(seen.error());
  const auto is_meant = [&](const SheetKey& key) {
    return (!meant->unit || key.unit == *meant->unit) &&
           (!meant->contest || key.contest == *meant->contest) &&
           (!meant->method || key.method == *meant->method);
  };
  std::set<SheetKey> keys;
  for (const auto& [key, versions] : standing_.all()) {
    if (is_meant(key)) keys.insert(key);
  }
  for (const auto& [key, all] : delivered_) {
    if (is_meant(key) && !all.empty()) keys.insert(key);
  }
  if (keys.empty())
    return none("no sheet of that unit, contest and method was delivered or counted");
  Json json{{"sheets", Json::array()}};
  for (const SheetKey& key : keys) json["sheets"].push_back(sheet_json(key));
  return text_of(json);
}

}  // namespace teller
