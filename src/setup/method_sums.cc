#include "setup/method_sums.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "results/column_words.h"
#include "setup/column_sums.h"
#include "tables/unicode.h"

namespace teller {

std::vector<std::size_t> left_out_method_sums(MappingDraft& draft, const MappingAnswers& answers,
                                              const std::vector<std::size_t>& by_method) {
  std::vector<std::size_t> left_out;
  const ColumnSums sums = find_column_sums(draft.front, by_method);
  for (const auto& [at, of] : sums) {
    if (of.size() + 1 == by_method.size()) continue;
    std::vector<std::string> names;
    for (const std::size_t other : of) names.push_back(shown(draft.front.columns[other].name));
    const std::string& name = draft.front.columns[at].name;
    const std::string said =
        fmt::format("column {} is in every row the sum of {}", shown(name), fmt::join(names, ", "));
    const std::string answer = answer_to(draft, answers,
                                         {"votes method " + shown(name),
                                          said + ": is it a sum that is left out?",
                                          "yes",
                                          {"yes", "no"}});
    if (answer == "no") {
      draft.no_sums.push_back(method_id_of(name));
      continue;
    }
    draft.because("votes", said + ", and is left out");
    left_out.push_back(at);
  }
  return left_out;
}

std::string method_id_of(std::string_view column) {
  std::string id = as_id(column);
  if (id.ends_with("-votes")) id.resize(id.size() - 6);
  return id;
}

}  // namespace teller
