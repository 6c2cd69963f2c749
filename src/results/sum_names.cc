#include "results/sum_names.h"

#include <algorithm>
#include <string>

#include "base/utf8.h"
#include "tables/unicode.h"

namespace teller {

bool is_named_as_sum(std::string_view name) {
  const std::string lower = ascii_lower(name);
  for (const std::string_view word :
       {"total",  "sum of",   "summe",  "gesamt", "ballots cast", "votes cast", "cast votes",
        "suma",   "somme",    "totaal", "totale", "insgesamt",    "合計",       "合计",
        "總計",   "总计",     "小計",   "小计",   "итого",        "ИТОГО",      "Итого",
        "всего",  "Всего",    "ogółem", "razem",  "összesen",     "celkem",     "spolu",
        "toplam", "yhteensä", "i alt",  "σύνολο", "ΣΥΝΟΛΟ",       "jumlah",     "합계",
        "รวม",    "مجموع"}) {
    if (lower.contains(word)) return true;
  }
  return lower == "all" || lower == "sum" || lower == "combined";
}

bool is_called_total(std::string_view name) {
  std::string words = " ";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    words += c >= 'A' && c <= 'Z'                      ? static_cast<char>(c - 'A' + 'a')
             : std::isalnum(byte) != 0 || byte >= 0x80 ? c
                                                       : ' ';
  }
  words += ' ';
  for (const std::string_view word :
       {" total ",     " totals ", " totale ", " totaal ", " totalt ", " subtotal ",
        " sum ",       " suma ",   " somme ",  " summe ",  " summa ",  " gesamt ",
        " insgesamt ", " ogółem ", " razem ",  " celkem ", " toplam ", " összesen ",
        " yhteensä ",  " итого ",  " Итого ",  " ИТОГО ",  " всего ",  " Всего ",
        "合計",        "合计",     "總計",     "总计",     "小計",     "합계"}) {
    if (words.contains(word)) return true;
  }
  return false;
}

bool is_called_all_methods(std::string_view name) {
  const std::string lower = plain_word(name);
  for (const std::string_view word :
       {"all", "all methods", "all voting methods", "all modes", "all types", "all vote types",
        "all votes", "all ballots", "combined", "alle", "tous", "todos", "tutti"}) {
    if (lower == word) return true;
  }
  return false;
}

bool is_called_whole(std::string_view name) {
  const std::string lower = plain_word(name);
  for (const std::string_view word :
       {"countywide", "county wide", "county-wide", "citywide", "statewide", "state wide",
        "nationwide", "jurisdiction wide", "jurisdiction-wide", "jurisdictionwide", "all precincts",
        "all pcts", "all of ", "whole of ", "all units", "all districts", "all counties",
        "everything", "grand total"}) {
    if (lower.contains(word)) return true;
  }
  return false;
}

}  // namespace teller
