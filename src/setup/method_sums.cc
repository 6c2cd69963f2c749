#include "setup/method_sums.h"

#include <algorithm>
#include <set>

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

namespace {

bool is_among(const std::vector<std::size_t>& places, std::size_t at) {
  return std::ranges::find(places, at) != places.end();
}

// Those that stand right beside columns of methods, or between them, where somebody says that they are methods.
std::vector<std::size_t> ask_other_methods(MappingDraft& draft, const MappingAnswers& answers,
                                           const MethodColumns& columns) {
  const auto& [by_method, others, called_sums] = columns;
  std::vector<std::size_t> beside, all = by_method;
  bool are_likely = false;
  for (const std::size_t at : others) {
    const bool is_inside = at > by_method.front() && at < by_method.back();
    are_likely = are_likely || is_inside;
    if (is_inside || at + 1 == by_method.front() || at == by_method.back() + 1)
      beside.push_back(at);
  }
  if (beside.empty()) return {};
  all.insert(all.end(), beside.begin(), beside.end());
  for (const std::size_t sum : called_sums) {
    const SumOfRows rows = sum_of_rows(draft.front, all, sum);
    are_likely = are_likely || rows.is_sum() || rows.is_nearly();
  }
  std::vector<std::string> names, methods;
  for (const std::size_t at : beside) names.push_back(shown(draft.front.columns[at].name));
  for (const std::size_t at : by_method) methods.push_back(shown(draft.front.columns[at].name));
  const std::string answer = answer_to(
      draft, answers,
      {"votes methods",
       fmt::format("{} {} beside the votes of {}: {} votes of another method, too?",
                   fmt::join(names, ", "), names.size() == 1 ? "stands" : "stand",
                   fmt::join(methods, ", "), names.size() == 1 ? "are these" : "has each of them"),
       are_likely ? "yes" : "no",
       {"yes", "no"}});
  return answer == "yes" ? beside : std::vector<std::size_t>();
}

}  // namespace

OtherMethods find_other_methods(MappingDraft& draft, const MappingAnswers& answers,
                                MethodColumns columns) {
  auto& [by_method, others, called_sums] = columns;
  std::erase_if(others, [&](std::size_t at) { return is_among(called_sums, at); });
  std::set<std::size_t> among(by_method.begin(), by_method.end());
  among.insert(others.begin(), others.end());
  among.insert(called_sums.begin(), called_sums.end());
  const ColumnSums sums = find_column_sums(draft.front, {among.begin(), among.end()});
  OtherMethods found;
  for (const auto& [sum, of] : sums) {
    const auto is_method = [&](std::size_t at) { return is_among(by_method, at); };
    if (std::ranges::none_of(of, is_method)) continue;
    if (is_among(others, sum)) found.sums.push_back(sum);
    for (const std::size_t at : of) {
      if (!is_among(others, at) || sums.contains(at) || is_among(found.methods, at)) continue;
      found.methods.push_back(at);
      draft.because(
          "votes",
          fmt::format("column {} is votes of a method, for in every row column {} is the "
                      "sum of these and of others that are called so",
                      shown(draft.front.columns[at].name), shown(draft.front.columns[sum].name)));
    }
  }
  std::erase_if(others, [&](std::size_t at) { return is_among(found.sums, at); });
  if (found.methods.empty()) found.methods = ask_other_methods(draft, answers, columns);
  return found;
}

std::string method_id_of(std::string_view column) {
  std::string id = as_id(column);
  if (id.ends_with("-votes")) id.resize(id.size() - 6);
  return id;
}

}  // namespace teller
