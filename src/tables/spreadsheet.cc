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
#include <fmt/format.h>

#include "tables/reader.h"
#include "tables/unicode.h"

namespace teller {

struct Workbook::Parts {
  struct XlsxBook {
    std::vector<std::string> relations;  // Of its sheets.
    std::map<std::string, std::string> targets;
    std::vector<std::string> shared;
    std::vector<bool> is_date;  // By style.
  };
  // What a sheet came to; one that cannot be taken harms no other.
  struct OdsSheet {
    SheetText text;
    std::string refused;
  };

  std::string file;
  SpreadsheetKind kind = SpreadsheetKind::none;
  bool without_hidden = false, has_book = false;
  XlsxBook book;
  SheetText last;  // Of XLSX: one sheet is in memory at a time.
  std::optional<std::size_t> last_at;
  std::vector<OdsSheet> ods;
};

namespace {

using XlsxBook = Workbook::Parts::XlsxBook;
using OdsSheet = Workbook::Parts::OdsSheet;

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

  // From the first to the last of them.
  void hide_rows(std::size_t from, std::size_t to) { hide(hidden_rows_, from, to, rows_max); }
  void hide_columns(std::size_t from, std::size_t to) {
    // A sheet may say it as often as it has bytes.
    if (++columns_said_ <= sheet_columns_max) hide(hidden_columns_, from, to, sheet_columns_max);
  }

  [[nodiscard]] SheetText text(bool without_hidden) const {
    SheetText out;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (is_in(hidden_rows_, row) && std::ranges::any_of(rows_[row], is_number_as_written))
        out.hidden_rows.push_back(row + 1);
    }
    if (!hidden_columns_.empty()) {
      std::vector<bool> is_filled(columns_);
      for (const auto& cells : rows_) {
        for (std::size_t i = 0; i < cells.size(); ++i)
          if (!cells[i].empty()) is_filled[i] = true;
      }
      for (std::size_t i = 0; i < columns_; ++i)
        if (is_filled[i] && is_in(hidden_columns_, i)) out.hidden_columns.push_back(i + 1);
    }
    out.csv = csv(without_hidden);
    return out;
  }

 private:
  static void hide(std::vector<bool>& hidden, std::size_t from, std::size_t to, std::size_t max) {
    const std::size_t end = std::min(to, max - 1) + 1;
    if (from >= end) return;
    if (hidden.size() < end) hidden.resize(end);
    std::fill(hidden.begin() + static_cast<std::ptrdiff_t>(from),
              hidden.begin() + static_cast<std::ptrdiff_t>(end), true);
  }
  static bool is_in(const std::vector<bool>& hidden, std::size_t at) {
    return at < hidden.size() && hidden[at];
  }
  static bool is_number_as_written(const std::string& cell) {
    return cell.find_first_of("0123456789") != std::string::npos &&
           cell.find_first_not_of("0123456789.,' ") == std::string::npos;
  }

