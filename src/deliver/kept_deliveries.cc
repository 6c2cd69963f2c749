#include "deliver/kept_deliveries.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/time.h"
#include "deliver/deliverer.h"
#include "deliver/delivery_json.h"
#include "publish/audit_line.h"
#include "store/each_delivery.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view body_suffix = ".ndjson", settled_suffix = ".settled";
constexpr std::size_t findings_max = 100;

std::string kept_name(std::uint64_t number, std::string_view suffix) {
  return fmt::format("{:06}{}", number, suffix);
}

std::string time_or_dash(std::optional<std::int64_t> at_us) {
  return at_us ? format_utc(*at_us) : "-";
}

// A word, and behind it a value that is one line: the store takes no other.
// `since`: the first delivery of this folder that has such a file, so that it is missed.
std::string settled_text(const DeliveryRow& row, std::span<const DeliveredSheet> sheets,
                         const Hash& body, std::uint64_t since) {
  std::string text = fmt::format(
      "teller delivery 1\nnumber {}\nsource {}\nfile {}\nfigures_at {}\nreceived_at {}\nact {}\n"
      "reason {}\nsender {}\ncontent {}\nbody {}\nkept_since {}\nunchanged {}\nsettled_at {}\n",
      row.number, row.source, row.file, time_or_dash(row.figures_at_us),
      format_utc(row.received_at_us), row.act, row.reason, row.sender, to_hex(row.content),
      to_hex(body), since, row.unchanged, time_or_dash(row.settled_at_us));
  std::vector<const DeliveredSheet*> ascending;
  for (const DeliveredSheet& sheet : sheets) ascending.push_back(&sheet);
  std::ranges::sort(ascending, {}, [](const DeliveredSheet* one) {
    return SheetKey{one->unit, one->method, one->contest};
  });
  for (const DeliveredSheet* one : ascending) {
    text += fmt::format("sheet unit {} method {} contest {} version {} became {} why {}\n",
                        one->unit.value, one->method.value, one->contest.value, one->version,
                        one->became, one->why);
  }
  return text;
}

// Of such a text; 0: it does not say it.
std::uint64_t kept_since(std::string_view text) {
  constexpr std::string_view word = "\nkept_since ";
  const std::size_t at = text.find(word);
  std::uint64_t since = 0;
  if (at == std::string_view::npos) return since;
  text.remove_prefix(at + word.size());
  std::from_chars(text.data(), text.data() + text.size(), since);
  return since;
}

// The first line that differs, of both.
std::string first_difference(std::string_view here, std::string_view there) {
  while (true) {
    const std::string_view a = here.substr(0, here.find('\n'));
    const std::string_view b = there.substr(0, there.find('\n'));
    if (a != b || a.size() == here.size() || b.size() == there.size()) {
      return fmt::format("\"{}\" by the store, \"{}\" there", a, b);
    }
    here.remove_prefix(a.size() + 1);
    there.remove_prefix(b.size() + 1);
  }
}

class KeptCheck {
 public:
  KeptCheck(const fs::path& folder, const Definition& definition, Kept kept)
      : folder_(folder), definition_(definition), kept_(kept) {}

  KeptDeliveries result;

  Result<void> one(const DeliveryRow& row, std::span<const DeliveredSheet> sheets) {
    const std::string name = kept_name(row.number, body_suffix);
    known_.insert(name);
    known_.insert(kept_name(row.number, settled_suffix));
    const auto body = read(name);
    if (!body) return std::unexpected(body.error());
    if (!*body) {
      // It may have been begun just now, or never have been kept for a crash.
      if (row.settled_at_us && kept_ == Kept::all_here) found(name, "is missing");
      if (row.settled_at_us && kept_ == Kept::in_part) ++result.elsewhere;
      return {};
    }
    ++result.compared;
    against_body(row, name, **body);
    return row.settled_at_us ? against_settled(row, sheets, sha256(as_bytes(**body)))
                             : Result<void>{};
  }

  // Files that were listed before the store was asked.
  void others(const std::vector<std::string>& listed, bool recovered) {
    for (const std::uint64_t number : missing_) {
      if (number >= since_)
        found(kept_name(number, settled_suffix), "is missing");
      else
        ++result.not_settled;
    }
    for (const std::string& name : listed) {
      if (known_.contains(name) || name.find(".new-") != std::string::npos) continue;
      if (recovered)
        ++result.foreign;
      else
        found(name, "is of no delivery that the store has");
    }
  }

 private:
  void found(const std::string& name, const std::string& what) {
    if (result.differences.size() < findings_max) {
      result.differences.push_back(fmt::format("deliveries/{} {}", name, what));
    }
  }

  // Nothing: it is not there.
  [[nodiscard]] Result<std::optional<std::string>> read(const std::string& name) const {
    auto text = read_file(folder_ / name, own_file_bytes_max);
    if (text) return std::optional(std::move(*text));
    if (text.error().code == Code("file.missing")) return std::optional<std::string>();
    return std::unexpected(text.error());
  }

