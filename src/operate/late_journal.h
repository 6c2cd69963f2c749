// A journal that is only read. It is opened when it is first needed, and again when that has failed, so that it cannot
// be older than what was read before it.
//
// One thread at a time may use it.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "journal/journal.h"

namespace teller {

class LateJournal final : public Journal {
 public:
  using Open = std::function<Result<std::unique_ptr<Journal>>()>;
  explicit LateJournal(Open open) : open_(std::move(open)) {}

  void append(std::uint16_t, Bytes, Done done) override {
    done(fail(Remedy::retry, "journal.busy", "this journal is only read"));
  }
  [[nodiscard]] Result<std::vector<JournalRecord>> read(std::uint16_t partition, Position from,
                                                        std::size_t bytes_max) override {
    if (auto ready = open(); !ready) return std::unexpected(ready.error());
    return journal_->read(partition, from, bytes_max);
  }
  [[nodiscard]] Result<Position> end(std::uint16_t partition) override {
    if (auto ready = open(); !ready) return std::unexpected(ready.error());
    return journal_->end(partition);
  }

 private:
  Result<void> open() {
    if (journal_) return {};
    auto opened = open_();
    if (!opened) return std::unexpected(opened.error());
    journal_ = std::move(*opened);
    return {};
  }
  Open open_;
  std::unique_ptr<Journal> journal_;
};

}  // namespace teller
