#include "gateway/sender_limits.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "settings/toml_file.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view file_version = "senders/1";
constexpr std::uint64_t rate_max = 10'000'000;

SenderLimits::TooFast too_fast(std::string_view sender, std::uint64_t entries_per_s,
                               std::chrono::milliseconds wait) {
  const auto seconds = std::max(std::chrono::ceil<std::chrono::seconds>(wait), 1s).count();
  return {fmt::format("'{}' may send {} entries a second here; nothing of this was recorded: send "
                      "the same again after {} s",
                      sender, entries_per_s, seconds),
          static_cast<std::uint64_t>(seconds)};
}

}  // namespace

HttpResponse SenderLimits::TooFast::response() const {
  HttpResponse response = error_response(429, "sender.too_fast", detail);
  response.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  return response;
}

SenderLimits::Sender SenderLimits::read_sender(const TomlTable& table) const {
  Sender sender;
  const std::vector<std::string> units = table.texts("units", Need::not_empty);
  if (!units.empty()) sender.units.emplace();
  for (const std::string& id : units) {
    const auto unit = rules_.find_unit(id);
    if (!unit) {
      table.fault("units", fmt::format("has \"{}\", which the rules do not know", id));
      continue;
    }
    sender.units->push_back(*unit);
  }
  if (sender.units) std::ranges::sort(*sender.units, {}, &UnitId::value);
  const bool has_rate =
      table.number("entries_per_s", sender.entries_per_s, std::uint64_t{1}, rate_max);
  sender.burst = sender.entries_per_s;
  if (table.number("burst", sender.burst, std::uint64_t{1}, rate_max) && !has_rate) {
    table.fault("burst", "means nothing without entries_per_s");
  }
  table.flag("voting_place", sender.voting_place);
  if (sender.voting_place && !host_.stage) {
    table.fault(
        "voting_place",
        "is for `teller serve` of a count with officers: nobody else here knows when voting "
        "opens and closes");
  }
  sender.free = static_cast<double>(sender.burst);
  sender.at = host_.now();
  return sender;
}

void SenderLimits::read_file(const TomlTable& root) {
  std::string version, others;
  if (root.text("teller", version, Need::required) && version != file_version) {
    root.fault("teller", fmt::format("must be \"{}\"", file_version));
  }
  // No default: whichever it were, somebody would have meant the other.
  if (root.text("others", others, Need::required) && others != "everything" &&
      others != "nothing") {
    root.fault("others",
               "must be \"everything\" or \"nothing\": what a sender may send that is "
               "not named here");
  }
  others_ = others == "everything";
  for (const TomlTable& table : root.tables("sender")) {
    std::string name;
    table.text("name", name, Need::required);
    Sender sender = read_sender(table);
    if (!senders_.emplace(name, std::move(sender)).second) {
      table.fault("name", fmt::format("\"{}\" stands twice", name));
    }
  }
}

Result<std::unique_ptr<SenderLimits>> SenderLimits::parse(std::string_view toml,
                                                          const std::string& name,
                                                          const Rules& rules, Host host) {
  auto file = TomlFile::parse(toml, name, "sender.limits_invalid");
  if (!file) return std::unexpected(std::move(file.error()));
  std::unique_ptr<SenderLimits> limits(new SenderLimits(rules, std::move(host)));
  limits->read_file(file->root());
  if (auto good = file->finish(); !good) return std::unexpected(std::move(good.error()));
  return limits;
}

Result<std::unique_ptr<SenderLimits>> SenderLimits::read(const std::filesystem::path& file,
                                                         const Rules& rules, Host host) {
  const auto text = read_toml(file, "sender.limits_invalid");
  if (!text) return fail(Remedy::reject, "sender.limits_invalid", text.error().detail);
  if (text->empty()) {
    return fail(Remedy::reject, "sender.limits_invalid", file.string() + ": is empty");
  }
  return parse(*text, file.string(), rules, std::move(host));
}

