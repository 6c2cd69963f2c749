#include "host/earlier_totals.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/time.h"
#include "host/as_of.h"
#include "publish/digest.h"
#include "publish/stated.h"
#include "publish/statement.h"
#include "publish/status.h"

namespace teller {
namespace {

constexpr std::string_view first_line = "teller earlier totals 1\n";
constexpr std::string_view ending = ".totals";
constexpr std::size_t row_bytes = 19;

template <class Number>
bool is_number(std::string_view text, Number& value) {
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  return wrong == std::errc() && end == text.data() + text.size();
}

std::optional<EarlierTotals::Kept> named(std::string_view name) {
  if (!name.ends_with(ending)) return std::nullopt;
  name.remove_suffix(ending.size());
  const std::size_t dash = name.find('-');
  EarlierTotals::Kept kept;
  if (dash == std::string_view::npos || !is_number(name.substr(0, dash), kept.commit) ||
      !is_number(name.substr(dash + 1), kept.at_us))
    return std::nullopt;
  return kept;
}

}  // namespace

Bytes earlier_totals_bytes(const Definition& definition, const Snapshot& snapshot) {
  Bytes bytes;
  bytes.reserve(200 + snapshot.totals.size() * row_bytes);
  ByteWriter out(bytes);
  out.raw(first_line);
  out.raw(definition.count->id.bytes);
  out.raw(definition.rules->hash());
  out.u64(snapshot.head.commit);
  out.u64(static_cast<std::uint64_t>(snapshot.head.committed_at_us));
  out.text16(snapshot.head.status);
  out.u64(snapshot.totals.size());
  for (const TotalRow& row : snapshot.totals) {
    out.u16(static_cast<std::uint16_t>(row.key.contest.value));
    out.u16(row.key.slot);
    out.u32(row.key.unit.value);
    out.u8(static_cast<std::uint8_t>(row.key.method.value));
    out.u64(static_cast<std::uint64_t>(row.total.value));
    out.u8(static_cast<std::uint8_t>(row.total.known));
    out.u8(static_cast<std::uint8_t>(row.total.withheld));
  }
  const Hash hash = sha256(bytes);
  out.raw(hash);
  return bytes;
}

std::optional<Snapshot> earlier_totals_from(const Definition& definition, ByteView bytes) {
  if (bytes.size() < std::tuple_size_v<Hash>) return std::nullopt;
  const ByteView signed_part = bytes.first(bytes.size() - std::tuple_size_v<Hash>);
  const Hash hash = sha256(signed_part);
  if (!std::ranges::equal(hash, bytes.last(std::tuple_size_v<Hash>))) return std::nullopt;
  ByteReader in(signed_part);
  if (as_text(in.take(first_line.size())) != first_line ||
      in.array<16>() != definition.count->id.bytes ||
      in.array<std::tuple_size_v<Hash>>() != definition.rules->hash())
    return std::nullopt;
  Snapshot snapshot;
  snapshot.head.commit = in.u64();
  snapshot.head.committed_at_us = static_cast<std::int64_t>(in.u64());
  snapshot.head.status = in.text16();
  const std::uint64_t rows = in.u64();
  if (!in.can_hold(rows, row_bytes)) return std::nullopt;
  snapshot.totals.reserve(rows);
  for (std::uint64_t i = 0; i < rows; ++i) {
    TotalRow row;
    row.key.contest = {in.u16()};
    row.key.slot = in.u16();
    row.key.unit = {in.u32()};
    row.key.method = {in.u8()};
    row.total.value = static_cast<std::int64_t>(in.u64());
    row.total.known = static_cast<std::int8_t>(in.u8());
    row.total.withheld = static_cast<std::int8_t>(in.u8());
    if (!snapshot.totals.empty() && !(snapshot.totals.back().key < row.key)) return std::nullopt;
    snapshot.totals.push_back(row);
  }
  if (!in.done() || !check_keys(*definition.rules, snapshot)) return std::nullopt;
  return snapshot;
}

EarlierTotals::EarlierTotals(const Definition& definition, CountReader& counted,
                             StatementStore& stated, std::filesystem::path folder,
                             std::chrono::seconds every, Now now)
    : definition_(definition),
      counted_(&counted),
      stated_(&stated),
      folder_(std::move(folder)),
      every_(every),
      now_(std::move(now)) {}

std::filesystem::path EarlierTotals::file(const Kept& kept) const {
  return folder_ / fmt::format("{:012}-{}{}", kept.commit, kept.at_us, ending);
}

Result<bool> EarlierTotals::keep_if_due() {
  if (every_.count() == 0) return false;
  const std::scoped_lock lock(mutex_);
  const auto held_back = is_held_back(*definition_.count, *counted_);
  if (!held_back) return std::unexpected(held_back.error());
  if (*held_back) return false;
  if (!began_) {
    const auto kept = list();
    if (!kept) return std::unexpected(kept.error());
    if (!kept->empty()) commit_ = kept->back().commit;
  }
  const auto stage_rows = counted_->stage_decisions();
  if (!stage_rows) return std::unexpected(stage_rows.error());
  const bool is_due = !began_ || stage_rows->size() != decisions_ || now_() - at_ >= every_;
  began_ = true;
  if (!is_due) return false;
  auto snapshot = decided(counted_->snapshot(), *definition_.count, *counted_);
  if (!snapshot) return std::unexpected(snapshot.error());
  at_ = now_();
  decisions_ = stage_rows->size();
  const Head& head = snapshot->head;
  if (head.commit == 0 || head.commit == commit_) return false;
  if (auto made = make_folders(folder_, 0700); !made) return std::unexpected(made.error());
  const Bytes bytes = earlier_totals_bytes(definition_, *snapshot);
  if (auto kept = write_file(file({head.commit, head.committed_at_us}), bytes); !kept) {
    return std::unexpected(kept.error());
  }
  commit_ = head.commit;
  thin_out(head.committed_at_us);
  return true;
}

// Of each hour that is a day ago the last one stays. What cannot be removed is there the next time too.
void EarlierTotals::thin_out(std::int64_t now_us) const {
  constexpr std::int64_t hour_us = 3'600'000'000, day_us = 24 * hour_us;
  const auto kept = all();
  if (!kept) return;
  for (std::size_t i = 0; i + 1 < kept->size(); ++i) {
    const Kept &one = (*kept)[i], &next = (*kept)[i + 1];
    if (next.at_us > now_us - day_us) return;
    std::error_code ignored;
    if (one.at_us / hour_us == next.at_us / hour_us) std::filesystem::remove(file(one), ignored);
  }
}

Result<std::vector<EarlierTotals::Kept>> EarlierTotals::list() const {
  const auto head = counted_->head();
  if (!head) return std::unexpected(head.error());
  auto kept = all();
  if (!kept) return kept;
  // A store that was set back counts on with the same numbers: of two the later one, and none that it has not come to.
  std::erase_if(*kept, [&](const Kept& one) { return one.commit > head->commit; });
  const auto doubled = std::unique(kept->rbegin(), kept->rend(), [](const Kept& a, const Kept& b) {
    return a.commit == b.commit;
  });
  kept->erase(kept->begin(), doubled.base());
  return kept;
}

Result<std::vector<EarlierTotals::Kept>> EarlierTotals::all() const {
  std::vector<Kept> kept;
  if (std::error_code none; !std::filesystem::is_directory(folder_, none)) return kept;
  const auto names = list_folder(folder_);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (const auto one = named(name)) kept.push_back(*one);
  }
  std::ranges::sort(kept, {}, [](const Kept& one) { return std::pair(one.commit, one.at_us); });
  return kept;
}

