#include "results/column_words.h"

#include <utility>

#include <gtest/gtest.h>

#include "results/sum_names.h"

namespace teller {
namespace {

TEST(ColumnWords, AFigureIsCalledSoInManyLanguages) {
  const std::pair<const char*, const char*> known[] = {{"Times Cast", "cards"},
                                                       {"Ballots Cast", "cards"},
                                                       {"Registered Voters", "registered"},
                                                       {"Undervotes", "undervotes"},
                                                       {"OVER VOTES", "overvotes"},
                                                       {"Blank", "blank"},
                                                       {"Votos en blanco", "blank"},
                                                       {"En blanco", "blank"},
                                                       {"Nulo", "invalid"},
                                                       {"Rejected Ballots", "invalid"},
                                                       {"Void", "invalid"},
                                                       {"Blank/Void", "invalid"},
                                                       {"leer", "blank"},
                                                       {"ungültige Stimmen", "invalid"},
                                                       {"Bulletins blancs ou nuls", "invalid"},
                                                       {"廢票", "invalid"},
                                                       {"空白票", "blank"}};
  for (const auto& [name, figure] : known) EXPECT_EQ(figure_called(name), figure) << name;
}

// A figure that is taken for a person is counted as votes, and a person who is taken for a figure loses them.
TEST(ColumnWords, PeopleAreNoFigures) {
  for (const char* name : {"Rosa Blanco", "LeBlanc", "Le Blanc", "De Blanco", "Mary Blank",
                           "Vince Void", "Rejected Ray", "Valid Karim", "Polls", "Sumner"})
    EXPECT_EQ(figure_called(name), "") << name;
  EXPECT_TRUE(may_be_surname("Blanco"));
  EXPECT_FALSE(may_be_surname("Blancos"));
}

TEST(ColumnWords, MethodsAreWords) {
  for (const char* name : {"Mail", "Mail-in", "EarlyVotes", "Early Voting", "ABSENTEE",
                           "ElectionDay", "Briefwahlstimmen", "Vote by Mail", "In Person", "Urnes"})
    EXPECT_EQ(meaning_of(name).role, Role::method_votes) << name;
  for (const char* name : {"Maile", "Ismail Khan", "Earlyn Moss", "Turner", "Maila"})
    EXPECT_EQ(meaning_of(name).role, Role::none) << name;
}

TEST(ColumnWords, NoVotesOfAMethodAreNoVotes) {
  for (const char* name : {"Absentee Under Votes", "early_over_votes", "Provisional rejected"})
    EXPECT_EQ(meaning_of(name).role, Role::ignored) << name;
  for (const char* name : {"Undervotes Early", "Election Day Blank", "By Mail A Undervotes"})
    EXPECT_TRUE(is_no_vote_of_method(name)) << name;
  // Somebody who is called so.
  for (const char* name : {"Ben Blanco Early", "Absentee Vince Void", "Ann Leer Mail"}) {
    EXPECT_EQ(meaning_of(name).role, Role::method_votes) << name;
    EXPECT_FALSE(is_no_vote_of_method(name)) << name;
  }
}

TEST(ColumnWords, OneOfSeveralPlacesIsNoColumnOfPlaces) {
  for (const char* name : {"Division A", "Town E", "City D"})
    EXPECT_EQ(meaning_of(name).role, Role::none) << name;
  for (const char* name : {"Division", "Bureau n", "City/Town", "Code de la commune"})
    EXPECT_EQ(meaning_of(name).role, Role::unit) << name;
}

TEST(ColumnWords, AHeaderMayBeOfTwoLanguagesOrAWayInJson) {
  EXPECT_EQ(meaning_of_column("Electors/Électeurs").role, Role::registered);
  EXPECT_EQ(meaning_of_column("Party/Independent Body").role, Role::party);
  EXPECT_EQ(meaning_of_column("City/Town").role, Role::unit);
  EXPECT_EQ(meaning_of_column("Ada Moss/Ben Rook").role, Role::none);
  EXPECT_EQ(meaning_of_column("/precincts/name").role, Role::unit);
  EXPECT_EQ(meaning_of_column("/races/title").role, Role::contest);
  EXPECT_EQ(meaning_of_column("/name").role, Role::none);
}

TEST(ColumnWords, SumsAreWords) {
  for (const char* name :
       {"TOTAL", "Total Votes", "TOTAL_VOTES", "Grand total:", "Gesamtstimmen", "Endsumme", "Summe",
        "Suma", "Suma de votos", "合計", "Votes Cast", "All", "Итого", "TotalVotes"})
    EXPECT_TRUE(is_named_as_sum(name)) << name;
  for (const char* name :
       {"Summers", "Sumner", "Sommer", "Somme River", "Totally Tom", "Maria Suma", "David Sum",
        "Spolu", "Razem", "Mari Alton", "Totalview", "Allen"})
    EXPECT_FALSE(is_named_as_sum(name)) << name;
  EXPECT_FALSE(is_called_total("Somme")) << "a département";
  EXPECT_TRUE(is_called_total("Ward 1 Total"));
  EXPECT_TRUE(is_called_sum("Valid votes"));
}

}  // namespace
}  // namespace teller
