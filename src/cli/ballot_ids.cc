#include "cli/ballot_ids.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/grouped.h"
#include "gateway/loader.h"
#include "intake/accept.h"
#include "outcomes/recorded_batch.h"
#include "tables/reader.h"

namespace teller::cli {
namespace {

// A place to send entries to that keeps their ids, and sends nothing.
class KeepsIds final : public EntrySender {
 public:
  KeepsIds(const Definition& definition, BallotIds& found)
      : definition_(definition), found_(&found) {}

  Result<Sent> send(const EntryBody& body) override {
    Sent sent;
    const auto read = accept_body(definition_, body.format, as_bytes(body.bytes),
                                  [&](std::uint64_t, std::expected<Accepted, Refusal>& outcome) {
                                    ++sent.answer.recorded;
                                    if (!outcome) {
                                      ++found_->unreadable;
                                    } else if (outcome->kind != EntryKind::ballot) {
                                      ++found_->others;
                                    } else {
                                      found_->ids.push_back(outcome->id);
                                    }
                                  });
    if (!read) {
      return fail(Remedy::reject, read.error().code, read.error().detail);
    }
    return sent;
  }

 private:
  const Definition definition_;
  BallotIds* found_;
};

Result<EntryId> id_in(const std::string& text) {
  const auto id = parse_uuid(text);
  if (id) return *id;
  return fail(
      Remedy::reject, "decision.no_ballot",
      "\"" + text.substr(0, 100) + "\" is no id of a ballot (8-4-4-4-12 hexadecimal digits)");
}

// A file of entries begins with what begins one of them, and no id begins so.
Result<bool> has_entries(const std::string& path) {
  auto reader = Reader::open(path);
  if (!reader) return std::unexpected(reader.error());
  std::string head(4096, '\0');
  const auto read = reader->read(head);
  if (!read) return std::unexpected(read.error());
  head.resize(*read);
  const auto first = head.find_first_not_of(" \t\r\n");
  return first != std::string::npos &&
         (head[first] == '{' || head[first] == '[' || head.substr(first).starts_with("TBAT"));
}

Result<void> read_ids(const std::string& path, BallotIds& found) {
  auto reader = Reader::open(path);
  if (!reader) return std::unexpected(reader.error());
  while (true) {
    const auto line = reader->line();
    if (!line) return std::unexpected(line.error());
    if (!*line) return {};
    const std::string_view text = **line;
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    const auto id =
        id_in(std::string(text.substr(first, text.find_last_not_of(" \t") + 1 - first)));
    if (!id) {
      return std::unexpected(during(fmt::format("{}:{}", path, reader->line_number()), id.error()));
    }
    found.ids.push_back(*id);
  }
}

Result<void> read_entries(const std::string& path, const Definition& definition, BallotIds& found) {
  KeepsIds keeps(definition, found);
  LoadOptions options;
  options.in_flight = 1;
  options.any_version = true;
  Loader loader(keeps, std::move(options));
  auto read = loader.file(path);
  if (auto finished = loader.finish(); read) read = std::move(finished);
  return read;
}

Result<void> read_batch(const BallotsNamed& named, const Opened& opened, BallotIds& found) {
  const auto journal = open_journal_to_read(opened);
  if (!journal) return std::unexpected(journal.error());
  auto batch = find_recorded_batch(**journal, opened.home->count, named.batch, named.sender);
  if (!batch) return std::unexpected(batch.error());
  const auto no_batch = [](std::string why) {
    return fail(Remedy::reject, "decision.no_ballot", std::move(why));
  };
  if (batch->ballots.empty()) {
    return no_batch(fmt::format("nothing that was recorded is a ballot of a batch \"{}\"{}",
                                named.batch,
                                named.sender.empty() ? "" : " sent by \"" + named.sender + "\""));
  }
  if (batch->senders.size() > 1) {
    std::string who;
    for (const auto& [sender, ballots] : batch->senders) {
      who += fmt::format("{}\"{}\" ({})", who.empty() ? "" : ", ", sender, grouped(ballots));
    }
    return no_batch(fmt::format("{} senders have sent a batch \"{}\": {}; say which (--sender)",
                                batch->senders.size(), named.batch, who));
  }
  found.ids.insert(found.ids.end(), batch->ballots.begin(), batch->ballots.end());
  found.elsewhere = std::move(batch->elsewhere);
  found.others += batch->others;
  return {};
}

}  // namespace

void add_ballots_named(CLI::App* command, BallotsNamed& named) {
  command->add_option("--ballot", named.ids, "The id of a ballot; several: several times")
      ->type_name("ID");
  command
      ->add_option("--ballots", named.file,
                   "A file of such ids, one a line; or of the entries themselves, as teller load "
                   "takes them")
      ->type_name("FILE");
  auto* batch =
      command
          ->add_option("--batch", named.batch,
                       "All ballots that were sent under this name (teller load --batch); reads "
                       "the whole journal")
          ->type_name("NAME");
  command->add_option("--sender", named.sender, "With --batch: sent by this one")
      ->type_name("NAME")
      ->needs(batch);
}

Result<BallotIds> find_ballot_ids(const BallotsNamed& named, const Opened& opened) {
  BallotIds ballots;
  for (const std::string& text : named.ids) {
    const auto id = id_in(text);
    if (!id) return std::unexpected(id.error());
    ballots.ids.push_back(*id);
  }
  if (!named.file.empty()) {
    const auto entries = has_entries(named.file);
    if (!entries) return std::unexpected(entries.error());
    auto read = *entries ? read_entries(named.file, opened.home->definition(), ballots)
                         : read_ids(named.file, ballots);
    if (!read) return std::unexpected(read.error());
  }
  if (!named.batch.empty()) {
    if (auto read = read_batch(named, opened, ballots); !read) return std::unexpected(read.error());
  }
  std::ranges::sort(ballots.ids);
  const auto again = std::ranges::unique(ballots.ids);
  ballots.ids.erase(again.begin(), again.end());
  if (ballots.ids.empty()) {
    return fail(Remedy::reject, "decision.no_ballot",
                "no ballot is named: give --ballot, --ballots or --batch");
  }
  return ballots;
}

nlohmann::ordered_json ids_json(const std::vector<EntryId>& ids) {
  nlohmann::ordered_json texts = nlohmann::ordered_json::array();
  for (const EntryId& id : ids) texts.push_back(to_text(id));
  return texts;
}

}  // namespace teller::cli
