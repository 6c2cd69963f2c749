#include "results/mapping.h"

#include <algorithm>
#include <sstream>

#include <toml++/toml.h>

#include "count/step.h"
#include "results/unit_id.h"

namespace teller {
namespace {

const std::map<std::string_view, std::uint16_t> figure_names = {
    {"cards", slot::cards},          {"undervotes", slot::undervotes},
    {"overvotes", slot::overvotes},  {"blank", slot::blank},
    {"invalid", slot::invalid},      {"write_ins", slot::write_ins},
    {"registered", slot::registered}};

std::string figure_list() {
  std::string list;
  for (const auto& [name, slot] : figure_names) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

// Reads the TOML tree and collects faults with their lines, so that one run shows all of them.
class Parser {
 public:
  explicit Parser(std::string_view name) : name_(name) {}

  void fault(const toml::node& node, const std::string& what) {
    if (++count_ > 20) return;
    const auto line = node.source().begin.line;
    text_ += (text_.empty() ? "" : "\n") + name_ + ":" + std::to_string(line) + ": " + what;
  }
  void fault(const std::string& what) {
    if (++count_ <= 20) text_ += (text_.empty() ? "" : "\n") + name_ + ": " + what;
  }
  [[nodiscard]] bool good() const { return count_ == 0; }
  [[nodiscard]] std::string text() const { return text_; }

  void only(const toml::table& table, const std::string& where,
            std::initializer_list<std::string_view> known) {
    for (const auto& [key, value] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      std::string list;
      for (const auto& one : known) list.append(list.empty() ? "" : ", ").append(one);
      fault(value, where + " has no " + std::string(key.str()) + "; it knows " + list);
    }
  }

  [[nodiscard]] const toml::table* table(const toml::table& in, std::string_view key, bool needed) {
    const toml::node* const node = in.get(key);
    if (node == nullptr) {
      if (needed) fault(in, "the table [" + std::string(key) + "] is missing");
      return nullptr;
    }
    if (!node->is_table()) {
      fault(*node, std::string(key) + " must be a table: [" + std::string(key) + "]");
      return nullptr;
    }
    return node->as_table();
  }

  void text(const toml::table& in, std::string_view key, std::string& out) {
    const toml::node* const node = in.get(key);
    if (node == nullptr) return;
    if (const auto value = node->value_exact<std::string>()) {
      out = *value;
    } else {
      fault(*node, std::string(key) + " must be a text in quotes");
    }
  }
  void flag(const toml::table& in, std::string_view key, bool& out) {
    const toml::node* const node = in.get(key);
    if (node == nullptr) return;
    if (const auto value = node->value_exact<bool>()) {
      out = *value;
    } else {
      fault(*node, std::string(key) + " must be true or false");
    }
  }
  void number(const toml::table& in, std::string_view key, std::uint16_t& out, int highest) {
    const toml::node* const node = in.get(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<std::int64_t>();
    if (value && *value >= 1 && *value <= highest) {
      out = static_cast<std::uint16_t>(*value);
    } else {
      fault(*node, std::string(key) + " must be a number from 1 to " + std::to_string(highest));
    }
  }
  void pattern(const toml::table& in, std::string_view key, Template& out, bool needed) {
    std::string value;
    text(in, key, value);
    if (value.empty()) {
      if (needed) fault(in, std::string(key) + " is missing");
      return;
    }
    auto parsed = Template::parse(value);
    if (!parsed) return fault(*in.get(key), parsed.error().detail);
    out = std::move(*parsed);
  }
  // A text or a list of texts.
  void texts(const toml::table& in, std::string_view key, std::set<std::string>& out) {
    const toml::node* const node = in.get(key);
    if (node == nullptr) return;
    if (const auto value = node->value_exact<std::string>()) {
      out.insert(*value);
      return;
    }
    if (const toml::array* const list = node->as_array()) {
      for (const toml::node& item : *list) {
        if (const auto value = item.value_exact<std::string>()) {
          out.insert(*value);
        } else {
          fault(item, std::string(key) + " must hold texts");
        }
      }
      return;
    }
    fault(*node, std::string(key) + " must be a text or a list of texts");
  }
  template <typename Each>
  void entries(const toml::table& in, std::string_view key, const Each& each) {
    const toml::table* const list = table(in, key, false);
    if (list == nullptr) return;
    for (const auto& [from, node] : *list) each(std::string(from.str()), node);
  }
  void ids(const toml::table& in, std::map<std::string, std::string>& out) {
    entries(in, "ids", [&](const std::string& from, const toml::node& node) {
      if (const auto value = node.value_exact<std::string>()) {
        out[from] = *value;
      } else {
        fault(node, "ids: the id of \"" + from + "\" must be a text");
      }
    });
  }
  // `[[key]]` or, when there is one, `[key]`.
  [[nodiscard]] std::vector<const toml::table*> tables(const toml::table& in,
                                                       std::string_view key) {
    std::vector<const toml::table*> found;
    const toml::node* const node = in.get(key);
    if (node == nullptr) {
      fault(in, "[[" + std::string(key) + "]] is missing");
    } else if (const toml::table* const one = node->as_table()) {
      found.push_back(one);
    } else if (const toml::array* const list = node->as_array()) {
      for (const toml::node& item : *list) {
        if (const toml::table* const each = item.as_table()) {
          found.push_back(each);
        } else {
          fault(item, std::string(key) + " must be written as [[" + std::string(key) + "]]");
        }
      }
    } else {
      fault(*node, std::string(key) + " must be written as [[" + std::string(key) + "]]");
    }
    return found;
  }

  void named(const toml::table& in, Mapping::Naming& out) {
    pattern(in, "id", out.id, true);
    pattern(in, "name", out.name, false);
    ids(in, out.ids);
  }

  void run(const toml::table& root, Mapping& out) {
    only(root, "a mapping",
         {"teller", "election", "csv", "where", "unit", "unit_separator", "method", "contest",
          "option", "party", "votes", "sheet"});
    std::string version;
    text(root, "teller", version);
    if (version != "mapping/1") fault(root, "the first line must be: teller = \"mapping/1\"");
    text(root, "unit_separator", out.unit_separator);
    if (!UnitIdJoiner::can_join(out.unit_separator)) {
      fault(root, "unit_separator must be a text that does not begin with %, a digit or a letter");
    }

    if (const auto* const election = table(root, "election", false)) {
      only(*election, "[election]", {"name", "date", "time_zone"});
      text(*election, "name", out.election);
      text(*election, "date", out.date);
      text(*election, "time_zone", out.time_zone);
    }
    if (const auto* const csv = table(root, "csv", false)) {
      only(*csv, "[csv]", {"delimiter", "header"});
      std::string delimiter = ",";
      text(*csv, "delimiter", delimiter);
      if (delimiter.size() != 1 || delimiter == "\"" || delimiter == "\n" || delimiter == "\r") {
        fault(*csv, "delimiter must be one character");
      } else {
        out.delimiter = delimiter[0];
      }
      flag(*csv, "header", out.header);
    }
    if (const auto* const where = table(root, "where", false)) {
      for (const auto& [column, node] : *where) {
        Mapping::Where& condition = out.where.emplace_back();
        condition.column = column.str();
        texts(*where, column.str(), condition.values);
      }
    }
    for (const toml::table* const level : tables(root, "unit")) {
      only(*level, "[[unit]]", {"kind", "id", "name"});
      Mapping::Level& unit = out.units.emplace_back();
      text(*level, "kind", unit.kind);
      if (unit.kind.empty()) fault(*level, "kind is missing");
      pattern(*level, "id", unit.id, true);
      pattern(*level, "name", unit.name, false);
    }
    if (out.units.empty()) fault(root, "name at least one [[unit]]");

    if (const auto* const contest = table(root, "contest", true)) {
      only(*contest, "[contest]",
           {"id", "name", "ids", "kind", "seats", "votes_allowed", "write_ins", "share_base",
            "decides"});
      named(*contest, out.contest);
      std::string kind = "plurality";
      text(*contest, "kind", kind);
      if (kind != "plurality") fault(*contest, "kind must be plurality");
      number(*contest, "seats", out.seats, 1'000);
      number(*contest, "votes_allowed", out.votes_allowed, 255);
      flag(*contest, "write_ins", out.write_ins);
      text(*contest, "share_base", out.share_base);
      text(*contest, "decides", out.decides);
    }
    if (const auto* const option = table(root, "option", true)) run_option(*option, out);
    if (const auto* const party = table(root, "party", false)) {
      only(*party, "[party]", {"id", "name", "ids"});
      named(*party, out.party.emplace());
    }
    bool own_methods = false;
    for (const toml::table* const column : tables(root, "votes")) {
      only(*column, "[[votes]]",
           {"column", "method", "method_name", "withheld", "unknown", "repeated"});
      Mapping::Votes& votes = out.votes.emplace_back();
      text(*column, "column", votes.column);
      if (votes.column.empty()) fault(*column, "column is missing");
      text(*column, "method", votes.method);
      text(*column, "method_name", votes.method_name);
      own_methods = own_methods || !votes.method.empty();
      if (votes.method.empty() && out.votes.size() > 1) {
        fault(*column, "with several [[votes]] each needs its method");
      }
      texts(*column, "withheld", out.withheld);
      texts(*column, "unknown", out.unknown);
      std::string repeated = "refuse";
      text(*column, "repeated", repeated);
      if (repeated != "refuse" && repeated != "add") {
        fault(*column, "repeated must be \"refuse\" or \"add\"");
      }
      if (repeated == "add") out.repeated = Mapping::Repeated::add;
    }
    if (const auto* const method = table(root, "method", !own_methods)) {
      only(*method, "[method]", {"id", "name", "ids"});
      named(*method, out.method);
    }
    entries(root, "sheet", [&](const std::string& figure, const toml::node& node) {
      const auto found = figure_names.find(figure);
      if (found == figure_names.end()) {
        return fault(node, "[sheet] has no " + figure + "; it knows " + figure_list());
      }
      const auto column = node.value_exact<std::string>();
      if (!column) return fault(node, figure + " must be the name of a column");
      out.sheet[found->second] = {*column};
    });
  }

  void run_option(const toml::table& option, Mapping& out) {
    only(option, "[option]",
         {"id", "name", "ids", "kinds", "figures", "skip", "candidate_separator", "candidates"});
    named(option, out.option);
    entries(option, "kinds", [&](const std::string& id, const toml::node& node) {
      const std::string kind = node.value_or<std::string>("");
      if (kind == "candidate") {
        out.option_kinds[id] = OptionKind::candidate;
      } else if (kind == "none_of_the_above") {
        out.option_kinds[id] = OptionKind::none_of_the_above;
      } else if (kind == "measure") {
        out.option_kinds[id] = OptionKind::measure;
      } else {
        fault(node, "kinds must be candidate, none_of_the_above or measure");
      }
    });
    entries(option, "figures", [&](const std::string& from, const toml::node& node) {
      const auto found = figure_names.find(node.value_or<std::string_view>(""));
      if (found == figure_names.end())
        return fault(node, "figures must be one of " + figure_list());
      out.option_figures[from] = found->second;
    });
    texts(option, "skip", out.option_skip);
    text(option, "candidate_separator", out.candidate_separator);
    entries(option, "candidates", [&](const std::string& id, const toml::node& node) {
      const toml::array* const list = node.as_array();
      if (list == nullptr) return fault(node, "candidates must be lists of ids");
      for (const toml::node& item : *list) {
        out.candidate_ids[id].push_back(item.value_or<std::string>(""));
      }
    });
  }

 private:
  std::string name_, text_;
  int count_ = 0;
};

}  // namespace

Result<Template> Template::parse(std::string_view text) {
  Template result;
  while (!text.empty()) {
    const std::size_t brace = text.find_first_of("{}");
    if (brace == std::string_view::npos) {
      result.pieces_.push_back({std::string(text)});
      break;
    }
    const std::size_t close = text.find('}', brace);
    if (text[brace] == '}' || close == std::string_view::npos || close == brace + 1) {
      return fail(Remedy::reject, "mapping.invalid",
                  "\"" + std::string(text) + "\": write a column as {name}");
    }
    if (brace > 0) result.pieces_.push_back({std::string(text.substr(0, brace))});
    result.pieces_.push_back({std::string(text.substr(brace + 1, close - brace - 1)), true});
    text.remove_prefix(close + 1);
  }
  return result;
}

std::vector<std::string> Template::columns() const {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_) {
    if (piece.is_column) names.push_back(piece.text);
  }
  return names;
}

std::optional<std::string> Template::bind(const std::vector<std::string>& header) {
  for (Piece& piece : pieces_) {
    if (!piece.is_column) continue;
    const auto found = std::find(header.begin(), header.end(), piece.text);
    if (found == header.end()) return piece.text;
    piece.at = static_cast<std::size_t>(found - header.begin());
  }
  return std::nullopt;
}

void Template::expand(std::span<const std::string_view> row, std::string& out) const {
  out.clear();
  for (const Piece& piece : pieces_) out.append(piece.is_column ? row[piece.at] : piece.text);
}

Result<Mapping> Mapping::parse(std::string_view toml, std::string_view name) {
  Mapping mapping;
  mapping.name = name;
  Parser parser(name);
  try {
    const toml::table root = toml::parse(toml, std::string(name));
    parser.run(root, mapping);
  } catch (const toml::parse_error& error) {
    std::ostringstream text;
    text << name << ":" << error.source().begin.line << ": " << error.description();
    return fail(Remedy::reject, "mapping.invalid", text.str());
  }
  if (!parser.good()) return fail(Remedy::reject, "mapping.invalid", parser.text());
  return mapping;
}

Result<void> Mapping::bind(const std::vector<std::string>& header_names) {
  std::vector<std::string> missing;
  const auto miss = [&](const std::string& column) {
    if (std::find(missing.begin(), missing.end(), column) == missing.end()) {
      missing.push_back(column);
    }
  };
  const auto pattern = [&](Template& value) {
    if (const auto gone = value.bind(header_names)) miss(*gone);
  };
  const auto place = [&](const std::string& column, std::size_t& at) {
    const auto found = std::find(header_names.begin(), header_names.end(), column);
    if (found == header_names.end()) return miss(column);
    at = static_cast<std::size_t>(found - header_names.begin());
  };
  const auto both = [&](Naming& named) {
    pattern(named.id);
    pattern(named.name);
  };
  for (Level& level : units) {
    pattern(level.id);
    pattern(level.name);
  }
  both(method);
  both(contest);
  both(option);
  if (party) both(*party);
  for (Votes& column : votes) place(column.column, column.at);
  for (auto& [slot, column] : sheet) place(column.column, column.at);
  for (Where& condition : where) place(condition.column, condition.at);
  if (missing.empty()) return {};
  std::string text = name + ": the file has no column ";
  for (std::size_t i = 0; i < missing.size(); ++i) text += (i == 0 ? "" : ", ") + missing[i];
  text += "; it has ";
  for (std::size_t i = 0; i < header_names.size(); ++i) {
    text += (i == 0 ? "" : ", ") + header_names[i];
  }
  return fail(Remedy::reject, "import.column_missing", text);
}

}  // namespace teller
