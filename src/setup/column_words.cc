#include "setup/column_words.h"

#include <algorithm>
#include <array>
#include <span>

#include "tables/unicode.h"

namespace teller {
namespace {

struct Word {
  std::string_view text;  // In lower case, with _ for what is no letter and no digit.
  Role role;
  int rank = 0;
};

// The whole name.
constexpr auto words_known = std::to_array<Word>({
    {"votes", Role::votes},
    {"vote", Role::votes},
    {"total_votes", Role::votes},
    {"totalvotes", Role::votes},
    {"votes_total", Role::votes},
    {"vote_count", Role::votes},
    {"votecount", Role::votes},
    {"votes_cast", Role::votes},
    {"candidate_votes", Role::votes},
    {"candidatevotes", Role::votes},
    {"stimmen", Role::votes},
    {"voix", Role::votes},
    {"votos", Role::votes},
    {"voti", Role::votes},
    {"stemmen", Role::votes},
    {"count", Role::votes},
    {"得票數", Role::votes},
    {"得票数", Role::votes},
    {"票數", Role::votes},
    {"票数", Role::votes},
    {"קולות", Role::votes},

    {"candidate", Role::option},
    {"candidate_name", Role::option},
    {"candidates", Role::option},
    {"candidate_or_party", Role::option},
    {"choice", Role::option},
    {"choice_name", Role::option},
    {"option", Role::option},
    {"selection", Role::option},
    {"kandidat", Role::option},
    {"kandidatin", Role::option},
    {"candidat", Role::option},
    {"candidato", Role::option},
    {"candidata", Role::option},
    {"kandidaat", Role::option},
    {"nominee", Role::option},
    {"ticket", Role::option},
    {"response", Role::option},
    {"name", Role::option},
    {"候選人", Role::option},
    {"候选人", Role::option},
    {"מועמד", Role::option},

    {"office", Role::contest},
    {"office_name", Role::contest},
    {"contest", Role::contest},
    {"contest_name", Role::contest},
    {"contest_title", Role::contest},
    {"race", Role::contest},
    {"race_name", Role::contest},
    {"position", Role::contest},
    {"question", Role::contest},
    {"measure", Role::contest},
    {"wahl", Role::contest},
    {"amt", Role::contest},
    {"scrutin", Role::contest},
    {"cargo", Role::contest},
    {"district", Role::district, 5},
    {"dist", Role::district, 5},
    {"office_district", Role::district, 5},
    {"circuit", Role::district, 5},
    {"seat", Role::district, 5},

    {"party", Role::party},
    {"party_name", Role::party},
    {"party_detailed", Role::party},
    {"partei", Role::party},
    {"parti", Role::party},
    {"partido", Role::party},
    {"partito", Role::party},
    {"partij", Role::party},
    {"政黨", Role::party},
    {"政党", Role::party},
    {"מפלגה", Role::party},
    {"party_simplified", Role::ignored},

    {"mode", Role::method},
    {"method", Role::method},
    {"vote_mode", Role::method},
    {"votemode", Role::method},
    {"vote_type", Role::method},
    {"voting_method", Role::method},
    {"counting_group", Role::method},
    {"vote_method", Role::method},

    {"country", Role::unit, 1},
    {"nation", Role::unit, 1},
    {"state", Role::unit, 2},
    {"state_name", Role::unit, 2},
    {"state_po", Role::unit, 2},
    {"province", Role::unit, 2},
    {"land", Role::unit, 2},
    {"canton", Role::unit, 2},
    {"region", Role::unit, 3},
    {"county", Role::unit, 4},
    {"county_name", Role::unit, 4},
    {"parish", Role::unit, 4},
    {"kreis", Role::unit, 4},
    {"縣市", Role::unit, 4},
    {"constituency", Role::unit, 5},
    {"wahlkreis", Role::unit, 5},
    {"municipality", Role::unit, 6},
    {"jurisdiction", Role::unit, 6},
    {"jurisdiction_name", Role::unit, 6},
    {"town", Role::unit, 6},
    {"township", Role::unit, 6},
    {"city", Role::unit, 6},
    {"borough", Role::unit, 6},
    {"gemeinde", Role::unit, 6},
    {"commune", Role::unit, 6},
    {"municipio", Role::unit, 6},
    {"鄉鎮市區", Role::unit, 6},
    {"יישוב", Role::unit, 6},
    {"ישוב", Role::unit, 6},
    {"שם_ישוב", Role::unit, 6},
    {"ward", Role::unit, 7},
    {"village", Role::unit, 8},
    {"precinct", Role::unit, 9},
    {"precinct_name", Role::unit, 9},
    {"polling_place", Role::unit, 9},
    {"polling_station", Role::unit, 9},
    {"pollingplace", Role::unit, 9},
    {"station", Role::unit, 9},
    {"box", Role::unit, 9},
    {"booth", Role::unit, 9},
    {"place", Role::unit, 9},
    {"site", Role::unit, 9},
    {"location", Role::unit, 9},
    {"division", Role::unit, 9},
    {"wahlbezirk", Role::unit, 9},
    {"bureau", Role::unit, 9},
    {"mesa", Role::unit, 9},
    {"投開票所", Role::unit, 9},
    {"קלפי", Role::unit, 9},
    {"reporting_unit", Role::unit, 9},

    {"registered", Role::registered},
    {"registered_voters", Role::registered},
    {"registration", Role::registered},
    {"electorate", Role::registered},
    {"eligible", Role::registered},
    {"eligible_voters", Role::registered},
    {"electors", Role::registered},
    {"enrolled", Role::registered},
    {"wahlberechtigte", Role::registered},
    {"inscrits", Role::registered},
    {"選舉人數", Role::registered},
    {"בזב", Role::registered},
    {"ballots_cast", Role::cards},
    {"ballots", Role::cards},
    {"ballots_counted", Role::cards},
    {"total_ballots", Role::cards},
    {"total_ballots_cast", Role::cards},
    {"cards_cast", Role::cards},
    {"turnout", Role::cards},
    {"voted", Role::cards},
    {"waehler", Role::cards},
    {"wähler", Role::cards},
    {"votants", Role::cards},
    {"投票數", Role::cards},
    {"מצביעים", Role::cards},
    {"invalid", Role::invalid},
    {"invalid_votes", Role::invalid},
    {"spoiled", Role::invalid},
    {"spoilt", Role::invalid},
    {"rejected", Role::invalid},
    {"rejected_ballots", Role::invalid},
    {"ungültige", Role::invalid},
    {"nuls", Role::invalid},
    {"無效票數", Role::invalid},
    {"פסולים", Role::invalid},
    {"blank", Role::blank},
    {"blanks", Role::blank},
    {"blank_votes", Role::blank},
    {"blancs", Role::blank},
    {"leere", Role::blank},
    {"under_votes", Role::undervotes},
    {"undervotes", Role::undervotes},
    {"undervote", Role::undervotes},
    {"under_vote", Role::undervotes},
    {"over_votes", Role::overvotes},
    {"overvotes", Role::overvotes},
    {"overvote", Role::overvotes},
    {"over_vote", Role::overvotes},
    {"total", Role::total},
    {"totals", Role::total},
    {"sum", Role::total},
    {"summe", Role::total},
    {"gesamt", Role::total},
    {"valid", Role::total},
    {"valid_votes", Role::total},
    {"total_votes_cast", Role::total},
    {"total_valid_votes", Role::total},
    {"gültige", Role::total},
    {"exprimés", Role::total},
    {"有效票數", Role::total},
    {"כשרים", Role::total},

    {"magnitude", Role::size},
    {"vote_for", Role::size},
    {"votes_allowed", Role::size},
    {"date", Role::date},
    {"election_date", Role::date},
    {"year", Role::ignored},
    {"stage", Role::ignored},
    {"special", Role::ignored},
    {"dataverse", Role::ignored},
    {"source", Role::ignored},
    {"diff", Role::ignored},
    {"סמל_ועדה", Role::ignored},
    {"סמל_ישוב", Role::ignored},
});

// What a name begins with, ends with or has in it.
constexpr std::array<std::string_view, 19> method_words = {
    "election_day", "electionday", "early",      "advance", "absentee",      "mail",     "postal",
    "provisional",  "in_person",   "inperson",   "machine", "evm",           "military", "overseas",
    "polling_day",  "briefwahl",   "hand_count", "urne",    "correspondance"};
constexpr std::array<std::string_view, 7> ignored = {"fips",  "percent", "pct", "per_",
                                                     "share", "_code",   "_id"};

std::string normal(std::string_view name, char between) {
  std::string out;
  for (const char c : cleaned(name)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out += c;
    } else if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
    } else if (c == '%') {
      out += "percent";
    } else if (!out.empty() && out.back() != between) {
      out += between;
    }
  }
  while (!out.empty() && out.back() == between) out.pop_back();
  return out;
}

}  // namespace

ColumnWord meaning_of(std::string_view name) {
  const std::string text = normal(name, '_');
  const auto found = std::find_if(words_known.begin(), words_known.end(),
                                  [&](const Word& word) { return word.text == text; });
  if (found != words_known.end()) return {found->role, found->rank};
  for (const std::string_view part : ignored) {
    if (text.contains(part)) return {Role::ignored};
  }
  for (const std::string_view part : method_words) {
    if (text.contains(part)) return {Role::method_votes};
  }
  return {};
}

std::string as_id(std::string_view name) { return normal(name, '-'); }

}  // namespace teller
