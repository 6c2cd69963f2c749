#include "results/column_words.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "results/sum_names.h"
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
    {"candidate_votes", Role::votes},
    {"candidatevotes", Role::votes},
    {"stimmen", Role::votes},
    {"voix", Role::votes},
    {"votos", Role::votes},
    {"voti", Role::votes},
    {"stemmen", Role::votes},
    {"votes_cast", Role::votes},
    {"stimmen_gesamt", Role::votes},
    {"suffrages", Role::votes},
    {"count", Role::votes},
    {"得票數", Role::votes},
    {"得票数", Role::votes},
    {"票數", Role::votes},
    {"票数", Role::votes},
    {"קולות", Role::votes},
    {"الأصوات", Role::votes},
    {"عدد_الأصوات", Role::votes},
    {"tally", Role::votes},
    {"result", Role::votes},
    {"results", Role::votes},
    {"ergebnis", Role::votes},
    {"résultat", Role::votes},
    {"resultado", Role::votes},

    {"candidate", Role::option},
    {"candidate_name", Role::option},
    {"candidates", Role::option},
    {"candidate_or_party", Role::option},
    {"cand_name", Role::option},
    {"cand", Role::option},
    {"choice", Role::option},
    {"choice_name", Role::option},
    {"option", Role::option},
    {"selection", Role::option},
    {"kandidat", Role::option},
    {"kandidatin", Role::option},
    {"kandidierende", Role::option},
    {"kandidierende_r", Role::option},
    {"nom_du_candidat", Role::option},
    {"nom_candidat", Role::option},
    {"libellé_de_liste", Role::option},
    {"liste", Role::option},
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
    {"候補者", Role::option},
    {"候補者名", Role::option},
    {"候補者氏名", Role::option},
    {"المرشح", Role::option},
    {"اسم_المرشح", Role::option},
    {"nm_votavel", Role::option},
    {"nm_candidato", Role::option},
    {"nm_urna_candidato", Role::option},
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
    {"ds_cargo", Role::contest},
    {"district", Role::district, 5},
    {"dist", Role::district, 5},
    {"office_district", Role::district, 5},
    {"circuit", Role::district, 5},
    {"seat", Role::district, 5},

    {"party", Role::party},
    {"party_name", Role::party},
    {"partyab", Role::party},
    {"partynm", Role::party},
    {"party_detailed", Role::party},
    {"partei", Role::party},
    {"parti", Role::party},
    {"nuance", Role::party},
    {"nuance_candidat", Role::party},
    {"nuance_liste", Role::party},
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
    {"ed", Role::method_votes},
    {"av", Role::method_votes},
    {"ev", Role::method_votes},
    {"vbm", Role::method_votes},
    {"same_day", Role::method_votes},
    {"prepoll", Role::method_votes},
    {"pre_poll", Role::method_votes},
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
    {"il", Role::unit, 4},
    {"ilçe", Role::unit, 6},
    {"nm_municipio", Role::unit, 6},
    {"nr_zona", Role::unit, 7},
    {"nr_secao", Role::unit, 9},
    {"village", Role::unit, 8},
    {"split", Role::unit, 10},
    {"split_name", Role::unit, 10},
    {"precinct_split", Role::unit, 10},
    {"precinct_part", Role::unit, 10},
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
    {"times_cast", Role::cards},
    {"ballotscast", Role::cards},
    {"registeredvoters", Role::registered},
    {"blankvotes", Role::blank},
    {"invalidvotes", Role::invalid},
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
    {"under", Role::undervotes},
    {"unders", Role::undervotes},
    {"over", Role::overvotes},
    {"overs", Role::overvotes},
    {"reg", Role::registered},
    {"reg_voters", Role::registered},
    {"regvoters", Role::registered},
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

