// Columns of hashes and ids, of which so many bytes are read and no more: what stood behind them would be shown by a view
// and seen by nobody else. Each adapter's check_made() holds them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace teller {

struct SizedColumn {
  std::string_view table, column;
  std::int64_t size = 0;
};

inline constexpr std::array<SizedColumn, 10> sized_columns{{
    {"head", "count_id", 16},
    {"head", "rules_hash", 32},
    {"presentations", "hash", 32},
    {"partitions", "root", 32},
    {"steps", "root", 32},
    {"steps", "segment", 32},
    {"incidents", "entry_id", 16},
    {"incidents", "leaf", 32},
    {"incidents", "counted_leaf", 16},
    {"deliveries", "content", 32},
}};

}  // namespace teller
