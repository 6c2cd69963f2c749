// A small count and records of it, for the tests of this folder and the fixture of the Java tests.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/check.h"
#include "election/count_file.h"
#include "election/entry.h"
#include "election/rules.h"
#include "journal/record.h"

namespace teller::sample {

inline std::string rules_text() {
  std::ifstream in(TELLER_SOURCE_DIR "/tests/vectors/rules.json", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline CountFile count_file(std::uint64_t step_minimum = 1) {
  CountFile count;
  for (std::uint8_t i = 0; i < 16; ++i) count.id.bytes[i] = i;
  count.rules = sha256(as_bytes(rules_text()));
  count.label = "SAMPLE";
  count.partitions = 2;
  count.step.minimum = step_minimum;
  count.origin = "sample.example/count";
  count.public_key = "sample.example/count+00000000+AQ==";
  count.seal();
  return count;
}

// Card `number`: one mark for `option` of the contest for mayor.
inline Bytes ballot(std::uint8_t number, std::uint32_t option) {
  std::array<std::uint8_t, 16> id{};
  id[15] = number;
  Selection mark;
  mark.contest = ContestId{0};
  mark.marks = {OptionId{option}};
  Ballot ballot;
  ballot.unit = UnitId{1};
  ballot.style = StyleId{1};
  ballot.selections = {mark};
  const Entry entry{.id = make_uuid(id, 4), .body = ballot};
  return encode(entry, count_file().id);
}

inline Bytes record(const std::vector<Bytes>& entries, std::uint16_t partition = 0) {
  RecordBuilder builder(count_file().id, partition);
  Envelope envelope;
  envelope.sender = "station-1";
  for (const Bytes& entry : entries) {
    check(builder.add(*id_of(entry), entry, envelope), "it fits");
  }
  return builder.finish();
}

}  // namespace teller::sample
