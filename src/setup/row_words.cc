#include "setup/row_words.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tables/unicode.h"

namespace teller {
namespace {

// Each is a word, or several with a blank between them; in lower case and without accents.
constexpr auto words_of_no_row = std::to_array<std::string_view>({
    "precincts reporting",
    "precincts reported",
    "precincts counted",
    "precincts complete",
    "precincts completed",
    "precincts partial",
    "precincts partially reporting",
    "precincts not reporting",
    "number of precincts",
    "precincts in contest",
    "total precincts",
    "total number of precincts",
    "polling places reporting",
    "districts reporting",
    "wards reporting",
    "units reporting",
    "number reporting",
    "reporting",
    "not reporting",
    "percent reporting",
    "percent",
    "percentage",
    "percentages",
    "pct",
    "percent of votes",
    "percent of vote",
    "vote share",
    "vote percent",
    "votes percent",
    "percent turnout",
    "turnout percent",
    "turnout percentage",
    "voter turnout percent",
    "percent voter turnout",
    "rank",
    "ranking",
    "average",
    "mean",
    "median",
    "margin",
    "difference",
    "latitude",
    "longitude",
    "ballot order",
    "ballot position",
    "candidate order",
    // German
    "prozent",
    "in prozent",
    "anteil",
    "anteile",
    "rang",
    "rangfolge",
    "durchschnitt",
    "mittelwert",
    "schnellmeldungen",
    "ausgezahlte wahlbezirke",
    "ausgezahlte gebiete",
    "anzahl wahlbezirke",
    "anzahl der wahlbezirke",
    "wahlbeteiligung",
    "wahlbeteiligung in prozent",
    "differenz",
    // French
    "pourcentage",
    "pourcentages",
    "pour cent",
    "rang moyen",
    "moyenne",
    "taux de participation",
    "participation",
    "bureaux depouilles",
    "nombre de bureaux",
    // Spanish, Portuguese
    "porcentaje",
    "porcentajes",
    "promedio",
    "participacion",
    "mesas escrutadas",
    "mesas computadas",
    "actas computadas",
    "actas procesadas",
    "numero de mesas",
    "percentual",
    "porcentagem",
    "secoes totalizadas",
    "secoes apuradas",
    "comparecimento percentual",
    // Italian
    "percentuale",
    "percentuali",
    "affluenza",
    "sezioni scrutinate",
    "numero sezioni",
    "sezioni",
    // Dutch, Polish, Czech, Scandinavian
    "gemiddelde",
    "opkomstpercentage",
    "opkomst percentage",
    "aantal stembureaus",
    "procent",
    "srednia",
    "frekwencja",
    "liczba obwodow",
    "prumer",
    "ucast",
    "zpracovano okrsku",
    "genomsnitt",
    "valdeltagande",
    "andel",
    "oppmote",
});

// A word that is not said of an option or a place.
constexpr auto words_of_doubt = std::to_array<std::string_view>({
    "percent",      "percentage",      "percentages", "pct",          "turnout",     "reporting",
    "reported",     "precincts",       "number of",   "count of",     "counted",     "average",
    "median",       "difference",      "margin",      "footnote",     "cast votes",  "rejected",
    "unresolved",   "unprocessed",     "exhausted",   "uv",           "ov",          "under over",
    "abstention",   "abstentions",     "abstencion",  "abstenciones", "abstencoes",  "abstencao",
    "astenuti",     "astensioni",      "enthaltung",  "enthaltungen", "nichtwahler", "impugnados",
    "recurridos",   "observados",      "as of",       "updated",      "last update", "prozent",
    "durchschnitt", "wahlbeteiligung", "anzahl",      "pourcentage",  "moyenne",     "nombre de",
    "porcentaje",   "promedio",        "numero de",   "percentual",   "percentuale", "affluenza",
    "gemiddelde",   "aantal",          "procent",     "frekwencja",   "liczba",      "antal",
    "plurality",    "residual",        "vap",         "cvap",         "affidavit",   "not assigned",
    "diferencia",   "differenz",       "mehrheit",    "vorsprung",
});

// Such a word that parties, answers and places are called by too: "Change UK", "No change", "Emergency Hall".
constexpr auto words_of_some_doubt = std::to_array<std::string_view>(
    {"change", "majority", "emergency", "counter", "swing", "population"});
constexpr auto words_of_numbers =
    std::to_array<std::string_view>({"votes", "vote", "voters", "number", "percent", "pct", "total",
                                     "in", "since", "from", "over"});
constexpr auto words_of_names =
    std::to_array<std::string_view>({"no", "for", "of", "the", "and", "democratic"});

// Scripts without blanks between words: what the name has in it.
constexpr auto parts_of_no_row = std::to_array<std::string_view>(
    {"得票率", "投票率", "百分比", "百分率", "平均", "排名", "順位", "開票率", "득표율", "투표율"});

constexpr auto words_of_no_party = std::to_array<std::string_view>({"write in",
                                                                    "write ins",
                                                                    "writein",
                                                                    "writeins",
                                                                    "scattering",
                                                                    "scattered",
                                                                    "uncommitted",
                                                                    "uninstructed",
                                                                    "uninstructed delegation",
                                                                    "no preference",
                                                                    "none of the above",
                                                                    "none of these candidates",
                                                                    "none",
                                                                    "nota",
                                                                    "other",
                                                                    "others",
                                                                    "blank",
                                                                    "blanks",
                                                                    "void",
                                                                    "over votes",
                                                                    "under votes",
                                                                    "overvotes",
                                                                    "undervotes",
                                                                    "total",
                                                                    "totals"});

constexpr auto words_of_rounds = std::to_array<std::string_view>(
    {"round", "rounds", "runde", "ronde", "wahlgang", "turno", "tour", "stage"});

// Words in lower case, with one blank between them and none at the ends; "%" is a word.
std::string words_in(std::string_view name) {
  std::string out;
  for (const char c : plain_word(cleaned(name))) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_letter = byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (c == '%') {
      out += out.empty() || out.back() == ' ' ? "percent " : " percent ";
    } else if (is_letter) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& words, std::string_view text) {
  return std::ranges::find(words, text) != words.end();
}

// It is the whole name, or stands beside the word of a number, or behind a name: "Swing", "Change in votes", "Ada change".
bool is_in_some_doubt(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  const auto is_of_number = [&](std::string_view word) {
    return is_one_of(words_of_numbers, word) || is_year(word);
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_one_of(words_of_some_doubt, words[i])) continue;
    if (words.size() == 1 || (i > 0 && is_of_number(words[i - 1])) ||
        (i + 1 < words.size() && is_of_number(words[i + 1])))
      return true;
    constexpr std::size_t words_of_one_max = 2;
    const auto is_of_name = [](std::string_view word) { return is_one_of(words_of_names, word); };
    if (i + 1 == words.size() && i <= words_of_one_max &&
        std::ranges::none_of(words.begin(), words.end() - 1, is_of_name))
      return true;
  }
  return false;
}

}  // namespace

