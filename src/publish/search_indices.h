// The indices of one count in Elasticsearch: teller-<first 8 digits of the count id>-totals, …, and
// audit-<the 8 digits>; of a count with a name teller-<name>-<8 digits>-totals, …, audit-<name>-<8
// digits>. Made here, from schema/elasticsearch, and by nothing else.
//
// Always true:
//   - An index is ours if its mapping names this count and has our format, our fields and no others.
//     One that a write has made out of a guess, or a person or another program by hand, is not; nor is
//     one of an older program, nor is one of totals with other shards than are asked for: an index
//     keeps those that it was made with. Such an index is deleted and made anew.
//   - One that names another count is never touched (reject count.other), nor is one of a newer program.
//   - Whoever fills them learns that one is no longer the one he filled: each has an id of the server's.
//
// One connection; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/count_file.h"
#include "publish/search_server.h"

namespace teller {

class SearchIndices {
 public:
  // The head last: it is what says that the others are there.
  enum Kind : std::uint8_t { totals, options, units, incidents, audit, head };
  static constexpr std::size_t kinds = 6;

  // Server and count outlive it. `count_name`: empty if it has none. `shards`: of the index of totals,
  // the one that grows with places times options; each other one has one.
  SearchIndices(SearchServer& server, const CountFile& count, std::string count_name,
                std::int32_t shards = 1);

  [[nodiscard]] std::string name(Kind kind) const;

  struct Found {
    bool there = false;
    std::string wrong;  // Why it is not ours: "its mapping is a guess"; empty when it is.
    std::string id;     // The server's own; another one when it was made again.
    [[nodiscard]] bool ours() const { return there && wrong.empty(); }
    [[nodiscard]] bool operator==(const Found&) const = default;
  };
  using All = std::array<Found, kinds>;
  // Changes nothing. Errors: retry sink.unavailable, reject count.other.
  [[nodiscard]] Result<All> look();

  // Makes what is missing, and anew what is not ours or is named in `anew`; all of them are ours
  // afterwards. `replaced` is told each that had been there, with the reason.
  // Errors: as look().
  [[nodiscard]] Result<All> make(const std::vector<Kind>& anew, std::vector<std::string>& replaced);

  // How many documents can be searched in each; 0 where there is no index.
  // Errors: retry sink.unavailable.
  [[nodiscard]] Result<std::array<std::uint64_t, kinds>> documents();

 private:
  [[nodiscard]] std::string all_names() const;
  SearchServer* server_;
  const CountFile* count_;
  std::string of_count_;  // "-<name>-<8 digits>".
  std::int32_t shards_;
};

}  // namespace teller
