#include "base/code.h"

#include <algorithm>

namespace teller {
namespace {

struct Texts {
  std::string_view sentence, advice;
};

// In the order of codes::rows.
constexpr Texts texts[] = {
    {"", ""},
#include "codes/code_texts.inc"
};
static_assert(std::size(texts) == std::size(codes::rows));
static_assert(std::ranges::is_sorted(codes::rows, {}, &codes::Row::text));

}  // namespace

std::string_view Code::sentence() const { return texts[row_].sentence; }

std::string_view Code::advice() const { return texts[row_].advice; }

}  // namespace teller
