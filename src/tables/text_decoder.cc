#include "tables/text_decoder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <iconv.h>
#include <uchardet/uchardet.h>

#include "base/utf8.h"
#include "tables/unicode.h"

namespace teller {
namespace {

std::unexpected<Error> refuse_encoding(std::string detail) {
  return fail(Remedy::reject, "file.encoding", std::move(detail));
}

bool starts_with_word(std::string_view text, std::string_view lower_word) {
  if (text.size() < lower_word.size()) return false;
  return std::equal(lower_word.begin(), lower_word.end(), text.begin(), [](char want, char have) {
    return want == (have >= 'A' && have <= 'Z' ? static_cast<char>(have - 'A' + 'a') : have);
  });
}

// What a file is that is no table, and what to do; empty: it may be one.
std::string_view other_kind(std::string_view front) {
  if (front.starts_with("\xD0\xCF\x11\xE0"))
    return "is an old Excel file (XLS), which is not read; open it and save it as XLSX or as CSV "
           "(UTF-8)";
  if (front.starts_with("PK\x03\x04") || front.starts_with("\x1F\x8B"))
    return "is packed once more (a spreadsheet or another archive within the archive), which is "
           "not "
           "read; take it out and give it by itself";
  if (front.starts_with("7z\xBC\xAF\x27\x1C") || front.starts_with("Rar!\x1A\x07"))
    return "is a 7z or RAR archive, which is not read; unpack it, and give the files in it, or a "
           "zip of "
           "them";
  if (front.starts_with("%PDF"))
    return "is a PDF, which is not read; ask for the table that it was made from";
  const std::string_view text = trimmed(front.substr(0, 1'000));
  for (const std::string_view tag : {"<!doctype html", "<html", "<head", "<body"}) {
    if (starts_with_word(text, tag))
      return "is a web page and no table: an error page of the server, or the page around the "
             "results? Fetch the file itself. If a program saved its table as a web page (some "
             "call "
             "that XLS), open it in a spreadsheet program and save it as XLSX or as CSV (UTF-8)";
  }
  if (starts_with_word(text, "<?xml"))
    return "is XML, which is not read; save it as XLSX or as CSV (UTF-8)";
  return {};
}

// UTF-16 shows in every second byte of digits and delimiters being 0.
std::string_view utf16_without_mark(std::string_view front) {
  std::array<std::size_t, 2> zeros{};
  const std::size_t looked_at = std::min<std::size_t>(front.size(), 4'096) / 2 * 2;
  for (std::size_t i = 0; i < looked_at; ++i) zeros[i % 2] += front[i] == '\0' ? 1 : 0;
  const std::size_t many = looked_at / 6;
  if (many == 0) return {};
  if (zeros[1] > many && zeros[0] * 8 < zeros[1]) return "UTF-16LE";
  if (zeros[0] > many && zeros[1] * 8 < zeros[0]) return "UTF-16BE";
  return {};
}

// The front may end in the middle of a character.
bool is_utf8_front(std::string_view front, bool is_all) {
  if (is_utf8(front)) return true;
  for (std::size_t cut = 1; !is_all && cut <= 3 && cut < front.size(); ++cut) {
    if (is_utf8(front.substr(0, front.size() - cut))) return true;
  }
  return false;
}

// UTF-8 in which some bytes are wrong: read as something else, every good letter would be lost too.
bool is_damaged_utf8(std::string_view text) {
  std::size_t good = 0, wrong = 0;
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (next.point < 0) ++wrong;
    if (next.bytes > 1) ++good;
    text.remove_prefix(next.bytes);
  }
  return good > 2 * wrong;
}

std::string guessed(std::string_view front) {
  const std::unique_ptr<uchardet, decltype(&uchardet_delete)> detector(uchardet_new(),
                                                                       &uchardet_delete);
  if (!detector || uchardet_handle_data(detector.get(), front.data(), front.size()) != 0) return {};
  uchardet_data_end(detector.get());
  const std::string name = uchardet_get_charset(detector.get());
  // Every text in these is one in Windows-1252, and few other letters tell them apart.
  for (const std::string_view western : {"ISO-8859-1", "ISO-8859-15", "ISO-8859-9", "ISO-8859-3",
                                         "WINDOWS-1254", "WINDOWS-1258", "MAC-CENTRALEUROPE"}) {
    if (name == western) return "WINDOWS-1252";
  }
  return name == "ASCII" ? std::string() : name;
}

}  // namespace

struct TextDecoder::State {
  struct Close {
    void operator()(iconv_t opened) const { iconv_close(opened); }
  };
  std::string stated, note, encoding;
  std::unique_ptr<std::remove_pointer_t<iconv_t>, Close> converter;  // None: UTF-8 already.
  bool begun = false, at_end = false, cr_alone = false, beyond_ascii = false;
  std::vector<char> raw;
  std::size_t from = 0, to = 0;

  [[nodiscard]] Result<bool> fill(Reader& reader) {
    if (from > 0) {
      std::memmove(raw.data(), raw.data() + from, to - from);
      to -= from;
      from = 0;
    }
    const auto got = reader.read(std::span(raw).subspan(to));
    if (!got) return std::unexpected(got.error());
    to += *got;
    at_end = *got == 0;
    return !at_end;
  }

  [[nodiscard]] std::string_view front() const { return {raw.data() + from, to - from}; }

  void drop(std::string_view mark) {
    if (front().starts_with(mark)) from += mark.size();
  }

  [[nodiscard]] Result<void> convert_from(std::string name) {
    encoding = std::move(name);
    // Behind a slash iconv takes orders, and one of them is to leave out what it does not know.
    if (encoding.contains('/')) return refuse_encoding("an encoding's name holds no slash");
    const iconv_t opened = iconv_open("UTF-8", encoding.c_str());
    // NOLINTNEXTLINE(performance-no-int-to-ptr): POSIX says no in this way.
    if (opened == reinterpret_cast<iconv_t>(-1)) {
      return refuse_encoding(fmt::format(
          "the encoding {} is not known here; iconv --list shows those that are", shown(encoding)));
    }
    converter.reset(opened);
    return {};
  }

  [[nodiscard]] Result<void> begin(Reader& reader);
  [[nodiscard]] Result<void> choose();
  [[nodiscard]] Result<std::size_t> convert(Reader& reader, std::span<char> out);
};

// Which encoding it is, from the file's front.
Result<void> TextDecoder::State::choose() {
  if (const std::string_view other = other_kind(front()); !other.empty())
    return fail(Remedy::reject, "file.encoding", fmt::format("the file {}", other));
  if (!stated.empty()) {
    if (starts_with_word(stated, "utf-8") || starts_with_word(stated, "utf8")) return {};
    drop(starts_with_word(stated, "utf-16be") ? "\xFE\xFF" : "\xFF\xFE");
    // Two bytes a character.
    beyond_ascii = front().find('\0') != std::string_view::npos;
    return convert_from(stated);
  }
  for (const auto& [mark, name] :
       {std::pair("\xFF\xFE", "UTF-16LE"), std::pair("\xFE\xFF", "UTF-16BE")}) {
    if (!front().starts_with(mark)) continue;
    drop(mark);
    note = fmt::format("the file is {}", name);
    return convert_from(name);
  }
  if (const std::string_view name = utf16_without_mark(front()); !name.empty()) {
    note = fmt::format("the file is {} without a byte order mark", name);
    return convert_from(std::string(name));
  }
  if (is_utf8_front(front(), at_end) || is_damaged_utf8(front())) return {};
  const std::string name = guessed(front());
  if (name.empty()) {
    return refuse_encoding(
        "the file is not UTF-8, and what it is cannot be told from its text; state it in the "
        "mapping, "
        "as in [csv] encoding = \"WINDOWS-1252\", or save it as UTF-8");
  }
  note = fmt::format(
      "the file is not UTF-8; it was read as {}, which is what its text looks like. If names are "
      "wrong, state its encoding in [csv] of the mapping: encoding = \"...\"",
      name);
  return convert_from(name);
}

Result<void> TextDecoder::State::begin(Reader& reader) {
  begun = true;
  raw.resize(front_bytes);
  while (to < raw.size() && !at_end) {
    if (const auto more = fill(reader); !more) return std::unexpected(more.error());
  }
  if (auto chosen = choose(); !chosen) return chosen;
  // In UTF-16 too the byte of each is there, and no LF means no line end.
  const std::string_view text = front();
  if (text.find('\r') != std::string_view::npos && text.find('\n') == std::string_view::npos) {
    cr_alone = true;
    if (!note.empty()) note += "; ";
    note += "its lines end in CR alone";
  }
  return {};
}

Result<std::size_t> TextDecoder::State::convert(Reader& reader, std::span<char> out) {
  for (;;) {
    char* in = raw.data() + from;
    std::size_t in_left = to - from;
    char* made = out.data();
    std::size_t room = out.size();
    const std::size_t done = iconv(converter.get(), &in, &in_left, &made, &room);
    const int why = errno;
    from = to - in_left;
    const std::size_t size = out.size() - room;
    if (done == static_cast<std::size_t>(-1) && why == EILSEQ && size == 0) {
      return refuse_encoding(fmt::format(
          "the file is not {} to its end: {} stands in it; state its encoding in [csv] of "
          "the mapping, or save it as UTF-8",
          encoding, shown(front().substr(0, 8))));
    }
    if (size > 0) return size;
    if (at_end) {
      if (to - from == 0) return 0;
      return refuse_encoding(fmt::format(
          "the file ends in the middle of a character of {}: fetch it again", encoding));
    }
    if (const auto more = fill(reader); !more) return std::unexpected(more.error());
  }
}

TextDecoder::TextDecoder(std::string stated) : state_(std::make_unique<State>()) {
  state_->stated = std::move(stated);
}
TextDecoder::TextDecoder(TextDecoder&&) noexcept = default;
TextDecoder& TextDecoder::operator=(TextDecoder&&) noexcept = default;
TextDecoder::~TextDecoder() = default;

const std::string& TextDecoder::note() const { return state_->note; }
const std::string& TextDecoder::encoding() const { return state_->encoding; }
bool TextDecoder::is_beyond_ascii() const { return state_->beyond_ascii; }

Result<std::size_t> TextDecoder::read(Reader& reader, std::span<char> out) {
  State& state = *state_;
  if (!state.begun) {
    if (auto begun = state.begin(reader); !begun) return std::unexpected(begun.error());
  }
  std::size_t size = 0;
  if (state.converter) {
    const auto made = state.convert(reader, out);
    if (!made) return made;
    size = *made;
  } else if (state.from < state.to) {
    size = std::min(out.size(), state.to - state.from);
    std::memcpy(out.data(), state.raw.data() + state.from, size);
    state.from += size;
  } else if (!state.at_end) {
    const auto got = reader.read(out);
    if (!got) return got;
    size = *got;
    state.at_end = size == 0;
  }
  // Asked of a stated encoding alone, and mostly answered by the first block.
  if (!state.stated.empty() && !state.beyond_ascii) {
    state.beyond_ascii = std::any_of(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size),
                                     [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  }
  if (state.cr_alone)
    std::replace(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size), '\r', '\n');
  return size;
}

}  // namespace teller
