#include "executor_core.h"

#include <fmt/format.h>

#include "base/check.h"
#include "count/roll_forward.h"
#include "journal/record.h"
#include "log/segments_directory.h"

namespace teller {
namespace {

std::unexpected<StepError> at(std::uint64_t offset, Error error) {
  return std::unexpected(StepError{std::move(error), offset});
}

std::unexpected<StepError> nowhere(Error error) {
  return std::unexpected(StepError{std::move(error), std::nullopt});
}

// The entries of all records, in order.
std::expected<std::vector<RecordedEntry>, StepError> unpack(const CountFile& count,
                                                            std::uint16_t partition,
                                                            std::uint64_t from,
                                                            std::span<const OffsetRecord> records) {
  std::vector<RecordedEntry> entries;
  std::uint64_t expected = from;
  for (const OffsetRecord& record : records) {
    if (record.offset != expected)
      return at(expected,
                {Remedy::stop, "journal.gap",
                 fmt::format("offset {} should come next and {} came", expected, record.offset)});
    auto reader = RecordReader::open(record.bytes, count.id, partition);
    if (!reader) return at(record.offset, std::move(reader).error());
    std::uint32_t index = 0;
    while (const auto item = reader->next())
      entries.push_back({.position = record.offset, .index = index++, .bytes = item->entry});
    ++expected;
  }
  return entries;
}

}  // namespace

void throw_on_check() {
  set_check_handler([](std::string_view fact, const char* file, int line) {
    throw CheckFailed(fmt::format("{}:{}: broken: {}",
                                  std::filesystem::path(file).filename().string(), line, fact));
  });
}

Result<CountFile> parse_count_for_service(std::string_view count) {
  auto parsed = CountFile::parse(count, "count.json");
  if (parsed && parsed->step.minimum > 1)
    return fail(Remedy::reject, "policy.unsupported",
                fmt::format("step_minimum is {}: in the service form a step is what a round "
                            "brings, so only 1 can be kept",
                            parsed->step.minimum));
  return parsed;
}

ExecutorCore::ExecutorCore(Rules rules, CountFile count, std::unique_ptr<Segments> segments)
    : rules_(std::move(rules)), count_(std::move(count)), segments_(std::move(segments)) {
  for (std::uint16_t i = 0; i < count_.partitions; ++i) slots_.push_back(std::make_unique<Slot>());
}

Result<std::unique_ptr<ExecutorCore>> ExecutorCore::open(std::string_view rules,
                                                         std::string_view count,
                                                         const std::filesystem::path& segments) {
  auto parsed = parse_count_for_service(count);
  if (!parsed) return std::unexpected(std::move(parsed).error());
  return open(rules, count, std::make_unique<DirectorySegments>(segments));
}

Result<std::unique_ptr<ExecutorCore>> ExecutorCore::open(std::string_view rules,
                                                         std::string_view count,
                                                         std::unique_ptr<Segments> segments) {
  auto parsed_count = parse_count_for_service(count);
  if (!parsed_count) return std::unexpected(std::move(parsed_count).error());
  auto parsed_rules = Rules::parse(rules, "rules.json");
  if (!parsed_rules) return std::unexpected(std::move(parsed_rules).error());
  if (parsed_rules->hash() != parsed_count->rules)
    return fail(Remedy::reject, "count.other",
                fmt::format("these rules have the hash {}, the count file names {}",
                            to_hex(parsed_rules->hash()), to_hex(parsed_count->rules)));
  return std::unique_ptr<ExecutorCore>(
      new ExecutorCore(*std::move(parsed_rules), *std::move(parsed_count), std::move(segments)));
}

bool ExecutorCore::holds(std::string_view rules, std::string_view count) const {
  return rules_.bytes() == rules && count_.bytes == count;
}

std::expected<Bytes, StepError> ExecutorCore::step(std::uint16_t partition,
                                                   const Committed& committed,
                                                   std::span<const OffsetRecord> records) {
  if (partition >= slots_.size())
    return nowhere({Remedy::reject, "partition.unknown",
                    fmt::format("partition {} of a count that has {}", partition, slots_.size())});
  Slot& slot = *slots_[partition];
  const std::lock_guard lock(slot.busy);
  try {
    return step_locked(slot, partition, committed, records);
  } catch (const CheckFailed& failed) {
    slot.partition.reset();  // Our own mistake: nothing that is in memory is believed any more.
    return at(committed.position, {Remedy::stop, "check.failed", failed.what()});
  } catch (...) {
    slot.partition.reset();
    throw;
  }
}

std::expected<Bytes, StepError> ExecutorCore::step_locked(Slot& slot, std::uint16_t partition,
                                                          const Committed& committed,
                                                          std::span<const OffsetRecord> records) {
  check(!records.empty(), "a step takes at least one record");
  // Read first: a record that is not one must not cost a roll-forward each time it is met.
  auto entries = unpack(count_, partition, committed.position, records);
  if (!entries) return std::unexpected(std::move(entries).error());

  if (auto there = bring_to(slot, partition, committed); !there)
    return nowhere(std::move(there).error());

  Step step = slot.partition->step(records.back().offset + 1, *entries);
  auto change = decode_change(step.change);
  if (!change) return at(committed.position, std::move(change).error());
  if (auto kept = segments_->put(partition, change->number, change->segment, step.segment); !kept)
    return nowhere(std::move(kept).error());
  return std::move(step.change);
}

Result<void> ExecutorCore::bring_to(Slot& slot, std::uint16_t partition,
                                    const Committed& committed) {
  if (!slot.partition) slot.partition.emplace(rules_, count_, partition);
  if (slot.partition->settle(committed)) return {};

  // Another executor has counted since, or this one has just begun: go on from here if the chain
  // leads there, else from nothing.
  if (slot.partition->at().number < committed.number &&
      roll_forward(*slot.partition, *segments_, partition, committed) &&
      slot.partition->settle(committed))
    return {};
  slot.partition.emplace(rules_, count_, partition);
  auto rolled = roll_forward(*slot.partition, *segments_, partition, committed);
  if (rolled) rolled = slot.partition->settle(committed);
  if (!rolled) {
    slot.partition.reset();
    return std::unexpected(
        during(fmt::format("bring partition {} to step {}", partition, committed.number),
               std::move(rolled).error()));
  }
  return {};
}

}  // namespace teller
