#include "tables/time_form.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/time.h"

namespace teller {
namespace {

std::unexpected<Error> invalid(std::string why) {
  return fail(Remedy::reject, "mapping.invalid", std::move(why));
}

bool is_zone(std::string_view zone) {
  return parse_time(fmt::format("2000-01-01T00:00{}", zone)).has_value();
}

// As it stands in a regular expression.
void append_literal(std::string& out, char c) {
  if (std::string_view("\\^$.|?+()[]{}").contains(c)) out += '\\';
  out += c;
}

}  // namespace

Result<TimeForm> TimeForm::parse(std::string_view form, std::string_view zone) {
  struct Place {
    Part part;
    const char* expression;
  };
  static const std::map<std::string, Place, std::less<>> places = {
      {"YYYY", {Part::year, "(\\d{4})"}},
      {"MM", {Part::month, "(\\d{2})"}},
      {"M", {Part::month, "(\\d{1,2})"}},
      {"DD", {Part::day, "(\\d{2})"}},
      {"D", {Part::day, "(\\d{1,2})"}},
      {"hh", {Part::hour, "(\\d{2})"}},
      {"h", {Part::hour, "(\\d{1,2})"}},
      {"mm", {Part::minute, "(\\d{2})"}},
      {"ss", {Part::second, "(\\d{2})"}},
      {"AM", {Part::half_day, "([AaPp])\\.?[Mm]\\.?"}},
      {"unix", {Part::unix_seconds, "(\\d{1,11})"}},
  };
  TimeForm made;
  if (!zone.empty() && !is_zone(zone)) return invalid("zone must be like \"+08:00\" or \"Z\"");
  made.zone_ = zone;
  if (form.empty()) return made;
  if (form.size() > text_bytes_max) return invalid("form is too long");
  std::string expression;
  for (std::size_t at = 0; at < form.size(); ++at) {
    if (form[at] == '*') {
      expression += ".*";
    } else if (form[at] != '{') {
      append_literal(expression, form[at]);
    } else {
      const std::size_t end = std::min(form.find('}', at), form.size());
      const auto place = places.find(form.substr(at + 1, end - at - 1));
      if (place == places.end() || end == form.size()) {
        return invalid(
            "form has places {YYYY} {MM} {DD} {hh} {mm} {ss}, {M} {D} {h}, {AM} and {unix}, as in "
            "\"{M}/{D}/{YYYY} {h}:{mm} {AM}\"");
      }
      if (std::ranges::count(made.parts_, place->second.part) > 0) {
        return invalid(fmt::format("form has {{{}}} twice", place->first));
      }
      made.parts_.push_back(place->second.part);
      expression += place->second.expression;
      at = end;
    }
  }
  const auto has = [&](Part part) { return std::ranges::count(made.parts_, part) > 0; };
  if (!has(Part::unix_seconds)) {
    for (const Part needed : {Part::year, Part::month, Part::day, Part::hour, Part::minute}) {
      if (!has(needed)) return invalid("form needs year, month, day, hour and minute, or {unix}");
    }
    if (zone.empty()) return invalid("form needs a zone beside it, as zone = \"-08:00\"");
  } else if (made.parts_.size() > 1) {
    return invalid("form has {unix} and other places: one of them is enough");
  }
  made.form_.emplace(expression);
  return made;
}

std::optional<std::int64_t> TimeForm::read(std::string_view text) const {
  if (text.size() > text_bytes_max) return std::nullopt;
  if (form_) return read_form(std::string(text));
  if (const auto whole = parse_time(text)) return whole;
  if (zone_.empty()) return std::nullopt;
  return parse_time(fmt::format("{}{}", text, zone_));
}

std::optional<std::int64_t> TimeForm::read_form(const std::string& text) const {
  std::smatch found;
  if (!std::regex_match(text, found, *form_)) return std::nullopt;
  std::map<Part, int> is;
  bool afternoon = false, has_half_day = false;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::string group = found[i + 1].str();
    if (parts_[i] == Part::unix_seconds) return std::stoll(group) * 1'000'000;
    if (parts_[i] == Part::half_day) {
      has_half_day = true;
      afternoon = group == "P" || group == "p";
    } else {
      is[parts_[i]] = std::stoi(group);
    }
  }
  int hour = is[Part::hour];
  if (has_half_day) {
    if (hour < 1 || hour > 12) return std::nullopt;
    hour = hour % 12 + (afternoon ? 12 : 0);
  }
  return parse_time(fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}", is[Part::year],
                                is[Part::month], is[Part::day], hour, is[Part::minute],
                                is[Part::second], zone_));
}

}  // namespace teller