// Of names that are several words, the one that says what the column is. How much it says decides
// between two: "Registered voters, total" are registered, "Blank ballots" are blank.
constexpr auto telling_words = std::to_array<Word>({
    {"abstentions", Role::ignored, 9},
    {"abstention", Role::ignored, 9},
    {"abstenciones", Role::ignored, 9},
    {"abstencion", Role::ignored, 9},
    {"abstenções", Role::ignored, 9},
    {"astenuti", Role::ignored, 9},
    {"nichtwähler", Role::ignored, 9},
    {"contestate", Role::ignored, 9},
    {"contestati", Role::ignored, 9},
    {"wahlbeteiligung", Role::ignored, 9},
    {"stimmbeteiligung", Role::ignored, 9},
    {"beteiligung", Role::ignored, 9},
    {"participation", Role::ignored, 9},
    {"participacion", Role::ignored, 9},
    {"affluenza", Role::ignored, 9},
    {"frekwencja", Role::ignored, 9},
    {"prozent", Role::ignored, 9},
    {"anteil", Role::ignored, 9},
    {"quote", Role::ignored, 9},
    {"taux", Role::ignored, 9},
    {"porcentaje", Role::ignored, 9},
    {"procent", Role::ignored, 9},

    {"invalid", Role::invalid, 8},
    {"invalids", Role::invalid, 8},
    {"spoiled", Role::invalid, 8},
    {"spoilt", Role::invalid, 8},
    {"rejected", Role::invalid, 8},
    {"void", Role::invalid, 8},
    {"voids", Role::invalid, 8},
    {"voided", Role::invalid, 8},
    {"defective", Role::invalid, 8},
    {"informal", Role::invalid, 8},
    {"ungültige", Role::invalid, 8},
    {"ungültig", Role::invalid, 8},
    {"nuls", Role::invalid, 8},
    {"nul", Role::invalid, 8},
    {"nulo", Role::invalid, 8},
    {"nulos", Role::invalid, 8},
    {"nula", Role::invalid, 8},
    {"nulas", Role::invalid, 8},
    {"nulle", Role::invalid, 8},
    {"nulli", Role::invalid, 8},
    {"ongeldige", Role::invalid, 8},
    {"ongeldig", Role::invalid, 8},
    {"nieważne", Role::invalid, 8},
    {"neplatné", Role::invalid, 8},
    {"ogiltiga", Role::invalid, 8},
    {"ugyldige", Role::invalid, 8},
    {"geçersiz", Role::invalid, 8},
    {"blank", Role::blank, 7},
    {"blanks", Role::blank, 7},
    {"blancs", Role::blank, 7},
    {"blanc", Role::blank, 7},
    {"blanco", Role::blank, 7},
    {"blancos", Role::blank, 7},
    {"blancas", Role::blank, 7},
    {"bianche", Role::blank, 7},
    {"brancos", Role::blank, 7},
    {"branco", Role::blank, 7},
    {"blanches", Role::blank, 7},
    {"leere", Role::blank, 7},
    {"leer", Role::blank, 7},
    {"undervotes", Role::undervotes, 7},
    {"overvotes", Role::overvotes, 7},
    {"valid", Role::total, 6},
    {"formal", Role::total, 6},
    {"gültige", Role::total, 6},
    {"gültig", Role::total, 6},
    {"exprimés", Role::total, 6},
    {"válidos", Role::total, 6},
    {"válidas", Role::total, 6},
    {"validi", Role::total, 6},
    {"geldige", Role::total, 6},
    {"geldig", Role::total, 6},
    {"ważne", Role::total, 6},
    {"platné", Role::total, 6},
    {"giltiga", Role::total, 6},
    {"gyldige", Role::total, 6},
    {"geçerli", Role::total, 6},
    {"kullanan", Role::cards, 6},
    {"seçmen", Role::registered, 5},
    {"registered", Role::registered, 5},
    {"electorate", Role::registered, 5},
    {"eligible", Role::registered, 5},
    {"electors", Role::registered, 5},
    {"enrolled", Role::registered, 5},
    {"wahlberechtigte", Role::registered, 5},
    {"wahlberechtigten", Role::registered, 5},
    {"wahlberechtigt", Role::registered, 5},
    {"stimmberechtigte", Role::registered, 5},
    {"stimmberechtigten", Role::registered, 5},
    {"inscrits", Role::registered, 5},
    {"électeurs", Role::registered, 5},
    {"censo", Role::registered, 5},
    {"electores", Role::registered, 5},
    {"empadronados", Role::registered, 5},
    {"kiesgerechtigden", Role::registered, 5},
    {"kiesgerechtigde", Role::registered, 5},
    {"opgeroepenen", Role::registered, 5},
    {"elettori", Role::registered, 5},
    {"eleitores", Role::registered, 5},
    {"eleitorado", Role::registered, 5},
    {"inscritos", Role::registered, 5},
    {"uprawnionych", Role::registered, 5},
    {"röstberättigade", Role::registered, 5},
    {"turnout", Role::cards, 4},
    {"voted", Role::cards, 4},
    {"wähler", Role::cards, 4},
    {"waehler", Role::cards, 4},
    {"wählende", Role::cards, 4},
    {"abgegebene", Role::cards, 4},
    {"eingelegte", Role::cards, 4},
    {"votants", Role::cards, 4},
    {"votantes", Role::cards, 4},
    {"votanti", Role::cards, 4},
    {"comparecimento", Role::cards, 4},
    {"opkomst", Role::cards, 4},
    {"ballots", Role::cards, 3},
    {"votes", Role::votes, 2},
    {"stimmen", Role::votes, 2},
    {"voix", Role::votes, 2},
    {"suffrages", Role::votes, 2},
    {"votos", Role::votes, 2},
    {"voti", Role::votes, 2},
    {"stemmen", Role::votes, 2},
    {"głosy", Role::votes, 2},
    {"hlasy", Role::votes, 2},
    {"röster", Role::votes, 2},
    {"stemmer", Role::votes, 2},
    {"total", Role::total, 1},
    {"totals", Role::total, 1},
    {"insgesamt", Role::total, 1},
    {"gesamt", Role::total, 1},
    {"summe", Role::total, 1},
});

