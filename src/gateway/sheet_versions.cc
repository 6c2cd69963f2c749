#include "gateway/sheet_versions.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "election/entry.h"
#include "intake/accept.h"

namespace teller {
namespace {

// schema/entry.md: of a packed sheet.
constexpr std::uint8_t entry_version = 1;
constexpr std::size_t kind_at = 1, key_at = 26, key_bytes = 7;

// Key and version of a sheet in JSON; nothing if it is none, or cannot be read.
std::optional<std::pair<std::string, std::uint64_t>> sheet_in(const nlohmann::json& json) {
  if (!json.is_object() || json.value("kind", nlohmann::json()) != "sheet") return std::nullopt;
  std::string key;
  for (const char* name : {"unit", "method", "contest"}) {
    const auto member = json.find(name);
    if (member == json.end() || !member->is_string()) return std::nullopt;
    key += member->get<std::string>() + '\n';
  }
  const auto version = json.find("version");
  if (version == json.end() || !version->is_number_unsigned()) return std::nullopt;
  return std::pair(std::move(key), version->get<std::uint64_t>());
}

}  // namespace

std::optional<std::uint64_t> SheetVersions::jumps_above(std::string key, std::uint64_t version) {
  const auto [known, is_new] = highest_.try_emplace(std::move(key), 1);
  if (version > known->second + jump_max) return known->second;
  known->second = std::max(known->second, version);
  return std::nullopt;
}

std::optional<SheetVersions::Jump> SheetVersions::look(BodyFormat format, std::string_view body) {
  switch (format) {
    case BodyFormat::packed:
      return look_at_packed(body);
    case BodyFormat::ndjson:
      return look_at_lines(body);
    case BodyFormat::json:
      break;
  }
  return look_at_list(body);
}

std::optional<SheetVersions::Jump> SheetVersions::look_at_packed(std::string_view body) {
  if (body.size() < batch_head_bytes + batch_crc_bytes) return std::nullopt;
  ByteReader in(
      as_bytes(body.substr(batch_head_bytes, body.size() - batch_head_bytes - batch_crc_bytes)));
  for (std::uint64_t index = 0; in.left() >= 2; ++index) {
    const ByteView entry = in.take(in.u16());
    if (!in.ok()) return std::nullopt;
    if (entry.size() < key_at + key_bytes + 4 || entry[0] != entry_version ||
        entry[kind_at] != static_cast<std::uint8_t>(EntryKind::sheet)) {
      continue;
    }
    const std::uint32_t version = ByteReader(entry.subspan(key_at + key_bytes)).u32();
    std::string key(as_text(entry.subspan(key_at, key_bytes)));
    if (const auto known = jumps_above(std::move(key), version)) {
      return Jump{.index = index, .version = version, .known = *known};
    }
  }
  return std::nullopt;
}

std::optional<SheetVersions::Jump> SheetVersions::look_at_lines(std::string_view body) {
  std::uint64_t index = 0;
  for (std::uint64_t line = 1; !body.empty(); ++line) {
    const std::string_view text = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(text.size() + 1, body.size()));
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const std::uint64_t at = index++;
    if (!text.contains("sheet")) continue;  // Most lines are ballots.
    const auto sheet = sheet_in(nlohmann::json::parse(text, nullptr, false));
    if (!sheet) continue;
    if (const auto known = jumps_above(sheet->first, sheet->second)) {
      return Jump{.index = at, .line = line, .version = sheet->second, .known = *known};
    }
  }
  return std::nullopt;
}

std::optional<SheetVersions::Jump> SheetVersions::look_at_list(std::string_view body) {
  if (!body.contains("sheet")) return std::nullopt;
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_array()) return std::nullopt;
  for (std::uint64_t index = 0; index < json.size(); ++index) {
    const auto sheet = sheet_in(json[index]);
    if (!sheet) continue;
    if (const auto known = jumps_above(sheet->first, sheet->second)) {
      return Jump{.index = index, .version = sheet->second, .known = *known};
    }
  }
  return std::nullopt;
}

}  // namespace teller
