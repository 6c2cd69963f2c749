#include "tables/spreadsheet.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <expat.h>
#include <fmt/chrono.h>
#include <fmt/ranges.h>

#include "tables/reader.h"
#include "tables/unicode.h"

namespace teller {
namespace {

constexpr std::size_t part_bytes_max = std::size_t{512} << 20;
constexpr std::size_t rows_max = 1'048'576, sheet_columns_max = 16'384, cells_max = 20'000'000;
constexpr std::size_t text_bytes_max = std::size_t{512} << 20;
constexpr std::size_t row_bytes_max = std::size_t{1} << 20;  // As of a row of CSV.

std::unexpected<Error> refuse(std::string detail) {
  return fail(Remedy::reject, "file.member_unknown", std::move(detail));
}

using Attributes = std::map<std::string, std::string, std::less<>>;

std::string attribute(const Attributes& attributes, std::string_view name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? std::string() : found->second;
}

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// Reads one part of a file, piece by piece. Names are those behind the prefix.
struct Xml {
  std::function<void(std::string_view name, const Attributes&)> open;
  std::function<void(std::string_view name)> close;
  std::function<void(std::string_view text)> text;
  std::string refused;           // Set by a callback: reading ends.
  XML_Parser reading = nullptr;  // While it is read.

  static std::string_view local(const char* name) {
    const std::string_view whole(name);
    const std::size_t colon = whole.rfind(':');
    return colon == std::string_view::npos ? whole : whole.substr(colon + 1);
  }

  [[nodiscard]] Result<void> read(const std::string& file, const std::string& member) {
    auto reader = Reader::open_member(file, member, Reader::Text::any);
    if (!reader) return std::unexpected(reader.error());
    const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
        XML_ParserCreate(nullptr), &XML_ParserFree);
    if (!parser) return refuse("there is no memory to read XML");
    reading = parser.get();
    XML_SetUserData(parser.get(), this);
    XML_SetElementHandler(
        parser.get(),
        [](void* self, const char* name, const char** raw) {
          Xml& xml = *static_cast<Xml*>(self);
          if (!xml.open || !xml.refused.empty()) return;
          Attributes attributes;
          for (; *raw != nullptr; raw += 2) attributes.emplace(local(raw[0]), raw[1]);
          xml.open(local(name), attributes);
        },
        [](void* self, const char* name) {
          Xml& xml = *static_cast<Xml*>(self);
          if (xml.close && xml.refused.empty()) xml.close(local(name));
        });
    XML_SetCharacterDataHandler(parser.get(), [](void* self, const char* piece, int size) {
      Xml& xml = *static_cast<Xml*>(self);
      if (xml.text && xml.refused.empty()) xml.text({piece, static_cast<std::size_t>(size)});
    });
    // No spreadsheet has one, and entities are how a small file becomes a large one.
    XML_SetStartDoctypeDeclHandler(parser.get(),
                                   [](void* self, const char*, const char*, const char*, int) {
                                     Xml& xml = *static_cast<Xml*>(self);
                                     xml.refused = "declares a document type";
                                     XML_StopParser(xml.reading, XML_FALSE);
                                   });
    std::vector<char> block(256 * 1024);
    for (std::size_t bytes = 0;;) {
      const auto got = reader->read(block);
      if (!got) return std::unexpected(got.error());
      bytes += *got;
      if (bytes > part_bytes_max) refused = "is larger than 512 MiB";
      const bool is_good = XML_Parse(parser.get(), block.data(), static_cast<int>(*got),
                                     *got == 0 ? 1 : 0) == XML_STATUS_OK;
      if (refused.empty() && !is_good) refused = XML_ErrorString(XML_GetErrorCode(parser.get()));
      if (!refused.empty()) return refuse(fmt::format("{}: {}: {}", file, member, refused));
      if (*got == 0) return {};
    }
  }
};

// The rows of a sheet while they are read.
class Grid {
 public:
  // False: beyond a limit.
  [[nodiscard]] bool set(std::size_t row, std::size_t column, std::string text) {
    if (text.empty()) return true;
    bytes_ += text.size() + sizeof(std::string);
    if (row >= rows_max || column >= sheet_columns_max || ++cells_ > cells_max ||
        bytes_ > text_bytes_max)
      return false;
    if (rows_.size() <= row) rows_.resize(row + 1);
    auto& cells = rows_[row];
    rows_used_ += cells.empty() ? 1 : 0;
    if (cells.size() <= column) {
      bytes_ += (column + 1 - cells.size()) * sizeof(std::string);
      cells.resize(column + 1);
    }
    cells[column] = std::move(text);
    columns_ = std::max(columns_, column + 1);
    // As CSV each row has all columns: a cell far to the right makes every one of them long.
    return bytes_ + rows_used_ * columns_ <= text_bytes_max;
  }