// What may stand beside them and says nothing else.
constexpr auto other_words = std::to_array<std::string_view>(
    {"the",       "of",          "in",       "and",       "number",   "count",     "counted",
     "cast",      "vote",        "voter",    "voters",    "ballot",   "papers",    "persons",
     "people",    "der",         "die",      "und",       "anzahl",   "zahl",      "stimme",
     "zettel",    "stimmzettel", "wahl",     "personen",  "zur",      "de",        "des",
     "du",        "les",         "la",       "le",        "l",        "el",        "il",
     "d",         "en",          "et",       "nombre",    "nb",       "bulletins", "vote",
     "votes",     "del",         "los",      "y",         "e",        "a",         "papeletas",
     "electoral", "numero",      "personas", "het",       "van",      "aantal",    "stembiljetten",
     "kiezers",   "toegelaten",  "schede",   "di",        "liczba",   "wyborców",  "kart",
     "hlasů",     "antal",       "uns",      "urnes",     "ou",       "or",        "oder",
     "o",         "times",       "poll",     "candidate", "candidat", "qt",        "qtd",
     "voto",      "oy",          "oylar",    "sayısı",    "kayıtlı"});

// What surnames begin with, and what is a surname behind them.
constexpr auto articles_of_names = std::to_array<std::string_view>(
    {"le", "la", "de", "du", "del", "el", "van", "l", "d", "the", "di"});
constexpr auto words_of_one =
    std::to_array<std::string_view>({"blank", "blanc", "blanco", "branco", "nul", "leer"});

