#include "decide/approvals.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view approval_suffix = ".json";
constexpr std::uint64_t approval_bytes_max = std::uint64_t{64} << 20;

std::string id_of_decided(const Decision& decision) {
  return to_hex(hash_of_decided(decision)).substr(0, 16);
}

Approval row_of_waiting(const Decision& decision) {
  Approval row;
  row.id = id_of_decided(decision);
  row.action = decision.action;
  row.reason = decision.reason;
  row.entries = decision.entries.size();
  row.officers = decision.officers();
  return row;
}

std::string head_of(const Approval& row) {
  const nlohmann::ordered_json head{
      {"by", row.by}, {"came_us", row.came_us}, {"expires_us", row.expires_us}};
  return head.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// Nothing: it is not one of ours.
std::optional<Approval> read_waiting(std::string_view file, const std::string& name) {
  const std::size_t end = file.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto head = nlohmann::json::parse(file.substr(0, end), nullptr, false);
  const auto decision = parse_decision(file.substr(end + 1), name);
  if (!decision || !head.is_object() || !head.contains("by") || !head["by"].is_string() ||
      !head.contains("came_us") || !head["came_us"].is_number_integer() ||
      !head.contains("expires_us") || !head["expires_us"].is_number_integer()) {
    return std::nullopt;
  }
  Approval row = row_of_waiting(*decision);
  row.by = head["by"].get<std::string>();
  row.came_us = head["came_us"].get<std::int64_t>();
  row.expires_us = head["expires_us"].get<std::int64_t>();
  row.bytes = file.size();
  return row;
}

}  // namespace

fs::path Approvals::file_of(const std::string& id) const {
  return folder_ / (id + std::string(approval_suffix));
}

Result<std::unique_ptr<Approvals>> Approvals::open(fs::path folder, const Clock& clock,
                                                   std::chrono::hours patience) {
  if (auto made = make_folders(folder, 0700); !made) return std::unexpected(made.error());
  std::unique_ptr<Approvals> approvals(new Approvals(std::move(folder), clock, patience));
  const auto names = list_folder(approvals->folder_);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!name.ends_with(approval_suffix)) continue;
    const auto file = read_file(approvals->folder_ / name, approval_bytes_max);
    if (!file) return std::unexpected(file.error());
    auto row = read_waiting(*file, name);
    if (!row || row->id + std::string(approval_suffix) != name) continue;
    approvals->waiting_.emplace(row->id, std::move(*row));
  }
  return approvals;
}

Result<std::optional<std::string>> Approvals::text_of(const std::string& id) const {
  if (!waiting_.contains(id)) return std::optional<std::string>();
  const auto file = read_file(file_of(id), approval_bytes_max);
  if (!file) return std::unexpected(file.error());
  return std::optional(file->substr(file->find('\n') + 1));
}

Result<std::optional<std::string>> Approvals::text(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  return text_of(std::string(id));
}

Result<Decision> Approvals::joined(const Decision& decision) const {
  const std::scoped_lock lock(mutex_);
  const auto text = text_of(id_of_decided(decision));
  if (!text) return std::unexpected(text.error());
  if (!*text) return decision;
  const auto waits = parse_decision(**text, "what waits of it");
  if (!waits) return decision;  // What came is as good without it.
  Decision both = decision;
  if (auto added = add_signatures(both, *waits); !added) return std::unexpected(added.error());
  return both;
}

Result<Approval> Approvals::put(const Decision& decision, const std::string& by) {
  const std::scoped_lock lock(mutex_);
  Approval row = row_of_waiting(decision);
  row.by = by;
  row.came_us = clock_->now_us();
  row.expires_us =
      row.came_us + std::chrono::duration_cast<std::chrono::microseconds>(patience_).count();
  const auto before = waiting_.find(row.id);
  std::uint64_t others = 0;
  for (const auto& [id, one] : waiting_) others += id == row.id ? 0 : one.bytes;
  if (before != waiting_.end()) {
    row.by = before->second.by;
    row.came_us = before->second.came_us;
    row.expires_us = before->second.expires_us;
  }
  const std::string file = head_of(row) + to_text(decision);
  row.bytes = file.size();
  if ((before == waiting_.end() && waiting_.size() >= waiting_max) ||
      others + row.bytes > bytes_max || row.bytes > approval_bytes_max) {
    return fail(Remedy::reject, "decision.approvals_full",
                fmt::format("{} decisions of {} bytes wait already", waiting_.size(), others));
  }
  if (auto written = write_file(file_of(row.id), as_bytes(file), 0600); !written) {
    return std::unexpected(written.error());
  }
  waiting_.insert_or_assign(row.id, row);
  return row;
}

Result<void> Approvals::remove(const Decision& decision) {
  const std::scoped_lock lock(mutex_);
  const std::string id = id_of_decided(decision);
  if (waiting_.erase(id) == 0) return {};
  if (std::error_code failed; !fs::remove(file_of(id), failed) && failed) {
    return std::unexpected(file_error(file_of(id), "cannot be removed"));
  }
  return sync_folder(folder_);
}

std::vector<Approval> Approvals::list() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Approval> rows;
  for (const auto& [id, row] : waiting_) rows.push_back(row);
  std::ranges::sort(rows, {}, &Approval::came_us);
  return rows;
}

Result<std::vector<Approval>> Approvals::take_expired() {
  const std::scoped_lock lock(mutex_);
  std::vector<Approval> expired;
  const std::int64_t now_us = clock_->now_us();
  for (const auto& [id, row] : waiting_) {
    if (row.expires_us <= now_us) expired.push_back(row);
  }
  for (const Approval& row : expired) {
    std::error_code failed;
    if (!fs::remove(file_of(row.id), failed) && failed) {
      return std::unexpected(file_error(file_of(row.id), "cannot be removed"));
    }
    waiting_.erase(row.id);
  }
  if (!expired.empty()) {
    if (auto synced = sync_folder(folder_); !synced) return std::unexpected(synced.error());
  }
  return expired;
}

}  // namespace teller
