#include "http/gzip.h"

#include <algorithm>

#include <zlib.h>

#include "base/check.h"
#include "base/utf8.h"
#include "http/without_blanks.h"

namespace teller {
namespace {

// Half the time of zlib's own choice (6), for figures a twentieth larger.
constexpr int gzip_level = 4;
constexpr int window_bits = 15 + 16;  // 16: with the head and the end of gzip.
constexpr int memory_level = 8;
// zlib counts in 32 bits.
constexpr std::size_t gzip_bytes_max = std::size_t{1} << 30;

// "0.25" as 250. What is no weight is 0: who writes it so is not sent what he may not mean.
int thousandths(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  if (text.size() > 1 && text[1] != '.') return 0;
  int value = text[0] == '1' ? 1000 : 0;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return 0;
    value += (c - '0') * unit;
    unit /= 10;
  }
  return std::min(value, 1000);
}

// What stands behind the name of a coding: ";q=0.5", or nothing.
int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view one = without_blanks(parameters.substr(0, parameters.find(';')));
    parameters.remove_prefix(std::min(parameters.find(';'), parameters.size() - 1) + 1);
    if (one.starts_with("q=") || one.starts_with("Q=")) return thousandths(one.substr(2));
  }
  return 1000;
}

struct CodingWeights {
  std::optional<int> gzip, identity, any;
};

void read_codings(std::string_view list, CodingWeights& weights) {
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    const std::string_view name = one.substr(0, one.find(';'));
    const int weight = weight_of(one.substr(std::min(name.size() + 1, one.size())));
    const std::string coding = ascii_lower(without_blanks(name));
    if (coding == "gzip" || coding == "x-gzip") weights.gzip = weight;
    if (coding == "identity") weights.identity = weight;
    if (coding == "*") weights.any = weight;
  }
}

}  // namespace

bool takes_gzip(const RequestHead& head) {
  CodingWeights weights;
  for (const auto& [name, value] : head.fields) {
    if (name == "accept-encoding") read_codings(value, weights);
  }
  const int gzip = weights.gzip.value_or(weights.any.value_or(0));
  return gzip > 0 && gzip >= weights.identity.value_or(0);
}

std::optional<std::string> gzipped(std::string_view text) {
  if (text.empty() || text.size() > gzip_bytes_max) return std::nullopt;
  z_stream stream{};
  check(deflateInit2(&stream, gzip_level, Z_DEFLATED, window_bits, memory_level,
                     Z_DEFAULT_STRATEGY) == Z_OK,
        "zlib has the memory that it asks for");
  std::string out(std::max<std::size_t>(text.size() / 8, 64), '\0');
  // zlib does not write there; its interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  int state = Z_OK;
  while (state == Z_OK && stream.total_out < text.size()) {
    if (stream.total_out == out.size()) out.resize(std::min(2 * out.size(), text.size()));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + stream.total_out);
    stream.avail_out = static_cast<uInt>(out.size() - stream.total_out);
    state = deflate(&stream, Z_FINISH);
  }
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (state != Z_STREAM_END || out.size() >= text.size()) return std::nullopt;
  return out;
}

}  // namespace teller