// Places: a word begins with one of these, and what is behind it is an ending.
constexpr auto place_words = std::to_array<Word>({
    {"bundesland", Role::unit, 2},
    {"autonomia", Role::unit, 2},
    {"estado", Role::unit, 2},
    {"entidad", Role::unit, 2},
    {"region", Role::unit, 3},
    {"regione", Role::unit, 3},
    {"région", Role::unit, 3},
    {"provincia", Role::unit, 3},
    {"provincie", Role::unit, 3},
    {"département", Role::unit, 4},
    {"landkreis", Role::unit, 4},
    {"bezirk", Role::unit, 4},
    {"powiat", Role::unit, 4},
    {"county", Role::unit, 4},
    {"arrondissement", Role::unit, 5},
    {"circonscription", Role::unit, 5},
    {"constituency", Role::unit, 5},
    {"wahlkreis", Role::unit, 5},
    {"riding", Role::unit, 5},
    {"gemeinde", Role::unit, 6},
    {"commune", Role::unit, 6},
    {"comune", Role::unit, 6},
    {"ville", Role::unit, 6},
    {"municipality", Role::unit, 6},
    {"municipio", Role::unit, 6},
    {"gemeente", Role::unit, 6},
    {"concelho", Role::unit, 6},
    {"gmina", Role::unit, 6},
    {"city", Role::unit, 6},
    {"town", Role::unit, 6},
    {"township", Role::unit, 6},
    {"obec", Role::unit, 6},
    {"kommun", Role::unit, 6},
    {"kommune", Role::unit, 6},
    {"stadt", Role::unit, 6},
    {"stadtbezirk", Role::unit, 7},
    {"stadtteil", Role::unit, 7},
    {"ortsteil", Role::unit, 7},
    {"quartier", Role::unit, 7},
    {"distrito", Role::unit, 7},
    {"freguesia", Role::unit, 7},
    {"mahalle", Role::unit, 8},
    {"wijk", Role::unit, 7},
    {"ward", Role::unit, 7},
    {"sección", Role::unit, 8},
    {"gebiet", Role::unit, 8},
    {"sprengel", Role::unit, 9},
    {"wahlsprengel", Role::unit, 9},
    {"wahlbezirk", Role::unit, 9},
    {"wahllokal", Role::unit, 9},
    {"stimmbezirk", Role::unit, 9},
    {"stimmlokal", Role::unit, 9},
    {"urnenwahlbezirk", Role::unit, 9},
    {"precinct", Role::unit, 9},
    {"bureau", Role::unit, 9},
    {"bv", Role::unit, 9},
    {"mesa", Role::unit, 9},
    {"casilla", Role::unit, 9},
    {"division", Role::unit, 5},
    {"sandık", Role::unit, 9},
    {"stembureau", Role::unit, 9},
    {"stemlokaal", Role::unit, 9},
    {"sezione", Role::unit, 9},
    {"okrsek", Role::unit, 9},
    {"valdistrikt", Role::unit, 9},
});
constexpr auto place_endings =
    std::to_array<std::string_view>({"", "s", "n", "e", "en", "r", "name", "namen", "sname",
                                     "nname", "bezeichnung", "sbezeichnung"});
constexpr auto code_endings = std::to_array<std::string_view>(
    {"nr", "snr", "nummer", "snummer", "nnummer", "code", "id", "kennziffer", "schlüssel"});

// Beside the word of a place: that it is a name, or a number.
constexpr auto name_words =
    std::to_array<std::string_view>({"name", "names", "nom", "libellé", "bezeichnung", "nombre",
                                     "nome", "naam", "title", "label", "nm"});
constexpr auto code_words = std::to_array<std::string_view>(
    {"code", "id", "nr", "no", "num", "nummer", "number", "numéro", "número", "n", "ags", "insee",
     "codigo", "cod", "kennziffer", "schlüssel"});

// Several words that are one.
constexpr std::array<std::pair<std::string_view, std::string_view>, 21> phrases{{
    {"times_counted", "ballots"},
    {"times_blank_voted", "blank"},
    {"times_over_voted", "overvotes"},
    {"under_votes", "undervotes"},
    {"over_votes", "overvotes"},
    {"under_voted", "undervotes"},
    {"over_voted", "overvotes"},
    {"bureaux_de_vote", "bureau"},
    {"bureau_de_vote", "bureau"},
    {"b_vote", "bureau"},
    {"lieu_de_vote", "bureau"},
    {"polling_place", "precinct"},
    {"polling_station", "precinct"},
    {"polling_district", "precinct"},
    {"voting_district", "precinct"},
    {"voting_area", "precinct"},
    {"local_de_votacion", "mesa"},
    // Alone it may be a share.
    {"pct_name", "precinct_name"},
    {"pct_code", "precinct_code"},
    {"pct_number", "precinct_number"},
    {"pct_no", "precinct_no"},
}};

