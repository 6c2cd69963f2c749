#include "cli/common.h"

#include <cstdio>
#include <filesystem>

#include <pwd.h>
#include <unistd.h>

#include "base/csv_text.h"
#include "store/store_postgres.h"
#include "store/store_sqlite.h"

namespace teller::cli {
namespace {

int code_of_last_run = usage;

// The columns a character takes on a terminal: two for the wide blocks of East Asian text.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      point = (point << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    const bool wide =
        (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
        (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xF900 && point <= 0xFAFF) ||
        (point >= 0xFE30 && point <= 0xFE6F) || (point >= 0xFF00 && point <= 0xFF60) ||
        (point >= 0x1F300 && point <= 0x1FAFF) || (point >= 0x20000 && point <= 0x3FFFD);
    width += wide ? 2 : 1;
    i += length;
  }
  return width;
}

}  // namespace

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& summary,
                      const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->footer(examples);
  return command;
}

void on_run(CLI::App* command, std::function<int()> run) {
  command->callback([run = std::move(run)] { code_of_last_run = run(); });
}

int exit_code() { return code_of_last_run; }

int report(const Error& error) {
  std::fprintf(stderr, "teller: %s\n", to_text(error).c_str());
  switch (error.remedy) {
    case Remedy::reject:
      return usage;
    case Remedy::retry:
      std::fprintf(stderr, "teller: nothing was changed; the same command may succeed later\n");
      return unfinished;
    case Remedy::abort:
      std::fprintf(stderr, "teller: the outcome is not known; run the same command again\n");
      return unfinished;
    case Remedy::stop:
      return unfinished;
  }
  return unfinished;
}

void say(std::string_view text) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

void add_where(CLI::App* command, Where& where) {
  auto* group = command->add_option_group("count", "Which count");
  group->add_option("--home", where.home, "The home of an embedded count (made by teller init)")
      ->type_name("DIR");
  group->add_option("--config", where.config, "teller.toml of a count on the servers")
      ->type_name("FILE");
  group->require_option(1);
}

static Result<Opened> open_as(const Where& where, std::string_view role, bool read_only) {
  Opened opened;
  if (!where.home.empty()) {
    auto home = Home::open(where.home);
    if (!home) return std::unexpected(home.error());
    opened.home = std::move(*home);
    auto store = std::filesystem::exists(opened.home->store())
                     ? SqliteStore::open_file(opened.home->store(), read_only)
                     : fail(Remedy::reject, "file.missing", "there is no store.sqlite");
    if (!store) {
      return fail(Remedy::reject, "count.none",
                  "nothing has been counted in " + where.home + " yet: " + store.error().detail);
    }
    opened.store = std::move(*store);
  } else {
    auto config = load_config(where.config);
    if (!config) return std::unexpected(config.error());
    auto home = Home::open(config->count.home);
    if (!home) return std::unexpected(home.error());
    opened.home = std::move(*home);
    const auto postgres = need(*config, config->postgres, "postgres");
    if (!postgres) return std::unexpected(postgres.error());
    opened.store = std::make_unique<PostgresStore>(postgres->conninfo_as(role));
  }
  if (auto right = opened.store->open(opened.home->count); !right) {
    return std::unexpected(right.error());
  }
  return opened;
}

std::string segments_folder(const Where& where, const Home& home) {
  if (!where.config.empty()) {
    if (const auto config = load_config(where.config)) return config->segments.directory;
  }
  return home.segments();
}

std::function<void(std::uint64_t, std::uint64_t)> progress_on_terminal(std::string what) {
  if (::isatty(STDERR_FILENO) != 1) return {};
  return [what = std::move(what), shown = std::uint64_t{0}](std::uint64_t at,
                                                            std::uint64_t all) mutable {
    if (at != all && at < shown + std::max<std::uint64_t>(1, all / 200)) return;
    shown = at;
    std::fprintf(stderr, "\rteller: %s %s of %s%s", what.c_str(), grouped(at).c_str(),
                 grouped(all).c_str(), at == all ? "\n" : "");
  };
}

Result<Opened> open_store(const Where& where, std::string_view role) {
  return open_as(where, role, true);
}

Result<Opened> open_for_change(const Where& where) { return open_as(where, "teller_owner", false); }

void add_person(CLI::App* command, Person& person, const std::string& usual_reason) {
  auto* reason = command->add_option("--reason", person.reason,
                                     "Why, for the audit log; no voter and no choice in it");
  if (usual_reason.empty()) {
    reason->required();
  } else {
    person.reason = usual_reason;
    reason->capture_default_str();
  }
  const passwd* login = ::getpwuid(::getuid());
  person.actor = login != nullptr ? login->pw_name : "uid " + std::to_string(::getuid());
  command->add_option("--actor", person.actor, "Who does it, for the audit log")
      ->capture_default_str();
  command->add_option("--approver", person.approver, "A second person who agrees");
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string table(const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  std::vector<bool> right;
  std::vector<std::string> names;
  for (const std::string& name : head) {
    right.push_back(name.ends_with('>'));
    names.push_back(right.back() ? name.substr(0, name.size() - 1) : name);
    widths.push_back(width_of(names.back()));
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string space(widths[i] - width_of(cells[i]), ' ');
      text += (i == 0 ? "" : "  ") + (right[i] ? space + cells[i] : cells[i] + space);
    }
    while (text.ends_with(' ')) text.pop_back();
    return text + "\n";
  };
  std::string text = line(names);
  std::size_t total = 2 * (widths.size() - 1);
  for (const std::size_t width : widths) total += width;
  for (std::size_t i = 0; i < total; ++i) text += "─";
  text += "\n";
  for (const auto& row : rows) text += line(row);
  return text;
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (!line.empty() || &cell != &cells.front()) line += ',';
    line += csv_text(cell);
  }
  return line + "\n";
}

}  // namespace teller::cli
