#include "http/request_body.h"

#include <algorithm>
#include <charconv>

namespace teller {

namespace {

// What a body may have in lines between its data beyond the sizes themselves.
constexpr std::size_t lines_bytes_max = 16U << 10;
constexpr std::size_t line_bytes_max = 4096;

// After a size: `;name`, `;name=value` or `;name="value"`, any number of them. They mean nothing
// here and must be well formed, because others may read them.
bool are_extensions(std::string_view text) {
  const auto take_token = [&text] {
    const std::size_t size =
        static_cast<std::size_t>(std::ranges::find_if_not(text, is_token_character) - text.begin());
    text.remove_prefix(size);
    return size > 0;
  };
  const auto take_quoted = [&text] {
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == '"') {
        text.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  };
  while (!text.empty()) {
    if (text.front() != ';') return false;
    text.remove_prefix(1);
    if (!take_token()) return false;
    if (!text.starts_with('=')) continue;
    text.remove_prefix(1);
    if (!(text.starts_with('"') ? take_quoted() : take_token())) return false;
  }
  return true;
}

}  // namespace

RequestBody::RequestBody(const RequestHead& head, std::size_t bytes_max, BodyShare share)
    : chunked_(head.chunked),
      bytes_max_(bytes_max),
      data_left_(head.content_length.value_or(0)),
      awaited_(head.chunked      ? Awaited::chunk_line
               : data_left_ == 0 ? Awaited::nothing
                                 : Awaited::data),
      share_(std::move(share)),
      discards_(data_left_ > bytes_max),  // Nothing is kept of what is refused by its length alone.
      too_large_(discards_) {}

std::expected<std::size_t, RequestFault> RequestBody::take(std::string_view arrived) {
  const std::size_t all = arrived.size();
  while (!arrived.empty() && !done()) {
    if (awaited_ == Awaited::data) {
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(data_left_, arrived.size()));
      add(arrived.substr(0, size));
      arrived.remove_prefix(size);
      data_left_ -= size;
      if (data_left_ == 0) awaited_ = chunked_ ? Awaited::end_of_data : Awaited::nothing;
      continue;
    }
    const auto taken = take_line(arrived);
    if (!taken) return taken;
    arrived.remove_prefix(*taken);
  }
  return all - arrived.size();
}

void RequestBody::add(std::string_view data) {
  received_ += data.size();
  if (discards_) return;
  const std::size_t total = bytes_.size() + data.size();
  if (total > bytes_max_) {
    too_large_ = true;
    return begin_discarding();
  }
  if (total > bytes_.capacity() || bytes_.empty()) {
    // Doubled, so that bytes are copied once on average; never more than were announced.
    std::size_t wanted = std::max({total, 2 * bytes_.size(), std::size_t{1} << 16});
    wanted = std::min(wanted, chunked_ ? bytes_max_ : total + (data_left_ - data.size()));
    if (!share_.grow_to(wanted)) {
      over_share_ = true;
      return begin_discarding();
    }
    bytes_.reserve(wanted);
  }
  bytes_ += data;
}

void RequestBody::begin_discarding() {
  discards_ = true;
  bytes_ = {};
  share_.release();
}

std::expected<std::size_t, RequestFault> RequestBody::take_line(std::string_view arrived) {
  for (std::size_t i = 0; i < arrived.size(); ++i) {
    const char c = arrived[i];
    const bool after_cr = line_.ends_with('\r');
    if ((c == '\n') != after_cr)
      return std::unexpected("a line between chunks does not end with CR LF");
    if (c == '\n') {
      line_.pop_back();
      const auto read = line_came();
      if (!read) return std::unexpected(read.error());
      line_.clear();
      return i + 1;
    }
    if ((c >= 0 && c < ' ' && c != '\r' && c != '\t') || c == '\x7F')
      return std::unexpected("there are control characters between chunks");
    if (line_.size() >= line_bytes_max) return std::unexpected("a line between chunks is too long");
    line_ += c;
  }
  return arrived.size();
}

std::expected<void, RequestFault> RequestBody::line_came() {
  if (awaited_ == Awaited::end_of_data) {
    if (!line_.empty()) return std::unexpected("a chunk is longer than its size");
    awaited_ = Awaited::chunk_line;
    return {};
  }
  if (awaited_ == Awaited::trailers) {
    if (line_.empty()) {
      awaited_ = Awaited::nothing;
      return {};
    }
    if (const auto field = parse_field_line(line_); !field) return std::unexpected(field.error());
    lines_bytes_ += line_.size();
  } else {
    const char* const end = line_.data() + line_.size();
    const auto [after, error] = std::from_chars(line_.data(), end, data_left_, 16);
    if (error != std::errc()) return std::unexpected("a chunk does not begin with its size");
    if (!are_extensions({after, end})) return std::unexpected("there is more than a chunk's size");
    lines_bytes_ += static_cast<std::size_t>(end - after);
    awaited_ = data_left_ > 0 ? Awaited::data : Awaited::trailers;
  }
  if (lines_bytes_ > lines_bytes_max)
    return std::unexpected("extensions and trailers of the body are too long");
  return {};
}

}  // namespace teller
