#include "results/sum_names.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <span>
#include <string>

#include "tables/unicode.h"

namespace teller {

namespace {

// Small letters, with one blank for whatever is no letter and no digit, and one at both ends.
std::string words_between_blanks(std::string_view name) {
  std::string words = " ";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_letter = std::isalnum(byte) != 0 || byte >= 0x80;
    if (is_letter) {
      words += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (words.back() != ' ') {
      words += ' ';
    }
  }
  if (words.back() != ' ') words += ' ';
  return words;
}

bool has_one_of(std::string_view words, std::span<const std::string_view> known) {
  return std::ranges::any_of(known, [&](std::string_view word) { return words.contains(word); });
}

// Words that are nobody's name, and what scripts without blanks between words have in a name.
constexpr std::string_view total_words[] = {
    " total ",     " totals ", " totale ",   " totales ",   " totali ",   " totaal ",
    " totaux ",    " totalt ", " subtotal ", " subtotals ", " summe ",    " gesamt ",
    " insgesamt ", " ogółem ", " celkem ",   " toplam ",    " összesen ", " yhteensä ",
    " итого ",     " Итого ",  " ИТОГО ",    " всего ",     " Всего ",    "合計",
    "合计",        "總計",     "总计",       "小計",        "小计",       "합계"};
// "Sum" and "Suma" are names of people too, "Somme" is a place, "Razem" and "Spolu" are parties.
constexpr std::string_view total_phrases[] = {
    " sum of ",     " suma de ",      " suma votos ",   " suma głosów ",  " somme de ",
    " somme des ",  " summa röster ", " ballots cast ", " votes cast ",   " cast votes ",
    " totalvotes ", " totalvote ",    " totalcast ",    " totalballots ", " grandtotal ",
    " i alt ",      " jumlah ",       " σύνολο ",       " ΣΥΝΟΛΟ ",       " مجموع ",
    " المجموع ",    " รวม ",          "รวมทั้งหมด",       "คะแนนรวม"};
constexpr std::string_view whole_names[] = {" all ",  " sum ",   " combined ",
                                            " suma ", " somme ", " summa "};

}  // namespace

bool is_named_as_sum(std::string_view name) {
  const std::string words = words_between_blanks(name);
  const std::size_t last = words.rfind(' ', words.size() - 2);
  // "Endsumme", "Gesamtstimmen".
  const bool is_compound = words.ends_with("summe ") || words.contains(" gesamt");
  return is_compound || has_one_of(words, total_words) || has_one_of(words, total_phrases) ||
         (last == 0 &&
          std::ranges::find(whole_names, std::string_view(words)) != std::end(whole_names));
}

bool is_called_total(std::string_view name) {
  const std::string words = words_between_blanks(name);
  constexpr std::string_view others[] = {" sum ", " razem "};
  return has_one_of(words, total_words) || has_one_of(words, others);
}

bool is_called_all_methods(std::string_view name) {
  const std::string lower = plain_word(name);
  for (const std::string_view word :
       {"all", "votes", "total votes", "all methods", "all voting methods", "all modes",
        "all types", "all vote types", "all votes", "all ballots", "combined", "alle", "tous",
        "todos", "tutti"}) {
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
