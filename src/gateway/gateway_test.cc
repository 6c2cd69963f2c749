// What a gateway serves is what schema/http.yaml describes.
#include "gateway/gateway.h"

#include <fstream>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "journal/journal_memory.h"

namespace teller {
namespace {

// "POST /v1/entries" and so on: the paths and methods that stand in schema/http.yaml.
std::set<std::string> described_routes() {
  std::ifstream in(std::string(TELLER_SOURCE_DIR) + "/schema/http.yaml");
  std::set<std::string> routes;
  std::string line, path;
  bool in_paths = false;
  while (std::getline(in, line)) {
    if (!line.empty() && line.front() != ' ') in_paths = line == "paths:";
    if (!in_paths || line.empty() || line.back() != ':') continue;
    const std::size_t indent = line.find_first_not_of(' ');
    std::string word = line.substr(indent, line.size() - indent - 1);
    if (indent == 2) path = word;
    if (indent == 4 && (word == "get" || word == "post" || word == "put" || word == "delete")) {
      for (char& c : word) c = static_cast<char>(c - 'a' + 'A');
      routes.insert(word + " " + path);
    }
  }
  return routes;
}

TEST(Gateway, EachOfItsRoutesIsDescribed) {
  const Rules rules;
  const CountFile count;
  MemoryJournal journal(1);
  Recorder recorder(count, journal);
  Metrics metrics;
  const HttpRouter router =
      gateway_router({&rules, &count}, recorder, metrics, [] { return Health(); });
  const auto described = described_routes();
  EXPECT_GE(router.routes().size(), 3U);
  for (const auto& route : router.routes())
    EXPECT_TRUE(described.contains(route.method + " " + route.path))
        << route.method << " " << route.path;
}

}  // namespace
}  // namespace teller
