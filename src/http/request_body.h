// The body of a request as it arrives: by its length, or in chunks (RFC 9112, 7.1).
//
// What always holds: no more bytes are kept than `bytes_max` and than the share covers, and the
// share grows with what has arrived and not with what was announced. A body that would go over is
// no fault: it says so in too_large() or over_share(), lets go of what it has, and what follows is
// counted and thrown away, so that the session can still answer. Chunks are read strictly, as the
// head is, and the lines between them are bounded too.
// Used on the strand of its session only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "http/body_budget.h"
#include "http/request_head.h"

namespace teller {

class RequestBody {
 public:
  RequestBody(const RequestHead& head, std::size_t bytes_max, BodyShare share);

  // Takes from the front of `arrived` what belongs to the body; returns how many bytes that were.
  [[nodiscard]] std::expected<std::size_t, RequestFault> take(std::string_view arrived);
  [[nodiscard]] bool done() const { return awaited_ == Awaited::nothing; }
  [[nodiscard]] bool too_large() const { return too_large_; }    // Longer than bytes_max: 413.
  [[nodiscard]] bool over_share() const { return over_share_; }  // No room for it now: 503.
  // Of data that came, kept or not.
  [[nodiscard]] std::uint64_t received() const { return received_; }
  // Whether what is still to come is known, and no more than `most`.
  [[nodiscard]] bool ends_within(std::uint64_t most) const {
    return !chunked_ && data_left_ <= most;
  }

  // Keeps nothing from here on.
  void begin_discarding();
  // Once it is done.
  [[nodiscard]] std::string release_bytes() { return std::move(bytes_); }
  [[nodiscard]] BodyShare release_share() { return std::move(share_); }

 private:
  enum class Awaited { data, chunk_line, end_of_data, trailers, nothing };

  void add(std::string_view data);
  [[nodiscard]] std::expected<std::size_t, RequestFault> take_line(std::string_view arrived);
  [[nodiscard]] std::expected<void, RequestFault> line_came();

  const bool chunked_;
  const std::size_t bytes_max_;
  std::uint64_t data_left_ = 0;  // Of the body, or of the chunk.
  Awaited awaited_;
  std::string line_;
  std::size_t lines_bytes_ = 0;  // Of extensions and trailers, all of them.

  std::string bytes_;
  BodyShare share_;
  std::uint64_t received_ = 0;
  bool discards_ = false, too_large_ = false, over_share_ = false;
};

}  // namespace teller
