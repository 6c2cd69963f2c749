#include "host/alarm_message.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "checks/finding_json.h"

namespace teller {
namespace {

std::string dumped(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::vector<AlarmFinding> alarm_findings(const Rules& rules, const CheckRules& check_rules,
                                         const CountChecked& checked) {
  std::vector<AlarmFinding> findings;
  for (const CheckFinding& one : checked.findings) {
    if (one.severity == Severity::note) continue;
    nlohmann::ordered_json json = to_json(one, rules);
    json["source"] = check_rules.of(one.kind).source;
    nlohmann::ordered_json known_by = json;
    known_by.erase("beside");
    findings.push_back({sha256(as_bytes(dumped(known_by))), dumped(json)});
  }
  return findings;
}

std::string alarm_message(const AlarmHead& head, std::span<const AlarmFinding> findings) {
  const nlohmann::ordered_json json{{"teller", "alarm/1"},
                                    {"id", head.id},
                                    {"at", head.at},
                                    {"count", head.count.id.hex()},
                                    {"label", head.count.label},
                                    {"mode", to_text(head.count.mode)},
                                    {"commit", head.commit},
                                    {"errors", head.errors},
                                    {"warnings", head.warnings},
                                    {"more", head.more}};
  std::string text = dumped(json);
  text.pop_back();
  text += ",\"findings\":[";
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (i > 0) text += ',';
    text += findings[i].json;
  }
  return text + "]}";
}

Hash hmac_sha256(ByteView key, ByteView message) {
  constexpr std::size_t block = 64;
  std::array<std::uint8_t, block> padded{};
  if (key.size() > block) {
    std::ranges::copy(sha256(key), padded.begin());
  } else {
    std::ranges::copy(key, padded.begin());
  }
  const auto with = [&](std::uint8_t pad, ByteView rest) {
    std::array<std::uint8_t, block> mixed{};
    std::ranges::transform(padded, mixed.begin(), [pad](std::uint8_t byte) {
      return static_cast<std::uint8_t>(byte ^ pad);
    });
    return sha256(mixed, rest);
  };
  return with(0x5C, with(0x36, message));
}

std::string alarm_signature(std::string_view secret, std::string_view message) {
  return "hmac-sha256=" + to_hex(hmac_sha256(as_bytes(secret), as_bytes(message)));
}

}  // namespace teller