RowName kind_of_row_name(std::string_view name) {
  constexpr std::size_t bytes_max = 60;  // A ballot measure may be called by a whole sentence.
  const std::string text = words_in(name);
  if (text.empty() || name.size() > bytes_max) return RowName::plain;
  if (is_one_of(words_of_no_row, text)) return RowName::none;
  for (const std::string_view part : parts_of_no_row) {
    if (text.contains(part)) return RowName::none;
  }
  const std::string between = " " + text + " ";
  // "Ward 1 Pct 3" is a precinct.
  const std::size_t number = between.find(" pct ");
  if (number != std::string::npos && number + 5 < between.size() && between[number + 5] >= '0' &&
      between[number + 5] <= '9')
    return RowName::plain;
  for (const std::string_view word : words_of_doubt) {
    if (between.contains(" " + std::string(word) + " ")) return RowName::doubtful;
  }
  return is_in_some_doubt(text) ? RowName::doubtful : RowName::plain;
}

bool is_of_no_party(std::string_view name) { return is_one_of(words_of_no_party, words_in(name)); }

std::string without_party(const std::string& name) {
  constexpr std::size_t letters_max = 12;
  const std::size_t open = name.rfind(" (");
  if (open == std::string::npos || open == 0 || !name.ends_with(')') ||
      name.size() - open - 3 > letters_max ||
      name.find_first_of("0123456789", open) != std::string::npos)
    return {};
  return name.substr(0, open);
}

bool is_called_round(std::string_view name) {
  const std::string words = " " + words_in(name) + " ";
  return std::ranges::any_of(words_of_rounds, [&](std::string_view word) {
    return words.contains(" " + std::string(word) + " ");
  });
}

bool is_numbered_round(std::string_view name) {
  const std::string words = " " + words_in(name) + " ";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (words.starts_with(" count ") && words.size() > 7 && is_digit(words[7])) return true;
  // "Round 1", "2nd round"; but "Round Rock 1" is a place.
  return std::ranges::any_of(words_of_rounds, [&](std::string_view word) {
    const std::size_t at = words.find(" " + std::string(word) + " ");
    if (at == std::string::npos) return false;
    const std::size_t behind = at + word.size() + 2;
    const std::size_t front = at == 0 ? std::string::npos : words.rfind(' ', at - 1);
    return (behind < words.size() && is_digit(words[behind])) ||
           (front != std::string::npos && is_digit(words[front + 1]));
  });
}

bool is_called_transfer(std::string_view name) {
  const std::string words = words_in(name);
  return words.starts_with("transfer") || words.starts_with("surplus");
}

bool is_year(std::string_view word) {
  return word.size() == 4 && (word.starts_with("19") || word.starts_with("20")) &&
         word.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace teller