// Scripts that put no blank between words: what a name has in it, the longer before the shorter.
constexpr auto parts_of_names = std::to_array<Word>({
    {"投票率", Role::ignored},      {"得票率", Role::ignored},      {"未投票", Role::ignored},
    {"發出票數", Role::ignored},    {"用餘票數", Role::ignored},    {"棄権者", Role::ignored},
    {"기권", Role::ignored},        {"投票所", Role::unit, 9},      {"開票所", Role::unit, 9},
    {"投票区", Role::unit, 9},      {"투표구", Role::unit, 9},      {"都道府県", Role::unit, 2},
    {"시도", Role::unit, 2},        {"縣市", Role::unit, 4},        {"구시군", Role::unit, 4},
    {"市区町村", Role::unit, 6},    {"行政區", Role::unit, 6},      {"鄉鎮", Role::unit, 6},
    {"鄉_鎮", Role::unit, 6},       {"村里", Role::unit, 8},        {"읍면동", Role::unit, 7},
    {"無效票", Role::invalid},      {"无效票", Role::invalid},      {"無効", Role::invalid},
    {"廢票", Role::invalid},        {"废票", Role::invalid},        {"空白票", Role::blank},
    {"무효", Role::invalid},        {"白票", Role::blank},          {"有效票", Role::total},
    {"有効投票", Role::total},      {"유효투표", Role::total},      {"選舉人數", Role::registered},
    {"选举人数", Role::registered}, {"有権者数", Role::registered}, {"선거인", Role::registered},
    {"投票數", Role::cards},        {"投票数", Role::cards},        {"投票者数", Role::cards},
    {"투표수", Role::cards},        {"합계", Role::total},          {"الباطلة", Role::invalid},
    {"باطلة", Role::invalid},       {"الملغاة", Role::invalid},     {"البيضاء", Role::blank},
    {"الصحيحة", Role::total},       {"صحيحة", Role::total},         {"الناخبين", Role::registered},
    {"المسجلين", Role::registered}, {"المقترعين", Role::cards},     {"المصوتين", Role::cards},
    {"المحافظة", Role::unit, 2},    {"الدائرة", Role::unit, 5},     {"مركز", Role::unit, 8},
    {"محطة", Role::unit, 9},
});

// What a name begins with, ends with or has in it.
constexpr auto method_words = std::to_array<std::string_view>(
    {"election_day", "electionday", "early",       "advance",        "absentee",
     "mail",         "postal",      "provisional", "in_person",      "inperson",
     "machine",      "evm",         "military",    "overseas",       "polling_day",
     "briefwahl",    "hand_count",  "urne",        "correspondance", "votebymail",
     "bymail",       "ordinary",    "absent",      "prepoll",        "pre_poll"});
// What may be behind one of them in its word.
constexpr auto method_endings =
    std::to_array<std::string_view>({"", "s", "ed", "in", "ins", "vote", "votes", "voting",
                                     "voters", "ballot", "ballots", "day", "nwahl"});
// A word that says that the name is of a share or a code.
constexpr std::array<std::string_view, 7> ignored = {"fips",  "percent", "pct", "per",
                                                     "share", "code",    "id"};

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

using WordMap = std::map<std::string, ColumnWord, std::less<>>;
using WordSet = std::set<std::string, std::less<>>;

template <std::size_t size>
WordMap map_of(const std::array<Word, size>& words) {
  WordMap all;
  for (const Word& word : words)
    all.try_emplace(plain_word(word.text), ColumnWord{word.role, word.rank});
  return all;
}

template <std::size_t size>
WordSet set_of(const std::array<std::string_view, size>& words) {
  WordSet all;
  for (const std::string_view word : words) all.insert(plain_word(word));
  return all;
}

