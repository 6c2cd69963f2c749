#include "search/name_index.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace teller {
namespace {

// Places from which figures come, all in one chain of areas. Literals live as long as the program.
NameIndex places(const std::vector<const char*>& called,
                 const std::vector<const char*>& areas = {}) {
  Names names;
  for (const char* area : areas) {
    Named named{.id = area, .name = area};
    if (!names.all.empty()) named.in = static_cast<std::uint32_t>(names.all.size() - 1);
    names.all.push_back(named);
  }
  const auto in = areas.empty() ? std::optional<std::uint32_t>()
                                : std::optional(static_cast<std::uint32_t>(areas.size() - 1));
  for (const char* name : called) {
    names.all.push_back({.id = name, .name = name, .in = in, .reports = true});
  }
  return NameIndex(std::move(names));
}

std::vector<std::string_view> found_in(const NameIndex& index, std::string_view said) {
  const auto found = index.find(said);
  EXPECT_TRUE(found) << said;
  std::vector<std::string_view> names;
  if (!found) return names;
  for (const std::uint32_t number : found->best) names.push_back(index.named(number).name);
  return names;
}

using Called = std::vector<std::string_view>;

TEST(NameIndex, AMisspellingIsFoundAndIsCalledOne) {
  const NameIndex index =
      places({"Springfield", "Zürich", "介壽村", "Anna Smith", "Havana", "Smith"});
  const std::pair<const char*, const char*> misspelt[] = {{"Springfeild", "Springfield"},
                                                          {"sprngfi", "Springfield"},
                                                          {"Zurch", "Zürich"},
                                                          {"介壽邨", "介壽村"},
                                                          {"Hanna Smith", "Anna Smith"}};
  for (const auto& [said, name] : misspelt) {
    EXPECT_EQ(found_in(index, said), Called{name}) << said;
    EXPECT_TRUE(index.find(said)->nearly) << said;
  }
  EXPECT_FALSE(index.find("Zurich")->nearly);
}

TEST(NameIndex, ANumberIsNeverFoundForAnother) {
  EXPECT_EQ(found_in(places({"Station 1234", "Station 1235"}), "1236"), Called{});
  EXPECT_EQ(found_in(places({"Ward"}), "xyzzy"), Called{});
  EXPECT_EQ(found_in(places({"Ward"}), " ’ "), Called{});
  EXPECT_FALSE(places({"Ward"}).find("xyzzy")->nearly);
}

TEST(NameIndex, TheNameItselfComesBeforeWhatItIsInAndOneWordMaySayBoth) {
  const NameIndex index = places({"大安區 10", "大安區 1", "大安區"}, {"臺灣", "臺北市"});
  EXPECT_EQ(found_in(index, "大安區"), (Called{"大安區", "大安區 10", "大安區 1"}));
  EXPECT_EQ(found_in(index, "大安區 1"), (Called{"大安區 1", "大安區 10"}));
  EXPECT_EQ(found_in(index, "台北市大安區").size(), 3U);
  EXPECT_EQ(found_in(index, "台北市"), Called{"臺北市"});
  EXPECT_EQ(found_in(index, "台北 1"), (Called{"大安區 10", "大安區 1"}));
  EXPECT_EQ(index.within(2), (Called{"臺灣", "臺北市"}));

  Names names;
  names.all = {{.id = "1", .name = "大安里 1", .reports = true}, {.id = "2", .name = "大安區"}};
  EXPECT_EQ(found_in(NameIndex(std::move(names)), "大安"), (Called{"大安區", "大安里 1"}));
}

TEST(NameIndex, AnIdAndOtherNamesAreFoundToo) {
  Names names;
  names.all = {{.id = "tw/a/b-17", .name = "臺北市", .also = {"Taipei", "Тайбэй"}},
               {.id = "x", .name = "大安區", .in = 0}};
  const NameIndex index(std::move(names));
  for (const char* said : {"tw/a/b-17", "b-17", "taipei", "ТАЙБЭЙ", "Taibei"}) {
    EXPECT_EQ(found_in(index, said), Called{"臺北市"}) << said;
  }
  EXPECT_EQ(found_in(index, "Taipei 大安"), Called{"大安區"});
}

TEST(NameIndex, TellsTheFirstOfEachKindAndHowManyThereAre) {
  Names names;
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(fmt::format("p{}", i));
  for (const std::string& id : ids) names.all.push_back({.id = id, .name = "Ward"});
  names.all.push_back({.kind = NamedKind::contest, .id = "c", .name = "Ward council"});
  const NameIndex index(std::move(names));
  const auto found = index.find("ward");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->best.size(), told_of_kind_max + 1);
  EXPECT_EQ(index.named(found->best.front()).id, "c");
  EXPECT_EQ(found->of_kind, (std::array<std::size_t, 4>{1, 0, 0, 30}));
}

TEST(NameIndex, AQuestionThatIsNoneOrTooLongIsRefusedInWords) {
  const NameIndex index = places({"Ward"});
  const std::string long_one(searched_bytes_max, 'x');
  std::string words;
  for (std::size_t i = 0; i < searched_words_max; ++i) words += "a ";
  EXPECT_TRUE(index.find(long_one));
  EXPECT_TRUE(index.find(words));
  for (const std::string& wrong :
       {std::string(), long_one + "x", words + "a", std::string("\xFF"), std::string("a\nb")}) {
    const auto found = index.find(wrong);
    ASSERT_FALSE(found) << wrong;
    EXPECT_EQ(found.error().code, "http.query_invalid");
  }
}

}  // namespace
}  // namespace teller
