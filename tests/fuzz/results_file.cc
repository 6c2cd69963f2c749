// A file of results as somebody sends it, whatever it is. The first byte says how the rest is given: as
// it is (CSV, or packed in any way); as the parts of a workbook, in a zip that is well made, so that
// what is behind the zip is met; in a stated encoding; as figures.
//
// Whatever is in it, reading comes to an end, every fault has a code, a row has the fields of the first
// one, and what `mapping new` guesses is a mapping.
#include <array>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/target.h"
#include "results/import.h"
#include "setup/guess_mapping.h"
#include "tables/csv.h"
#include "tables/number_format.h"
#include "tables/unicode.h"

using namespace teller;

namespace {

// So many rows show what a file is; what is compressed may hold a million.
constexpr int rows_max = 1'000;

std::uint32_t zip_checksum(std::string_view data) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
  }
  return ~crc;
}

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value >>= 8) out += static_cast<char>(value);
}

// Files that are stored as they are.
std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string out, list;
  for (const auto& [name, data] : files) {
    std::string head;
    put(head, 20, 2);
    put(head, 0, 8);  // Flags, method, time, date.
    put(head, zip_checksum(data), 4);
    put(head, data.size(), 4);
    put(head, data.size(), 4);
    put(head, name.size(), 2);
    put(head, 0, 2);
    list += "PK\x01\x02";
    put(list, 20, 2);
    list += head;
    put(list, 0, 10);
    put(list, out.size(), 4);
    list += name;
    out += "PK\x03\x04" + head + name + data;
  }
  const std::size_t at = out.size();
  out += list + "PK\x05\x06";
  put(out, 0, 4);
  put(out, files.size(), 2);
  put(out, files.size(), 2);
  put(out, list.size(), 4);
  put(out, at, 4);
  put(out, 0, 2);
  return out;
}

// The parts of `text` between zero bytes.
std::vector<std::string> parts_of(std::string_view text, std::size_t number) {
  std::vector<std::string> parts;
  while (parts.size() + 1 < number) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  parts.emplace_back(text);
  return parts;
}

std::string xlsx_of(std::string_view text) {
  const auto parts = parts_of(text, 5);
  return zip_of({{"xl/workbook.xml", parts[0]},
                 {"xl/_rels/workbook.xml.rels", parts[1]},
                 {"xl/sharedStrings.xml", parts[2]},
                 {"xl/styles.xml", parts[3]},
                 {"xl/worksheets/s.xml", parts[4]}});
}

std::string ods_of(std::string_view text) {
  return zip_of({{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
                 {"content.xml", std::string(text)}});
}

void check_refusal(const Error& error) {
  check(fuzz::is_known(error.code) && !error.detail.empty(), "a refusal has a code and a sentence");
}

void read_rows(const std::string& path, const std::string& encoding) {
  auto reader = Reader::open(path, Reader::Text::any);
  if (!reader) return check_refusal(reader.error());
  CsvForm form;
  form.encoding = encoding;
  CsvReader csv(std::move(*reader), std::move(form));
  CsvRow row;
  std::size_t columns = 0;
  std::uint64_t line = 0;
  for (int i = 0; i < rows_max; ++i) {
    const auto more = csv.next(row);
    if (!more) {
      check_refusal(more.error());
      if (!CsvReader::is_row_error(more.error())) return;
      check(row.line > line, "reading goes on behind a malformed row");
      line = row.line;
      continue;
    }
    if (!*more) return;
    check(row.line > line, "rows come in order");
    line = row.line;
    if (columns == 0) columns = row.fields.size();
    check(row.fields.size() == columns && columns > 0, "rows have the fields of the first");
  }
}

// The same as a table: whatever the file holds, each refused row is counted and has a code.
void read_table(const std::string& path) {
  auto mapping = Mapping::parse(
      "teller = \"mapping/1\"\n[[unit]]\nkind = \"place\"\nid = \"{1}\"\n[contest]\nid = \"c\"\n"
      "[option]\nid = \"{2}\"\n[method]\nid = \"all\"\n[votes]\ncolumn = \"3\"\n"
      "[csv]\nheader = false\n[numbers]\nthousands = [\",\"]\nother_digits = true\n",
      "mapping.toml");
  check(mapping.has_value(), "the mapping is good");
  auto table = read_results(path, *mapping);
  if (!table) return check_refusal(table.error());
  check(table->rows_refused() <= table->rows_read, "only rows that were read are refused");
  for (const RowFault& fault : table->faults)
    check(fuzz::is_known(fault.code) && !fault.detail.empty(), "a fault has a code and a sentence");
  for (const auto& good : {check_mapping(*table, *mapping), check_sums(*table, *mapping),
                           check_names(*table, *mapping)})
    check(good || fuzz::is_known(good.error().code), "a refusal has a code");
}

// A guess costs some readings of the file, so only of small ones.
void guess(const std::string& path) {
  const std::array paths{path};
  const auto made = guess_mapping(paths, {});
  if (!made) return check_refusal(made.error());
  const auto mapping = Mapping::parse(made->text, "guess.toml");
  check(mapping.has_value(), "what is guessed is a mapping");
}

void read_figure(std::string_view text) {
  std::uint64_t plain = 0, free = 0;
  const NumberKind kind = read_number(text, {}, plain);
  check(!words(kind).empty(), "what is no number is called something");
  const NumberFormat format{.thousands = {",", " ", "'"}, .other_digits = true};
  if (kind == NumberKind::number && read_number(text, format, free) == NumberKind::number)
    check(plain == free, "a format that allows more reads what is plain as before");
  check(shown(text).find('\n') == std::string::npos, "what is shown is one line");
}

}  // namespace

FUZZ_TARGET(results_file) {
  constexpr std::array<const char*, 6> encodings = {"UTF-16LE",  "UTF-16BE", "WINDOWS-1252",
                                                    "SHIFT_JIS", "BIG5",     "UTF-7"};
  if (input.empty()) return;
  const std::uint8_t kind = input.front();
  const std::string_view rest = as_text(input.subspan(1));
  if (kind == 4) return read_figure(rest);
  const std::string bytes = kind == 1   ? xlsx_of(rest)
                            : kind == 2 ? ods_of(rest)
                                        : std::string(rest);
  const int file = memfd_create("input", MFD_CLOEXEC);
  check(file >= 0, "there is memory for the input");
  check(write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
        "the input is a file");
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (kind != 1 && kind != 2)
    read_rows(path, kind >= 16 ? encodings[kind % encodings.size()] : std::string());
  read_table(path);
  constexpr std::size_t guessed_bytes_max = 2'000;
  if (rest.size() < guessed_bytes_max) guess(path);
  close(file);
}
