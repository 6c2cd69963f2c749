#include "fuzz/target.h"

#include <fstream>
#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

namespace teller::fuzz {
namespace {

std::string text_of(const char* file) {
  std::ifstream in(std::string(TELLER_SOURCE_DIR "/") + file);
  std::ostringstream text;
  text << in.rdbuf();
  check(in.good() && !text.str().empty(), "the tree has tests/vectors");
  return text.str();
}

struct Election {
  Rules rules;
  CountFile count;
};

const Election& election() {
  static const Election* const made = [] {
    const auto vectors = nlohmann::json::parse(text_of("tests/vectors/entry.json"));
    auto rules = Rules::parse(text_of("tests/vectors/rules.json"), "rules.json");
    check(rules.has_value(), "the rules of the vectors are rules");
    CountFile count;
    count.partitions = 2;
    check(from_hex(vectors["count"].get<std::string>(), count.id.bytes), "so is their count id");
    return new Election{std::move(*rules), std::move(count)};
  }();
  return *made;
}

}  // namespace

std::vector<Target>& targets() {
  static std::vector<Target> all;
  return all;
}

const Definition& definition() {
  static const Definition made{&election().rules, &election().count};
  return made;
}

bool is_known(std::string_view code) { return Code::named(code).has_value(); }

std::vector<Bytes> with_and_without_crc(ByteView input) {
  Bytes as_it_is(input.begin(), input.end()), right = as_it_is;
  ByteWriter(right).u32(crc32c(input));
  return {std::move(as_it_is), std::move(right)};
}

}  // namespace teller::fuzz
