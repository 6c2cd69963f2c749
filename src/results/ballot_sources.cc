#include "results/ballot_sources.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/file.h"
#include "tables/unicode.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::string_view digits = "0123456789";

// "A-", "007" and what is behind it, of "A-007.0" without the ".0".
struct NumberParts {
  std::string_view before, run, behind;
  bool fraction = false;
};

std::optional<NumberParts> parts_of_number(std::string_view number) {
  NumberParts parts;
  const std::size_t point = number.find_last_of('.');
  if (point != std::string_view::npos && point > 0 && point + 1 < number.size() &&
      number.find_first_not_of('0', point) == point &&
      number.find_first_not_of('0', point + 1) == std::string_view::npos &&
      digits.contains(number[point - 1])) {
    number = number.substr(0, point);
    parts.fraction = true;
  }
  const std::size_t last = number.find_last_of(digits);
  if (last == std::string_view::npos) return std::nullopt;
  const std::size_t first = number.find_last_not_of(digits, last);
  const std::size_t begin = first == std::string_view::npos ? 0 : first + 1;
  parts.before = number.substr(0, begin);
  parts.run = number.substr(begin, last + 1 - begin);
  parts.behind = number.substr(last + 1);
  return parts;
}

}  // namespace

std::string plain_number(std::string_view number) {
  const auto parts = parts_of_number(number);
  if (!parts) return std::string(number);
  const std::size_t first = std::min(parts->run.find_first_not_of('0'), parts->run.size() - 1);
  return fmt::format("{}{}{}", parts->before, parts->run.substr(first), parts->behind);
}

void NumberForms::add(std::string_view number) {
  const auto parts = parts_of_number(number);
  if (!parts || unwatched_) return;
  Form& form = forms_[fmt::format("{}#{}", parts->before, parts->behind)];
  form.fraction = form.fraction || parts->fraction;
  if (!parts->fraction) {
    const std::size_t length = parts->run.size();
    form.shortest = form.shortest == 0 ? length : std::min(form.shortest, length);
    if (length > 1 && parts->run.front() == '0') form.padded = std::max(form.padded, length);
  }
  if (forms_.size() > forms_max) {
    forms_.clear();
    unwatched_ = true;
  }
}

void NumberForms::add(const NumberForms& other) {
  unwatched_ = unwatched_ || other.unwatched_;
  for (const auto& [text, theirs] : other.forms_) {
    Form& form = forms_[text];
    if (theirs.shortest > 0) {
      form.shortest =
          form.shortest == 0 ? theirs.shortest : std::min(form.shortest, theirs.shortest);
    }
    form.padded = std::max(form.padded, theirs.padded);
    form.fraction = form.fraction || theirs.fraction;
  }
  unwatched_ = unwatched_ || forms_.size() > forms_max;
  if (unwatched_) forms_.clear();
}

std::string NumberForms::differ(const NumberForms& other) const {
  if (unwatched_ || other.unwatched_) return {};
  for (const auto& [text, mine] : forms_) {
    const auto found = other.forms_.find(text);
    if (found == other.forms_.end()) continue;
    const Form& theirs = found->second;
    const auto filled = [&](std::size_t length) {
      std::string one(length - 1, '0');
      std::string written = text;
      return written.replace(written.rfind('#'), 1, one + "1");
    };
    for (const auto& [a, b] : {std::pair(&mine, &theirs), std::pair(&theirs, &mine)}) {
      if (a->shortest > 0 && a->shortest < b->padded)
        return fmt::format("with and without zeros in front, as {} and {}",
                           shown(filled(b->padded)), shown(filled(a->shortest)));
      if (a->fraction && b->shortest > 0)
        return fmt::format("as whole numbers and with a fraction, as {} and {}",
                           shown(filled(b->shortest)), shown(filled(1) + ".0"));
    }
  }
  return {};
}

Result<BallotSources> BallotSources::open(const std::string& folder, bool renew) {
  namespace fs = std::filesystem;
  BallotSources known;
  known.path_ = folder + "/import.key.sources";
  const auto text = read_file(known.path_, own_file_bytes_max);
  if (!text && text.error().code != Code("file.missing")) return std::unexpected(text.error());
  if (!text || renew) {
    known.key_is_older_ = !text && !renew && fs::exists(folder + "/import.key");
    // A count that begins with this program is known from its first ballot on.
    if (!known.key_is_older_) {
      if (auto kept = write_file(known.path_, as_bytes("{}\n"), 0600); !kept)
        return std::unexpected(kept.error());
    }
    return known;
  }
  const Json all = Json::parse(*text, nullptr, false);
  const auto broken = [&] {
    return fail(Remedy::stop, "import.key",
                known.path_ + ": is not what Teller wrote there; restore it from a backup");
  };
  if (!all.is_object()) return broken();
  try {
    for (const auto& [source, item] : all.items()) {
      NumberForms& forms = known.sources_[source];
      forms.unwatched_ = item.at("unwatched").get<bool>();
      for (const auto& [form, one] : item.at("forms").items())
        forms.forms_[form] = {one.at("shortest").get<std::size_t>(),
                              one.at("padded").get<std::size_t>(), one.at("fraction").get<bool>()};
    }
  } catch (const Json::exception&) {
    return broken();
  }
  return known;
}

Result<void> BallotSources::check_source(const std::string& source, bool is_named) const {
  if (is_named || sources_.empty() || sources_.contains(source)) return {};
  return fail(
      Remedy::reject, "delivery.invalid",
      fmt::format("ballots were imported as those of {}, and these would be of {}, as the "
                  "mapping is called: if they are the same papers they would be counted "
                  "twice. Say whose they are: --source {}, or --source {} if these are "
                  "others",
                  shown(sources_.begin()->first), shown(source), sources_.begin()->first, source));
}

Result<void> BallotSources::check_numbers(const std::string& source,
                                          const NumberForms& numbers) const {
  // What an older program took of a file in two forms has to stay a copy when it comes again.
  if (key_is_older_) return {};
  const auto found = sources_.find(source);
  const bool known_mixed = found != sources_.end() && !found->second.differ(found->second).empty();
  if (known_mixed) return {};
  if (const std::string how = numbers.differ(numbers); !how.empty()) {
    return fail(Remedy::reject, "delivery.invalid",
                fmt::format("the papers' numbers are written in two ways, {}: one paper could come "
                            "twice. Write all of them as they are on the paper, and format the "
                            "column as text",
                            how));
  }
  const std::string how = found == sources_.end() ? std::string() : numbers.differ(found->second);
  if (how.empty()) return {};
  return fail(Remedy::reject, "delivery.invalid",
              fmt::format("the papers' numbers are written in another way than those of {} that "
                          "were imported before, {}: the same papers would be counted twice. Write "
                          "them as before, and format the column as text (a spreadsheet takes "
                          "zeros away); or, if these are other papers, say --source with a name "
                          "of their own",
                          shown(source), how));
}

Result<void> BallotSources::write(const std::string& source, const NumberForms& numbers) {
  sources_[source].add(numbers);
  Json all = Json::object();
  for (const auto& [name, forms] : sources_) {
    Json item{{"unwatched", forms.unwatched_}, {"forms", Json::object()}};
    for (const auto& [text, form] : forms.forms_)
      item["forms"][text] = {
          {"shortest", form.shortest}, {"padded", form.padded}, {"fraction", form.fraction}};
    all[name] = std::move(item);
  }
  return write_file(path_, as_bytes(all.dump(1) + "\n"), 0600);
}

}  // namespace teller