  // Each row on a line of its own: a line end within a cell becomes a blank.
  [[nodiscard]] std::string csv() const {
    std::string out;
    for (const auto& cells : rows_) {
      for (std::size_t i = 0; !cells.empty() && i < columns_; ++i) {
        if (i > 0) out += ',';
        if (i >= cells.size() || cells[i].empty()) continue;
        out += '"';
        for (const char c : cells[i]) {
          if (c == '"') out += '"';
          out += c == '\n' || c == '\r' ? ' ' : c;
        }
        out += '"';
      }
      out += '\n';
    }
    return out;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
  std::size_t columns_ = 0, cells_ = 0, bytes_ = 0, rows_used_ = 0;
};

std::string written_out(const std::string& raw) {
  char* end = nullptr;
  const double value = std::strtod(raw.c_str(), &end);
  if (raw.empty() || *end != '\0' || !std::isfinite(value)) return raw;
  constexpr double whole_below = 9007199254740992.0;
  if (value == std::floor(value) && std::abs(value) < whole_below)
    return fmt::format("{}", static_cast<std::int64_t>(value));
  return fmt::format("{}", value);
}

// Days since 1899-12-30, as XLSX has dates.
std::string date_of(const std::string& raw) {
  char* end = nullptr;
  const double days = std::strtod(raw.c_str(), &end);
  if (raw.empty() || *end != '\0' || !(days >= 1 && days < 2'958'466)) return raw;
  const auto seconds = static_cast<std::time_t>(std::floor(days) - 25'569) * 86'400;
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(seconds));
}

// ---- XLSX

// "C7" -> 2; nothing for what is no reference.
std::optional<std::size_t> column_of(std::string_view reference) {
  std::size_t column = 0;
  for (const char c : reference) {
    if (c < 'A' || c > 'Z') break;
    column = column * 26 + static_cast<std::size_t>(c - 'A') + 1;
    if (column > sheet_columns_max) return std::nullopt;
  }
  return column == 0 ? std::nullopt : std::optional(column - 1);
}

struct XlsxBook {
  std::vector<std::pair<std::string, std::string>> sheets;  // Name, relation.
  std::map<std::string, std::string> targets;
  std::vector<std::string> shared;
  std::vector<bool> is_date;  // By style.
};

bool is_date_format(std::size_t id, const std::map<std::size_t, std::string>& formats) {
  if ((id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47)) return true;
  const auto found = formats.find(id);
  if (found == formats.end()) return false;
  bool quoted = false;
  for (const char c : found->second) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == 'd' || c == 'y' || c == 'D' || c == 'Y')) return true;
  }
  return false;
}

Result<void> read_sheets(const std::string& file, XlsxBook& book) {
  Xml workbook;
  workbook.open = [&](std::string_view name, const Attributes& attributes) {
    if (name == "sheet")
      book.sheets.emplace_back(attribute(attributes, "name"), attribute(attributes, "id"));
  };
  return workbook.read(file, "xl/workbook.xml");
}

Result<void> read_book(const std::string& file, const std::set<std::string>& members,
                       XlsxBook& book) {
  if (auto read = read_sheets(file, book); !read) return read;
  Xml relations;
  relations.open = [&](std::string_view name, const Attributes& attributes) {
    if (name == "Relationship")
      book.targets[attribute(attributes, "Id")] = attribute(attributes, "Target");
  };
  if (auto read = relations.read(file, "xl/_rels/workbook.xml.rels"); !read) return read;
  if (members.contains("xl/sharedStrings.xml")) {
    Xml strings;
    bool is_text = false;
    int phonetic = 0;
    std::size_t bytes = 0;
    strings.open = [&](std::string_view name, const Attributes&) {
      if (name == "si") book.shared.emplace_back();
      if (name == "rPh") ++phonetic;
      is_text = name == "t" && phonetic == 0 && !book.shared.empty();
    };
    strings.close = [&](std::string_view name) {
      if (name == "rPh") --phonetic;
      if (name == "t") is_text = false;
    };
    strings.text = [&](std::string_view text) {
      if (!is_text) return;
      bytes += text.size();
      if (bytes > text_bytes_max) strings.refused = "has more than 512 MiB of text";
      book.shared.back() += text;
    };
    if (auto read = strings.read(file, "xl/sharedStrings.xml"); !read) return read;
  }
  if (members.contains("xl/styles.xml")) {
    Xml styles;
    std::map<std::size_t, std::string> formats;
    bool is_cell_style = false;
    styles.open = [&](std::string_view name, const Attributes& attributes) {
      if (name == "numFmt")
        formats[number_of(attribute(attributes, "numFmtId")).value_or(0)] =
            attribute(attributes, "formatCode");
      if (name == "cellXfs") is_cell_style = true;
      if (name == "xf" && is_cell_style)
        book.is_date.push_back(
            is_date_format(number_of(attribute(attributes, "numFmtId")).value_or(0), formats));
    };
    styles.close = [&](std::string_view name) {
      if (name == "cellXfs") is_cell_style = false;
    };
    if (auto read = styles.read(file, "xl/styles.xml"); !read) return read;
  }
  return {};
}