const SenderLimits::Sender* SenderLimits::find(std::string_view sender) const {
  const auto found = senders_.find(sender);
  return found == senders_.end() ? nullptr : &found->second;
}

bool SenderLimits::is_of(const Sender& sender, UnitId unit) const {
  if (!sender.units) return true;
  for (std::optional<UnitId> at = unit; at; at = rules_.units.at(at->value).parent) {
    if (std::ranges::binary_search(*sender.units, at->value, {}, &UnitId::value)) return true;
  }
  return false;
}

std::chrono::milliseconds SenderLimits::wait_for(Sender& sender, std::uint64_t entries) {
  if (sender.entries_per_s == 0) return 0ms;
  const auto rate = static_cast<double>(sender.entries_per_s);
  const auto now = host_.now();
  const double passed = std::chrono::duration<double>(now - std::exchange(sender.at, now)).count();
  sender.free = std::min(static_cast<double>(sender.burst), sender.free + passed * rate);
  const double missing = static_cast<double>(std::min(entries, sender.burst)) - sender.free;
  if (missing <= 0) return 0ms;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(missing / rate * 1000)));
}

std::optional<HttpResponse> SenderLimits::closed_to(std::string_view sender) {
  const auto found = senders_.find(sender);
  if (found == senders_.end()) {
    if (others_) return std::nullopt;
    return error_response(403, "http.sender_not_allowed",
                          fmt::format("'{}' is known here and may send no entries", sender));
  }
  const std::scoped_lock lock(mutex_);
  const auto wait = wait_for(found->second, 1);
  if (wait == 0ms) return std::nullopt;
  return too_fast(sender, found->second.entries_per_s, wait).response();
}

std::optional<SenderLimits::TooFast> SenderLimits::charge(std::string_view sender,
                                                          std::uint64_t entries) {
  const auto found = senders_.find(sender);
  if (found == senders_.end()) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  const auto wait = wait_for(found->second, entries);
  if (wait > 0ms) return too_fast(sender, found->second.entries_per_s, wait);
  found->second.free -= static_cast<double>(entries);
  return std::nullopt;
}

std::chrono::milliseconds SenderLimits::wait_of(std::string_view sender) {
  const auto found = senders_.find(sender);
  if (found == senders_.end()) return 0ms;
  const std::scoped_lock lock(mutex_);
  return wait_for(found->second, 1);
}

void SenderLimits::charge_late(std::string_view sender, std::uint64_t entries) {
  const auto found = senders_.find(sender);
  if (found == senders_.end()) return;
  const std::scoped_lock lock(mutex_);
  (void)wait_for(found->second, entries);
  found->second.free -= static_cast<double>(entries);
}

Result<EntryGate> SenderLimits::gate(std::string_view sender) const {
  const Sender* found = find(sender);
  if (found == nullptr) {
    if (others_) return EntryGate();
    return [](EntryKind, std::optional<UnitId>) -> std::optional<Refusal> {
      return Refusal{"http.sender_not_allowed", "this sender may send no entries here"};
    };
  }
  Code closed;
  std::string why;
  if (found->voting_place) {
    const auto stage = host_.stage();
    if (!stage) return std::unexpected(stage.error());
    if (*stage == Stage::setup) {
      closed = "sender.before_open";
      why = "voting is not open yet; send the ballots of this voting place when it is";
    } else if (*stage != Stage::open) {
      closed = "sender.after_close";
      why = "voting is closed; bring what was cast in time at this voting place to the office";
    }
  }
  return [this, found, closed, why, name = std::string(sender)](
             EntryKind kind, std::optional<UnitId> unit) -> std::optional<Refusal> {
    if (unit && !is_of(*found, *unit)) {
      return Refusal{"sender.unit_not_yours", fmt::format("'{}' may not send for the unit '{}'",
                                                          name, rules_.units.at(unit->value).id)};
    }
    if (kind == EntryKind::ballot && !closed.empty()) return Refusal{closed, why};
    return std::nullopt;
  };
}

}  // namespace teller
