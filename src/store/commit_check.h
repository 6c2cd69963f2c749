// What makes counting exactly-once, in one place for every adapter: does this change follow what
// is committed?
#pragma once

#include <optional>

#include "store/count_store.h"

namespace teller {

// Nothing when `change` may be added to `row`; otherwise why not (abort store.out_of_order or
// abort partition.halted).
[[nodiscard]] std::optional<Error> refusal_of(const Change& change, const PartitionRow& row);

// Checks that `rows` are the partitions of a count of so many: each once, ascending. Whoever reads them all counts on it.
// Errors: stop store.definition.
[[nodiscard]] Result<void> check_all_partitions(std::span<const PartitionRow> rows,
                                                std::size_t partitions);

// Decodes the changes of one commit and checks what no store may have to ask: they are of this
// count, at most one of each partition. Errors: stop change.invalid, reject count.other.
[[nodiscard]] Result<std::vector<Change>> decode_changes(std::span<const Bytes> changes,
                                                         const CountId& count,
                                                         std::size_t partitions);

}  // namespace teller
