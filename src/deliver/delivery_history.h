// What was delivered, and the history of a sheet: every version, which delivery brought it, and what
// became of it. Read from the store's list of deliveries and from the log, for `teller deliveries` and
// for whoever asks over HTTP; as JSON (schema/http.yaml).
//
// What always holds: a version is shown with its figures as they were counted, whoever sent it; one
// that came by another way than a delivery (`teller load`) says so. Nothing is written.
//
// Safe from any thread; calls wait for each other. Memory: that of StandingSheets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "deliver/standing_sheets.h"
#include "election/definition.h"
#include "log/segments.h"
#include "store/store.h"

namespace teller {

// Which sheets are meant, by the ids of rules.json, a unit also as unit_meant() takes it; what is empty
// means all.
struct SheetsAsked {
  std::string unit = {}, contest = {}, method = {};
};

// The same by numbers.
struct SheetsMeant {
  std::optional<UnitId> unit = {};
  std::optional<ContestId> contest = {};
  std::optional<MethodId> method = {};
};
// Pure. Errors: reject delivery.none: the rules have none that is called so.
[[nodiscard]] Result<SheetsMeant> sheets_meant(const Rules& rules, const SheetsAsked& asked);

class DeliveryHistory {
 public:
  // All of it outlives this.
  DeliveryHistory(Definition definition, Store& store, Segments& segments)
      : definition_(definition), store_(&store), segments_(&segments), standing_(definition) {}

  // From number `first` on, at most `limit`: {"deliveries": […], "next": 1001}, where `next` is there
  // only if more follow. Each as http.yaml's DeliveryInList.
  // Errors: those of the store.
  [[nodiscard]] Result<std::string> list(std::uint64_t first, std::uint64_t limit);

  // One of them, with its sheets but for those that were unchanged, and what became of each until now.
  // Errors: reject delivery.none; those of the store and of Segments.
  [[nodiscard]] Result<std::string> delivery(std::uint64_t number);

  // {"sheets": […]}: of each its versions, and the deliveries of it that were not taken.
  // Errors: reject delivery.none (the rules have no such name, or nothing was ever delivered of it);
  // as above.
  [[nodiscard]] Result<std::string> sheets(const SheetsAsked& asked);

 private:
  using Json = nlohmann::ordered_json;
  struct Delivered {  // A row of delivery_sheets, with the delivery's place in rows_.
    std::size_t row = 0;
    DeliveredSheet sheet;
  };
  [[nodiscard]] Result<void> look();
  [[nodiscard]] Json version_json(const SheetKey& key, std::uint32_t version) const;
  [[nodiscard]] Json sheet_json(const SheetKey& key) const;
  // What became of a version until now: it stands, or what replaced it.
  [[nodiscard]] std::string now(const SheetKey& key, std::uint32_t version) const;

  const Definition definition_;
  Store* const store_;
  Segments* const segments_;
  std::mutex mutex_;
  StandingSheets standing_;
  std::vector<DeliveryRow> rows_;
  std::map<SheetKey, std::vector<Delivered>> delivered_;
};

}  // namespace teller
