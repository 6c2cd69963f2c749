// In which order made-up ballots, their copies and what must be refused are sent.
#include "generate/generate.h"

#include <functional>
#include <queue>
#include <tuple>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "generate/ballot_draw.h"
#include "generate/seed_streams.h"
#include "generate/spoil.h"

namespace teller {
namespace {

// Numbers of invalid items begin here, behind those of any ballots.
constexpr std::uint64_t invalid_from = std::uint64_t{1} << 63;

// A copy that is still to come.
struct Copy {
  std::uint64_t due;
  std::uint64_t number;
  bool conflict;
  bool operator>(const Copy& other) const {
    return std::tie(due, number, conflict) > std::tie(other.due, other.number, other.conflict);
  }
};

// Sends the items of one run; the memory that one item took serves the next.
class ItemStream {
 public:
  ItemStream(const BallotDraw& ballots, const CountId& count, const Rules& rules,
             const GenerateOptions& options, const ItemSink& sink)
      : ballots_(ballots),
        count_(count),
        rules_(rules),
        options_(options),
        sink_(sink),
        next_index_(options.parts) {}

  Result<void> send_all() {
    for (std::uint64_t number = 0; number < options_.ballots; ++number) {
      if (const auto sent = send_copies_due(number); !sent) return sent;
      SeededRandom fate(options_.seed, number ^ (std::uint64_t{fate_stream} << 8));
      if (fate.unit() < options_.invalid) {
        if (const auto sent = send_invalid(); !sent) return sent;
      }
      ballots_.draw(number, 0, entry_);
      ++summary_.first;
      if (const auto sent = send_ballot(GeneratedItem::Kind::first, number, entry_); !sent) {
        return sent;
      }
      if (fate.unit() < options_.duplicates) copies_.push({later(number, fate), number, false});
      if (fate.unit() < options_.conflicts) copies_.push({later(number, fate), number, true});
    }
    return send_copies_due(~std::uint64_t{0});
  }

  [[nodiscard]] const GenerateSummary& summary() const { return summary_; }

 private:
  // `number` decides the part: a copy goes where its first went.
  Result<void> send(GeneratedItem& item, std::uint64_t number) {
    item.part = SeededRandom(options_.seed, number ^ fate_stream).below(options_.parts);
    item.index = next_index_[item.part]++;
    return sink_(item);
  }

  Result<void> send_ballot(GeneratedItem::Kind kind, std::uint64_t number, const Entry& entry) {
    bytes_ = encode(entry, count_);
    GeneratedItem item{.kind = kind, .id = entry.id, .entry = &entry, .bytes = bytes_};
    return send(item, number);
  }

  Result<void> send_copies_due(std::uint64_t number) {
    while (!copies_.empty() && copies_.top().due <= number) {
      const Copy copy = copies_.top();
      copies_.pop();
      if (const auto sent = send_copy(copy); !sent) return sent;
    }
    return {};
  }

  Result<void> send_copy(const Copy& copy) {
    ballots_.draw(copy.number, 0, entry_);
    if (!copy.conflict) {
      ++summary_.duplicate;
      return send_ballot(GeneratedItem::Kind::duplicate, copy.number, entry_);
    }
    ++summary_.conflict;
    // Other content under the same id: the first variant that is not by chance the same.
    const Bytes first = encode(entry_, count_);
    std::uint64_t variant = 0;
    do {
      check(++variant < 1'000, "a ballot can be marked in more than one way");
      ballots_.draw(copy.number, variant, other_);
    } while (encode(other_, count_) == first);
    return send_ballot(GeneratedItem::Kind::conflict, copy.number, other_);
  }

  Result<void> send_invalid() {
    const std::uint64_t nth = summary_.invalid++;
    const std::uint64_t number = invalid_from + nth;
    ballots_.draw(number, 0, entry_);
    GeneratedItem item{.kind = GeneratedItem::Kind::invalid};
    item.id = entry_.id;
    if (options_.json) {
      item.code = spoil_json(nth, entry_, rules_, count_, line_);
      item.line = line_;
    } else {
      item.code = spoil_bytes(nth, entry_, rules_, count_, bytes_);
      item.bytes = bytes_;
      if (const auto id = id_of(bytes_)) item.id = *id;
    }
    return send(item, number);
  }

  // When a copy of ballot `number` comes: half of them soon, as retries do; the others any time
  // later.
  std::uint64_t later(std::uint64_t number, SeededRandom& fate) const {
    const std::uint64_t soon = 1 + fate.below(1'000);
    const double far = fate.unit();
    if (fate.unit() < 0.5) return number + soon;
    return number + 1 +
           static_cast<std::uint64_t>(far * static_cast<double>(options_.ballots - number));
  }

  const BallotDraw& ballots_;
  const CountId& count_;
  const Rules& rules_;
  const GenerateOptions& options_;
  const ItemSink& sink_;
  std::vector<std::uint64_t> next_index_;  // By part.
  std::priority_queue<Copy, std::vector<Copy>, std::greater<>> copies_;
  GenerateSummary summary_;
  Entry entry_, other_;
  Bytes bytes_;
  std::string line_;
};

}  // namespace

std::string_view to_text(GeneratedItem::Kind kind) {
  switch (kind) {
    case GeneratedItem::Kind::first:
      return "first";
    case GeneratedItem::Kind::duplicate:
      return "duplicate";
    case GeneratedItem::Kind::conflict:
      return "conflict";
    case GeneratedItem::Kind::invalid:
      return "invalid";
  }
  return "";
}

Result<GenerateSummary> generate(const Rules& rules, const CountId& count,
                                 const GenerateOptions& options, const ItemSink& sink) {
  const BallotDraw ballots(rules, options);
  if (!ballots.has_ballots()) {
    return fail(Remedy::reject, "generate.no_ballots",
                "the rules have no ballot card whose contests are all counted from ballots");
  }
  check(options.parts > 0, "there is at least one part");
  ItemStream stream(ballots, count, rules, options, sink);
  if (const auto sent = stream.send_all(); !sent) return std::unexpected(sent.error());
  return stream.summary();
}

}  // namespace teller
