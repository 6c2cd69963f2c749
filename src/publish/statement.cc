#include "publish/statement.h"

#include <charconv>

#include "base/time.h"

namespace teller {
namespace {

// Reads "word value\n" lines in order; the first fault sticks.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  std::string_view line(std::string_view word) {
    const std::size_t end = text_.find('\n');
    if (end == std::string_view::npos || !text_.starts_with(word) || end <= word.size() ||
        text_[word.size()] != ' ') {
      good_ = false;
      return {};
    }
    const std::string_view value = text_.substr(word.size() + 1, end - word.size() - 1);
    text_.remove_prefix(end + 1);
    return value;
  }
  template <std::size_t N>
  std::array<std::uint8_t, N> hex(std::string_view value) {
    std::array<std::uint8_t, N> bytes{};
    if (!from_hex(value, bytes)) good_ = false;
    return bytes;
  }
  std::uint64_t number(std::string_view value) {
    std::uint64_t result = 0;
    const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), result);
    if (bad != std::errc() || end != value.data() + value.size()) good_ = false;
    return result;
  }
  // The next word of a line, and the line without it.
  static std::string_view word(std::string_view& line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view result = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return result;
  }
  [[nodiscard]] bool next_is(std::string_view word) const { return text_.starts_with(word); }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view text_;
  bool good_ = true;
};

}  // namespace

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
    line("partition", std::to_string(p.partition) + " step " + std::to_string(p.committed.number) +
                          " position " + std::to_string(p.committed.position) + " size " +
                          std::to_string(p.committed.log_size) + " root " +
                          to_hex(p.committed.root));
  }
  line("steps", to_hex(s.steps));
  line("digest", to_hex(s.digest));
  line("random", to_hex(ByteView(s.random)));
  return text;
}

Result<Statement> parse_statement(std::string_view text) {
  Lines in(text);
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
    p.partition = static_cast<std::uint16_t>(in.number(Lines::word(line)));
    (void)Lines::word(line);
    p.committed.number = in.number(Lines::word(line));
    (void)Lines::word(line);
    p.committed.position = in.number(Lines::word(line));
    (void)Lines::word(line);
    p.committed.log_size = in.number(Lines::word(line));
    (void)Lines::word(line);
    p.committed.root = in.hex<32>(Lines::word(line));
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
    text += std::to_string(row.partition) + " " + std::to_string(row.number) + " " +
            std::to_string(row.from) + " " + std::to_string(row.to) + " " +
            std::to_string(row.log_size) + " " + to_hex(row.root) + " " + to_hex(row.segment) +
            "\n";
  }
  return text;
}

}  // namespace teller
