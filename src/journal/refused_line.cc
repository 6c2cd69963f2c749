#include "journal/refused_line.h"

#include <limits>

#include <nlohmann/json.hpp>

namespace teller {

Bytes encode(const RefusedLine& line) {
  const std::string text = nlohmann::json{
      {"code", line.code},
      {"partition", line.partition},
      {"offset", line.offset},
      {"sha256", line.sha256}}.dump();
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

std::optional<RefusedLine> parse_refused_line(ByteView bytes) {
  const auto json = nlohmann::json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!json.is_object()) return {};
  const auto member = [&](const char* name) -> const nlohmann::json* {
    const auto found = json.find(name);
    return found == json.end() ? nullptr : &*found;
  };
  const nlohmann::json *partition = member("partition"), *offset = member("offset");
  constexpr auto partition_max = std::uint64_t{std::numeric_limits<std::int32_t>::max()};
  if (partition == nullptr || !partition->is_number_unsigned() ||
      partition->get<std::uint64_t>() > partition_max || offset == nullptr ||
      !offset->is_number_unsigned()) {
    return {};
  }
  RefusedLine line{.code = "other",
                   .partition = partition->get<std::int32_t>(),
                   .offset = offset->get<std::uint64_t>(),
                   .sha256 = {}};
  const nlohmann::json *code = member("code"), *hash = member("sha256");
  if (code != nullptr && code->is_string()) {
    const auto& text = code->get_ref<const std::string&>();
    if (Code::named(text)) line.code = text;
  }
  if (hash != nullptr && hash->is_string()) {
    // Hex, or nothing: it is printed as it is.
    const auto& text = hash->get_ref<const std::string&>();
    if (text.find_first_not_of("0123456789abcdef") == std::string::npos) line.sha256 = text;
  }
  return line;
}

Result<void> read_refused_lines(Journal& topic, Position& next,
                                const std::function<void(const RefusedLine&)>& each) {
  for (;;) {
    const auto records = topic.read(0, next, std::size_t{4} << 20);
    if (!records) return std::unexpected(records.error());
    if (records->empty()) return {};
    for (const JournalRecord& record : *records) {
      next = record.position + 1;
      if (auto line = parse_refused_line(record.bytes)) each(*line);
    }
  }
}

}  // namespace teller
