#include "publish/statement.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/time.h"
#include "publish/text_lines.h"

namespace teller {

std::string to_text(const Statement& s) {
  std::string text = "teller statement 1\n";
  const auto line = [&](std::string_view word, std::string_view value) {
    text.append(word).append(" ").append(value).append("\n");
  };
  line("count", s.count.hex());
  line("number", std::to_string(s.number));
  line("previous", to_hex(s.previous));
  line("commit", std::to_string(s.commit));
  line("time", format_utc(s.time_us));
  line("rules", to_hex(s.rules));
  line("count_file", to_hex(s.count_file));
  line("presentation", to_hex(s.presentation));
  line("mode", s.mode);
  line("status", s.status);
  line("policy", s.policy);
  for (const Statement::Partition& p : s.partitions) {
    line("partition",
         fmt::format("{} step {} position {} size {} root {}", p.partition, p.committed.number,
                     p.committed.position, p.committed.log_size, to_hex(p.committed.root)));
  }
  line("steps", to_hex(s.steps));
  line("digest", to_hex(s.digest));
  line("random", to_hex(ByteView(s.random)));
  return text;
}

Result<Statement> parse_statement(std::string_view text) {
  TextLines in(text);
  Statement s;
  const std::string_view version = in.line("teller");
  s.count.bytes = in.hex<16>(in.line("count"));
  s.number = in.number(in.line("number"));
  s.previous = in.hex<32>(in.line("previous"));
  s.commit = in.number(in.line("commit"));
  s.time_us = parse_utc(in.line("time"));
  s.rules = in.hex<32>(in.line("rules"));
  s.count_file = in.hex<32>(in.line("count_file"));
  s.presentation = in.hex<32>(in.line("presentation"));
  s.mode = in.line("mode");
  s.status = in.line("status");
  s.policy = in.line("policy");
  while (in.good() && in.next_is("partition ")) {
    std::string_view line = in.line("partition");
    Statement::Partition& p = s.partitions.emplace_back();
    p.partition = static_cast<std::uint16_t>(in.number(TextLines::word(line)));
    (void)TextLines::word(line);
    p.committed.number = in.number(TextLines::word(line));
    (void)TextLines::word(line);
    p.committed.position = in.number(TextLines::word(line));
    (void)TextLines::word(line);
    p.committed.log_size = in.number(TextLines::word(line));
    (void)TextLines::word(line);
    p.committed.root = in.hex<32>(TextLines::word(line));
  }
  s.steps = in.hex<32>(in.line("steps"));
  s.digest = in.hex<32>(in.line("digest"));
  s.random = in.hex<16>(in.line("random"));
  // What we would write is the only thing we read.
  if (!in.good() || version != "statement 1" || to_text(s) != text) {
    return fail(Remedy::reject, "statement.invalid", "not a statement as this version writes it");
  }
  return s;
}

std::string to_text(const std::vector<StepRow>& steps) {
  std::string text;
  for (const StepRow& row : steps) {
    text += fmt::format("{} {} {} {} {} {} {}\n", row.partition, row.number, row.from, row.to,
                        row.log_size, to_hex(row.root), to_hex(row.segment));
  }
  return text;
}

Result<std::vector<StepRow>> parse_steps(std::string_view text) {
  TextLines in({});  // Reads the words; these lines have no word in front.
  std::vector<StepRow> rows;
  while (!text.empty()) {
    const std::string_view whole = text.substr(0, text.find('\n') + 1);
    std::string_view line = whole.substr(0, whole.size() - std::min<std::size_t>(whole.size(), 1));
    StepRow row;
    row.partition = static_cast<std::uint16_t>(in.number(TextLines::word(line)));
    row.number = in.number(TextLines::word(line));
    row.from = in.number(TextLines::word(line));
    row.to = in.number(TextLines::word(line));
    row.log_size = in.number(TextLines::word(line));
    row.root = in.hex<32>(TextLines::word(line));
    row.segment = in.hex<32>(TextLines::word(line));
    rows.push_back(row);
    // What we would write is the only thing we read.
    if (!in.good() || to_text(std::vector{row}) != whole) {
      return fail(Remedy::reject, "statement.invalid",
                  fmt::format("line {} is not a step as this version writes it", rows.size()));
    }
    text.remove_prefix(whole.size());
  }
  return rows;
}

}  // namespace teller
