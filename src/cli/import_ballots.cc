#include "cli/import_ballots.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/print_as_json.h"
#include "cli/progress.h"
#include "cli/row_words.h"
#include "cli/terminal_text.h"
#include "deliver/delivery_client.h"
#include "host/stop_signals.h"
#include "intake/accept.h"
#include "intake/entry_output.h"
#include "results/ballot_sources.h"
#include "results/ballot_table.h"

namespace teller::cli {
namespace {

namespace fs = std::filesystem;

// The count that the ballots are for, and where they go; no target when nothing is sent.
struct Count {
  std::unique_ptr<Home> home;
  std::unique_ptr<DeliveryClient> server;
  std::optional<EntryTarget> target;
  Definition definition{};
  Bytes secret;
  BallotSources sources;  // Of that secret.
};

// Where the secret is, and whose ballots were imported with it.
Result<std::string> key_folder(const BallotImport& options) {
  if (!options.to.home.empty()) return options.to.home;
  const fs::path key = options.key;
  if (key.filename() != "import.key") {
    return fail(Remedy::reject, "delivery.invalid",
                "with --to, ballots need --import-key FILE: the import.key in the count's home, or "
                "one beside this file that is used for each import of these ballots");
  }
  return key.has_parent_path() ? key.parent_path().string() : ".";
}

Result<Count> open_count(const BallotImport& options) {
  Count count;
  const bool sends = options.out.empty() && !options.check;
  if (sends) {
    auto target = open_entry_target(options.to);
    if (!target) return std::unexpected(std::move(target.error()));
    count.target = std::move(*target);
  }
  if (options.to.home.empty()) {
    auto server =
        DeliveryClient::open({.to = options.to.to, .stop = stop_asked, .event = say_event});
    if (!server) return std::unexpected(std::move(server.error()));
    count.server = std::move(*server);
    count.definition = {&count.server->rules(), &count.server->count()};
  } else if (sends && count.target->definition) {
    count.definition = *count.target->definition;
  } else {
    auto home = Home::open(options.to.home);
    if (!home) return std::unexpected(std::move(home.error()));
    count.home = std::move(*home);
    count.definition = count.home->definition();
  }
  const auto folder = key_folder(options);
  if (!folder) return std::unexpected(folder.error());
  auto sources = BallotSources::open(*folder, options.new_key);
  if (!sources) return std::unexpected(std::move(sources.error()));
  count.sources = std::move(*sources);
  auto secret = import_secret(*folder, options.new_key);
  if (!secret) return std::unexpected(std::move(secret.error()));
  count.secret = std::move(*secret);
  return count;
}

// Whose ballots these are: with their numbers it is what their ids are made of.
Result<std::string> source_of(const BallotImport& options) {
  std::string source =
      options.source.empty() ? fs::path(options.mapping_name).stem().string() : options.source;
  const bool is_line = std::all_of(source.begin(), source.end(),
                                   [](unsigned char c) { return c >= 0x20 && c != 0x7F; });
  if (source.size() > BallotMaker::source_bytes_max || !is_line) {
    return fail(
        Remedy::reject, "delivery.invalid",
        fmt::format("a source has at most {} bytes on one line", BallotMaker::source_bytes_max));
  }
  return source;
}

std::string place_of(const MadeBallot& ballot, const BallotsRead& read) {
  constexpr std::uint64_t line_mask = (std::uint64_t{1} << RowFaults::line_bits) - 1;
  return fmt::format("{}:{}, ballot {}, card {}: ", read.files[ballot.line >> RowFaults::line_bits],
                     ballot.line & line_mask, ballot.number, ballot.card);
}

// Sends all of them. `summary` says what was answered.
Result<std::vector<RecordPlace>> send(const EntryTarget& target, const CountId& count,
                                      const BallotsRead& read, LoadSummary& summary) {
  Progress progress("sending");
  constexpr std::size_t ballots_a_body = 5'000;
  std::vector<RecordPlace> records;
  for (std::size_t from = 0; from < read.ballots.size(); from += ballots_a_body) {
    BatchWriter batch(count);
    const std::size_t to = std::min(read.ballots.size(), from + ballots_a_body);
    for (std::size_t i = from; i < to; ++i) batch.add(read.ballots[i].entry);
    const auto sent = target.sender->send(
        {.format = BodyFormat::packed, .bytes = std::string(as_text(batch.finish()))});
    if (!sent) return std::unexpected(sent.error());
    summary.add(*sent, to - from);
    const EntriesAnswer& answer = sent->answer;
    if (!answer.error_code.empty())
      return fail(Remedy::reject, "load.not_allowed",
                  answer.error_code + ": " + answer.error_detail);
    for (const RefusedEntry& refused : answer.refused) {
      say(printable_line(place_of(read.ballots[from + refused.index], read) +
                         "refused: " + refused.code + ": " + refused.detail));
    }
    records.insert(records.end(), answer.records.begin(), answer.records.end());
    progress.show(to, read.ballots.size(), [&] { return grouped(summary.recorded) + " recorded"; });
  }
  progress.end();
  return records;
}

Result<void> write_out(const std::string& path, const Definition& definition,
                       const BallotsRead& read) {
  auto output =
      EntryOutput::open(path, EntryOutput::Format::packed, *definition.rules, definition.count->id);
  if (!output) return std::unexpected(output.error());
  for (const MadeBallot& ballot : read.ballots) {
    if (auto added = output->add(ballot.entry); !added) return added;
  }
  return output->close();
}

// What was read and refused, before anything is sent.
void say_rows(const BallotsRead& read, const BallotImport& options) {
  if (options.to.json) return;
  for (const std::string& note : read.notes) fmt::print(stderr, "note: {}\n", printable_line(note));
  say_faults(read, stderr);
  fmt::print(stderr, "{} rows read, {} refused, {} ballot cards\n", grouped(read.rows_read),
             grouped(read.rows_refused()), grouped(read.ballots.size()));
}

void print_json(const BallotsRead& read, const nlohmann::ordered_json* sent) {
  auto all = rows_json(read);
  all["ballots"] = read.ballots.size();
  if (sent != nullptr) all.update(*sent);
  print_as_json(all, -1);
}

// Sends what was read, and tells what became of it.
int deliver(const BallotImport& options, const Count& count, const BallotsRead& read) {
  Progress clock("");
  LoadSummary summary;
  auto records = send(*count.target, count.definition.count->id, read, summary);
  std::optional<Error> error;
  if (!records) error = std::move(records.error());
  if (!error || count.target->broken()) {
    if (auto finished = count.target->finish(); !finished) error = std::move(finished.error());
  }
  std::unordered_map<std::string, const MadeBallot*> by_id;
  for (const MadeBallot& ballot : read.ballots) by_id.emplace(to_text(ballot.id), &ballot);
  SendTo where = options.to;
  where.place = [&](std::string_view id) {
    const auto found = by_id.find(std::string(id));
    return found == by_id.end() ? std::string() : place_of(*found->second, read);
  };
  Became became;
  if (!error) {
    auto followed = follow_entries(*count.target, std::move(*records), where);
    if (followed) {
      became = std::move(*followed);
    } else {
      error = std::move(followed.error());
    }
  }
  if (options.to.json) {
    const auto sent = became_json(summary, became, clock.seconds(), error ? &*error : nullptr);
    print_json(read, &sent);
  } else {
    print_became(summary, became, clock.seconds());
  }
  say_what_is_open(summary, became);
  if (error) {
    report(*error);
    return unfinished;
  }
  const bool all_count = became.all_count() && summary.refused_total == 0;
  return all_count && read.rows_refused() == 0 ? done : found;
}

// What is read, and may be sent: that the same papers are not there under another name or in another
// form of their numbers.
Result<BallotsRead> read_of(const BallotImport& options, BallotMapping mapping,
                            const std::string& source, Count& count) {
  if (auto known = count.sources.check_source(source, !options.source.empty()); !known)
    return std::unexpected(known.error());
  const Definition& definition = count.definition;
  BallotMaker maker(*definition.rules, definition.count->id, count.secret, source);
  auto read = read_ballots(options.file, std::move(mapping), *definition.rules, maker);
  if (!read) return read;
  NumberForms numbers;
  for (const MadeBallot& ballot : read->ballots) numbers.add(ballot.number);
  if (auto same = count.sources.check_numbers(source, numbers); !same)
    return std::unexpected(same.error());
  if (!options.check && !read->ballots.empty()) {
    if (auto kept = count.sources.write(source, numbers); !kept)
      return std::unexpected(kept.error());
  }
  return read;
}

}  // namespace

int import_ballots(const BallotImport& options) {
  install_stop_signals();
  auto mapping = BallotMapping::parse(options.mapping, options.mapping_name);
  if (!mapping) return report(mapping.error());
  const auto source = source_of(options);
  if (!source) return report(source.error());
  auto count = open_count(options);
  if (!count) return report(count.error());
  const auto read = read_of(options, std::move(*mapping), *source, *count);
  if (!read) {
    Error error = read.error();
    if (!error.detail.contains(options.file)) error.detail = options.file + ": " + error.detail;
    return report(error);
  }
  say_rows(*read, options);
  if (count->target) return deliver(options, *count, *read);
  if (!options.out.empty()) {
    if (auto written = write_out(options.out, count->definition, *read); !written)
      return report(written.error());
  }
  if (options.to.json && options.out != "-") print_json(*read, nullptr);
  return read->rows_refused() == 0 ? done : found;
}

}  // namespace teller::cli
