// Makes a count and a journal for it, for the tests that run the job on real servers.
//
//   sample_journal HOME PARTITIONS BALLOTS BALLOTS_PER_RECORD [CONNINFO]
//
//   HOME/rules.json, count.json   the count (with a new random id)
//   HOME/journal.bin              records in order: partition u16, length u32, bytes
//   the store, when CONNINFO (of the owner) is given
//
// Every 100th ballot is followed by a copy of an earlier one, every 1000th by another content under
// an earlier id. Prints what must come out, as JSON, known from the making and not from counting.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include <fmt/format.h>

#include "base/check.h"
#include "sample_count.h"
#include "store/store_postgres.h"

namespace {

using namespace teller;

class JournalWriter {
 public:
  JournalWriter(const std::filesystem::path& file, const CountFile& count, std::size_t per_record)
      : out_(file, std::ios::binary), count_(count), per_record_(per_record) {
    for (std::uint16_t i = 0; i < count.partitions; ++i) builders_.emplace_back(count.id, i);
  }

  void add(const Entry& entry) {
    const Bytes bytes = encode(entry, count_.id);
    const std::uint16_t partition = partition_of(entry, count_.partitions);
    RecordBuilder& builder = builders_[partition];
    Envelope envelope;
    envelope.sender = "sample";
    if (!builder.add(entry.id, bytes, envelope)) {
      finish(partition);
      check(builder.add(entry.id, bytes, envelope), "an entry fits into an empty record");
    }
    if (builder.entries() >= per_record_) finish(partition);
  }

  void finish_all() {
    for (std::uint16_t i = 0; i < count_.partitions; ++i)
      if (!builders_[i].empty()) finish(i);
  }
  std::uint64_t records = 0;

 private:
  void finish(std::uint16_t partition) {
    const Bytes record = builders_[partition].finish();
    Bytes framed;
    ByteWriter writer(framed);
    writer.u16(partition);
    writer.u32(static_cast<std::uint32_t>(record.size()));
    writer.raw(record);
    out_.write(reinterpret_cast<const char*>(framed.data()),
               static_cast<std::streamsize>(framed.size()));
    ++records;
  }

  std::ofstream out_;
  const CountFile& count_;
  std::size_t per_record_;
  std::vector<RecordBuilder> builders_;
};

Entry ballot(std::uint64_t number, std::uint32_t option) {
  std::array<std::uint8_t, 16> id{};
  for (std::size_t i = 0; i < 6; ++i) id[i] = static_cast<std::uint8_t>(number >> (8 * i));
  Selection mark;
  mark.contest = ContestId{0};
  mark.marks = {OptionId{option}};
  Ballot body;
  body.unit = UnitId{1 + static_cast<std::uint32_t>(number % 2)};
  body.style = StyleId{1};
  body.selections = {mark};
  return {.id = make_uuid(id, 4), .body = body};
}

std::uint32_t option_of(std::uint64_t number) { return static_cast<std::uint32_t>(number % 7 % 3); }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5 || argc > 6) {
    std::cerr << "usage: sample_journal HOME PARTITIONS BALLOTS BALLOTS_PER_RECORD [CONNINFO]\n";
    return 2;
  }
  const std::filesystem::path home(argv[1]);
  const std::uint64_t ballots = std::stoull(argv[3]);
  std::filesystem::create_directories(home);

  CountFile count = sample::count_file();
  std::random_device random;
  for (std::uint8_t& byte : count.id.bytes) byte = static_cast<std::uint8_t>(random());
  count.partitions = static_cast<std::uint16_t>(std::stoul(argv[2]));
  count.seal();
  const auto rules = Rules::parse(sample::rules_text(), "rules.json");
  check(rules.has_value(), "the rules of the vectors are right");
  std::ofstream(home / "rules.json", std::ios::binary) << rules->bytes();
  std::ofstream(home / "count.json", std::ios::binary) << count.bytes;

  JournalWriter journal(home / "journal.bin", count, std::stoul(argv[4]));
  std::array<std::uint64_t, 3> votes{};
  std::uint64_t duplicates = 0, conflicts = 0;
  for (std::uint64_t i = 1; i <= ballots; ++i) {
    journal.add(ballot(i, option_of(i)));
    ++votes[option_of(i)];
    if (i % 100 == 0) {
      journal.add(ballot(i - 50, option_of(i - 50)));
      ++duplicates;
    }
    if (i % 1000 == 0) {
      journal.add(ballot(i - 70, (option_of(i - 70) + 1) % 3));
      ++conflicts;
    }
  }
  journal.finish_all();

  if (argc == 6) {
    PostgresStore store(argv[5]);
    Presentation presentation;
    presentation.bytes = "{}";
    if (auto made = store.create(*rules, presentation, count); !made) {
      std::cerr << to_text(made.error()) << "\n";
      return 3;
    }
  }
  std::cout << fmt::format(
      "{{\"records\":{},\"counted\":{},\"duplicate\":{},\"conflict\":{},\"rejected\":0,"
      "\"votes\":[{},{},{}]}}\n",
      journal.records, ballots, duplicates, conflicts, votes[0], votes[1], votes[2]);
}
