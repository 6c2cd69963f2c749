#include "publish/zero_report.h"

#include <fmt/format.h>

#include "base/time.h"
#include "publish/note.h"
#include "publish/text_lines.h"

namespace teller {
namespace {

// Columns that every contest has, in the order in which they are written.
constexpr std::string_view zero_columns[] = {"undervotes", "overvotes", "blank", "invalid",
                                             "cards"};

void append_zero_line(std::string& text, std::string_view word, std::string_view value) {
  text.append(word).append(" ").append(value).append("\n");
}

std::string zero_partition(std::uint16_t partition) {
  return fmt::format("{} recorded 0 steps 0 size 0 conflicts 0 rejected 0", partition);
}

ZeroReport::Contest read_zero_contest(TextLines& in) {
  ZeroReport::Contest contest;
  contest.id = in.line("contest");
  contest.name = in.line("name");
  while (in.good() && in.next_is("option ")) {
    ZeroReport::Option option;
    option.id = in.line("option");
    option.name = in.line("name");
    (void)in.line("votes");
    contest.options.push_back(std::move(option));
  }
  contest.write_ins = in.next_is("write_ins ");
  if (contest.write_ins) (void)in.line("write_ins");
  for (const std::string_view column : zero_columns) (void)in.line(column);
  return contest;
}

}  // namespace

ZeroReport zero_report_of(const Definition& definition, const Presentation& presentation,
                          std::int64_t time_us) {
  const CountFile& count = *definition.count;
  ZeroReport report;
  report.count = count.id;
  report.mode = to_text(count.mode);
  report.label = count.label;
  report.election = definition.rules->election;
  report.time_us = time_us;
  report.rules = definition.rules->hash();
  report.count_file = count.hash();
  report.presentation = presentation.hash();
  report.partitions = count.partitions;
  for (const Contest& contest : definition.rules->contests) {
    auto& written = report.contests.emplace_back();
    written.id = contest.id;
    written.name = contest.name;
    written.write_ins = contest.write_ins;
    for (const Option& option : contest.options) {
      written.options.push_back({option.id, option.name});
    }
  }
  report.key = count.public_key;
  return report;
}

std::string to_text(const ZeroReport& r) {
  std::string text = "teller zero 1\n";
  const auto line = [&](std::string_view word, std::string_view value) {
    append_zero_line(text, word, value);
  };
  line("count", r.count.hex());
  line("mode", r.mode);
  if (!r.label.empty()) line("label", r.label);
  line("election", r.election);
  line("time", format_utc(r.time_us));
  line("rules", to_hex(r.rules));
  line("count_file", to_hex(r.count_file));
  line("presentation", to_hex(r.presentation));
  for (std::uint16_t p = 0; p < r.partitions; ++p) line("partition", zero_partition(p));
  line("segments", "0");
  for (const ZeroReport::Contest& contest : r.contests) {
    line("contest", contest.id);
    line("name", contest.name);
    for (const ZeroReport::Option& option : contest.options) {
      line("option", option.id);
      line("name", option.name);
      line("votes", "0");
    }
    if (contest.write_ins) line("write_ins", "0");
    for (const std::string_view column : zero_columns) line(column, "0");
  }
  line("key", r.key);
  return text;
}

Result<ZeroReport> parse_zero_report(std::string_view text) {
  TextLines in(text);
  ZeroReport r;
  const std::string_view version = in.line("teller");
  r.count.bytes = in.hex<16>(in.line("count"));
  r.mode = in.line("mode");
  if (in.next_is("label ")) r.label = in.line("label");
  r.election = in.line("election");
  r.time_us = parse_utc(in.line("time"));
  r.rules = in.hex<32>(in.line("rules"));
  r.count_file = in.hex<32>(in.line("count_file"));
  r.presentation = in.hex<32>(in.line("presentation"));
  while (in.good() && r.partitions < 0xFFFF && in.next_is("partition ")) {
    (void)in.line("partition");
    ++r.partitions;
  }
  (void)in.line("segments");
  while (in.good() && in.next_is("contest ")) r.contests.push_back(read_zero_contest(in));
  r.key = in.line("key");
  // What we would write is the only thing we read, and we write no number but 0.
  if (!in.good() || version != "zero 1" || to_text(r) != text) {
    return fail(Remedy::reject, "zero.invalid", "not a zero report as this version writes it");
  }
  return r;
}

Result<ZeroReport> open_zero_report(std::string_view note, std::string_view verifier_key) {
  const auto text = open_note(note, verifier_key);
  if (!text) return std::unexpected(text.error());
  auto report = parse_zero_report(*text);
  if (report && report->key != verifier_key) {
    return fail(Remedy::reject, "zero.invalid", "it names another key than the one that signed it");
  }
  return report;
}

}  // namespace teller
