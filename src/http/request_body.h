// A body for Beast's parser: a string that grows within its share of the server's budget, or nothing
// at all once it is to be discarded.
//
// What always holds: no more bytes are kept than `bytes_max` and than the share covers. A body that
// would go over is no error of the parser: it says so in `too_large` or `over_share`, lets go of
// what it has, and what follows is counted and thrown away, so that the session can still answer.
// Used on the strand of its session only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>

#include "http/body_budget.h"

namespace teller {

struct RequestBody {
  struct value_type {  // NOLINT(readability-identifier-naming): Beast asks for this name,
    std::string bytes;
    BodyShare share;
    std::size_t bytes_max = 0;
    bool length_known = false;
    bool discard = false;
    bool too_large = false;   // Longer than bytes_max: 413.
    bool over_share = false;  // The budget has no room for it now: 503.
    std::uint64_t discarded = 0;

    // Keeps nothing from here on.
    void begin_discarding() {
      discard = true;
      bytes = {};
      share.release();
    }
  };

  class reader {  // NOLINT(readability-identifier-naming): and for this one.
   public:
    using error_code = boost::system::error_code;

    template <bool is_request, class Fields>
    reader(boost::beast::http::header<is_request, Fields>& /*header*/, value_type& body)
        : body_(body) {}

    void init(const boost::optional<std::uint64_t>& length, error_code& error) {
      error = {};
      if (body_.discard || !length) return;
      body_.length_known = true;
      body_.bytes.reserve(static_cast<std::size_t>(*length));  // Its share is taken already.
    }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      const std::size_t size = boost::beast::buffer_bytes(buffers);
      if (!body_.discard) {
        const std::size_t total = body_.bytes.size() + size;
        body_.too_large = total > body_.bytes_max;
        // In steps, so that a chunked body does not ask for every few bytes.
        const std::size_t wanted =
            body_.length_known ? total : (total + 0xFFFF) & ~std::size_t{0xFFFF};
        body_.over_share = !body_.too_large && !body_.share.grow_to(wanted);
        if (body_.too_large || body_.over_share) body_.begin_discarding();
      }
      if (body_.discard) {
        body_.discarded += size;
        return size;
      }
      for (const auto buffer : boost::beast::buffers_range_ref(buffers))
        body_.bytes.append(static_cast<const char*>(buffer.data()), buffer.size());
      return size;
    }
    void finish(error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

}  // namespace teller
