#include "publish/audit_line.h"

#include <fmt/format.h>

#include "base/time.h"
#include "base/utf8.h"
#include "publish/text_lines.h"
#include "store/each_audit_line.h"

namespace teller {
namespace {

constexpr std::string_view nobody = "-";

std::unexpected<Error> invalid_text(std::string_view which, std::string_view why) {
  return fail(Remedy::reject, "audit.text_invalid",
              "the " + std::string(which) + " of an audit line " + std::string(why));
}

}  // namespace

Result<void> check_texts(const AuditLine& line) {
  const struct {
    std::string_view name, text;
    std::size_t bytes_max;
  } texts[] = {{"actor", line.actor, audit_name_bytes_max},
               {"action", line.action, audit_name_bytes_max},
               {"subject", line.subject, audit_name_bytes_max},
               {"reason", line.reason, audit_reason_bytes_max}};
  for (const auto& [name, text, bytes_max] : texts) {
    if (text.find_first_not_of(' ') == std::string_view::npos)
      return invalid_text(name, "is empty");
    if (text.size() > bytes_max) {
      return invalid_text(name, fmt::format("is longer than {} bytes", bytes_max));
    }
    if (!is_clean_utf8(text)) return invalid_text(name, "is not one line of clean UTF-8");
  }
  if (line.approver.size() > audit_name_bytes_max || !is_clean_utf8(line.approver) ||
      line.approver == nobody) {
    return invalid_text("approver", "is not a name");
  }
  if (!line.approver.empty() && line.approver == line.actor) {
    return invalid_text("approver", "is the actor: a second person must be another one");
  }
  return {};
}

std::string to_text(const AuditLine& l) {
  std::string text = "teller audit 1\n";
  const auto line = [&](std::string_view word, std::string_view value) {
    text.append(word).append(" ").append(value).append("\n");
  };
  line("count", l.count.hex());
  line("number", std::to_string(l.number));
  line("previous", to_hex(l.previous));
  line("time", format_utc(l.time_us));
  line("actor", l.actor);
  line("action", l.action);
  line("subject", l.subject);
  line("reason", l.reason);
  line("before", to_hex(l.before));
  line("after", to_hex(l.after));
  line("approver", l.approver.empty() ? nobody : l.approver);
  line("random", to_hex(ByteView(l.random)));
  return text;
}

Result<AuditLine> parse_audit_line(std::string_view text) {
  TextLines in(text);
  AuditLine l;
  const std::string_view version = in.line("teller");
  l.count.bytes = in.hex<16>(in.line("count"));
  l.number = in.number(in.line("number"));
  l.previous = in.hex<32>(in.line("previous"));
  l.time_us = parse_utc(in.line("time"));
  l.actor = in.line("actor");
  l.action = in.line("action");
  l.subject = in.line("subject");
  l.reason = in.line("reason");
  l.before = in.hex<32>(in.line("before"));
  l.after = in.hex<32>(in.line("after"));
  l.approver = in.line("approver");
  if (l.approver == nobody) l.approver.clear();
  l.random = in.hex<16>(in.line("random"));
  // What we would write is the only thing we read.
  if (!in.good() || version != "audit 1" || to_text(l) != text || !check_texts(l)) {
    return fail(Remedy::reject, "audit.invalid", "not an audit line as this version writes it");
  }
  return l;
}

Result<bool> has_audit_line(AuditStore& store, std::string_view action) {
  bool there = false;
  auto read = for_each_audit_line(store, 0, [&](const AuditRow& row) -> Result<void> {
    const auto line = parse_audit_line(as_text(row.bytes));
    there = there || (line && line->action == action);
    return {};
  });
  if (!read) return std::unexpected(read.error());
  return there;
}

std::string audit_origin(const CountFile& count) { return count.origin + "/audit"; }

}  // namespace teller