// "GeldigeStemmen" is two words.
std::string cut_at_capitals(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_capital = c >= 'A' && c <= 'Z';
    if (is_capital && !out.empty() && out.back() >= 'a' && out.back() <= 'z') out += ' ';
    out += c;
  }
  return out;
}

std::vector<std::string> words_of(std::string text) {
  for (const auto& [phrase, one] : phrases) {
    if (const std::size_t at = text.find(phrase); at != std::string::npos)
      text.replace(at, phrase.size(), one);
  }
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('_', at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// "A1", "D", "12": what numbers a column.
bool is_label(std::string_view word) {
  if (!word.empty() && word.front() >= 'a' && word.front() <= 'z') word.remove_prefix(1);
  return word.find_first_not_of("0123456789") == std::string_view::npos;
}

// The place that a word names, and whether it is its number.
std::optional<ColumnWord> place_of(const std::string& word) {
  static const WordMap places = map_of(place_words);
  static const WordSet names = set_of(place_endings), codes = set_of(code_endings);
  for (std::size_t length = word.size(); length > 1; --length) {
    const auto place = places.find(std::string_view(word).substr(0, length));
    if (place == places.end()) continue;
    const std::string ending = word.substr(length);
    ColumnWord found = place->second;
    found.is_code = codes.contains(ending);
    if (found.is_code || names.contains(ending)) return found;
  }
  return std::nullopt;
}

// One word names a place, and the others say no more than "name" or "number".
ColumnWord place_in(const std::vector<std::string>& words) {
  static const WordSet names = set_of(name_words), codes = set_of(code_words),
                       others = set_of(other_words);
  // "Division A" is one of several beside each other, and no column of divisions.
  if (words.size() > 1 && words.back().size() == 1 && words.back().front() >= 'a' &&
      words.back().front() <= 'z' && !codes.contains(words.back()))
    return {};
  ColumnWord place;
  bool is_code = false;
  for (const std::string& word : words) {
    const auto found = place_of(word);
    if (found && place.role == Role::none) {
      place = *found;
    } else if (found) {
      // "City/Town": the first of them.
    } else if (codes.contains(word)) {
      is_code = true;
    } else if (!names.contains(word) && !others.contains(word)) {
      return {};
    }
  }
  place.is_code = place.is_code || is_code;
  return place;
}

// "Mail", "EarlyVotes", "Briefwahlstimmen"; "Maile" and "Earlyn" are people.
bool is_of_method(const std::vector<std::string>& words) {
  constexpr std::size_t sure_length = 7;  // Whatever stands behind so long a word.
  static const WordSet ends = set_of(method_endings);
  std::string text = "_";
  for (const std::string& word : words) text += word + "_";
  return std::ranges::any_of(method_words, [&](std::string_view part) {
    const std::string begins = "_" + std::string(part);
    for (std::size_t at = text.find(begins); at != std::string::npos;
         at = text.find(begins, at + 1)) {
      const std::size_t from = at + begins.size();
      const std::string ending = text.substr(from, text.find('_', from) - from);
      if (part.size() >= sure_length || ends.contains(ending)) return true;
    }
    return false;
  });
}

// What methods of several words are made of, as "election" and "day".
WordSet words_of_methods() {
  WordSet all{"by"};
  for (const std::string_view method : method_words) {
    for (const std::string& word : words_of(std::string(method))) all.insert(word);
  }
  return all;
}

// "Absentee under votes": of one method, and no votes for anybody. "Ben Blanco Early" has a word more: somebody's name.
bool says_no_vote_of_method(const std::vector<std::string>& words) {
  static const WordMap telling = map_of(telling_words);
  static const WordSet others = set_of(other_words), methods = words_of_methods();
  bool is_no_vote = false;
  for (const std::string& word : words) {
    const auto found = telling.find(word);
    if (found != telling.end()) {
      const Role role = found->second.role;
      is_no_vote = is_no_vote || role == Role::undervotes || role == Role::overvotes ||
                   role == Role::blank || role == Role::invalid;
    } else if (!others.contains(word) && !is_label(word) && !methods.contains(word) &&
               !is_of_method({word})) {
      return false;
    }
  }
  return is_no_vote && is_of_method(words);
}

// The word that says most, where all others say nothing else.
ColumnWord figure_in(const std::vector<std::string>& words) {
  static const WordMap telling = map_of(telling_words);
  static const WordSet others = set_of(other_words);
  ColumnWord most;
  bool has_label = false;
  for (const std::string& word : words) {
    if (const auto found = telling.find(word); found != telling.end()) {
      if (found->second.rank > most.rank) most = found->second;
    } else if (is_label(word)) {
      has_label = true;
    } else if (!others.contains(word)) {
      return {};
    }
  }
  // "LeBlanc" and "De Blanco" are people.
  static const WordSet articles = set_of(articles_of_names), one = set_of(words_of_one);
  const auto is_article = [&](const std::string& word) { return articles.contains(word); };
  if (words.size() > 1 && one.contains(words.back()) &&
      std::all_of(words.begin(), words.end() - 1, is_article))
    return {};
  // "Votes A" is an option's column, and "A" alone says nothing.
  if (has_label && most.rank <= 2) return {};
  return {most.role};
}

}  // namespace

ColumnWord meaning_of(std::string_view name) {
  static const WordMap known = map_of(words_known);
  const std::string text = plain_word(normal(name, '_'));
  const auto exactly = known.find(text);
  if (exactly != known.end()) return exactly->second;
  for (const Word& part : parts_of_names) {
    if (text.contains(plain_word(part.text))) return {part.role, part.rank};
  }
  const auto words = words_of(plain_word(normal(cut_at_capitals(name), '_')));
  for (const auto& found : {place_in(words), figure_in(words)}) {
    if (found.role != Role::none) return found;
  }
  for (const std::string& word : words) {
    if (std::ranges::find(ignored, word) != ignored.end() || word.starts_with("percent") ||
        word.ends_with("percent") || word.ends_with("fips"))
      return {Role::ignored};
  }
  for (const auto& all : {words, words_of(text)}) {
    if (says_no_vote_of_method(all)) return {Role::ignored};
    if (is_of_method(all)) return {Role::method_votes};
  }
  return {};
}

bool is_no_vote_of_method(std::string_view name) {
  return meaning_of(name).role == Role::ignored &&
         (says_no_vote_of_method(words_of(plain_word(normal(cut_at_capitals(name), '_')))) ||
          says_no_vote_of_method(words_of(plain_word(normal(name, '_')))));
}

std::string_view figure_called(std::string_view name) {
  switch (meaning_of(name).role) {
    case Role::registered:
      return "registered";
    case Role::cards:
      return "cards";
    case Role::invalid:
      return "invalid";
    case Role::blank:
      return "blank";
    case Role::undervotes:
      return "undervotes";
    case Role::overvotes:
      return "overvotes";
    default:
      return {};
  }
}

bool may_be_surname(std::string_view name) {
  const std::string text = plain_word(normal(name, '_'));
  return text == "blank" || text == "blanc" || text == "blanco" || text == "branco";
}

bool is_called_sum(std::string_view name) {
  return is_named_as_sum(name) || meaning_of(name).role == Role::total;
}

std::string as_id(std::string_view name) { return normal(name, '-'); }

std::string date_in(std::string_view text) {
  for (std::size_t at = 0; at + 8 <= text.size(); ++at) {
    std::string number;
    std::size_t end = at;
    while (end < text.size() && number.size() < 8) {
      if (text[end] >= '0' && text[end] <= '9') {
        number += text[end];
      } else if ((number.size() != 4 && number.size() != 6) ||
                 std::string_view("-_.").find(text[end]) == std::string_view::npos) {
        break;
      }
      ++end;
    }
    if (number.size() != 8 || (number[0] != '1' && number[0] != '2')) continue;
    const std::string month = number.substr(4, 2), day = number.substr(6);
    if (month < "01" || month > "12" || day < "01" || day > "31") continue;
    return number.substr(0, 4) + "-" + month + "-" + day;
  }
  return {};
}

}  // namespace teller
