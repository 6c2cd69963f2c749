#include "deliver/delivery_parts.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "deliver/delivery_json.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

// Where a sheet belongs, as the JSON of a report says it.
std::string place_of(const Json& sheet) {
  std::string place;
  for (const char* name : {"unit", "method", "contest"}) {
    place += sheet.at(name).get<std::string>() + '\n';
  }
  return place;
}

Json joined(std::span<const std::string> reports) {
  Json all = Json::parse(reports.front());
  Json numbers = Json::array();
  std::map<std::string, std::size_t> missing_in;  // In how many of the parts.
  Json missing = Json::array();
  for (std::size_t part = 0; part < reports.size(); ++part) {
    const Json report = Json::parse(reports[part]);
    if (report.at("delivery") != 0) numbers.push_back(report["delivery"]);
    for (const Json& sheet : report.at("missing")) {
      if (++missing_in[place_of(sheet)] == reports.size()) missing.push_back(sheet);
    }
    if (part == 0) continue;
    for (const auto& [word, sheets] : report.at("became").items()) {
      all["became"][word] =
          all["became"].value(word, std::uint64_t{0}) + sheets.get<std::uint64_t>();
    }
    for (const char* list : {"sheets", "kept", "refused_lines"}) {
      for (const Json& one : report.at(list)) all[list].push_back(one);
    }
    all["refused_total"] = all.at("refused_total").get<std::uint64_t>() +
                           report.at("refused_total").get<std::uint64_t>();
    all["all_stand"] = all.at("all_stand").get<bool>() && report.at("all_stand").get<bool>();
  }
  // What one part does not mention another one may.
  all["missing"] = std::move(missing);
  all["delivery"] = numbers.empty() ? Json(0) : numbers.front();
  if (!numbers.empty()) all.erase("again");
  if (numbers.size() > 1) all["deliveries"] = std::move(numbers);
  return all;
}

}  // namespace

std::vector<std::string> bodies_of(const Delivery& delivery, const Definition& definition,
                                   std::size_t bytes_max) {
  std::string whole = to_body(delivery, definition);
  if (whole.size() <= bytes_max) return {std::move(whole)};

  Delivery sorted = delivery;
  std::ranges::sort(sorted.sheets, {}, [](const Sheet& sheet) {
    return std::tuple(sheet.contest, sheet.method, sheet.unit);
  });
  std::ranges::sort(sorted.held, {}, &HeldSheet::key);
  // Each sheet goes with what is said of its unknown figures, which stands before all sheets of a body.
  std::map<SheetKey, const UnknownFigures*> unknown;
  for (const UnknownFigures& figures : delivery.unknown) unknown[figures.key] = &figures;
  Delivery head = delivery;
  head.sheets.clear();
  head.held.clear();
  head.unknown.clear();
  head.cut.clear();
  const std::string head_line = to_body(head, definition);
  const auto lines_of = [&](const Delivery& one) {
    return to_body(one, definition).substr(head_line.size());
  };
  std::vector<std::string> bodies;
  std::string sheets;
  const auto add = [&](const std::string& front, const std::string& sheet) {
    const std::size_t more = front.size() + sheet.size();
    if (bodies.empty() || bodies.back().size() + sheets.size() + more > bytes_max) {
      if (!bodies.empty()) bodies.back() += sheets;
      sheets.clear();
      bodies.push_back(head_line);
    }
    bodies.back() += front;
    sheets += sheet;
  };
  for (HeldSheet& held : sorted.held) {
    Delivery one = head;
    one.held.push_back(std::move(held));
    add(lines_of(one), {});
  }
  for (Sheet& sheet : sorted.sheets) {
    Delivery one = head;
    const auto found = unknown.find(key_of(sheet));
    if (found != unknown.end()) one.unknown.push_back(*found->second);
    if (std::ranges::find(delivery.cut, key_of(sheet)) != delivery.cut.end())
      one.cut.push_back(key_of(sheet));
    const std::string front = lines_of(one);
    one.unknown.clear();
    one.cut.clear();
    one.sheets.push_back(std::move(sheet));
    add(front, lines_of(one));
  }
  bodies.back() += sheets;
  return bodies;
}

Result<std::string> joined_reports(std::span<const std::string> reports) {
  if (reports.size() == 1) return reports.front();
  try {
    return joined(reports).dump() + "\n";
  } catch (const Json::exception& error) {
    return fail(Remedy::reject, "http.answer_invalid",
                std::string("the answer is not one of this API: ") + error.what());
  }
}

}  // namespace teller
