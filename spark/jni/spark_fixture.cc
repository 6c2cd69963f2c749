// Writes what the Java tests hold the JNI border against: a count, records of its partition 0, and
// the changes that the core makes of them without any JVM.
//
//   spark_fixture FOLDER
//
//   rules.json, count.json, count-slow.json (with a step policy that the service cannot keep)
//   record-0.bin, record-1.bin, record-2.bin    at the offsets 0, 1, 2
//   change-1.bin   the step of records 0 and 1 on nothing
//   root-1.bin     the log's root after it, and log-size-1.txt
//   change-2.bin   the step of record 2 on that
#include <filesystem>
#include <fstream>
#include <iostream>

#include "count/partition.h"
#include "sample_count.h"

namespace {

using namespace teller;

void write(const std::filesystem::path& file, ByteView bytes) {
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

std::vector<RecordedEntry> entries_of(ByteView record, std::uint64_t position) {
  auto reader = RecordReader::open(record, sample::count_file().id, 0);
  check(reader.has_value(), "our own record reads");
  std::vector<RecordedEntry> entries;
  while (const auto item = reader->next())
    entries.push_back({position, static_cast<std::uint32_t>(entries.size()), item->entry});
  return entries;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: spark_fixture FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder(argv[1]);
  std::filesystem::create_directories(folder);

  const auto rules = Rules::parse(sample::rules_text(), "rules.json");
  check(rules.has_value(), "the rules of the vectors are right");
  const CountFile count = sample::count_file();
  write(folder / "rules.json", as_bytes(rules->bytes()));
  write(folder / "count.json", as_bytes(count.bytes));
  write(folder / "count-slow.json", as_bytes(sample::count_file(2).bytes));

  const Bytes records[] = {sample::record({sample::ballot(1, 0), sample::ballot(2, 1)}),
                           sample::record({sample::ballot(1, 0), sample::ballot(3, 0)}),
                           sample::record({sample::ballot(2, 0), sample::ballot(4, 2)})};
  for (std::size_t i = 0; i < std::size(records); ++i)
    write(folder / ("record-" + std::to_string(i) + ".bin"), records[i]);

  Partition partition(*rules, count, 0);
  check(partition.settle(Committed{}).has_value(), "a new partition stands on nothing");
  std::vector<RecordedEntry> entries = entries_of(records[0], 0);
  for (const RecordedEntry& entry : entries_of(records[1], 1)) entries.push_back(entry);
  const Step first = partition.step(2, entries);
  write(folder / "change-1.bin", first.change);

  const Committed after = decode_change(first.change)->after();
  write(folder / "root-1.bin", ByteView(after.root));
  write(folder / "log-size-1.txt", as_bytes(std::to_string(after.log_size)));
  check(partition.settle(after).has_value(), "its own step is adopted");
  write(folder / "change-2.bin", partition.step(3, entries_of(records[2], 2)).change);
}