  void against_body(const DeliveryRow& row, const std::string& name, const std::string& text) {
    auto body = parse_body(text, definition_);
    if (!body) return found(name, "cannot be read: " + body.error().detail);
    const Delivery& delivery = body->delivery;
    const auto same = [&](std::string_view word, std::string_view here, std::string_view there) {
      if (here == there) return;
      found(name,
            fmt::format("{}: \"{}\" in the store's deliveries, \"{}\" there", word, here, there));
    };
    same("source", row.source, delivery.source);
    same("file", row.file, delivery.file);
    same("figures_at", time_or_dash(row.figures_at_us), time_or_dash(delivery.figures_at_us));
    same("act", row.act, to_text(delivery.act));
    same("reason", row.reason, recorded_reason(delivery));
    if (body->refused.total > 0 || content_of(delivery, definition_.count->id) != row.content) {
      found(name, "is not what was delivered: its content has another hash than the store says");
    }
  }

  Result<void> against_settled(const DeliveryRow& row, std::span<const DeliveredSheet> sheets,
                               const Hash& body) {
    const std::string name = kept_name(row.number, settled_suffix);
    const auto text = read(name);
    if (!text) return std::unexpected(text.error());
    if (!*text) {
      missing_.push_back(row.number);
      return {};
    }
    // The first one names itself, a later one none behind it.
    const std::uint64_t since = std::min(kept_since(**text), row.number);
    if (since > 0) since_ = std::min(since_, since);
    const std::string ours = settled_text(row, sheets, body, since);
    if (ours == **text) return {};
    const std::string named = "\nbody " + to_hex(body) + "\n";
    if ((*text)->find(named) == std::string::npos) {
      found(kept_name(row.number, body_suffix),
            "is not the file that " + name + " names by its hash");
    }
    found(name, "says otherwise: " + first_difference(ours, **text));
    return {};
  }

  const fs::path& folder_;
  const Definition& definition_;
  const Kept kept_;
  std::set<std::string> known_;
  std::vector<std::uint64_t> missing_;       // Without the second file.
  std::uint64_t since_ = ~std::uint64_t{0};  // The first that must have it.
};

}  // namespace

Result<void> keep_delivery(const fs::path& folder, const DeliveryRow& row, const Delivery& delivery,
                           const Definition& definition) {
  if (auto made = make_folders(folder, 0700); !made) return made;
  Delivery whole = delivery;
  whole.figures_at_us = row.figures_at_us;
  const std::string body = to_body(whole, definition);
  return write_file(folder / kept_name(row.number, body_suffix), as_bytes(body), 0600);
}

Result<void> keep_settled(const fs::path& folder, const DeliveryRow& row,
                          std::span<const DeliveredSheet> sheets) {
  const auto body = read_file(folder / kept_name(row.number, body_suffix), own_file_bytes_max);
  if (!body) return std::unexpected(body.error());
  const auto listed = list_folder(folder);
  if (!listed) return std::unexpected(listed.error());
  std::uint64_t since = row.number;
  for (const std::string& name : *listed) {
    std::uint64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    if (number > 0 && name.ends_with(settled_suffix)) since = std::min(since, number);
  }
  const std::string text = settled_text(row, sheets, sha256(as_bytes(*body)), since);
  return write_file(folder / kept_name(row.number, settled_suffix), as_bytes(text), 0600);
}

Result<KeptDeliveries> check_kept_deliveries(const fs::path& folder, Store& store,
                                             const Definition& definition, Kept kept) {
  std::error_code none;
  const bool there = fs::is_directory(folder, none);
  const auto listed = there ? list_folder(folder) : Result<std::vector<std::string>>{};
  if (!listed) return std::unexpected(listed.error());
  KeptCheck check(folder, definition, kept);
  auto compared = for_each_delivery(store, [&](const DeliveryRow& row) -> Result<void> {
    const auto sheets = store.delivered_sheets(row.number);
    if (!sheets) return std::unexpected(sheets.error());
    return check.one(row, *sheets);
  });
  if (!compared) return std::unexpected(compared.error());
  const auto recovered = has_audit_line(store, audit_recover);
  if (!recovered) return std::unexpected(recovered.error());
  check.others(*listed, *recovered);
  return std::move(check.result);
}

std::string in_words(const KeptDeliveries& kept) {
  std::string text;
  if (kept.not_settled > 0) {
    text = fmt::format(
        "{} of {} deliveries were settled by a program that did not keep what became of "
        "their sheets: of them only what was delivered was compared",
        kept.not_settled, kept.compared);
  }
  if (kept.elsewhere > 0) {
    text += fmt::format("{}{} deliveries are kept in other homes, and were not compared",
                        text.empty() ? "" : "; ", kept.elsewhere);
  }
  if (kept.foreign > 0) {
    text += fmt::format("{}{} files in deliveries/ are from before the store was recovered",
                        text.empty() ? "" : "; ", kept.foreign);
  }
  return text;
}

}  // namespace teller
