#include "http/gzip.h"

#include <array>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "base/random.h"

namespace teller {
namespace {

RequestHead head_that_accepts(std::vector<std::string> codings) {
  RequestHead head;
  for (std::string& each : codings) head.fields.emplace_back("accept-encoding", std::move(each));
  return head;
}

std::string opened(std::string_view packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  std::array<char, 4096> part{};
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = part.size();
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(part.data(), part.size() - stream.avail_out);
  }
  EXPECT_EQ(state, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  inflateEnd(&stream);
  return out;
}

TEST(Gzip, IsSentToWhoTakesItAndDoesNotRatherHaveTheBytes) {
  for (const char* yes : {"gzip", "GZIP", "x-gzip", "deflate, gzip", "gzip;q=0.5", "*", "*;q=0.1",
                          "br;q=1.0, gzip;q=0.8, *;q=0", " gzip ; q=1 ", "identity;q=0.5, gzip",
                          "gzip;q=0.001", "gzip;level=9;q=1.000", "deflate,,gzip,"}) {
    EXPECT_TRUE(takes_gzip(head_that_accepts({yes}))) << yes;
  }
  for (const char* no : {"", "identity", "deflate, br", "gzip;q=0", "gzip;q=0.000", "*;q=0",
                         "gzip;q=0, *", "identity, gzip;q=0.9", "gzip;q=-1", "gzip;q=high",
                         "gzip;q=", "gzip;q=0.0001", "gzipped", "gzip;q=00.5", ";", ",;q"}) {
    EXPECT_FALSE(takes_gzip(head_that_accepts({no}))) << no;
  }
  EXPECT_TRUE(takes_gzip(head_that_accepts({"br", "gzip"})));  // A list on two lines is one.
  EXPECT_FALSE(takes_gzip({}));
}

TEST(Gzip, GivesTheSameTextBackAndTheSameBytesEachTime) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += fmt::format(R"({{"option":"a","votes":{}}})", i * i);
  for (const std::size_t size : {std::size_t{200}, compressed_from_bytes, text.size()}) {
    const std::string_view part = std::string_view(text).substr(0, size);
    const auto packed = gzipped(part);
    ASSERT_TRUE(packed) << size;
    EXPECT_LT(packed->size(), size * 3 / 4);
    EXPECT_EQ(opened(*packed), part);
    EXPECT_EQ(gzipped(part), packed);
  }
}

TEST(Gzip, LeavesAloneWhatWouldNotBeSmaller) {
  std::string noise(100'000, '\0');
  SeededRandom random(7);
  for (char& each : noise) each = static_cast<char>(random.below(256));
  EXPECT_FALSE(gzipped(noise));
  EXPECT_FALSE(gzipped(""));
  EXPECT_FALSE(gzipped("abc"));
}

}  // namespace
}  // namespace teller
