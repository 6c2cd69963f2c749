#include "search/folded.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "tables/unicode.h"
#include "tables/unicode_letters.h"

namespace teller {
namespace {

// Forms of one character that names of places and people are written with, the less common one first.
// Those of view/board/search.py.
constexpr std::string_view character_forms =
    "臺台 峯峰 羣群 裏里 裡里 磘窯 塩鹽 眞真 敍敘 啓啟 恒恆 温溫 衞衛 産產 県縣 湾灣 万萬 县縣 "
    "区區 东東 乡鄉 镇鎮 岛島 龙龍 门門 义義 兰蘭 凤鳳 庄莊 "
    "园園 国國 广廣 丰豐 复復 泽澤 桥橋 宁寧 华華 兴興 荣榮 连連 赖賴 萧蕭 赵趙 陈陳 张張 吴吳 "
    "刘劉 杨楊 黄黃 许許 邓鄧 郑鄭 谢謝 苏蘇 叶葉 罗羅 寿壽 云雲 "
    "党黨 进進 会會 议議 选選 举舉 总總 统統 员員 长長 学學 〇0 零0 一1 二2 三3 四4 五5 六6 七7 "
    "八8 九9";
// Letters that do not come apart into one without a mark.
constexpr std::string_view letter_forms = "øo đd ðd łl æae œoe þth ıi ħh ŧt";
// Written in names or left out.
constexpr std::string_view left_out_marks = "'’ʼ‘`´";

using Forms = std::unordered_map<std::int32_t, std::string_view>;

void add_forms(Forms& to, std::string_view pairs) {
  for (const std::string_view pair : words_of(pairs)) {
    const CodePoint from = first_code_point(pair);
    to.emplace(from.point, pair.substr(from.bytes));
  }
}

const Forms& other_forms() {
  static const Forms all = [] {
    Forms made;
    add_forms(made, character_forms);
    add_forms(made, letter_forms);
    return made;
  }();
  return all;
}

bool is_left_out(std::string_view character) {
  return left_out_marks.find(character) != std::string_view::npos;
}

bool is_ideograph(std::int32_t point) {
  return (point >= 0x3400 && point <= 0x9FFF) || point >= 0x20000;
}

}  // namespace

std::string folded(std::string_view text) {
  const std::string plain = plain_letters(text);
  std::string words;
  bool between = false;
  for (std::string_view left = plain; !left.empty();) {
    const CodePoint next = first_code_point(left);
    const std::string_view character = left.substr(0, next.bytes);
    left.remove_prefix(next.bytes);
    if (is_left_out(character)) continue;
    const auto digit = digit_value(next.point);
    if (!digit && (next.point < 0 || !is_letter_or_number(next.point))) {
      between = true;
      continue;
    }
    if (between && !words.empty()) words += ' ';
    between = false;
    const auto form = other_forms().find(next.point);
    if (digit) {
      words += static_cast<char>('0' + *digit);
    } else {
      words += form == other_forms().end() ? character : form->second;
    }
  }
  return words;
}

std::vector<std::string_view> words_of(std::string_view folded_text) {
  std::vector<std::string_view> words;
  while (!folded_text.empty()) {
    const std::string_view word = folded_text.substr(0, folded_text.find(' '));
    folded_text.remove_prefix(std::min(word.size() + 1, folded_text.size()));
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

std::string in_one_word(std::string_view folded_text) {
  std::string word(folded_text);
  std::erase(word, ' ');
  return word;
}

bool has_ideographs(std::string_view folded_text) {
  while (!folded_text.empty()) {
    const CodePoint next = first_code_point(folded_text);
    if (is_ideograph(next.point)) return true;
    folded_text.remove_prefix(next.bytes);
  }
  return false;
}

std::u32string characters_of(std::string_view text) {
  std::u32string characters;
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    characters += static_cast<char32_t>(next.point);
    text.remove_prefix(next.bytes);
  }
  return characters;
}

}  // namespace teller
