#include "search/folded.h"

#include <gtest/gtest.h>

namespace teller {
namespace {

TEST(Folded, WhatPeopleTakeForTheSameIsTheSame) {
  const std::pair<const char*, const char*> alike[] = {
      {"Zoë Ñandú", "zoe nandu"},
      {"STRASSE", "Straße"},
      {"Łódź", "lodz"},
      {"臺北市", "台北市"},
      {"Station ４２", "station 42"},
      {"مركز ١٢", "مركز 12"},
      {"第三投票所", "第3投票所"},
      {"O'Brien", "OBrien"},
      {"Øst-Ærø", "ost aero"},
      {"Zoe\xCC\x88", "Zoë"},
      {"İstanbul", "istanbul"},
      {"  a \t b ", "A B"},
      {"한국", "\u1112\u1161\u11AB\u1100\u116E\u11A8"},
      {"㎏", "kg"},
      {"国民党", "國民黨"},
  };
  for (const auto& [one, other] : alike) EXPECT_EQ(folded(one), folded(other)) << one;
  EXPECT_EQ(folded("Zoë Ñandú-O’Neil 臺北市 〇三"), "zoe nandu oneil 台北市 03");
  EXPECT_EQ(folded(" ’ "), "");
  EXPECT_EQ(folded("—"), "");
}

TEST(Folded, WordsAndCharactersOfIt) {
  EXPECT_EQ(words_of("a bc 台北"), (std::vector<std::string_view>{"a", "bc", "台北"}));
  EXPECT_TRUE(words_of("").empty());
  EXPECT_EQ(in_one_word("a bc"), "abc");
  EXPECT_TRUE(has_ideographs("a 市"));
  EXPECT_FALSE(has_ideographs("a1 é"));
  EXPECT_EQ(characters_of("a市"), U"a市");
}

}  // namespace
}  // namespace teller