Result<std::string> choose_sheet(const std::string& file, const std::vector<std::string>& names,
                                 const std::string& wanted) {
  if (names.empty()) return refuse(file + ": has no sheet");
  if (wanted.empty() && names.size() == 1) return names.front();
  if (std::find(names.begin(), names.end(), wanted) != names.end()) return wanted;
  return refuse(fmt::format(
      "{}: {}; it has {}. Name one in the mapping, as in [csv] sheet = {}", file,
      wanted.empty() ? "has several sheets" : fmt::format("has no sheet {}", shown(wanted)),
      fmt::join(names, ", "), shown(names.front())));
}

Result<std::string> xlsx_as_csv(const std::string& file, const std::set<std::string>& members,
                                const std::string& wanted) {
  XlsxBook book;
  if (auto read = read_book(file, members, book); !read) return std::unexpected(read.error());
  std::vector<std::string> names;
  for (const auto& [name, relation] : book.sheets) names.push_back(name);
  const auto chosen = choose_sheet(file, names, wanted);
  if (!chosen) return chosen;
  std::string part;
  for (const auto& [name, relation] : book.sheets) {
    if (name == *chosen) part = book.targets[relation];
  }
  part = part.starts_with('/') ? part.substr(1) : "xl/" + part;

  Grid grid;
  Xml sheet;
  std::size_t row = 0, next_row = 0, column = 0, next_column = 0;
  std::string type, text;
  bool is_date = false, is_value = false;
  int phonetic = 0;
  sheet.open = [&](std::string_view name, const Attributes& attributes) {
    if (name == "row") {
      const auto number = number_of(attribute(attributes, "r"));
      row = number && *number > 0 ? *number - 1 : next_row;
      next_row = row + 1;
      next_column = 0;
    } else if (name == "c") {
      column = column_of(attribute(attributes, "r")).value_or(next_column);
      next_column = column + 1;
      type = attribute(attributes, "t");
      const auto style = number_of(attribute(attributes, "s")).value_or(0);
      is_date = style < book.is_date.size() && book.is_date[style];
      text.clear();
    } else if (name == "rPh") {
      ++phonetic;
    } else if (name == "v" || (name == "t" && phonetic == 0)) {
      is_value = true;
    }
  };
  sheet.close = [&](std::string_view name) {
    if (name == "v" || name == "t") is_value = false;
    if (name == "rPh") --phonetic;
    if (name != "c") return;
    if (type == "s") {
      const auto place = number_of(text);
      if (!place || *place >= book.shared.size()) {
        sheet.refused = fmt::format("row {} names a text that is not there", row + 1);
        return;
      }
      text = book.shared[*place];
    } else if (type == "b") {
      text = text == "1" ? "TRUE" : "FALSE";
    } else if (type.empty() || type == "n") {
      text = is_date ? date_of(text) : written_out(text);
    }
    if (!grid.set(row, column, text)) sheet.refused = "has more cells or text than is taken";
  };
  sheet.text = [&](std::string_view more) {
    if (is_value) text += more;
    if (text.size() > part_bytes_max) sheet.refused = "has a cell that is too long";
  };
  if (auto read = sheet.read(file, part); !read) return std::unexpected(read.error());
  return grid.csv();
}

// ---- ODS

Result<std::vector<std::string>> ods_sheets(const std::string& file) {
  std::vector<std::string> names;
  Xml list;
  list.open = [&](std::string_view name, const Attributes& attributes) {
    if (name == "table") names.push_back(attribute(attributes, "name"));
  };
  if (auto read = list.read(file, "content.xml"); !read) return std::unexpected(read.error());
  return names;
}