// Statements ascend by number and commit.
Result<std::optional<StatementRow>> EarlierTotals::statement_of(std::uint64_t commit) const {
  const auto last = stated_->last_statement();
  if (!last) return std::unexpected(last.error());
  if (!*last) return std::nullopt;
  std::uint64_t from = 0, to = (*last)->number + 1;
  while (from < to) {
    const std::uint64_t middle = from + (to - from) / 2;
    const auto row = stated_->statements(middle, 1);
    if (!row) return std::unexpected(row.error());
    if (row->empty()) return std::nullopt;
    if (row->front().commit == commit) return row->front();
    if (row->front().commit < commit) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return std::nullopt;
}

Result<void> EarlierTotals::check_against_statement(const Snapshot& snapshot) const {
  const auto row = statement_of(snapshot.head.commit);
  if (!row) return std::unexpected(row.error());
  if (!*row) return {};
  const auto statement = parse_statement(as_text((*row)->bytes));
  if (statement && statement->digest == digest_of(definition_.rules->hash(), snapshot.totals) &&
      statement->status == snapshot.head.status)
    return {};
  return fail(Remedy::stop, "store.not_stated",
              fmt::format("what was kept of commit {} is not what statement {} says",
                          snapshot.head.commit, (*row)->number));
}

Result<std::shared_ptr<const Snapshot>> EarlierTotals::as_of(std::uint64_t commit) const {
  const auto kept = list();
  if (!kept) return std::unexpected(kept.error());
  const auto found = std::ranges::lower_bound(*kept, commit, {}, &Kept::commit);
  if (found == kept->end() || found->commit != commit) return nullptr;
  const std::scoped_lock lock(read_mutex_);
  if (read_ && read_->head.commit == commit && read_->head.committed_at_us == found->at_us)
    return read_;
  const auto bytes = read_file(file(*found), own_file_bytes_max);
  if (!bytes) return std::unexpected(bytes.error());
  auto snapshot = earlier_totals_from(definition_, as_bytes(*bytes));
  if (!snapshot || snapshot->head.commit != commit) {
    return fail(Remedy::stop, "totals.kept_damaged",
                file(*found).string() + " is damaged, or of another count");
  }
  if (auto good = check_against_statement(*snapshot); !good) return std::unexpected(good.error());
  read_ = std::make_shared<const Snapshot>(*std::move(snapshot));
  return read_;
}

}  // namespace teller