  // Each row on a line of its own: a line end within a cell becomes a blank.
  [[nodiscard]] std::string csv(bool without_hidden) const {
    std::string out;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      const auto& cells = rows_[row];
      const bool is_left_out = without_hidden && is_in(hidden_rows_, row);
      for (std::size_t i = 0; !cells.empty() && !is_left_out && i < columns_; ++i) {
        if (i > 0) out += ',';
        if (i >= cells.size() || cells[i].empty()) continue;
        if (without_hidden && is_in(hidden_columns_, i)) continue;
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

  std::vector<std::vector<std::string>> rows_;
  std::vector<bool> hidden_rows_, hidden_columns_;
  std::size_t columns_ = 0, cells_ = 0, bytes_ = 0, rows_used_ = 0, columns_said_ = 0;
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

Result<void> read_xlsx_list(const std::string& file, std::vector<Workbook::Sheet>& sheets,
                            XlsxBook& book) {
  Xml workbook;
  workbook.open = [&](std::string_view name, const Attributes& attributes) {
    if (name != "sheet") return;
    const std::string state = attribute(attributes, "state");
    sheets.push_back({attribute(attributes, "name"), state == "hidden" || state == "veryHidden"});
    book.relations.push_back(attribute(attributes, "id"));
  };
  return workbook.read(file, "xl/workbook.xml");
}

// What all sheets need.
Result<void> read_book(const std::string& file, const std::set<std::string>& members,
                       XlsxBook& book) {
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

bool is_true(std::string_view text) { return text == "1" || text == "true"; }
// Rows without a height and columns without a width are not seen either.
bool is_nothing(std::string_view size) {
  return !size.empty() && size.find_first_not_of("0.") == std::string_view::npos;
}

Result<SheetText> xlsx_sheet(const std::string& file, const XlsxBook& book, std::size_t sheet_at,
                             bool without_hidden) {
  const auto target = book.targets.find(book.relations.at(sheet_at));
  std::string part = target == book.targets.end() ? std::string() : target->second;
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
      if (is_true(attribute(attributes, "hidden")) || is_nothing(attribute(attributes, "ht")))
        grid.hide_rows(row, row);
    } else if (name == "col") {
      if (!is_true(attribute(attributes, "hidden")) && !is_nothing(attribute(attributes, "width")))
        return;
      const std::size_t from = number_of(attribute(attributes, "min")).value_or(0);
      const std::size_t to = number_of(attribute(attributes, "max")).value_or(0);
      if (from > 0 && to >= from) grid.hide_columns(from - 1, to - 1);
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
  return grid.text(without_hidden);
}

// ---- ODS

// All sheets of the one part that an ODS is, in one reading. Of a sheet its cells are in memory while it is read, and
// its text from then on.
class OdsReader {
 public:
  OdsReader(std::vector<Workbook::Sheet>& sheets, std::vector<OdsSheet>& texts, bool without_hidden)
      : sheets_(sheets), texts_(texts), without_hidden_(without_hidden) {}

  [[nodiscard]] Result<void> read(const std::string& file) {
    content_.open = [&](std::string_view name, const Attributes& attributes) {
      open(name, attributes);
    };
    content_.close = [&](std::string_view name) { close(name); };
    content_.text = [&](std::string_view more) {
      if (grid_ && paragraphs_ > 0 && !is_note_) text_ += more;
    };
    return content_.read(file, "content.xml");
  }

 private:
  void open(std::string_view name, const Attributes& attributes) {
    // A sheet is hidden by its style, and styles stand before all sheets.
    if (name == "style") style_ = attribute(attributes, "name");
    if (name == "table-properties" && attribute(attributes, "display") == "false")
      hiding_styles_.insert(style_);
    if (name == "table" && depth_++ == 0) return begin_sheet(attributes);
    if (!grid_) return;
    if (name == "table") return drop_sheet("has a table within a cell, which nobody reads");
    if (name == "table-column") {
      const std::size_t more = again(attributes, "number-columns-repeated");
      if (is_unseen(attributes)) grid_->hide_columns(columns_, columns_ + more - 1);
      columns_ = std::min(columns_ + more, sheet_columns_max);
    } else if (name == "table-row-group" || name == "table-column-group") {
      groups_.push_back(is_unseen(attributes));
    } else if (name == "table-row") {
      rows_again_ = again(attributes, "number-rows-repeated");
      if (is_unseen(attributes)) grid_->hide_rows(row_, row_ + rows_again_ - 1);
      column_ = 0;
      row_bytes_ = 0;
      cells_.clear();
    } else if (name == "table-cell" || name == "covered-table-cell") {
      cells_again_ = again(attributes, "number-columns-repeated");
      const std::string type = attribute(attributes, "value-type");
      value_ = type == "float"  ? written_out(attribute(attributes, "value"))
               : type == "date" ? attribute(attributes, "date-value").substr(0, 10)
                                : std::string();
      text_.clear();
      paragraphs_ = 0;
    } else if (name == "annotation") {
      is_note_ = true;
    } else if (name == "p" && !is_note_ && paragraphs_++ > 0) {
      text_ += ' ';
    } else if (name == "s" && !is_note_) {
      text_.append(std::min<std::size_t>(again(attributes, "c"), 1'000), ' ');
    }
  }

  void close(std::string_view name) {
    if (name == "table") --depth_;
    if (!grid_) return;
    if (name == "annotation") is_note_ = false;
    if ((name == "table-row-group" || name == "table-column-group") && !groups_.empty())
      groups_.pop_back();
    if (name == "table-cell" || name == "covered-table-cell") return end_cell();
    if (name == "table-row") return end_row();
    if (name == "table") end_sheet();
  }

  void begin_sheet(const Attributes& attributes) {
    if (sheets_.size() > workbook_sheets_max) {
      content_.refused = "has more than 1,000 sheets";
      return;
    }
    sheets_.push_back({attribute(attributes, "name"),
                       hiding_styles_.contains(attribute(attributes, "style-name"))});
    texts_.emplace_back();
    grid_.emplace();
    groups_.clear();
    columns_ = row_ = 0;
    is_note_ = false;
  }
  void end_sheet() {
    texts_.back().text = grid_->text(without_hidden_);
    bytes_ += texts_.back().text.csv.size();
    grid_.reset();
    if (bytes_ <= text_bytes_max) return;
    texts_.back() = {};
    content_.refused = "has more cells or text than is taken";
  }
  void drop_sheet(std::string why) {
    texts_.back().refused = std::move(why);
    grid_.reset();
  }

  void end_cell() {
    const std::string& stands = value_.empty() ? text_ : value_;
    // What is repeated to the edge of the sheet is empty.
    for (std::size_t i = 0; !stands.empty() && i < cells_again_; ++i) {
      row_bytes_ += stands.size();
      if (column_ + i >= sheet_columns_max || row_bytes_ > row_bytes_max)
        return drop_sheet("has more columns, or more text in a row, than are taken");
      cells_.emplace_back(column_ + i, stands);
    }
    column_ = std::min(column_ + std::min(cells_again_, sheet_columns_max), sheet_columns_max);
  }
  void end_row() {
    for (std::size_t i = 0; !cells_.empty() && i < rows_again_; ++i) {
      for (const auto& [at, stands] : cells_) {
        if (!grid_->set(row_ + i, at, stands))
          return drop_sheet("has more cells or text than is taken");
      }
    }
    row_ = std::min(row_ + rows_again_, rows_max);
  }

  static std::size_t again(const Attributes& attributes, std::string_view name) {
    return std::clamp<std::size_t>(number_of(attribute(attributes, name)).value_or(1), 1, rows_max);
  }
  // Hidden, filtered away, or in a group that is folded up.
  [[nodiscard]] bool is_unseen(const Attributes& attributes) const {
    const std::string visible = attribute(attributes, "visibility");
    return visible == "collapse" || visible == "filter" ||
           attribute(attributes, "display") == "false" ||
           std::ranges::find(groups_, true) != groups_.end();
  }

  std::vector<Workbook::Sheet>& sheets_;
  std::vector<OdsSheet>& texts_;
  Xml content_;
  std::optional<Grid> grid_;  // Of the sheet that is read.
  std::string style_, value_, text_;
  std::set<std::string> hiding_styles_;
  std::vector<bool> groups_;  // Of rows or columns, those that are open: whether each is folded up.
  std::vector<std::pair<std::size_t, std::string>> cells_;  // Of this row.
  std::size_t columns_ = 0, row_ = 0, rows_again_ = 1, column_ = 0, cells_again_ = 1;
  std::size_t row_bytes_ = 0, bytes_ = 0;
  int paragraphs_ = 0, depth_ = 0;
  bool is_note_ = false, without_hidden_;
};

}  // namespace

SpreadsheetKind spreadsheet_kind(const std::vector<std::string>& members) {
  const auto has = [&](std::string_view name) {
    return std::find(members.begin(), members.end(), name) != members.end();
  };
  if (has("xl/workbook.xml")) return SpreadsheetKind::xlsx;
  if (has("content.xml") && has("mimetype")) return SpreadsheetKind::ods;
  return SpreadsheetKind::none;
}

Result<Workbook> Workbook::open(std::string file, SpreadsheetKind kind, bool without_hidden) {
  Workbook opened;
  opened.parts_ = std::make_shared<Parts>();
  Parts& parts = *opened.parts_;
  parts.file = std::move(file);
  parts.kind = kind;
  parts.without_hidden = without_hidden;
  const auto read = kind == SpreadsheetKind::ods
                        ? OdsReader(opened.sheets_, parts.ods, without_hidden).read(parts.file)
                        : read_xlsx_list(parts.file, opened.sheets_, parts.book);
  if (!read) return std::unexpected(read.error());
  return opened;
}

Result<const SheetText*> Workbook::sheet(std::size_t place) {
  Parts& parts = *parts_;
  if (parts.kind == SpreadsheetKind::ods) {
    const OdsSheet& found = parts.ods.at(place);
    if (!found.refused.empty()) {
      return refuse(
          fmt::format("{}: sheet {} {}", parts.file, shown(sheets_.at(place).name), found.refused));
    }
    return &found.text;
  }
  if (parts.last_at == place) return &parts.last;
  if (!parts.has_book) {
    const auto members = Reader::members(parts.file);
    if (!members) return std::unexpected(members.error());
    if (auto read = read_book(parts.file, {members->begin(), members->end()}, parts.book); !read)
      return std::unexpected(read.error());
    parts.has_book = true;
  }
  parts.last_at.reset();
  parts.last = {};
  auto text = xlsx_sheet(parts.file, parts.book, place, parts.without_hidden);
  if (!text) return std::unexpected(text.error());
  parts.last = std::move(*text);
  parts.last_at = place;
  return &parts.last;
}

}  // namespace teller