Result<std::string> ods_as_csv(const std::string& file, const std::string& wanted) {
  const auto names = ods_sheets(file);
  if (!names) return std::unexpected(names.error());
  const auto chosen = choose_sheet(file, *names, wanted);
  if (!chosen) return chosen;

  Grid grid;
  Xml content;
  bool is_mine = false, is_note = false;
  std::size_t row = 0, rows_again = 1, column = 0, cells_again = 1, row_bytes = 0;
  int paragraphs = 0;
  std::string value, text;
  std::vector<std::pair<std::size_t, std::string>> cells;  // Of this row.
  const auto again = [](const Attributes& attributes, std::string_view name) {
    return std::max<std::size_t>(number_of(attribute(attributes, name)).value_or(1), 1);
  };
  content.open = [&](std::string_view name, const Attributes& attributes) {
    if (name == "table") is_mine = attribute(attributes, "name") == *chosen;
    if (!is_mine) return;
    if (name == "table-row") {
      rows_again = again(attributes, "number-rows-repeated");
      column = 0;
      row_bytes = 0;
      cells.clear();
    } else if (name == "table-cell" || name == "covered-table-cell") {
      cells_again = again(attributes, "number-columns-repeated");
      const std::string type = attribute(attributes, "value-type");
      value = type == "float"  ? written_out(attribute(attributes, "value"))
              : type == "date" ? attribute(attributes, "date-value").substr(0, 10)
                               : std::string();
      text.clear();
      paragraphs = 0;
    } else if (name == "annotation") {
      is_note = true;
    } else if (name == "p" && !is_note && paragraphs++ > 0) {
      text += ' ';
    } else if (name == "s" && !is_note) {
      text.append(std::min<std::size_t>(again(attributes, "c"), 1'000), ' ');
    }
  };
  content.close = [&](std::string_view name) {
    if (!is_mine) return;
    if (name == "annotation") is_note = false;
    if (name == "table-cell" || name == "covered-table-cell") {
      const std::string& stands = value.empty() ? text : value;
      // What is repeated to the edge of the sheet is empty.
      for (std::size_t i = 0; !stands.empty() && i < cells_again; ++i) {
        row_bytes += stands.size();
        if (column + i >= sheet_columns_max || row_bytes > row_bytes_max) {
          content.refused = "has more columns, or more text in a row, than are taken";
          return;
        }
        cells.emplace_back(column + i, stands);
      }
      column = std::min(column + std::min(cells_again, sheet_columns_max), sheet_columns_max);
    }
    if (name == "table-row") {
      for (std::size_t i = 0; !cells.empty() && i < rows_again; ++i) {
        for (const auto& [at, stands] : cells) {
          if (grid.set(row + i, at, stands)) continue;
          content.refused = "has more cells or text than is taken";
          return;
        }
      }
      row = std::min(row + std::min(rows_again, rows_max), rows_max);
    }
    if (name == "table") is_mine = false;
  };
  content.text = [&](std::string_view more) {
    if (is_mine && paragraphs > 0 && !is_note) text += more;
  };
  if (auto read = content.read(file, "content.xml"); !read) return std::unexpected(read.error());
  return grid.csv();
}

}  // namespace

SpreadsheetKind spreadsheet_kind(const std::vector<std::string>& members) {
  const auto has = [&](std::string_view name) {
    return std::find(members.begin(), members.end(), name) != members.end();
  };
  if (has("xl/workbook.xml")) return SpreadsheetKind::xlsx;
  if (has("content.xml") && has("mimetype")) return SpreadsheetKind::ods;
  return SpreadsheetKind::none;
}

Result<std::vector<std::string>> spreadsheet_sheets(const std::string& file, SpreadsheetKind kind) {
  if (kind == SpreadsheetKind::ods) return ods_sheets(file);
  XlsxBook book;
  if (auto read = read_sheets(file, book); !read) return std::unexpected(read.error());
  std::vector<std::string> names;
  for (const auto& [name, relation] : book.sheets) names.push_back(name);
  return names;
}

Result<std::string> spreadsheet_as_csv(const std::string& file, SpreadsheetKind kind,
                                       const std::string& sheet) {
  if (kind == SpreadsheetKind::ods) return ods_as_csv(file, sheet);
  const auto members = Reader::members(file);
  if (!members) return std::unexpected(members.error());
  return xlsx_as_csv(file, {members->begin(), members->end()}, sheet);
}

}  // namespace teller
