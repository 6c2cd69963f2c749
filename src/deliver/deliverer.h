// Delivers result sheets: compares them with what stands, gives what differs the next version, sends
// it, waits until it is counted, and says what became of each sheet.
//
// What always holds:
//   - There is one delivery at a time, over all processes that deliver to a count (`turn`), and it begins
//     when all that was recorded before it is counted. So two who deliver at once lose nothing: the second
//     is compared with what the first has brought.
//   - The delivery and the versions that it means to give are stored before anything is sent. The
//     same delivery again goes on where a crash ended it.
//   - A version that somebody else took meanwhile (entries may come by other ways than this) is
//     taken again as the next one.
//
// A host makes one, and what it points to outlives it. deliver() may be called from any thread and
// takes as long as the counting of what it sends.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "deliver/delivery.h"
#include "deliver/plan.h"
#include "deliver/standing_sheets.h"
#include "election/definition.h"
#include "gateway/entry_sender.h"
#include "log/segments.h"
#include "store/store.h"

namespace teller {

class Deliverer {
 public:
  struct Parts {
    Definition definition;
    Store* store;
    Segments* segments;
    EntrySender* sender;
    const Clock* clock;
    // Returns when all that was recorded before the call is committed, but for what waits in a
    // halted partition.
    std::function<Result<void>()> counted;
    // Keeps what was delivered, so that it can be delivered again; may be empty.
    std::function<Result<void>(const DeliveryRow& row, const Delivery& delivery)> keep = {};
    // Keeps what became of it, before the store says that it is settled; may be empty.
    std::function<Result<void>(const DeliveryRow& row, std::span<const DeliveredSheet> sheets)>
        keep_settled = {};
    // Waits until no other process delivers; none does while what it gives lives. May be empty: no
    // other process can.
    std::function<Result<std::shared_ptr<void>>()> turn = {};
  };
  explicit Deliverer(Parts parts);

  // Errors: reject delivery.invalid (no source, no reason for a correction, a key twice; nothing was
  // sent), publication.before_close (its report would say what stands); retry delivery.not_settled (others kept taking the versions); those of the store, of
  // Segments, of EntrySender, of `counted` and `turn`. After any of them the same delivery may be sent
  // again.
  [[nodiscard]] Result<DeliveryReport> deliver(const Delivery& delivery);

 private:
  [[nodiscard]] Result<void> look();
  [[nodiscard]] Result<void> read_deliveries();
  [[nodiscard]] Result<void> read_sheets(std::size_t row);
  [[nodiscard]] Result<void> begin(const Delivery& delivery, const Hash& content,
                                   DeliveryReport& report);
  [[nodiscard]] Result<void> send(std::vector<SheetReport>& sheets);
  [[nodiscard]] Result<std::vector<Sheet>> judge(std::vector<SheetReport>& sheets,
                                                 const Delivery& delivery);
  [[nodiscard]] Result<std::uint64_t> recognise(const Delivery& delivery, const Hash& content,
                                                DeliveryReport& report) const;
  [[nodiscard]] Result<bool> says_the_same(const Delivery& delivery, const DeliveryRow& row) const;
  [[nodiscard]] FiguresAt figures_at() const;
  [[nodiscard]] Result<void> bring(const Delivery& delivery, const Hash& content,
                                   DeliveryReport& report);
  [[nodiscard]] Result<void> settle(const DeliveryReport& report);
  [[nodiscard]] Delivery without_counted(const Delivery& delivery, std::uint64_t number,
                                         std::vector<SheetReport>& counted) const;
  void confirm(const DeliveryReport& report);
  void list_missing(const Delivery& delivery, DeliveryReport& report) const;

  const Parts parts_;
  std::mutex mutex_;
  StandingSheets standing_;
  // Of the deliveries in the store: their rows, which of them nobody has settled, and which of them
  // brought a version.
  std::vector<DeliveryRow> rows_;
  std::set<std::size_t> open_;                                        // Places in rows_.
  std::map<SheetKey, std::map<std::uint32_t, std::size_t>> brought_;  // -> place in rows_.
  // The latest time at which a version was delivered again with the same figures, as far as this
  // process was told.
  std::map<std::pair<SheetKey, std::uint32_t>, std::int64_t> confirmed_;
};

// SHA-256 of what a delivery says: its act and its sheets, whatever their order.
[[nodiscard]] Hash content_of(const Delivery& delivery, const CountId& count);

}  // namespace teller
