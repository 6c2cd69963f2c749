#include "intake/entry_output.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/json_text.h"
#include "election/sheet_act.h"
#include "intake/accept.h"

namespace teller {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

// Members are always written in this order.
struct JsonEntry {
  std::string& out;
  const Rules& rules;
  const std::string& count;
  const std::string& id;

  void member(const char* name) {
    out += ",\"";
    out += name;
    out += "\":";
  }
  void text(const char* name, std::string_view value) {
    member(name);
    append_json_text(out, value);
  }
  void figure(const char* name, Figure value) {
    if (value.is_unknown()) return;
    member(name);
    out += value.is_withheld() ? "\"withheld\"" : std::to_string(value.raw);
  }
  void head(const char* kind) {
    out = "{\"kind\":\"";
    out += kind;
    out += "\",\"count\":\"" + count + "\",\"id\":\"" + id + '"';
  }
  void options(const Contest& contest, const std::vector<OptionId>& marked) {
    for (std::size_t i = 0; i < marked.size(); ++i) {
      if (i > 0) out += ',';
      append_json_text(out, contest.options.at(marked[i].value).id);
    }
  }

  void operator()(const Ballot& ballot) {
    head("ballot");
    text("unit", rules.units.at(ballot.unit.value).id);
    text("style", rules.styles.at(ballot.style.value).id);
    member("card");
    out += std::to_string(ballot.card);
    text("method", rules.methods.at(ballot.method.value).id);
    member("contests");
    out += '{';
    bool first = true;
    for (const Selection& selection : ballot.selections) {
      const Contest& contest = rules.contest(selection.contest);
      if (!first) out += ',';
      first = false;
      append_json_text(out, contest.id);
      out += ':';
      selected(contest, selection);
    }
    out += "}}";
  }

  void selected(const Contest& contest, const Selection& selection) {
    switch (selection.form) {
      case Selection::Form::marks:
        out += '[';
        options(contest, selection.marks);
        for (std::size_t i = 0; i < selection.write_ins.size(); ++i) {
          if (i > 0 || !selection.marks.empty()) out += ',';
          out += "{\"write_in\":";
          append_json_text(out, selection.write_ins[i]);
          out += '}';
        }
        out += ']';
        break;
      case Selection::Form::ranking:
        out += "{\"ranking\":[";
        for (std::size_t i = 0; i < selection.ranks.size(); ++i) {
          out += i > 0 ? ",[" : "[";
          options(contest, selection.ranks[i]);
          out += ']';
        }
        out += "]}";
        break;
      case Selection::Form::blank:
        out += "{\"blank\":true}";
        break;
      case Selection::Form::invalid:
        out += "{\"invalid\":true}";
        break;
    }
  }

  void operator()(const Sheet& sheet) {
    head("sheet");
    text("unit", rules.units.at(sheet.unit.value).id);
    text("method", rules.methods.at(sheet.method.value).id);
    const Contest& contest = rules.contest(sheet.contest);
    text("contest", contest.id);
    member("version");
    out += std::to_string(sheet.version);
    text("act", to_text(sheet.act));
    text("reason", sheet.reason);
    figure("cards", sheet.cards);
    figure("undervotes", sheet.undervotes);
    figure("overvotes", sheet.overvotes);
    figure("blank", sheet.blank);
    figure("invalid", sheet.invalid);
    figure("write_ins", sheet.write_ins);
    figure("registered", sheet.registered);
    member("votes");
    out += '{';
    for (std::size_t i = 0; i < sheet.votes.size(); ++i) {
      if (i > 0) out += ',';
      append_json_text(out, contest.options.at(sheet.votes[i].first.value).id);
      out += ':';
      const Figure value = sheet.votes[i].second;
      out += value.is_withheld() ? "\"withheld\"" : std::to_string(value.raw);
    }
    out += "}}";
  }

  void operator()(const CheckIn&) { check(false, "check-ins have no JSON form yet"); }
  void operator()(const Control&) { check(false, "control entries have no JSON form yet"); }
};

}  // namespace

std::string to_json(const Entry& entry, const Rules& rules, const CountId& count) {
  std::string out;
  const std::string count_hex = count.hex(), id = to_text(entry.id);
  std::visit(JsonEntry{out, rules, count_hex, id}, entry.body);
  return out;
}

struct EntryOutput::State {
  State(int descriptor, std::string path, Format form, const Rules& known, const CountId& of)
      : fd(descriptor), name(std::move(path)), format(form), rules(known), count(of), batch(of) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (fd > STDERR_FILENO) ::close(fd);
  }

  int fd;
  std::string name;
  Format format;
  const Rules& rules;
  CountId count;
  BatchWriter batch;
  std::string buffer;
  Entry entry;

  [[nodiscard]] Result<void> write_out() {
    std::string_view left = buffer;
    while (!left.empty()) {
      const ssize_t wrote = ::write(fd, left.data(), left.size());
      if (wrote < 0) {
        if (errno == EINTR) continue;
        return fail(Remedy::stop, "output.unwritable", name + ": " + std::strerror(errno));
      }
      left.remove_prefix(static_cast<std::size_t>(wrote));
    }
    buffer.clear();
    return {};
  }

  void take_batch() {
    if (batch.size() > 0) buffer.append(as_text(batch.finish()));
  }
};

EntryOutput::EntryOutput(std::unique_ptr<State> state) : state_(std::move(state)) {}
EntryOutput::EntryOutput(EntryOutput&&) noexcept = default;
EntryOutput& EntryOutput::operator=(EntryOutput&&) noexcept = default;
EntryOutput::~EntryOutput() = default;

Result<EntryOutput> EntryOutput::open(const std::string& path, Format format, const Rules& rules,
                                      const CountId& count) {
  int fd = STDOUT_FILENO;
  if (path != "-") {
    fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
      return fail(Remedy::stop, "output.unwritable", path + ": " + std::strerror(errno));
    }
  }
  const std::string name = path == "-" ? "standard output" : path;
  return EntryOutput(std::make_unique<State>(fd, name, format, rules, count));
}

Result<void> EntryOutput::add(ByteView entry) {
  State& state = *state_;
  if (state.format == Format::ndjson) {
    check(!decode(entry, state.rules, state.count, state.entry), "what we write in JSON is good");
    return add_line(to_json(state.entry, state.rules, state.count));
  }
  state.batch.add(entry);
  if (state.batch.size() >= entries_a_batch || state.batch.bytes() > buffer_bytes / 2) {
    state.take_batch();
  }
  if (state.buffer.size() >= buffer_bytes) return state.write_out();
  return {};
}

Result<void> EntryOutput::add_line(std::string_view line) {
  State& state = *state_;
  state.buffer.append(line).push_back('\n');
  if (state.buffer.size() >= buffer_bytes) return state.write_out();
  return {};
}

Result<void> EntryOutput::close() {
  State& state = *state_;
  state.take_batch();
  if (auto written = state.write_out(); !written) return written;
  if (state.fd > STDERR_FILENO) {
    const int fd = state.fd;
    state.fd = -1;
    if (::close(fd) != 0) {
      return fail(Remedy::stop, "output.unwritable", state.name + ": " + std::strerror(errno));
    }
  }
  return {};
}

}  // namespace teller
